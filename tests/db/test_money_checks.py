"""Each rule of the money holds on honest books, and is broken by the corruption that it is there for."""

from datetime import UTC, datetime

import pytest
from factories.core import add_buyer, add_contributor, usd
from factories.money import (
    AFTER,
    IN_PERIOD,
    PERIOD,
    add_account,
    add_generated,
    add_licensed_works,
    add_release,
    attribute,
    sell_one,
)
from sqlalchemy import Connection, text

from fairstock.db.checks import run_checks
from fairstock.fund.close import close
from fairstock.fund.deals import book_deal
from fairstock.fund.model import WHOLE_PPB
from fairstock.fund.refund import refund
from fairstock.fund.reserve import distribute
from fairstock.kit.clock import FixedClock
from fairstock.payout.model import PaymentResult, PaymentState
from fairstock.payout.prepare import prepare
from fairstock.payout.settle import book

MORE = "SET amount_micros = amount_micros + 10000"
CORRUPTIONS = {
    "accruals_have_a_source": "UPDATE fund_accrual SET source_id = id || source_id",
    "attribution_shares_sum_to_one": "UPDATE attribution_share SET share_ppb = share_ppb - 1",
    "fund_accruals_match_ledger": f"UPDATE fund_accrual {MORE} WHERE source_kind = 'sale'",
    "fund_allocations_are_unique": "INSERT INTO fund_allocation SELECT * FROM fund_allocation",
    "fund_allocations_fill_pools": f"UPDATE fund_allocation {MORE}",
    "fund_allocations_name_parties": "UPDATE fund_allocation SET pool_id = pool_id || 'x'",
    "fund_close_matches_ledger": f"UPDATE fund_allocation {MORE}",
    "fund_closed_period_is_empty": f"UPDATE ledger_posting {MORE} WHERE account = 'fund:2026-10'",
    "fund_inflows_fill_pools": "DELETE FROM fund_inflow",
    "fund_reserve_matches_ledger": (
        "UPDATE fund_pool SET reserve_micros = reserve_micros + 1, amount_micros = amount_micros + 1"
        " WHERE part = 'influence'"
    ),
    "payouts_leave_the_bank_once": "DELETE FROM payout_outcome",
    "payouts_match_ledger": f"UPDATE payout {MORE}",
    "payouts_only_of_closed_periods": (
        "UPDATE fund_period SET state = 'open', input_digest = NULL, merkle_root = NULL"
    ),
    "refunds_are_booked_in_full": "UPDATE license_refund SET fund_micros = fund_micros + 1",
    "refunds_mirror_what_was_divided": "UPDATE fund_inflow SET amount_micros = 1 WHERE amount_micros < 0",
    "refunds_within_price": "UPDATE license_refund SET amount_micros = amount_micros + 1",
    "reserve_is_distributed_as_booked": "UPDATE fund_reserve_share SET amount_micros = amount_micros + 1",
    "reserve_shares_have_works": "DELETE FROM fund_reserve_work",
    "sales_are_booked_in_full": f"UPDATE license_sale {MORE}",
}


@pytest.fixture
def books(conn: Connection) -> Connection:
    """A closed and paid month with a sale, a deal, one payment that arrived, one that came back, and a refund
    that a later month divided.
    """
    buyer, ann, bob = add_buyer(conn), add_contributor(conn, "ann"), add_contributor(conn, "bob")
    works = {"cat": (ann, 1), "dog": (bob, 2)}
    add_release(conn, works)
    picture = add_generated(conn, buyer)
    owners = {name: owner for name, (owner, _) in works.items()}
    attribute(
        conn, picture, {"cat": WHOLE_PPB // 2, "dog": WHOLE_PPB // 2}, owners, reliability_ppb=WHOLE_PPB // 2
    )
    sale = sell_one(conn, picture, buyer, "1")
    sell_one(conn, picture, buyer, "2")  # its reserve is distributed
    delivered = [*add_licensed_works(conn, ann, [1]), *add_licensed_works(conn, bob, [2])]
    book_deal(conn, key="1", buyer_id=buyer, price=usd(20_000_000), asset_ids=delivered, clock=IN_PERIOD)
    add_account(conn, ann)
    add_account(conn, bob)
    close(conn, PERIOD, AFTER)
    first, second = prepare(conn, PERIOD, AFTER).in_transit
    answers = [
        PaymentResult(first, PaymentState.paid, "TB-1"),
        PaymentResult(second, PaymentState.returned, "TB-2", "no such account"),
    ]
    book(conn, [first, second], answers, AFTER)
    refund(conn, key="r", sale_id=sale.id, reason="test", clock=AFTER)
    close(conn, "2026-11", FixedClock(datetime(2026, 12, 2, tzinfo=UTC)))
    distribute(conn, 2026, FixedClock(datetime(2027, 1, 2, tzinfo=UTC)))
    conn.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    return conn


def test_honest_books_keep_every_rule(books: Connection) -> None:
    assert run_checks(books) == []


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_each_rule_notices_its_corruption(books: Connection, name: str) -> None:
    """As a superuser with the triggers off: the rules must not rely on the guards."""
    books.execute(text("SET LOCAL session_replication_role = replica"))
    books.execute(text(CORRUPTIONS[name]))
    broken = {rule.name: rule for rule in run_checks(books)}
    assert name in broken
    assert broken[name].rows
    assert broken[name].sentence.endswith(".")
