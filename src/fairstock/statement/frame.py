"""What all statements of a period share: its pools with their sources, its rules, and the range of
earnings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from fairstock.fund import store as fund
from fairstock.fund.model import (
    WHOLE_PPB,
    WHOLE_PPM,
    FundPolicy,
    Part,
    Period,
    PeriodState,
    Pool,
    PoolRange,
)
from fairstock.fund.proofs import pool_key
from fairstock.fund.rules import read_policy
from fairstock.party import store as parties
from fairstock.statement import store
from fairstock.statement.model import Deal, Original, Rules, SourceLine, StatementPool
from fairstock.statement.store import inputs
from fairstock.statement.store.inputs import SourceRow
from fairstock.training import store as training

SELLER = "the house, for its contributors"
"""In the terms of a deal."""

EMBEDDED_SOURCES = 200
"""Most sales of one pool that every statement lists itself; of more, it lists its own lines' only, and
all are in the pool's inputs, files of the period.
"""

EMBEDDED_CLUSTERS = 5_000
"""Most clusters of one pool that a statement lists; more are in the pool's inputs."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What all statements of a period share."""

    period: str
    state: PeriodState
    rules: Rules | None
    allocations_root: str | None
    pools: tuple[StatementPool, ...]
    """By currency, part and id; with all that a statement may list of them, and their proofs."""
    ranges: dict[str, PoolRange]
    """By currency."""
    releases: tuple[str, ...]
    policies: Mapping[str, FundPolicy]
    """By version: all under which something accrued."""

    def source_line(self, row: SourceRow) -> SourceLine:
        """A sale, deal or refund with the fund's share that its policy gives."""
        return source_line(row, self.policies)


def frame(conn: Connection, period: str) -> Frame:
    """Read what all statements of ``period`` (YYYY-MM) share; an open period has no pools yet. Raises
    ``NotAMonth``.
    """
    found = fund.period(conn, period)
    pools = fund.pools_of(conn, period)
    closed = found if found and found.state is PeriodState.closed else None
    policies = _policies(conn)
    ruling = policies[str(closed.policy_version)] if closed else None
    return Frame(
        period=period,
        state=found.state if found else PeriodState.open,
        rules=_rules(ruling, closed) if ruling and closed else None,
        allocations_root=closed.merkle_root if closed else None,
        pools=_pools(conn, period, pools, policies, ruling) if ruling else (),
        ranges={each.least.currency: each for each in fund.ranges_of(conn, period)},
        releases=tuple(sorted({pool.release_id for pool in pools if pool.release_id})),
        policies=policies,
    )


def source_line(row: SourceRow, policies: Mapping[str, FundPolicy]) -> SourceLine:
    """What statements say about a sale, deal or refund."""
    policy = policies[row.policy_version]
    share = {"sale": policy.sale_share_ppm, "deal": row.deal_share_ppm}.get(row.kind)
    return SourceLine(
        source_id=row.source_id,
        kind=row.kind,
        date=row.date,
        license=row.license,
        territory=row.territory,
        picture=row.picture,
        refunds=row.refunds,
        refund_kind=row.refund_kind,
        original=_original(row),
        gross=row.gross,
        fund=row.fund,
        share=None if share is None else decimal(share, WHOLE_PPM),
        part=row.part,
    )


def _original(row: SourceRow) -> Original | None:
    if row.original_gross is None or row.original_fund is None or row.before is None:
        return None
    return Original(row.original_gross, row.original_fund, row.before)


def _pools(
    conn: Connection,
    period: str,
    pools: Iterable[Pool],
    policies: Mapping[str, FundPolicy],
    ruling: FundPolicy,
) -> tuple[StatementPool, ...]:
    known = list(pools)
    small = [pool.id for pool in known if pool.sources <= EMBEDDED_SOURCES]
    lines: dict[str, list[SourceLine]] = {}
    for row in inputs.sources(conn, small):
        lines.setdefault(row.pool_id, []).append(source_line(row, policies))
    clusters = inputs.clusters(conn, [pool.id for pool in known if 0 < pool.clusters <= EMBEDDED_CLUSTERS])
    proofs = fund.proofs(conn, period, [pool_key(pool.id) for pool in known])
    methods = store.methods(conn, [pool.method_id for pool in known if pool.method_id])
    files = store.inputs_of(conn, [pool.id for pool in known])
    mirrored = store.mirrored_policies(conn, [pool.id for pool in known if pool.mirrors_id])
    found = []
    for pool in known:
        proof = proofs.get(pool_key(pool.id))
        shown = _pool(conn, pool, methods, policies[mirrored[pool.id]] if pool.mirrors_id else ruling)
        found.append(
            replace(
                shown,
                inputs=files.get(pool.id, ()),
                source_lines=tuple(lines.get(pool.id, ())),
                cluster_names=clusters.get(pool.id, ()),
                proof=proof.path if proof else None,
            )
        )
    return tuple(found)


def _pool(conn: Connection, pool: Pool, methods: dict[str, str], policy: FundPolicy) -> StatementPool:
    """A pool's figures, without its inputs and its proof."""
    reliability = None
    if pool.part is Part.influence:
        measured = pool.reliability_ppb
        reliability = "unmeasured" if measured is None else decimal(measured, WHOLE_PPB)
    return StatementPool(
        id=pool.id,
        part=pool.part,
        release_id=pool.release_id,
        manifest=_manifest(conn, pool),
        deal_id=pool.deal_id,
        deal=_deal(conn, pool.deal_id) if pool.deal_id else None,
        method_id=pool.method_id,
        method=methods.get(pool.method_id or ""),
        reliability=reliability,
        mirrors=pool.mirrors_id,
        floor_share=decimal(policy.floor_ppm, WHOLE_PPM),
        cap_per_contributor=decimal(policy.cap_ppb, WHOLE_PPB),
        cluster_vote=policy.cluster_vote.value,
        amount=pool.amount,
        clusters=pool.clusters,
        allocated=pool.allocated,
        reserve=pool.reserve,
        reserve_reason=pool.reserve_reason.value if pool.reserve_reason else None,
        sources=pool.sources,
        inputs=(),
        source_lines=(),
        cluster_names=(),
        proof=None,
    )


def _manifest(conn: Connection, pool: Pool) -> str | None:
    """Of a pool that is divided by the clusters of a release."""
    by_release = pool.part in (Part.floor, Part.reserve) and pool.release_id
    release = training.find(conn, pool.release_id) if by_release and pool.release_id else None
    return release.manifest_sha256 if release else None


def _deal(conn: Connection, deal_id: str) -> Deal:
    deal = fund.get_deal(conn, deal_id)
    return Deal(
        seller=SELLER,
        buyer=parties.get(conn, deal.buyer_id).name,
        works=len(deal.asset_ids),
        price=deal.price,
        fund_share=decimal(deal.terms.fund_share_ppm, WHOLE_PPM),
        territory=deal.terms.territory,
        first_day=deal.terms.first_day.isoformat(),
        last_day=deal.terms.last_day.isoformat() if deal.terms.last_day else None,
    )


def _policies(conn: Connection) -> dict[str, FundPolicy]:
    return {version: read_policy(body) for version, body in store.policies(conn)}


def _rules(policy: FundPolicy, period: Period) -> Rules:
    return Rules(
        policy_version=policy.version,
        generation_share=decimal(policy.sale_share_ppm, WHOLE_PPM),
        deal_share=decimal(policy.deal_share_ppm, WHOLE_PPM),
        floor_share=decimal(policy.floor_ppm, WHOLE_PPM),
        cap_per_contributor=decimal(policy.cap_ppb, WHOLE_PPB),
        cluster_vote=policy.cluster_vote.value,
        input_digest=str(period.input_digest),
    )


def decimal(parts: int, whole: int) -> str:
    """A share as a decimal with all its places."""
    return f"{parts // whole}.{parts % whole:0{len(str(whole)) - 1}d}"
