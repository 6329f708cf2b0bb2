"""What is withheld from payouts, from where their income came, and payment in another currency."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from factories.core import add_buyer, add_contributor, usd
from factories.money import (
    AFTER,
    IN_PERIOD,
    PERIOD,
    add_account,
    add_licensed_works,
    add_release,
    attribute,
    sell_one,
)
from factories.money import add_generated as generated
from factories.payouts import DECEMBER, assert_books, balance, pay
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from fairstock.adapters.rate_file import RateFile
from fairstock.adapters.test_bank import ANYBODY, Behaviour, TestBank
from fairstock.fund.close import close
from fairstock.fund.deals import book_deal
from fairstock.fund.model import WHOLE_PPB
from fairstock.fund.refund import refund_deal
from fairstock.kit.money import Money
from fairstock.party import store as parties
from fairstock.party.model import PartyKind, Role
from fairstock.payout import store
from fairstock.payout.model import Hold, MovementKind, TaxForm
from fairstock.payout.policy import withholding_rules_in_force
from fairstock.payout.prepare import prepare
from fairstock.payout.rules import read_withholding_rules
from fairstock.payout.store import WithholdingRulesChanged

RATES = "date,source,target,rate,published_by\n2026-11-02,EUR,USD,1.0871,ECB\n2026-10-01,GBP,USD,1.3,ECB\n"


def buyer_in(conn: Connection, country: str) -> str:
    handle = f"studio-{country.lower()}"
    return parties.add_party(
        conn, handle=handle, name=handle, kind=PartyKind.buyer, roles={Role.buyer}, country=country
    )


def earn(conn: Connection, who: str, by_country: Mapping[str, int], currency: str = "USD") -> None:
    """Have somebody earn these sums from deals with buyers of these countries, and close the month."""
    works = add_licensed_works(conn, who, [1])
    for country, micros in by_country.items():
        price = Money(micros * 2, currency)
        key = f"{who}-{country}-{currency}"
        book_deal(
            conn, key=key, buyer_id=buyer_in(conn, country), price=price, asset_ids=works, clock=IN_PERIOD
        )


@pytest.fixture
def bank(tmp_path: Path) -> TestBank:
    return TestBank(tmp_path / "bank")


@pytest.fixture
def rates(tmp_path: Path) -> RateFile:
    (tmp_path / "rates.csv").write_text(RATES)
    return RateFile(tmp_path / "rates.csv")


@pytest.mark.parametrize(
    ("account", "withheld"),
    [
        ({"country": "BR"}, 1_500_000),
        ({"country": "DE"}, 0),
        ({"country": "IN"}, 750_000),
        ({"country": "US", "tax_form": TaxForm.w9, "tax_form_valid_until": None}, 0),
    ],
)
def test_the_rate_holds_for_the_part_that_came_from_there(
    conn: Connection, bank: TestBank, account: dict[str, object], withheld: int
) -> None:
    ann = add_contributor(conn)
    earn(conn, ann, {"US": 5_000_000, "FR": 3_000_000})
    add_account(conn, ann, **account)
    close(conn, PERIOD, AFTER)
    prepare(conn, PERIOD, AFTER)
    assert balance(conn, "withheld:IRS") == -withheld
    assert balance(conn, f"payable:{ann}") == 0
    pay(conn, bank)
    assert balance(conn, "cash:bank") == -(8_000_000 - withheld)
    assert_books(conn)


def test_a_payout_says_what_was_withheld_and_why(conn: Connection) -> None:
    ann = add_contributor(conn)
    earn(conn, ann, {"US": 5_000_000})
    add_account(conn, ann, country="BR")
    close(conn, PERIOD, AFTER)
    [payout_id] = prepare(conn, PERIOD, AFTER).in_transit
    [line] = store.withheld_from(conn, [payout_id])[payout_id]
    assert (line.income, line.amount) == (usd(5_000_000), usd(1_500_000))
    assert line.reason == "IRS: 30 % of USD 5.00 from buyers in US (W-8BEN, BR: no treaty)"
    paid, withheld = store.movements(conn, [ann], PERIOD)[ann]
    assert (paid.kind, paid.amount) == (MovementKind.payout, usd(-3_500_000))
    assert (withheld.kind, withheld.amount) == (MovementKind.withholding, usd(-1_500_000))
    assert (withheld.reason, withheld.reference) == (line.reason, f"payout:{payout_id}")


def test_a_returned_payout_gives_back_what_was_withheld_and_is_taxed_again(
    conn: Connection, bank: TestBank
) -> None:
    ann = add_contributor(conn)
    earn(conn, ann, {"US": 5_000_000})
    add_account(conn, ann, country="BR")
    close(conn, PERIOD, AFTER)
    prepare(conn, PERIOD, AFTER)
    assert store.sourced(conn) == {}
    bank.tell(ANYBODY, Behaviour.send_back)
    pay(conn, bank)
    assert (balance(conn, "withheld:IRS"), balance(conn, f"payable:{ann}")) == (0, -5_000_000)
    assert store.sourced(conn) == {(ann, "USD"): {"US": 5_000_000}}
    assert sum(each.amount.micros for each in store.movements(conn, [ann], PERIOD)[ann]) == 0
    assert_books(conn)


def test_a_floor_pool_is_a_mixture_and_influence_names_its_sale(conn: Connection) -> None:
    """Two sales, one from the US: of the floor part half came from there, rounded down, of influence all of
    it.
    """
    ann, bob = add_contributor(conn, "ann"), add_contributor(conn, "bob")
    add_release(conn, {"cat": (ann, 1), "dog": (bob, 2), "cow": (bob, 3)})
    owners = {"cat": ann, "dog": bob}
    for seed, (country, work) in enumerate((("US", "cat"), ("FR", "dog"))):
        buyer = buyer_in(conn, country)
        picture = generated(conn, buyer, seed)
        attribute(conn, picture, {work: WHOLE_PPB}, owners, reliability_ppb=WHOLE_PPB)
        sell_one(conn, picture, buyer, str(seed))
    close(conn, PERIOD, AFTER)
    store.record_sources(conn, [PERIOD], AFTER.at)
    rows = conn.execute(
        text("""
        SELECT contributor_id, part, sum(allocation.amount_micros)::bigint FROM fund_allocation AS allocation
        JOIN fund_pool AS pool ON pool.id = pool_id GROUP BY 1, 2
    """)
    )
    earned = {(who, part): micros for who, part, micros in rows}
    sourced = store.sourced(conn)
    assert sourced[ann, "USD"]["US"] == earned[ann, "floor"] // 2 + earned[ann, "influence"]
    assert sourced[ann, "USD"]["FR"] == earned[ann, "floor"] // 2
    assert sourced[bob, "USD"]["US"] == earned[bob, "floor"] // 2
    assert (bob, "influence") in earned
    assert_books(conn)


def test_rules_of_a_later_day_hold_from_that_day(conn: Connection) -> None:
    ann = add_contributor(conn)
    earn(conn, ann, {"US": 5_000_000})
    add_account(conn, ann, country="BR")
    close(conn, PERIOD, AFTER)
    later = "\n".join(
        f'[[rule]]\nauthority="IRS"\nsource="US"\nfrom={begins}\nrate="{rate}"'
        for begins, rate in (("2026-01-01", "0.30"), ("2026-11-03", "0.1"), ("2026-11-04", "0.9"))
    )
    prepare(conn, PERIOD, AFTER, taxes=read_withholding_rules(f'version = "test"\n{later}'))
    assert balance(conn, "withheld:IRS") == -500_000


def test_rules_that_were_used_may_not_change(conn: Connection) -> None:
    body = withholding_rules_in_force().body
    store.record_withholding_rules(conn, read_withholding_rules(body), AFTER.at)
    with pytest.raises(WithholdingRulesChanged, match="new version"):
        store.record_withholding_rules(
            conn, read_withholding_rules(body.replace('"0.30"', '"0.20"')), AFTER.at
        )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15, deadline=None)
@given(st.dictionaries(st.sampled_from(["US", "FR", "CA", "MX"]), st.integers(1, 10**9), min_size=1))
def test_whatever_came_from_where_the_parts_add_up(conn: Connection, by_country: dict[str, int]) -> None:
    with conn.begin_nested() as savepoint:
        ann = add_contributor(conn)
        earn(conn, ann, by_country)
        add_account(conn, ann, country="BR")
        close(conn, PERIOD, AFTER)
        prepare(conn, PERIOD, AFTER)
        total, us = sum(by_country.values()), by_country.get("US", 0)
        withheld = -balance(conn, "withheld:IRS")
        sent = -balance(conn, f"in_transit:{ann}")
        left = -balance(conn, f"payable:{ann}")
        assert sent + withheld + left == total
        if sent:
            assert withheld == us * 3 // 10
            assert 0 <= left < 10_000
        savepoint.rollback()


def test_a_balance_is_paid_in_the_currency_that_is_wanted(
    conn: Connection, bank: TestBank, rates: RateFile
) -> None:
    ann = add_contributor(conn)
    earn(conn, ann, {"US": 3_333_333, "FR": 1_000_001}, "EUR")
    earn(conn, ann, {"FR": 2_000_000})
    add_account(conn, ann, country="BR", currency="USD")
    close(conn, PERIOD, AFTER)
    assert prepare(conn, PERIOD, AFTER, rates=rates).new == 1
    converted = int(4_333_334 * Decimal("1.0871"))
    withheld = int(3_333_333 * Decimal("1.0871")) * 3 // 10
    assert balance(conn, f"payable:{ann}", "EUR") == 0
    assert balance(conn, "withheld:IRS") == -withheld
    assert balance(conn, f"in_transit:{ann}") == -((converted + 2_000_000 - withheld) // 10_000 * 10_000)
    found = store.movements(conn, [ann], PERIOD)[ann]
    exchange = [each for each in found if each.kind is MovementKind.conversion]
    assert {each.amount for each in exchange} == {Money(-4_333_334, "EUR"), usd(converted)}
    assert "at 1.0871" in exchange[0].reason
    assert "2026-11-02, ECB" in exchange[0].reason
    pay(conn, bank)
    assert prepare(conn, PERIOD, AFTER, rates=rates).new == 0
    assert_books(conn)


def test_without_a_fresh_rate_nothing_is_converted(conn: Connection, rates: RateFile) -> None:
    ann = add_contributor(conn)
    earn(conn, ann, {"FR": 5_000_000}, "GBP")
    add_account(conn, ann, currency="USD")
    close(conn, PERIOD, AFTER)
    assert prepare(conn, PERIOD, AFTER, rates=rates).held == {Hold.no_exchange_rate: 1}
    assert prepare(conn, PERIOD, AFTER).held == {Hold.no_exchange_rate: 1}
    assert balance(conn, f"payable:{ann}", "GBP") == -5_000_000


def test_what_is_held_is_not_converted(conn: Connection, rates: RateFile) -> None:
    ann = add_contributor(conn)
    earn(conn, ann, {"FR": 5_000_000}, "EUR")
    add_account(conn, ann, currency="USD", verified=False)
    close(conn, PERIOD, AFTER)
    assert prepare(conn, PERIOD, AFTER, rates=rates).held == {Hold.unverified_account: 1}
    assert store.holds_of(conn, PERIOD, [ann]) == {(ann, "EUR"): (Hold.unverified_account,)}
    add_account(conn, ann, currency="USD", tax_form_valid_until=date(2026, 11, 3))
    assert prepare(conn, PERIOD, AFTER, rates=rates).new == 1
    assert_books(conn)


def test_two_small_balances_are_one_payment(conn: Connection, rates: RateFile) -> None:
    ann = add_contributor(conn)
    earn(conn, ann, {"FR": 600_000}, "EUR")
    earn(conn, ann, {"FR": 600_000})
    add_account(conn, ann, currency="USD")
    close(conn, PERIOD, AFTER)
    [payout_id] = prepare(conn, PERIOD, AFTER, rates=rates).in_transit
    assert store.orders(conn, [payout_id])[payout_id].amount == usd(1_250_000)
    assert balance(conn, f"payable:{ann}") == -(600_000 + 652_260 - 1_250_000)
    assert add_buyer(conn)
    assert_books(conn)


def test_a_refund_takes_income_back_from_where_its_sale_came(conn: Connection) -> None:
    """Refunded in the same month, and not: either way nothing is withheld of what went back."""
    ann = add_contributor(conn)
    earn(conn, ann, {"US": 5_000_000, "FR": 3_000_000})
    add_account(conn, ann, country="BR")
    deal_id = conn.scalar(text("SELECT id FROM fund_deal WHERE territory = 'US'"))
    refund_deal(conn, key="r", deal_id=deal_id, amount=usd(4_000_000), reason="x", clock=IN_PERIOD)
    close(conn, PERIOD, AFTER)
    prepare(conn, PERIOD, AFTER)
    assert balance(conn, "withheld:IRS") == -900_000
    refund_deal(conn, key="s", deal_id=deal_id, reason="y", clock=AFTER)
    close(conn, "2026-11", DECEMBER)
    store.record_sources(conn, ["2026-11"], DECEMBER.at)
    assert store.sourced(conn) == {(ann, "USD"): {"US": -3_000_000}}
    assert_books(conn)


def test_the_country_of_a_deal_counts_and_not_that_of_its_buyer(conn: Connection) -> None:
    ann = add_contributor(conn)
    add_account(conn, ann, country="BR")
    works = add_licensed_works(conn, ann, [1])
    book_deal(
        conn,
        key="1",
        buyer_id=buyer_in(conn, "FR"),
        price=usd(4_000_000),
        asset_ids=works,
        clock=IN_PERIOD,
        territory="US",
    )
    close(conn, PERIOD, AFTER)
    prepare(conn, PERIOD, AFTER)
    assert balance(conn, "withheld:IRS") == -600_000
