"""Follow one sale from the buyer to the contributors' balances and payouts, for staff: refunds, payments that
came back or were taken back, and what became of the reserve included.
"""

from __future__ import annotations

from sqlalchemy import Connection

from fairstock.fund import store as fund
from fairstock.fund.model import Part, Pool, SourceKind
from fairstock.kit.money import Money
from fairstock.ledger import store as ledger
from fairstock.license import store as licenses
from fairstock.license.model import Refund
from fairstock.statement.model import Step, Trace
from fairstock.statement.store import trace as store
from fairstock.statement.store.trace import Earner, TraceRow

SHOWN = 10
"""Contributors that a trace names; the rest is counted."""


def trace(conn: Connection, sale_id: str) -> Trace:
    """The stations of a sale, each with its figures; raises ``SaleMissing``."""
    sale = licenses.get(conn, sale_id)
    row = store.trace_row(conn, sale_id)
    steps = [
        Step(
            "Sale",
            (
                ("buyer", f"{row.buyer} ({row.territory})"),
                ("picture", f"{row.asset_id}, {row.size} px: {row.prompt}"),
                ("made by", row.release_id or "a model without a manifest"),
                ("sold at", sale.sold_at.isoformat()),
                ("price", f"{sale.price} (price book {row.price_book_version}, tier {row.tier})"),
            ),
        ),
        _booking(conn, f"sale:{sale_id}"),
        _fund(row),
        *_divided(conn, row.accrual_id, row.period, sale_id),
    ]
    for given_back in licenses.refunds_of(conn, sale_id):
        steps += _refund(conn, given_back)
    return Trace(sale_id, tuple(steps))


def _divided(conn: Connection, accrual_id: str, period: str, source_id: str) -> list[Step]:
    """The pools into which an accrual flowed, and who got what of each; nothing while its month is open."""
    flowed = store.pools_fed_by(conn, accrual_id)
    pools = [pool for pool in fund.pools_of(conn, period) if pool.id in flowed] if flowed else []
    return [
        step
        for pool in pools
        for step in (_pool(conn, pool, flowed[pool.id]), _earners(conn, pool, source_id))
    ]


def _refund(conn: Connection, given_back: Refund) -> list[Step]:
    """A refund with its booking, and from whom it was taken back."""
    accrual = fund.accrual_of(conn, SourceKind.refund, given_back.id)
    step = Step(
        f"Refund: {given_back.id}",
        (
            ("kind", given_back.kind.value),
            ("given back at", given_back.refunded_at.isoformat()),
            ("amount", str(given_back.amount)),
            ("fund's part", str(given_back.fund)),
            ("reason", given_back.reason),
            ("counts in", accrual.period if accrual else "no period"),
        ),
    )
    taken = _divided(conn, accrual.id, accrual.period, given_back.id) if accrual else []
    return [step, _booking(conn, f"refund:{given_back.id}"), *taken]


def _booking(conn: Connection, key: str) -> Step:
    booked = ledger.get(conn, key)
    return Step(f"Ledger: {booked.key}", tuple((each.account, str(each.amount)) for each in booked.postings))


def _fund(row: TraceRow) -> Step:
    return Step(
        "Fund",
        (
            ("fund's part", f"{row.fund} (policy {row.policy_version})"),
            ("period", f"{row.period}, {row.period_state}"),
        ),
    )


def _pool(conn: Connection, pool: Pool, flowed: Money) -> Step:
    facts = [
        ("of this", str(flowed)),
        (
            "pool",
            f"{pool.amount} from {pool.sources} sales of {pool.release_id or 'models without a manifest'}",
        ),
    ]
    if pool.part is Part.floor:
        facts.append(("votes", f"{pool.clusters} clusters of near-duplicates, one each"))
    else:
        measured = "unmeasured" if pool.reliability_ppb is None else f"{pool.reliability_ppb} ppb"
        facts.append(("attribution", f"{pool.method_id or 'none'}, reliability {measured}"))
    if pool.reserve:
        facts.append(("to the reserve", f"{pool.reserve}: {pool.reserve_reason}"))
        later = store.distributed(conn, pool.id)
        facts.append(("the reserve", f"distributed {later}" if later else "not distributed yet"))
    return Step(f"Pool: {pool.part}", tuple(facts))


def _earners(conn: Connection, pool: Pool, sale_id: str) -> Step:
    """Who got what: of the whole pool for the floor, where sales are not told apart; of this sale for
    influence.
    """
    source = sale_id if pool.part is Part.influence else None
    rows = store.earners(conn, pool.id, source, SHOWN + 1)
    facts = [
        (
            f"{each.handle}, {each.works} works",
            f"{Money(each.micros, pool.amount.currency)}{_sent(each)}",
        )
        for each in rows[:SHOWN]
    ]
    if len(rows) > SHOWN:
        facts.append(("and", "others with less"))
    whose = "Contributors, of this sale" if source else "Contributors, of the whole pool"
    return Step(whose, tuple(facts) or (("nobody", "everything went to the reserve"),))


def _sent(earner: Earner) -> str:
    held = f" ({earner.held.replace('_', ' ')})" if earner.held else ""
    return f", {earner.sent}" if earner.sent else f", not paid out yet{held}"
