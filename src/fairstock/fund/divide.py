"""Divide a period: every sale's and deal's fund part becomes allocations to works, or reserve with
a reason.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from fairstock.fund.model import ClusterVote, FundPolicy, Part, Pool, ReserveReason
from fairstock.fund.rules import read_policy
from fairstock.fund.store import division, draft, income, influence, refunds, reserve
from fairstock.fund.store.division import DealInflow, Inflow
from fairstock.fund.store.reserve import Share
from fairstock.kit.ids import derived_id
from fairstock.kit.money import Money


def divide(conn: Connection, period: str, policy: FundPolicy) -> list[Pool]:
    """Draft the pools of the income that ``draft.begin`` gathered; nothing of it is kept yet."""
    drafted = [_floor(conn, period, inflow, policy) for inflow in division.floor_inflows(conn, policy)]
    drafted += [
        _influence(conn, period, inflow, policy) for inflow in division.influence_inflows(conn, policy)
    ]
    drafted += [_deal(conn, period, inflow, policy.cluster_vote) for inflow in division.deal_inflows(conn)]
    drafted += [
        _mirror(conn, period, origin, policy_version, sources=sources, micros=micros)
        for origin, policy_version, sources, micros in refunds.origins(conn, period)
    ]
    drafted += [_reserve(conn, period, share, policy.cluster_vote) for share in reserve.income(conn, period)]
    given = draft.sum_up(conn)
    return [_filled(pool, given.get(pool.id, 0)) for pool in drafted]


def _floor(conn: Connection, period: str, inflow: Inflow, policy: FundPolicy) -> Pool:
    release = inflow.release_id
    pool_id = derived_id("pol", period, inflow.currency, Part.floor, release or "")
    draft.pour_floor(conn, pool_id, currency=inflow.currency, release_id=release, floor_ppm=policy.floor_ppm)
    clusters = 0
    if release is not None:
        clusters = draft.by_cluster_of_release(conn, pool_id, inflow.micros, release, policy.cluster_vote)
    amount = Money(inflow.micros, inflow.currency)
    return _pool(
        pool_id, period, Part.floor, amount, sources=inflow.sources, clusters=clusters, release_id=release
    )


def _deal(conn: Connection, period: str, inflow: DealInflow, vote: ClusterVote) -> Pool:
    deal_id, amount = inflow.deal_id, Money(inflow.micros, inflow.currency)
    pool_id = derived_id("pol", period, amount.currency, Part.deal, deal_id)
    draft.pour_deal(conn, pool_id, currency=amount.currency, deal_id=deal_id)
    clusters = draft.by_cluster_of_deal(conn, pool_id, amount.micros, deal_id, vote)
    sources = inflow.sources
    return _pool(pool_id, period, Part.deal, amount, sources=sources, clusters=clusters, deal_id=deal_id)


def _reserve(conn: Connection, period: str, share: Share, vote: ClusterVote) -> Pool:
    """A past year's reserve, over the works that were frozen at its distribution."""
    pool_id = derived_id("pol", period, "reserve", share.id)
    clusters = draft.reserve_share(conn, pool_id, share.amount.micros, share.id, vote)
    return _pool(
        pool_id,
        period,
        Part.reserve,
        share.amount,
        sources=1,
        clusters=clusters,
        release_id=share.release_id,
    )


def _mirror(
    conn: Connection, period: str, origin: Pool, policy_version: str, *, sources: int, micros: int
) -> Pool:
    """Take back from those who got it what an earlier period divided, by that period's policy, shares and
    reliability.
    """
    pool_id = derived_id("pol", period, "refund", origin.id)
    refunds.pour_back(conn, pool_id, period, origin.id)
    policy = read_policy(income.policy_body(conn, policy_version))
    if origin.method_id and origin.reliability_ppb:
        influence.by_influence(
            conn,
            pool_id,
            method_id=origin.method_id,
            reliability_ppb=origin.reliability_ppb,
            cap_ppb=policy.cap_ppb,
        )
    elif origin.deal_id:
        draft.by_cluster_of_deal(conn, pool_id, micros, origin.deal_id, policy.cluster_vote)
    elif origin.part is Part.floor and origin.release_id:
        draft.by_cluster_of_release(conn, pool_id, micros, origin.release_id, policy.cluster_vote)
    amount = Money(micros, origin.amount.currency)
    return replace(
        origin,
        id=pool_id,
        period=period,
        sources=sources,
        amount=amount,
        allocated=Money.zero(amount.currency),
        reserve=amount,
        reserve_reason=origin.reserve_reason or ReserveReason.unreliable,
        mirrors_id=origin.id,
    )


def _influence(conn: Connection, period: str, inflow: Inflow, policy: FundPolicy) -> Pool:
    release, method = inflow.release_id, inflow.method_id
    pool_id = derived_id("pol", period, inflow.currency, Part.influence, release or "", method or "")
    draft.pour_influence(
        conn,
        pool_id,
        currency=inflow.currency,
        release_id=release,
        method_id=method,
        floor_ppm=policy.floor_ppm,
    )
    if method and inflow.reliability_ppb:
        influence.by_influence(
            conn,
            pool_id,
            method_id=method,
            reliability_ppb=inflow.reliability_ppb,
            cap_ppb=policy.cap_ppb,
        )
    pool = _pool(
        pool_id,
        period,
        Part.influence,
        Money(inflow.micros, inflow.currency),
        sources=inflow.sources,
        release_id=release,
    )
    return replace(
        pool,
        method_id=method,
        reliability_ppb=inflow.reliability_ppb,
        reserve_reason=_why_reserved(inflow, division.has_manifest(conn, release)),
    )


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
    *,
    sources: int,
    clusters: int = 0,
    release_id: str | None = None,
    deal_id: str | None = None,
) -> Pool:
    """A pool from which nothing is allocated yet."""
    return Pool(
        id=pool_id,
        period=period,
        part=part,
        release_id=release_id,
        deal_id=deal_id,
        method_id=None,
        reliability_ppb=None,
        sources=sources,
        clusters=clusters,
        amount=amount,
        allocated=Money.zero(amount.currency),
        reserve=amount,
        reserve_reason=ReserveReason.no_manifest,
    )


def _filled(pool: Pool, micros: int) -> Pool:
    """The pool after ``micros`` of it were allocated; the reason stays where a reserve is left."""
    allocated = Money(micros, pool.amount.currency)
    reserve = pool.amount - allocated
    reason = (
        pool.reserve_reason if reserve or (pool.part is not Part.influence and not pool.clusters) else None
    )
    return replace(pool, allocated=allocated, reserve=reserve, reserve_reason=reason)
