"""An account's finding leads to people once, asks for evidence about what comes after, and can be cleared."""

from __future__ import annotations

from dataclasses import replace

import pytest
from factories.core import add_contributor
from factories.intake import CLOCK
from factories.uploads import add_scored
from sqlalchemy import Connection, text

from fairstock.party import store as parties
from fairstock.screening import store, watch
from fairstock.screening.accounts import AccountRule, Styles
from fairstock.screening.cases import Standing
from fairstock.screening.model import Outcome
from fairstock.screening.policy import shipped
from fairstock.screening.review import NotAReviewer
from fairstock.screening.rules import decide
from fairstock.screening.talk import NothingSaid
from fairstock.upload import store as uploads

RULE = AccountRule("test", "m", Styles(8.0, 8.0), Styles(4.0, 20.0), 0.01, 2.0)


def send(conn: Connection, contributor: str, tails: list[float], *, first: int = 0, model: str = "m") -> None:
    """Uploads with scores, in order."""
    add_scored(conn, contributor, tails, model=model, first=first)


def look(conn: Connection, contributor: str, rule: AccountRule = RULE) -> watch.Account:
    return watch.account(conn, contributor, uploads.arrivals(conn, contributor), rule)


@pytest.fixture
def ann(conn: Connection) -> str:
    return add_contributor(conn)


@pytest.fixture
def robin(conn: Connection) -> str:
    return parties.add_party(conn, handle="robin", name="Robin", kind="staff", roles=["reviewer"])


def test_a_flag_is_found_once_and_asks_about_what_comes_with_it_and_after(conn: Connection, ann: str) -> None:
    send(conn, ann, [0.5] * 5 + [0.001] * 20)
    seen = look(conn, ann)
    at = seen.path.flagged_at
    assert at is not None
    noted = watch.suspicions(conn, seen, RULE, CLOCK)
    assert sorted(noted) == list(seen.pictures[at - 1 :])
    send(conn, ann, [0.9], first=25)
    again = watch.suspicions(conn, look(conn, ann), RULE, CLOCK)
    assert set(again) == {*noted, "upl_0025"}
    assert conn.scalar(text("SELECT count(*) FROM screening_finding")) == 1
    verdict = decide([again["upl_0025"]], shipped())
    assert verdict.outcome is Outcome.REQUEST
    assert f"{at} pictures of this account" in verdict.reasons[0].sentence


def test_the_same_file_counts_once_and_other_models_do_not(conn: Connection, ann: str) -> None:
    send(conn, ann, [0.5, 0.4, 0.3])
    send(conn, ann, [0.2], first=3, model="old")
    conn.execute(text("UPDATE upload SET sha256 = repeat('0', 64) WHERE id = 'upl_0001'"))
    assert look(conn, ann).pictures == ("upl_0000", "upl_0002")
    assert look(conn, ann, replace(RULE, model="")).tails == (0.5, 0.3, 0.2)


def test_a_cleared_account_starts_anew_and_a_confirmed_one_stays(
    conn: Connection, ann: str, robin: str
) -> None:
    send(conn, ann, [0.001] * 20)
    watch.suspicions(conn, look(conn, ann), RULE, CLOCK)
    ((found, _),) = store.findings(conn, ann)
    with pytest.raises(NotAReviewer):
        watch.decide(conn, found.id, ann, Standing.CLEARED, "me", 20, CLOCK)
    with pytest.raises(NothingSaid):
        watch.decide(conn, found.id, robin, Standing.CLEARED, " ", 20, CLOCK)
    made = watch.decide(conn, found.id, robin, Standing.CLEARED, "I saw the studio.", 20, CLOCK)
    assert watch.decide(conn, found.id, robin, Standing.CLEARED, "again", 20, CLOCK) == made
    with pytest.raises(watch.FindingDecided):
        watch.decide(conn, found.id, robin, Standing.CONFIRMED, "no", 20, CLOCK)
    with pytest.raises(watch.FindingNotFound):
        watch.decide(conn, "fnd_other", robin, Standing.CLEARED, "no", 20, CLOCK)
    send(conn, ann, [0.5] * 3, first=20)
    seen = look(conn, ann)
    assert (seen.start, len(seen.path.values), seen.finding) == (20, 3, None)
    assert seen.path.threshold > RULE.threshold
    assert watch.suspicions(conn, seen, RULE, CLOCK) == {}
    send(conn, ann, [0.0005] * 40, first=23)
    watch.suspicions(conn, look(conn, ann), RULE, CLOCK)
    _, (second, _) = store.findings(conn, ann)
    assert second.number == 2
    watch.decide(conn, second.id, robin, Standing.CONFIRMED, "Sold by a farm.", 63, CLOCK)
    after = look(conn, ann)
    assert after.finding == second
    assert "upl_0062" in watch.suspicions(conn, after, RULE, CLOCK)


def test_an_honest_account_is_left_alone(conn: Connection, ann: str) -> None:
    send(conn, ann, [0.3, 0.9, 0.1, 0.6, 0.02, 0.5])
    assert watch.suspicions(conn, look(conn, ann), RULE, CLOCK) == {}
    assert store.findings(conn) == []
