"""The staff's page on people in pictures."""

from __future__ import annotations

from collections.abc import Callable

from factories.core import NOON, add_buyer
from web.conftest import Browser

from fairstock.bootstrap import App
from fairstock.moderation import store as moderation
from fairstock.moderation.consent import Outcome
from fairstock.moderation.store import PictureFinding

Visit = Callable[[str | None], Browser]


def note(app: App, ask: str, outcome: Outcome) -> None:
    evidence = {"faces": 2, "consent_declared": True, "entry": None, "detector": "test"}
    with app.transaction() as conn:
        buyer = add_buyer(conn)
        finding = PictureFinding(ask, buyer, "ab" * 32, "faces", outcome, evidence, "1", NOON)
        moderation.add(conn, finding)


def test_reviewers_read_what_was_found_and_pick_the_sample(visit: Visit, app: App) -> None:
    note(app, "ask_1", Outcome.watched)
    note(app, "ask_2", Outcome.passed)
    page = visit("rev").get("/staff/findings")
    assert page.status_code == 200
    assert "watched: faces" in page.text
    assert "passed: faces" in page.text
    sample = visit("rev").get("/staff/findings?outcome=watched").text
    assert "passed: faces" not in sample
    assert visit("rev").get("/staff/findings?outcome=x").status_code == 400


def test_others_do_not(visit: Visit) -> None:
    for handle in ("ops", "studio", "ann"):
        assert visit(handle).get("/staff/findings").status_code == 403
