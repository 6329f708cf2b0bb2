"""Each rule of payouts, conversions and disputes is broken by the corruption that it is there for."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from factories.core import add_buyer, usd
from factories.money import AFTER, IN_PERIOD, PERIOD, add_account, add_licensed_works
from factories.payouts import due, pay
from sqlalchemy import Connection, text

from fairstock.adapters.test_bank import TestBank
from fairstock.db.checks import run_checks
from fairstock.fund.deals import book_deal
from fairstock.kit.money import Money
from fairstock.party import store as parties
from fairstock.party.model import PartyKind, Role
from fairstock.payout import store
from fairstock.payout.dispute import Correction, lines, open_dispute, resolve
from fairstock.payout.model import AdjustmentKind, Against, DisputeOutcome, Rate, SanctionHit
from fairstock.payout.prepare import prepare
from fairstock.payout.settle import book, hear

CORRUPTIONS = {
    "payouts_withhold_by_their_rules": "UPDATE payout_withholding SET amount_micros = amount_micros - 1",
    "payouts_income_is_taxed_once": "UPDATE payout_sourced SET amount_micros = amount_micros + 1",
    "conversions_match_ledger": "UPDATE payout_conversion SET to_micros = to_micros + 1",
    "adjustments_match_ledger": "UPDATE payout_adjustment SET amount_micros = amount_micros + 1",
    "disputes_are_told_in_order": "UPDATE payout_dispute_event SET outcome = 'rejected' WHERE position = 2",
    "payouts_not_to_sanctioned": "DELETE FROM payout_sanction_clearance",
    "takebacks_match_ledger": "DELETE FROM payout_takeback",
    "payouts_match_ledger": "UPDATE payout SET amount_micros = amount_micros + 10000",
}


class OneRate:
    """Knows one rate."""

    def rate(self, source_currency: str, target_currency: str, on: date) -> Rate | None:
        """The same rate for every day."""
        return Rate(source_currency, target_currency, Decimal("1.1"), on, "test")


@pytest.fixture
def books(conn: Connection, tmp_path: Path) -> Connection:
    """A month with tax, a conversion, a dispute that was upheld, a cleared hit, and money that was taken
    back.
    """
    usa = parties.add_party(
        conn, handle="studio", name="Studio", kind=PartyKind.buyer, roles={Role.buyer}, country="US"
    )
    assert add_buyer(conn) == usa
    staff = parties.add_party(
        conn, handle="fin", name="Fin", kind=PartyKind.staff, roles={Role.finance}, country="IE"
    )
    ann = parties.add_party(
        conn, handle="ann", name="Ann", kind=PartyKind.contributor, roles={Role.contributor}, country="DE"
    )
    works = add_licensed_works(conn, ann, [9])
    price = Money(8_000_000, "EUR")
    book_deal(conn, key="eur", buyer_id=usa, price=price, asset_ids=works, clock=IN_PERIOD)
    add_account(conn, ann, country="BR", currency="USD")
    [bob] = due(conn, 5_000_000)
    add_account(conn, bob, country="BR")
    line = next(iter(lines(conn, bob, PERIOD)))
    dispute_id = open_dispute(
        conn, bob, PERIOD, AFTER, kind=line.kind, subject=line.subject, text="Too little."
    )
    correction = Correction(usd(1_000_000), AdjustmentKind.backpay, Against.house)
    resolve(conn, dispute_id, staff, AFTER, outcome=DisputeOutcome.upheld, text="Yes.", correction=correction)
    hit = SanctionHit("P1", "Ann", "Ann")
    store.add_hits(conn, {ann: [hit]}, "test", AFTER.at)
    store.clear_hit(conn, store.open_hits(conn)[0].id, staff, "somebody else", AFTER.at)
    prepared = prepare(conn, PERIOD, AFTER, rates=OneRate())
    assert prepared.new == 2
    bank = TestBank(tmp_path)
    pay(conn, bank)
    for payout_id in prepared.in_transit:
        bank.take_back(payout_id)
    book(conn, prepared.in_transit, hear(bank, prepared.in_transit), AFTER)
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
    assert broken[name].sentence.endswith(".")
