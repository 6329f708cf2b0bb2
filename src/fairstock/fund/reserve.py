"""Give a year's reserve to the contributors: what no attribution could decide, by the floor rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection

from fairstock.db.locks import advisory
from fairstock.fund.model import Accrual, SourceKind
from fairstock.fund.store import income, months, reserve
from fairstock.fund.store.reserve import Share
from fairstock.kit.clock import Clock
from fairstock.kit.errors import BadInput
from fairstock.kit.ids import derived_id
from fairstock.kit.money import Money
from fairstock.ledger.model import Posting, Transaction, TransactionKind
from fairstock.ledger.post import post


class YearNotOver(BadInput):
    """A year's reserve was asked for before the year ended."""

    def __init__(self, year: int) -> None:
        self.year = year
        super().__init__(f"The year {year} is not over.", remedy=f"come back in January {year + 1}")


class MonthOpen(BadInput):
    """A month whose reserve belongs to the year is not divided yet."""

    def __init__(self, year: int, period: str) -> None:
        self.year, self.period = year, period
        super().__init__(
            f"The reserve of {year} cannot be distributed while {period} is open.",
            remedy=f"close {period} first",
        )


class LaterYearDistributed(BadInput):
    """The reserve of a later year was distributed, and with it all that was left of this one."""

    def __init__(self, year: int, later: int) -> None:
        self.year, self.later = year, later
        super().__init__(
            f"The reserve of {year} went out with that of {later}.",
            remedy="look at the distribution of that year",
        )


@dataclass(frozen=True, slots=True)
class ReserveReport:
    """The outcome of a distribution, the same each time it is asked for."""

    year: int
    period: str | None
    """The month that has it on its statements; None where there was nothing to distribute."""
    distributed: Mapping[str, Money]
    """By currency."""
    kept: Mapping[str, Money]
    """By currency: what stays in the reserve until the next year, since no release has a manifest."""


def distribute(conn: Connection, year: int, clock: Clock) -> ReserveReport:
    """Move the reserve of all months up to the end of ``year`` into the fund of the open month, to be divided
    there; a distributed year is only reported.

    Each release's reserve goes to the works of its own manifest. What models without a manifest left goes to
    the works of the releases that sold in that year, or if none did of all that existed; works and clusters
    are frozen now. The close of the open month divides it, one vote a cluster, in pools of their own (part
    ``reserve``), so that it stands on statements and in proofs. A negative reserve (refunds after an earlier
    distribution) is taken back in the same way. Raises ``YearNotOver``, ``MonthOpen``,
    ``LaterYearDistributed``.
    """
    advisory(conn, "fund:reserve")
    done = reserve.shares_of(conn, year)
    if not done:
        _check(conn, year, clock.now())
        done = reserve.new_shares(conn, year, clock.now())
        _book(conn, year, done, clock.now())
    given: dict[str, Money] = {}
    for share in done:
        currency = share.amount.currency
        given[currency] = given.get(currency, Money.zero(currency)) + share.amount
    left = reserve.undistributed(conn, year)
    kept = {currency: Money(micros, currency) for (currency, _), micros in left.items()}
    period = reserve.period_of(conn, done[0].id) if done else None
    return ReserveReport(year, period, given, kept)


def _check(conn: Connection, year: int, now: datetime) -> None:
    if now < datetime(year + 1, 1, 1, tzinfo=UTC):
        raise YearNotOver(year)
    open_month = reserve.open_month(conn, year)
    if open_month is not None:
        raise MonthOpen(year, open_month)
    later = reserve.later_year(conn, year)
    if later is not None:
        raise LaterYearDistributed(year, later)


def _book(conn: Connection, year: int, shares: list[Share], at: datetime) -> None:
    """One transaction a currency, from the reserve to the open month's fund, and an accrual a share."""
    if not shares:
        return
    period = months.accruing_period(conn, at)
    policy_version = reserve.last_policy(conn, year)
    for currency in sorted({share.amount.currency for share in shares}):
        own = [share for share in shares if share.amount.currency == currency]
        whole = sum((share.amount for share in own), Money.zero(currency))
        key = f"reserve:{year}:{currency}"
        postings = (Posting("reserve:fund", whole), Posting(f"fund:{period}", -whole))
        memo = f"Reserve of {year} to the contributors"
        if whole:
            kind = TransactionKind.reserve
            post(conn, Transaction(key, kind, at, postings, memo, details={"period": period}))
        for share in own:
            accrual = Accrual(
                id=derived_id("acr", SourceKind.reserve, share.id),
                period=period,
                source_kind=SourceKind.reserve,
                source_id=share.id,
                asset_id=None,
                release_id=share.release_id,
                amount=share.amount,
                policy_version=policy_version,
                accrued_at=at,
            )
            income.add_accrual(conn, accrual, key)
