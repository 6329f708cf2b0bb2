"""Pages of disputes and sanction hits: who may see and do what, and what comes of it."""

import html
import re
from collections.abc import Callable

import pytest
from factories.money import AFTER
from web.conftest import Browser
from web.world import World

from fairstock.bootstrap import App
from fairstock.db.checks import run_checks
from fairstock.kit.money import Money
from fairstock.ledger import store as ledger
from fairstock.payout import store as payouts
from fairstock.payout.dispute import StatementLine
from fairstock.payout.model import SanctionHit, SubjectKind
from fairstock.web.dispute_lines import MOST, offered

Visit = Callable[[str | None], Browser]
MINE = "/statements/ann/2026-10/disputes"


def first_line(browser: Browser) -> str:
    found = re.search(r'name="line" value="(allocation:[^"]+)"', browser.get(MINE).text)
    assert found is not None
    return html.unescape(found.group(1))


def complain(browser: Browser, text: str = "My lake was left out.") -> str:
    """Ann disputes her first line; returns the dispute's id."""
    answer = browser.submit(MINE, {"line": first_line(browser), "text": text}, page=MINE)
    assert answer.status_code == 200
    found = re.search(r"/disputes/(dsp_[0-9a-f]+)/answers", answer.text)
    assert found is not None
    return found.group(1)


def test_a_contributor_disputes_a_line_and_finance_decides(visit: Visit, app: App, world: World) -> None:
    ann, fin = visit("ann"), visit("fin")
    assert f'href="{MINE}"' in ann.get("/statement").text
    dispute_id = complain(ann)
    page = f"/staff/disputes/{dispute_id}"
    assert "My lake was left out." in fin.get("/staff/disputes").text
    fin.submit(f"/disputes/{dispute_id}/answers", {"text": "Which lake?"}, page=page)
    ann.submit(f"/disputes/{dispute_id}/answers", {"text": "The blue one."}, page=MINE)
    assert "The blue one." in fin.get(page).text
    fields = {"outcome": "upheld", "text": "You are right.", "amount": "1.50", "kind": "backpay"}
    assert "Backpay: $1.50" in fin.submit(page, fields, page=page).text
    told = ann.get(MINE).text
    assert "You are right." in told
    assert "Backpay: $1.50" in told
    assert "Add something" not in told
    assert "Backpay: You are right." in ann.get("/statement").text
    with app.transaction() as conn:
        [adjusted] = payouts.movements(conn, [world.people["ann"]], "2026-10")[world.people["ann"]]
        assert adjusted.amount.micros == 1_500_000
        assert run_checks(conn) == []


def test_a_dispute_is_decided_once(visit: Visit) -> None:
    fin = visit("fin")
    page = f"/staff/disputes/{complain(visit('ann'))}"
    fields = {"outcome": "rejected", "text": "The line is right."}
    assert fin.submit(page, fields, page=page).status_code == 200
    again = fin.submit(page, fields)
    assert again.status_code == 400
    assert "was decided" in again.text


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"outcome": "rejected", "text": "No.", "amount": "1"}, "moves no money"),
        ({"outcome": "upheld", "text": "Yes.", "amount": "a lot"}, "not an amount of money"),
        ({"outcome": "upheld", "text": " ", "amount": "1"}, "Say what is wrong"),
        (
            {"outcome": "upheld", "text": "Yes.", "amount": "9999", "against": "reserve:fund"},
            "The reserve holds",
        ),
    ],
)
def test_a_decision_that_cannot_be_is_shown_again_and_nothing_is_decided(
    visit: Visit, app: App, world: World, fields: dict[str, object], problem: str
) -> None:
    fin = visit("fin")
    dispute_id = complain(visit("ann"))
    page = f"/staff/disputes/{dispute_id}"
    answer = fin.submit(page, fields, page=page)
    assert answer.status_code == 400
    assert problem in html.unescape(answer.text)
    with app.transaction() as conn:
        found = payouts.dispute(conn, dispute_id)
        assert found is not None
        assert found.outcome is None
        assert payouts.adjustments_of(conn, [dispute_id]) == {}
        assert ledger.history(conn, f"payable:{world.people['ann']}")[-1].kind.value == "period_close"


def test_a_line_is_disputed_with_words_and_once(visit: Visit) -> None:
    ann = visit("ann")
    line = first_line(ann)
    silent = ann.submit(MINE, {"line": line, "text": "  "}, page=MINE)
    assert silent.status_code == 400
    assert "Say what is wrong" in silent.text
    complain(ann)
    assert "disputed already" in ann.submit(MINE, {"line": line, "text": "Again."}, page=MINE).text
    assert ann.submit(MINE, {"line": "nothing", "text": "x"}, page=MINE).status_code == 400
    unknown = ann.submit(MINE, {"line": "allocation:x|y|z", "text": "x"}, page=MINE)
    assert (unknown.status_code, "has no allocation" in unknown.text) == (400, True)


def test_what_is_said_is_text_and_never_markup(visit: Visit) -> None:
    dispute_id = complain(visit("ann"), "<script>alert(1)</script>")
    for page in ("/staff/disputes", f"/staff/disputes/{dispute_id}"):
        assert "<script>alert" not in visit("fin").get(page).text
    assert "<script>alert" not in visit("ann").get(MINE).text


@pytest.mark.parametrize("handle", ["ben", "studio", "rev", "ops"])
def test_disputes_are_for_their_contributor_and_finance_only(visit: Visit, handle: str) -> None:
    dispute_id = complain(visit("ann"), "A secret of Ann's.")
    line = first_line(visit("ann"))
    other = visit(handle)
    assert other.get(MINE).status_code == 403
    assert other.submit(MINE, {"line": line, "text": "x"}).status_code == 403
    for unknown in (dispute_id, "dsp_none"):
        assert other.submit(f"/disputes/{unknown}/answers", {"text": "x"}).status_code == 403
    for path in ("/staff/disputes", f"/staff/disputes/{dispute_id}", "/staff/sanctions"):
        answer = other.get(path)
        assert answer.status_code == 403
        assert "secret" not in answer.text
    decision = {"outcome": "upheld", "text": "x", "amount": "5"}
    assert other.submit(f"/staff/disputes/{dispute_id}", decision).status_code == 403
    assert other.submit("/staff/sanctions/hit_none", {"reason": "x"}).status_code == 403


def test_finance_reads_a_statement_and_does_not_dispute_it(visit: Visit) -> None:
    fin = visit("fin")
    line = first_line(visit("ann"))
    assert fin.get(MINE).status_code == 200
    assert fin.submit(MINE, {"line": line, "text": "x"}).status_code == 403
    assert visit(None).get(MINE).url.path == "/sign-in"
    assert visit("ann").submit(MINE, {"line": line, "text": "x"}).status_code == 200
    assert visit("ann").post(MINE, data={"line": line, "text": "no token"}).status_code == 403


def test_finance_clears_a_hit_with_a_reason(visit: Visit, app: App, world: World) -> None:
    with app.transaction() as conn:
        hit = SanctionHit("P1", "Ann the Terrible", "Ann")
        payouts.add_hits(conn, {world.people["ann"]: [hit]}, "test-1", AFTER.at)
        [recorded] = payouts.open_hits(conn)
    fin = visit("fin")
    page = "/staff/sanctions"
    assert "Ann the Terrible" in fin.get(page).text
    assert fin.submit(f"{page}/{recorded.id}", {"reason": " "}, page=page).status_code == 400
    assert fin.submit(f"{page}/hit_none", {"reason": "x"}, page=page).status_code == 404
    cleared = fin.submit(f"{page}/{recorded.id}", {"reason": "born in another year"}, page=page)
    assert "Nobody waits" in cleared.text
    with app.transaction() as conn:
        assert payouts.open_hits(conn) == []


def test_lines_are_found_by_words_and_none_is_out_of_reach() -> None:
    every = [
        StatementLine(SubjectKind.allocation, f"a|{n}", Money(n * 1000, "USD"), "floor of house-1", f"w{n}")
        for n in range(1, 61)
    ]
    every.append(StatementLine(SubjectKind.payout, "pay_1", Money(5, "USD"), "paid"))
    titles = {f"w{n}": f"Blue lake {n}" for n in range(1, 61)}
    largest = offered(every, titles)
    assert (len(largest.lines), largest.fitting, largest.every) == (MOST, 61, 61)
    assert largest.lines[0].subject == "a|60"
    assert [line.subject for line in offered(every, titles, " LAKE  7 ").lines] == ["a|57", "a|47"] + [
        f"a|{n}" for n in (37, 27, 17, 7)
    ]
    assert [line.subject for line in offered(every, titles, "payout").lines] == ["pay_1"]
    assert [line.subject for line in offered(every, titles, "0.000005").lines] == ["pay_1"]
    assert offered(every, titles, "red").lines == []
    assert offered(every, titles, picked="payout:pay_1").lines[0].subject == "pay_1"


def test_the_form_keeps_words_and_line_where_something_is_missing(visit: Visit) -> None:
    ann = visit("ann")
    line = first_line(ann)
    answer = ann.submit(MINE, {"line": line, "text": "", "q": "red"}, page=MINE)
    assert answer.status_code == 400
    assert f'value="{html.escape(line)}" required checked' in answer.text
    answer = ann.submit(MINE, {"text": "My lake."}, page=MINE)
    assert "Choose the line that is wrong" in html.unescape(answer.text)
    assert "My lake." in answer.text
    assert "No line has these words" in ann.get(f"{MINE}?q=nothing+like+it").text


def test_what_is_said_twice_stands_once(visit: Visit, app: App) -> None:
    ann = visit("ann")
    dispute_id = complain(ann)
    for _ in range(2):
        ann.submit(f"/disputes/{dispute_id}/answers", {"text": "The blue one."}, page=MINE)
    with app.transaction() as conn:
        found = payouts.dispute(conn, dispute_id)
        assert found is not None
        assert [event.text for event in found.events] == ["My lake was left out.", "The blue one."]
