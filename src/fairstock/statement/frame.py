"""What all statements of a period share: its pools with their sources, its rules, and the range of
earnings.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from fairstock.fund import store as fund
from fairstock.fund.model import WHOLE_PPB, WHOLE_PPM, Part, Period, PeriodState, Pool, PoolRange, SourceLine
from fairstock.fund.rules import read_policy
from fairstock.statement import store
from fairstock.statement.model import Rules, StatementPool

EMBEDDED_SOURCES = 1_000
"""Most sales of one pool that every statement lists itself; more are listed once, in the period's
``_sources.csv``.
"""


@dataclass(frozen=True, slots=True)
class Frame:
    """What all statements of a period share."""

    period: str
    state: PeriodState
    rules: Rules | None
    pools: tuple[StatementPool, ...]
    ranges: dict[str, PoolRange]
    """By currency."""
    releases: tuple[str, ...]


def frame(conn: Connection, period: str) -> Frame:
    """Read what all statements of ``period`` (YYYY-MM) share; an open period has no pools yet. Raises
    ``NotAMonth``.
    """
    found = fund.period(conn, period)
    pools = fund.pools_of(conn, period)
    listed = [pool.id for pool in pools if pool.sources <= EMBEDDED_SOURCES]
    lines = store.source_lines(conn, listed)
    methods = store.methods(conn, [pool.method_id for pool in pools if pool.method_id])
    return Frame(
        period=period,
        state=found.state if found else PeriodState.open,
        rules=_rules(conn, found) if found and found.state is PeriodState.closed else None,
        pools=tuple(_pool(pool, methods, lines) for pool in pools),
        ranges={each.least.currency: each for each in fund.ranges_of(conn, period)},
        releases=tuple(sorted({pool.release_id for pool in pools if pool.release_id})),
    )


def _pool(pool: Pool, methods: dict[str, str], lines: dict[str, tuple[SourceLine, ...]]) -> StatementPool:
    reliability = None
    if pool.part is Part.influence:
        measured = pool.reliability_ppb
        reliability = "unmeasured" if measured is None else decimal(measured, WHOLE_PPB)
    return StatementPool(
        id=pool.id,
        part=pool.part,
        release_id=pool.release_id,
        deal_id=pool.deal_id,
        method=methods.get(pool.method_id or ""),
        reliability=reliability,
        amount=pool.amount,
        clusters=pool.clusters,
        allocated=pool.allocated,
        reserve=pool.reserve,
        reserve_reason=pool.reserve_reason.value if pool.reserve_reason else None,
        sources=pool.sources,
        source_lines=lines.get(pool.id, ()),
    )


def _rules(conn: Connection, period: Period) -> Rules:
    policy = read_policy(fund.policy_body(conn, str(period.policy_version)))
    return Rules(
        policy_version=policy.version,
        generation_share=decimal(policy.sale_share_ppm, WHOLE_PPM),
        deal_share=decimal(policy.deal_share_ppm, WHOLE_PPM),
        floor_share=decimal(policy.floor_ppm, WHOLE_PPM),
        cap_per_contributor=decimal(policy.cap_ppb, WHOLE_PPB),
        input_digest=str(period.input_digest),
    )


def decimal(parts: int, whole: int) -> str:
    """A share as a decimal with all its places."""
    return f"{parts // whole}.{parts % whole:0{len(str(whole)) - 1}d}"
