"""Search first, create on a miss, and carry on from what was made."""

from collections.abc import Callable

from factories.money import add_generated
from sqlalchemy import text
from web.conftest import Browser
from web.world import World

from fairstock.asset import store as assets
from fairstock.bootstrap import App

Visit = Callable[[str | None], Browser]
FIELDS = {"size": 512, "n": 2, "order": "order-1"}


def recorded(app: App) -> list[str]:
    with app.transaction() as conn:
        query = "SELECT prompt FROM generation_request WHERE state = 'pending' ORDER BY created_at"
        return list(conn.scalars(text(query)))


def test_what_the_stock_has_is_shown_before_anything_is_made(visit: Visit, world: World, app: App) -> None:
    browser = visit("studio")
    fields = {**FIELDS, "prompt": "a red  apple"}
    shown = browser.submit("/requests", fields, page="/requests/new")
    assert (shown.status_code, shown.url.path) == (200, "/requests")
    assert "The stock has it already" in shown.text
    assert f"/works/{world.human}" in shown.text
    assert "Make them anyway" in shown.text
    assert 'name="looked" value="a red apple"' in shown.text
    assert recorded(app) == []
    made = browser.submit("/requests", {**fields, "looked": "a red apple"}, page="/requests/new")
    assert made.url.path.startswith("/requests/gen_")
    assert recorded(app) == ["a red apple"]


def test_what_the_stock_lacks_is_made_at_once_and_hints_do_not_stop_it(visit: Visit, app: App) -> None:
    browser = visit("studio")
    for number, prompt in enumerate(["a zebra", "a zebra with an apple"]):
        answer = browser.submit(
            "/requests", {**FIELDS, "order": number, "prompt": prompt}, page="/requests/new"
        )
        assert answer.url.path.startswith("/requests/gen_")
    assert recorded(app) == ["a zebra", "a zebra with an apple"]
    assert "The stock has something like it" in browser.get("/requests/new?prompt=a+zebra+with+an+apple").text


def test_price_and_split_are_shown_before_anything_is_asked(visit: Visit, world: World) -> None:
    form = visit("studio").get("/requests/new?prompt=a+red+apple").text
    assert "$0.016" in form
    assert "to contributors" in form
    found = visit(None).get("/search?q=apple").text
    assert "None of these?" in found
    assert "Create it" in found
    assert "goes to the contributors" in found
    assert "Have it made." in visit("studio").get("/search?q=qqqqq").text
    assert "Create it" not in visit("ann").get("/search?q=apple").text
    assert "Create it" not in visit(None).get("/search").text


def test_a_buyer_carries_on_from_a_picture_of_their_own(visit: Visit, world: World, app: App) -> None:
    browser = visit("studio")
    assert "Carry it on" in browser.get(f"/works/{world.generated}").text
    form = browser.get(f"/requests/new?parent={world.generated}").text
    assert "What should change?" in form
    fields = {**FIELDS, "prompt": "a red apple", "parent": world.generated, "strength": "0.7"}
    page = browser.submit("/requests", fields, page="/requests/new")
    assert "an earlier picture" in page.text
    vary = {**FIELDS, "order": "v", "parent": world.generated, "vary": "true"}
    assert "Variations" in browser.submit("/requests", vary, page="/requests/new").text
    with app.transaction() as conn:
        rows = conn.execute(
            text(
                "SELECT kind, parent_asset_id, options ->> 'strength' FROM generation_queue"
                " JOIN generation_request ON id = request_id ORDER BY kind"
            )
        ).all()
    assert [tuple(row) for row in rows] == [
        ("refine", world.generated, "0.7"),
        ("variation", world.generated, None),
    ]
    assert "Variations" in browser.get("/requests").text


def test_nobody_carries_on_from_what_was_made_for_others(visit: Visit, world: World, app: App) -> None:
    browser = visit("rival")
    assert "Carry it on" not in browser.get(f"/works/{world.generated}").text
    assert browser.get(f"/requests/new?parent={world.generated}").status_code == 403
    assert browser.get(f"/requests/new?parent={world.human}").status_code == 403
    fields = {**FIELDS, "prompt": "the same in blue", "parent": world.generated}
    assert browser.submit("/requests", fields, page="/requests/new").status_code == 403
    assert recorded(app) == []


def test_a_private_picture_is_its_buyers_alone(visit: Visit, world: World, app: App) -> None:
    with app.transaction() as conn:
        asset_id = add_generated(conn, world.people["studio"], 11, objects=app.objects)
        conn.execute(
            text("UPDATE asset SET state = 'private', private_to = :buyer WHERE id = :id"),
            {"buyer": world.people["studio"], "id": asset_id},
        )
        assert assets.get(conn, asset_id).private_to == world.people["studio"]
    mine = visit("studio").get(f"/works/{asset_id}").text
    assert "Only you see this picture" in mine
    assert "License this picture" in mine
    for other in ("rival", "ann", None):
        assert visit(other).get(f"/works/{asset_id}").status_code == 404
        assert visit(other).get(f"/works/{asset_id}/picture/240").status_code == 404
