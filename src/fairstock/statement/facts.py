"""What is read about the contributors of one batch, in one query each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC

from sqlalchemy import Connection

from fairstock.fund import store as fund
from fairstock.fund.model import WHOLE_PPB, Allocation, Part
from fairstock.fund.proofs import statement_key
from fairstock.payout import store as payouts
from fairstock.payout.model import Hold, Movement, PayoutLine
from fairstock.statement import store
from fairstock.statement.frame import Frame, decimal
from fairstock.statement.model import (
    Disputed,
    Exchange,
    Member,
    Picture,
    ProofPath,
    SourceLine,
    Withheld,
)
from fairstock.statement.store import Balance, inputs, taxes
from fairstock.statement.write import decimal as amount_text


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that the statements of a batch need besides their ``Frame``."""

    allocations: dict[str, list[Allocation]]
    balances: list[Balance]
    movements: dict[str, list[Movement]]
    payouts: list[PayoutLine]
    holds: dict[tuple[str, str], tuple[Hold, ...]]
    titles: dict[str, str]
    proofs: dict[str, ProofPath]
    """Contributor → that the lines were frozen at the close."""
    sources: dict[str, dict[str, SourceLine]]
    """Pool → the sales of these contributors' influence lines, by id."""
    members: dict[tuple[str, str], list[Member]]
    """(Pool, cluster) → its works."""
    shares: dict[tuple[str, str], Picture]
    """(Picture, attribution method) → its works."""
    withheld: dict[str, tuple[Withheld, ...]]
    """Payout → what was kept of it."""
    exchanges: dict[str, Exchange]
    """Key of the ledger's transaction → the conversion."""

    disputes: dict[tuple[str, str], list[Disputed]]
    """(Contributor, currency) → disputed lines of the period."""

    def picture_of(self, line: Allocation) -> str | None:
        """The picture that an influence line is about."""
        source = self.sources.get(line.pool_id, {}).get(line.source_id)
        return source.picture if source else None


def gather(conn: Connection, shared: Frame, contributor_ids: Sequence[str]) -> Facts:
    """Read the facts about these contributors."""
    allocations = fund.allocations_of(conn, shared.period, contributor_ids)
    every = [line for lines in allocations.values() for line in lines]
    sources = _sources(conn, shared, every)
    keys = {statement_key(each): each for each in contributor_ids}
    proofs = fund.proofs(conn, shared.period, keys)
    paid = payouts.payouts_of(conn, shared.period, contributor_ids)
    return Facts(
        allocations=allocations,
        balances=store.balances(conn, shared.period, contributor_ids),
        movements=payouts.movements(conn, contributor_ids, shared.period),
        payouts=paid,
        holds=payouts.holds_of(conn, shared.period, contributor_ids),
        titles=store.titles(conn, sorted({line.work_sha256 for line in every}), shared.releases),
        proofs={keys[key]: proof.path for key, proof in proofs.items()},
        sources=sources,
        members=_members(conn, every),
        shares=_shares(conn, shared, sources),
        withheld=taxes.withheld(conn, [each.payout_id for each in paid]),
        exchanges=taxes.exchanges(conn, shared.period, contributor_ids),
        disputes=_disputes(conn, shared.period, contributor_ids),
    )


def _sources(
    conn: Connection, shared: Frame, lines: Sequence[Allocation]
) -> dict[str, dict[str, SourceLine]]:
    wanted = sorted({line.source_id for line in lines if line.cluster is None})
    pools = [pool.id for pool in shared.pools if pool.part is Part.influence]
    found: dict[str, dict[str, SourceLine]] = {}
    for row in inputs.sources(conn, pools, wanted) if wanted else ():
        found.setdefault(row.pool_id, {})[row.source_id] = shared.source_line(row)
    return found


def _members(conn: Connection, lines: Sequence[Allocation]) -> dict[tuple[str, str], list[Member]]:
    groups = sorted({(line.pool_id, line.cluster) for line in lines if line.cluster is not None})
    found: dict[tuple[str, str], list[Member]] = {}
    pools = sorted({pool_id for pool_id, _ in groups})
    for member in inputs.members(conn, pools, groups) if groups else ():
        found.setdefault((member.pool_id, member.cluster), []).append(member)
    return found


def _shares(
    conn: Connection, shared: Frame, sources: dict[str, dict[str, SourceLine]]
) -> dict[tuple[str, str], Picture]:
    methods = {pool.id: pool.method_id for pool in shared.pools}
    wanted = {
        (line.picture, str(methods[pool_id]))
        for pool_id, lines in sources.items()
        for line in lines.values()
        if line.picture
    }
    return {key: picture(*key, works) for key, works in inputs.shares(conn, sorted(wanted)).items()}


def _disputes(
    conn: Connection, period: str, contributor_ids: Sequence[str]
) -> dict[tuple[str, str], list[Disputed]]:
    known = payouts.disputes_of_many(conn, contributor_ids, period)
    came_to = payouts.adjustments_of(conn, [each.id for each in known])
    found: dict[tuple[str, str], list[Disputed]] = {}
    for each in known:
        decided = each.events[-1].at if each.outcome else None
        told = Disputed(
            id=each.id,
            about=each.subject_kind.value,
            subject=each.subject,
            amount=each.amount,
            opened=f"{each.opened_at.astimezone(UTC):%Y-%m-%d}",
            decided=f"{decided.astimezone(UTC):%Y-%m-%d}" if decided else None,
            outcome=each.outcome.value if each.outcome else None,
            came_to=tuple(
                (made.kind.value, amount_text(made.amount), made.period) for made in came_to.get(each.id, ())
            ),
        )
        found.setdefault((each.contributor_id, each.amount.currency), []).append(told)
    return found


def picture(asset_id: str, method_id: str, works: Sequence[tuple[str, str, int]]) -> Picture:
    """An attribution as statements show it."""
    return Picture(
        asset_id, method_id, tuple((work, who, decimal(ppb, WHOLE_PPB)) for work, who, ppb in works)
    )
