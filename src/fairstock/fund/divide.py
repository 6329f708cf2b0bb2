"""Divide a period: every sale's and deal's fund part becomes allocations to works, or reserve with
a reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from sqlalchemy import Connection

from fairstock.fund.model import ClusterLine, FundPolicy, Part, Pool, ReserveReason, Work
from fairstock.fund.rules import by_cluster, read_policy
from fairstock.fund.store import division, income, pools, refunds
from fairstock.fund.store.division import Inflow
from fairstock.kit.ids import derived_id
from fairstock.kit.money import Money
from fairstock.training import store as training


def divide(conn: Connection, period: str, policy: FundPolicy) -> None:
    """Write the pools and allocations of a period that has none yet."""
    works_of = cache(lambda release_id: _manifest(conn, release_id))  # one reading for all currencies
    for inflow in division.floor_inflows(conn, period, policy):
        _floor(conn, period, inflow, works_of(inflow.release_id), policy)
    for inflow in division.influence_inflows(conn, period, policy):
        _influence(conn, period, inflow, has_manifest=bool(works_of(inflow.release_id)), policy=policy)
    for currency, deal_id, sources, micros in division.deal_inflows(conn, period):
        _deal(conn, period, deal_id, Money(micros, currency), sources)
    for origin, policy_version, sources, micros in refunds.origins(conn, period):
        _mirror(conn, period, origin, policy_version, sources=sources, micros=micros)


def _floor(conn: Connection, period: str, inflow: Inflow, works: Sequence[Work], policy: FundPolicy) -> None:
    release = inflow.release_id
    pool_id = derived_id("pol", period, inflow.currency, Part.floor, release or "")
    division.pour(conn, pool_id, period, Part.floor, inflow, policy=policy)
    lines = by_cluster(pool_id, inflow.micros, works)
    amount = Money(inflow.micros, inflow.currency)
    pool = _pool(pool_id, period, Part.floor, amount, lines, sources=inflow.sources, release_id=release)
    _write(conn, pool, release or pool_id, lines)


def _deal(conn: Connection, period: str, deal_id: str, amount: Money, sources: int) -> None:
    pool_id = derived_id("pol", period, amount.currency, Part.deal, deal_id)
    division.pour_deal(conn, pool_id, deal_id)
    lines = by_cluster(pool_id, amount.micros, division.deal_works(conn, deal_id))
    pool = _pool(pool_id, period, Part.deal, amount, lines, sources=sources, deal_id=deal_id)
    _write(conn, pool, deal_id, lines)


def _mirror(
    conn: Connection, period: str, origin: Pool, policy_version: str, *, sources: int, micros: int
) -> None:
    """Take back from those who got it what an earlier period divided, by that period's policy, shares and
    reliability.
    """
    pool_id = derived_id("pol", period, "refund", origin.id)
    refunds.pour_back(conn, pool_id, period, origin.id)
    amount, taken = Money(micros, origin.amount.currency), 0
    lines: list[ClusterLine] = []
    if origin.part is Part.influence:
        policy = read_policy(income.policy_body(conn, policy_version))
        if origin.method_id and origin.reliability_ppb:
            taken = division.allocate_influence(
                conn, pool_id, origin.method_id, origin.reliability_ppb, policy
            )
    else:
        works = (
            division.deal_works(conn, origin.deal_id)
            if origin.deal_id
            else _manifest(conn, origin.release_id)
        )
        lines = by_cluster(pool_id, micros, works)
        taken = sum(line.micros for line in lines)
    reserve = amount - Money(taken, amount.currency)
    pool = replace(
        origin,
        id=pool_id,
        period=period,
        sources=sources,
        amount=amount,
        allocated=amount - reserve,
        reserve=reserve,
        reserve_reason=(origin.reserve_reason or ReserveReason.unreliable) if reserve else None,
        mirrors_id=origin.id,
    )
    _write(conn, pool, origin.deal_id or origin.release_id or pool_id, lines)


def _influence(
    conn: Connection, period: str, inflow: Inflow, *, has_manifest: bool, policy: FundPolicy
) -> None:
    pool_id = derived_id(
        "pol", period, inflow.currency, Part.influence, inflow.release_id or "", inflow.method_id or ""
    )
    division.pour(conn, pool_id, period, Part.influence, inflow, policy=policy)
    micros = 0
    if inflow.method_id and inflow.reliability_ppb:
        micros = division.allocate_influence(conn, pool_id, inflow.method_id, inflow.reliability_ppb, policy)
    amount, allocated = Money(inflow.micros, inflow.currency), Money(micros, inflow.currency)
    pool = Pool(
        id=pool_id,
        period=period,
        part=Part.influence,
        release_id=inflow.release_id,
        deal_id=None,
        method_id=inflow.method_id,
        reliability_ppb=inflow.reliability_ppb,
        sources=inflow.sources,
        clusters=0,
        amount=amount,
        allocated=allocated,
        reserve=amount - allocated,
        reserve_reason=_why_reserved(inflow, has_manifest) if amount != allocated else None,
    )
    pools.add_pool(conn, pool)


def _why_reserved(inflow: Inflow, has_manifest: bool) -> ReserveReason:
    if not has_manifest:
        return ReserveReason.no_manifest
    if inflow.method_id is None:
        return ReserveReason.unattributed
    return ReserveReason.unmeasured if inflow.reliability_ppb is None else ReserveReason.unreliable


def _pool(
    pool_id: str,
    period: str,
    part: Part,
    amount: Money,
    lines: Sequence[ClusterLine],
    *,
    sources: int = 1,
    release_id: str | None = None,
    deal_id: str | None = None,
) -> Pool:
    """A pool divided by cluster: all of it, or nothing where no work has a vote."""
    allocated = amount if lines else Money.zero(amount.currency)
    return Pool(
        id=pool_id,
        period=period,
        part=part,
        release_id=release_id,
        deal_id=deal_id,
        method_id=None,
        reliability_ppb=None,
        sources=sources,
        clusters=len({line.cluster for line in lines}),
        amount=amount,
        allocated=allocated,
        reserve=amount - allocated,
        reserve_reason=None if lines else ReserveReason.no_manifest,
    )


def _write(conn: Connection, pool: Pool, source_id: str, lines: Sequence[ClusterLine]) -> None:
    pools.add_pool(conn, pool)
    pools.add_lines(conn, pool.id, source_id, lines)


def _manifest(conn: Connection, release_id: str | None) -> list[Work]:
    """The works with a vote; none for a picture of a model that nobody registered."""
    if release_id is None:
        return []
    return [
        Work(row.work_sha256, row.contributor_id, str(row.cluster))
        for row in training.manifest(conn, release_id)
    ]
