"""Divide a closed period again under a proposed policy, to see who would gain and who would lose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from fairstock.fund.divide import divide
from fairstock.fund.model import FundPolicy, PeriodState, Pool
from fairstock.fund.rules import read_policy
from fairstock.fund.store import draft, months, pools, proposals
from fairstock.fund.store.proposals import Change
from fairstock.kit.errors import BadInput
from fairstock.kit.money import Money


class NothingToReplay(BadInput):
    """The period is not closed, or no period is."""

    def __init__(self, period: str | None) -> None:
        self.period = period
        super().__init__(
            f"{period} is not closed, so nothing can be compared." if period else "No period is closed yet.",
            remedy=f"close {period or 'one'} first",
        )


@dataclass(frozen=True, slots=True)
class Totals:
    """What a policy does with the income of a period, in one currency."""

    accrued: Money
    """The fund's part of the prices."""
    allocated: Money
    reserve: Money


@dataclass(frozen=True, slots=True)
class Replay:
    """A closed period beside what it would be under a proposed policy."""

    period: str
    policy_version: str
    """That divided it."""
    proposed_version: str
    before: Mapping[str, Totals]
    """By currency."""
    after: Mapping[str, Totals]
    changes: tuple[Change, ...]
    """Everybody who earned or would earn something, by currency and contributor."""


def replay(conn: Connection, policy: FundPolicy, period: str | None = None) -> Replay:
    """Divide ``period``, or the last closed one, under ``policy``; the books are not touched, and from here
    on this transaction cannot write to them.

    Sales and deals accrue by the proposed shares, except deals that agreed on a share of their own. Pictures
    keep the attribution that counted at the close, and refunds of earlier periods what they took back. Raises
    ``NothingToReplay`` and ``NotAMonth``.
    """
    wanted = period or months.latest_closed(conn)
    found = months.period(conn, wanted) if wanted else None
    if found is None or found.state is not PeriodState.closed:
        raise NothingToReplay(wanted)
    draft.begin(conn, found.id, closed=True)
    conn.exec_driver_sql("SET TRANSACTION READ ONLY")  # temporary tables may still be written
    for body in proposals.policies_of(conn, found.id):
        proposals.accrue_anew(conn, read_policy(body), policy)
    drafted = divide(conn, found.id, policy)
    return Replay(
        period=found.id,
        policy_version=str(found.policy_version),
        proposed_version=policy.version,
        before=_totals(pools.pools_of(conn, found.id)),
        after=_totals(drafted),
        changes=tuple(proposals.changes(conn, found.id, {pool.id: pool.amount.currency for pool in drafted})),
    )


def _totals(of: list[Pool]) -> dict[str, Totals]:
    totals: dict[str, Totals] = {}
    for pool in of:
        zero = Money.zero(pool.amount.currency)
        so_far = totals.get(pool.amount.currency, Totals(zero, zero, zero))
        totals[pool.amount.currency] = Totals(
            so_far.accrued + pool.amount, so_far.allocated + pool.allocated, so_far.reserve + pool.reserve
        )
    return totals
