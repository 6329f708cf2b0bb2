"""Statements that can be recomputed, and the files they are published as."""

import csv
import io
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from factories.core import add_buyer, add_contributor, usd
from factories.money import (
    AFTER,
    IN_PERIOD,
    PERIOD,
    RELEASE,
    add_generated,
    add_licensed_works,
    add_release,
    sell_one,
    sha,
)
from factories.statements import NOTICE, Month, publish_all
from sqlalchemy import Connection, text

from fairstock.adapters.test_bank import ANYBODY, Behaviour, TestBank
from fairstock.fund.close import close
from fairstock.fund.deals import book_deal
from fairstock.fund.model import Part
from fairstock.fund.refund import refund
from fairstock.fund.reserve import distribute
from fairstock.kit.clock import FixedClock
from fairstock.kit.money import Money
from fairstock.kit.objects import ObjectStore
from fairstock.ledger.model import Posting, Transaction, TransactionKind
from fairstock.ledger.post import post
from fairstock.license.store import SaleMissing
from fairstock.payout.model import PaymentResult, PaymentState
from fairstock.payout.prepare import prepare
from fairstock.payout.settle import book
from fairstock.statement import store
from fairstock.statement.build import StatementDoesNotAddUp, build
from fairstock.statement.frame import frame
from fairstock.statement.publish import (
    FolderUnwritable,
    PeriodStillOpen,
    publish,
    publish_sources,
)
from fairstock.statement.trace import trace
from fairstock.statement.write import as_csv, as_json


@pytest.fixture
def month(conn: Connection) -> Month:
    return Month(conn)


def test_every_line_can_be_recomputed(month: Month) -> None:
    for who in (month.ann, month.bob):
        statement = month.usd(who)
        pools = {pool.id: pool for pool in statement.pools}
        for line in statement.lines:
            pool = pools[line.pool_id]
            if line.part is Part.influence:
                sale = next(each for each in pool.source_lines if each.source_id == line.source_id)
                exact = sale.part.micros * Decimal(str(pool.reliability)) * Decimal(str(line.share))
            else:
                assert line.cluster_contributors
                assert line.contributor_works
                votes = pool.clusters * line.cluster_contributors * line.contributor_works
                exact = Decimal(pool.amount.micros) / votes
            assert abs(line.amount.micros - exact) < 3
        assert sum(line.amount.micros for line in statement.lines) == statement.earned.micros
        for pool in pools.values():
            assert sum(each.part.micros for each in pool.source_lines) == pool.amount.micros
            assert pool.allocated + pool.reserve == pool.amount


def test_the_whole_pool_and_the_range_are_shown(month: Month) -> None:
    statement = month.usd(month.ann)
    assert sum(pool.amount.micros for pool in statement.pools) == 3 * 6_000 + 10_000_001
    assert statement.everybody
    assert statement.everybody.contributors == 2
    assert {statement.everybody.least, statement.everybody.most} == {
        statement.earned,
        month.usd(month.bob).earned,
    }


def test_balances_add_up_from_opening_to_closing(month: Month, tmp_path: Path) -> None:
    month.pay(TestBank(tmp_path / "bank"))
    ann, bob = month.usd(month.ann), month.usd(month.bob)
    assert ann.payout
    assert (ann.opening, ann.payout.state, ann.holds) == (usd(0), "paid", ())
    assert ann.closing == ann.earned - ann.payout.amount
    assert 0 < ann.closing.micros < 10_000
    assert (bob.payout, bob.holds, bob.closing) == (None, ("no_account",), bob.earned)
    assert month.usd(month.bob, "2026-11").opening == bob.closing
    [nothing_yet] = build(month.conn, month.bob, "2026-11").currencies
    assert (nothing_yet.lines, nothing_yet.closing) == ((), bob.closing)


def test_returned_payouts_and_adjustments_are_shown(month: Month, tmp_path: Path) -> None:
    bank = TestBank(tmp_path / "bank")
    bank.tell(ANYBODY, Behaviour.send_back)
    month.pay(bank)
    correction = Transaction(
        key="adjustment:1",
        kind=TransactionKind.adjustment,
        effective_at=AFTER.at,
        postings=(Posting("revenue:house", usd(70)), Posting(f"payable:{month.ann}", usd(-70))),
        memo="dispute resolved",
        details={"period": PERIOD},
    )
    post(month.conn, correction)
    statement = month.usd(month.ann)
    assert statement.payout
    assert statement.payout.state == "returned"
    assert {each.kind for each in statement.adjustments} == {"adjustment", "return"}
    assert statement.closing == statement.earned + usd(70)


def test_json_says_everything_exactly(month: Month) -> None:
    statement = build(month.conn, month.ann, PERIOD, notice=NOTICE)
    data = json.loads(as_json(statement))
    assert data["notice"] == NOTICE
    assert data["format"] == "fairstock.statement/4"
    assert data["rules"]["generation_share"] == "0.300000"
    [section] = data["currencies"]
    assert sum(Decimal(line["amount"]) for line in section["lines"]) == Decimal(section["earned"])
    influence = next(line for line in section["lines"] if line["part"] == "influence")
    assert influence["source_id"] in {sale.id for sale in month.sales}
    assert (influence["share"], influence["work_sha256"]) == ("0.500000000", sha("=cat()"))
    assert as_json(statement) == as_json(build(month.conn, month.ann, PERIOD, notice=NOTICE))


def test_csv_adds_up_and_cannot_calculate(month: Month, tmp_path: Path) -> None:
    month.pay(TestBank(tmp_path / "bank"))
    statement = build(month.conn, month.ann, PERIOD, notice=NOTICE)
    rows = list(csv.DictReader(io.StringIO(as_csv(statement).decode())))
    assert {row["notice"] for row in rows} == {NOTICE}
    assert (rows[0]["row"], rows[-1]["row"]) == ("opening_balance", "closing_balance")
    assert sum(Decimal(row["amount"]) for row in rows[:-1]) == Decimal(rows[-1]["amount"])
    titles = {row["title"] for row in rows if row["release"] == RELEASE}
    assert titles == {"“=cat()”"}
    deal = next(row for row in rows if row["part"] == "deal")
    assert (deal["clusters"], deal["cluster_contributors"], deal["contributor_works"]) == ("2", "1", "1")


def test_a_title_that_is_a_formula_is_quoted(conn: Connection) -> None:
    ann, buyer = add_contributor(conn), add_buyer(conn)
    works = add_licensed_works(conn, ann, [1])
    conn.execute(text("UPDATE asset SET title = '=HYPERLINK(1)' WHERE id = :id"), {"id": works[0]})
    book_deal(conn, key="1", buyer_id=buyer, price=usd(100), asset_ids=works, clock=IN_PERIOD)
    close(conn, PERIOD, AFTER)
    assert b",'=HYPERLINK(1)," in as_csv(build(conn, ann, PERIOD))


def test_publishing_writes_files_and_keeps_revisions(
    month: Month, objects: ObjectStore, tmp_path: Path
) -> None:
    people = store.recipients(month.conn, PERIOD)
    assert set(people) == {month.ann, month.bob}
    folder = tmp_path / "statements"
    for _ in range(2):
        first = publish_all(month, objects, folder)
    digest = publish_sources(month.conn, objects, folder, frame(month.conn, PERIOD), notice=NOTICE)
    names = ("_root.json", "_sources.csv", "_verify.py", "ann.csv", "ann.json", "bob.csv", "bob.json")
    assert sorted(path.name for path in folder.iterdir()) == list(names)
    assert objects.get(digest) == (folder / "_sources.csv").read_bytes()
    assert revisions(month.conn) == [1, 1]
    month.pay(TestBank(tmp_path / "bank"))
    second = publish_all(month, objects, folder)
    assert revisions(month.conn) == [1, 1, 2, 2]
    assert store.issued(month.conn, PERIOD) == 2
    assert (first.number, second.number) == (1, 2)
    assert json.loads((folder / "_root.json").read_bytes())["previous_edition"] == first.document_sha256


def revisions(conn: Connection) -> list[int]:
    return list(conn.scalars(text("SELECT revision FROM statement_issue ORDER BY revision")))


def test_an_open_period_is_not_published(conn: Connection, objects: ObjectStore, tmp_path: Path) -> None:
    ann = add_contributor(conn)
    assert build(conn, ann, PERIOD).period_state == "open"
    with pytest.raises(PeriodStillOpen):
        publish(conn, objects, frame(conn, PERIOD), [ann], notice=None, clock=AFTER)


def test_a_folder_that_takes_no_files(month: Month, objects: ObjectStore, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with pytest.raises(FolderUnwritable) as caught:
        publish_all(month, objects, blocked / "x")
    assert caught.value.exit_code == 1


def test_lines_that_do_not_match_the_books_are_not_shown(month: Month) -> None:
    month.conn.execute(text("SET LOCAL session_replication_role = replica"))
    month.conn.execute(text("UPDATE fund_allocation SET amount_micros = amount_micros + 1"))
    with pytest.raises(StatementDoesNotAddUp, match="publish nothing"):
        month.usd(month.ann)


def test_currencies_have_their_own_sections(conn: Connection) -> None:
    ann, buyer = add_contributor(conn), add_buyer(conn)
    works = add_licensed_works(conn, ann, [1])
    for price in (usd(100), Money(300, "EUR")):
        book_deal(conn, key=price.currency, buyer_id=buyer, price=price, asset_ids=works, clock=IN_PERIOD)
    close(conn, PERIOD, AFTER)
    assert [(each.currency, each.earned) for each in build(conn, ann, PERIOD).currencies] == [
        ("EUR", Money(150, "EUR")),
        ("USD", usd(50)),
    ]


def test_a_sale_can_be_followed_to_the_payout(month: Month, tmp_path: Path) -> None:
    before = trace(month.conn, month.sales[0].id)
    month.pay(TestBank(tmp_path / "bank"))
    after = trace(month.conn, month.sales[0].id)
    titles = [step.title for step in after.steps]
    assert titles[:3] == ["Sale", f"Ledger: sale:{month.sales[0].id}", "Fund"]
    assert {"Pool: floor", "Pool: influence"} <= set(titles)
    shown = str(after)
    assert "USD 0.02" in shown
    assert "payout paid" in shown
    assert "not paid out yet" in str(before)
    assert "3 sales of house-test" in shown
    assert ("the reserve", "not distributed yet") in [fact for step in after.steps for fact in step.facts]
    assert "not paid out yet (no account)" in shown


def test_a_cent_is_followed_through_a_return_a_takeback_and_the_reserve(month: Month, tmp_path: Path) -> None:
    """A balance that comes back goes out with a later month's payout, which the trace names."""
    [sent] = prepare(month.conn, PERIOD, AFTER).in_transit
    book(month.conn, [sent], [PaymentResult(sent, PaymentState.returned, "TB-1", "no such account")], AFTER)
    first = str(trace(month.conn, month.sales[0].id))
    assert f"payout returned ({sent}) for 2026-10" in first
    december = FixedClock(datetime(2026, 12, 2, tzinfo=UTC))
    picture = str(month.conn.scalar(text("SELECT asset_id FROM license_sale LIMIT 1")))
    sell_one(month.conn, picture, month.buyer, "later", clock=FixedClock(datetime(2026, 11, 9, tzinfo=UTC)))
    close(month.conn, "2026-11", december)
    [again] = prepare(month.conn, "2026-11", december).in_transit
    paid = PaymentResult(again, PaymentState.paid, "TB-2")
    book(month.conn, [again], [paid], december)
    told = f"payout returned ({sent}) for 2026-10, then payout paid ({again}) for 2026-11"
    assert told in str(trace(month.conn, month.sales[0].id))
    notice = PaymentResult(again, PaymentState.taken_back, "TB-2", "account closed")
    assert book(month.conn, [again], [notice], december).taken_back == (again,)
    close(month.conn, "2026-12", FixedClock(datetime(2027, 1, 2, tzinfo=UTC)))
    distribute(month.conn, 2026, FixedClock(datetime(2027, 1, 3, tzinfo=UTC)))
    after = str(trace(month.conn, month.sales[0].id))
    assert f"payout paid, taken back ({again}) for 2026-11" in after
    assert "distributed with the year 2026, on statements of 2027-01 (rsv_" in after


def test_a_refund_is_followed_to_those_who_give_it_back(month: Month, tmp_path: Path) -> None:
    month.pay(TestBank(tmp_path / "bank"))
    sale = month.sales[0]
    back = refund(month.conn, key="1", sale_id=sale.id, reason="not as ordered", clock=AFTER)
    titles = [step.title for step in trace(month.conn, sale.id).steps]
    assert titles[-2:] == [f"Refund: {back.id}", f"Ledger: refund:{back.id}"]
    close(month.conn, "2026-11", FixedClock(datetime(2026, 12, 2, tzinfo=UTC)))
    after = trace(month.conn, sale.id)
    steps = after.steps[[step.title for step in after.steps].index(f"Refund: {back.id}") :]
    assert ("reason", "not as ordered") in steps[0].facts
    taken = [value for step in steps if step.title.startswith("Contributors") for _, value in step.facts]
    assert taken
    assert all(value.startswith("USD -") for value in taken)


def test_an_open_sale_has_no_pools_yet(conn: Connection) -> None:
    buyer = add_buyer(conn)
    add_release(conn, {"cat": (add_contributor(conn), 1)})
    sale = sell_one(conn, add_generated(conn, buyer), buyer, "1")
    assert [step.title for step in trace(conn, sale.id).steps] == ["Sale", f"Ledger: sale:{sale.id}", "Fund"]
    with pytest.raises(SaleMissing):
        trace(conn, "sal_none")
