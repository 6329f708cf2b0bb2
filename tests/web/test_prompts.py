"""Prompts that wait for a person: a buyer's appeal, what moderation was not sure of, and the decision."""

from collections.abc import Callable
from dataclasses import replace

from web.conftest import Browser
from web.world import World

from fairstock.bootstrap import App
from fairstock.db import checks
from fairstock.generation import store as generation
from fairstock.generation.model import Order, Request, RequestState
from fairstock.generation.request import request as record
from fairstock.generation.store import queue
from fairstock.moderation.model import Verdict

Visit = Callable[[str | None], Browser]
GORE = "a severed head with blood and gore everywhere"


def recorded(app: App, world: World, key: str, verdict: Verdict) -> str:
    """A request of the studio's on which moderation said ``verdict``; its id."""
    decision = replace(app.moderator.decide(GORE, (), ()), decision=verdict)
    with app.transaction() as conn:
        order = Order(key, world.people["studio"], GORE, 1, 256)
        return record(conn, order, decision, app.clock).id


def found(app: App, request_id: str) -> Request:
    with app.transaction() as conn:
        (rule,) = [one for one in checks.load_checks() if one.name == "generation_refused_was_blocked"]
        assert checks.run_check(conn, rule) is None
        return generation.get(conn, request_id)


def test_a_buyer_appeals_and_a_person_has_it_made(visit: Visit, app: App, world: World) -> None:
    request_id = recorded(app, world, "one", Verdict.BLOCK)
    studio, page = visit("studio"), f"/requests/{request_id}"
    assert request_id in studio.get(page).text  # the number that a refusal is about
    for _ in range(2):
        answer = studio.submit(f"{page}/appeal", {"text": "It is for a film about <Halloween>."})
        assert "Your appeal waits" in answer.text
    assert visit("rival").submit(f"{page}/appeal", {"text": "Mine?"}).status_code == 404
    said = found(app, request_id)
    assert said.state is RequestState.review
    assert said.decision["machine"]["decision"] == "block"

    rev = visit("rev")
    assert "(1 waiting)" in rev.get("/staff/review").text
    listed = rev.get("/staff/prompts").text
    assert "film about &lt;Halloween&gt;" in listed
    assert "<mark>severed head</mark>" in listed
    assert "are being made" in rev.submit(f"/staff/prompts/{request_id}", {"outcome": "allow"}).text
    made = found(app, request_id)
    assert (made.state, made.decision["decision"]) == (RequestState.pending, "allow")
    assert made.decision["machine"]["rule"] == said.decision["rule"]
    assert made.decision["person"]["id"] == world.people["rev"]
    with app.transaction() as conn:
        assert queue.get(conn, request_id) is not None
    assert "No prompt waits." in rev.get("/staff/prompts").text
    again = rev.submit(f"/staff/prompts/{request_id}", {"outcome": "refuse", "note": "No."})
    assert again.status_code == 400
    assert found(app, request_id).state is RequestState.pending


def test_what_moderation_was_not_sure_of_is_refused_with_a_reason(
    visit: Visit, app: App, world: World
) -> None:
    request_id = recorded(app, world, "two", Verdict.REVIEW)
    rev = visit("rev")
    assert rev.submit(f"/staff/prompts/{request_id}", {"outcome": "refuse", "note": " "}).status_code == 400
    assert found(app, request_id).state is RequestState.review
    rev.submit(f"/staff/prompts/{request_id}", {"outcome": "refuse", "note": "Too cruel for our stock."})
    assert found(app, request_id).state is RequestState.refused
    studio = visit("studio")
    page = studio.get(f"/requests/{request_id}").text
    assert "A person decided: Too cruel for our stock." in page
    assert "Appeal" not in page  # it was the last word
    assert studio.submit(f"/requests/{request_id}/appeal", {"text": "Please."}).status_code == 400
    assert visit("studio").get("/staff/prompts").status_code == 403
