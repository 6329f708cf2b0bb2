"""Close a period: divide what accrued, book it, freeze it. One transaction, so a kill leaves it open or
closed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection

from fairstock.db.locks import advisory
from fairstock.fund.divide import divide
from fairstock.fund.model import CloseReport, FundPolicy, Period, PeriodState
from fairstock.fund.policy import policy_in_force
from fairstock.fund.store import division, draft, income, merkle, months, pools
from fairstock.kit.clock import Clock
from fairstock.kit.errors import BadInput
from fairstock.kit.money import Money
from fairstock.kit.months import month_bounds
from fairstock.ledger.model import Posting, Transaction, TransactionKind
from fairstock.ledger.post import post


class PeriodNotBegun(BadInput):
    """The period lies in the future."""

    def __init__(self, period: str) -> None:
        self.period = period
        super().__init__(f"The period {period} has not begun.", remedy="close a month that has begun")


class EarlierPeriodOpen(BadInput):
    """An earlier period is still open."""

    def __init__(self, period: str, earlier: str) -> None:
        self.period, self.earlier = period, earlier
        super().__init__(
            f"{period} cannot be closed while {earlier} is open.", remedy=f"close {earlier} first"
        )


class NotAttributed(BadInput):
    """Sold pictures were not attributed, and their influence part would go to the reserve unseen."""

    def __init__(self, period: str, sales: int) -> None:
        self.period, self.sales = period, sales
        super().__init__(
            f"{sales} sales of {period} are of pictures that nobody has attributed.",
            remedy=f"run attribute_sales for {period} first, or close with allow_unattributed to let their "
            "influence part go to the reserve",
        )


def close(
    conn: Connection,
    period: str,
    clock: Clock,
    *,
    policy: FundPolicy | None = None,
    allow_unattributed: bool = False,
) -> CloseReport:
    """Divide and book everything that accrued in ``period`` (YYYY-MM) by the policy of that month; a closed
    period only reports what was done.

    The ledger gets one transaction a currency, ``close:<period>:<currency>``. A month may be closed before it
    is over: what is sold in the rest of it then accrues in the next. Raises ``NotAMonth``,
    ``PeriodNotBegun``, ``EarlierPeriodOpen``, ``NotAttributed`` and ``PolicyChanged``.
    """
    advisory(conn, "fund:close")
    current = months.lock(conn, period)
    if current.state is PeriodState.closed:
        return report(conn, current)
    _check_may_close(conn, period, clock.now(), allow_unattributed)
    rules = policy or policy_in_force(month_bounds(period)[0])
    income.record_policy(conn, rules, clock.now())
    draft.begin(conn, period)
    digest = division.input_digest(conn, period, rules)
    drafted = divide(conn, period, rules)
    division.keep(conn, period, drafted)
    for currency, accrued in income.accrued_in(conn, period).items():
        own = [pool.id for pool in drafted if pool.amount.currency == currency]
        _book(conn, period, accrued, draft.earned(conn, own))
    root = merkle.write_tree(conn, period)
    months.freeze(
        conn,
        period,
        policy_version=rules.version,
        input_digest=digest,
        merkle_root=root,
        at=clock.now(),
    )
    return report(conn, months.lock(conn, period))


def report(conn: Connection, period: Period) -> CloseReport:
    """What the close of a closed period came to."""
    totals: dict[str, dict[str, Money]] = {"accrued": {}, "allocated": {}, "reserve": {}}
    for pool in pools.pools_of(conn, period.id):
        currency = pool.amount.currency
        for name, part in (
            ("accrued", pool.amount),
            ("allocated", pool.allocated),
            ("reserve", pool.reserve),
        ):
            totals[name][currency] = totals[name].get(currency, Money.zero(currency)) + part
    return CloseReport(
        period=period.id,
        policy_version=str(period.policy_version),
        input_digest=str(period.input_digest),
        contributors=merkle.contributors(conn, period.id)
        if period.merkle_root
        else pools.contributors(conn, period.id),
        merkle_root=period.merkle_root or "",
        **totals,
    )


def _check_may_close(conn: Connection, period: str, now: datetime, allow_unattributed: bool) -> None:
    if now < month_bounds(period)[0]:
        raise PeriodNotBegun(period)
    earlier = division.earlier_open(conn, period)
    if earlier is not None:
        raise EarlierPeriodOpen(period, earlier)
    waiting = division.unattributed(conn, period)
    if waiting and not allow_unattributed:
        raise NotAttributed(period, waiting)


def _book(conn: Connection, period: str, accrued: Money, earned: Mapping[str, int]) -> None:
    """Move the period's fund account of one currency to the contributors and the reserve."""
    currency = accrued.currency
    reserve = accrued - Money(sum(earned.values()), currency)
    postings = [
        Posting(f"fund:{period}", accrued),
        Posting("reserve:fund", -reserve),
        *(Posting(f"payable:{who}", Money(-micros, currency)) for who, micros in earned.items()),
    ]
    if not any(posting.amount for posting in postings):
        return
    transaction = Transaction(
        key=f"close:{period}:{currency}",
        kind=TransactionKind.period_close,
        effective_at=month_bounds(period)[1] - timedelta(microseconds=1),
        postings=tuple(postings),
        memo=f"Fund of {period} divided among {len(earned)} contributors",
        details={"period": period},
    )
    post(conn, transaction)
