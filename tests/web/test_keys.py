"""The buyer's page of API keys: made, shown once, used, closed."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy import text
from web.conftest import Browser
from web.world import World

from fairstock.access import keys
from fairstock.access.rules import UnknownKey
from fairstock.bootstrap import App
from fairstock.web.routes import keys as page

Visit = Callable[[str | None], Browser]


def secret_in(html: str) -> str:
    (secret,) = re.findall(r"OPENAI_API_KEY=([^\s<]+)", html)
    return str(secret)


def test_a_key_is_shown_once_is_known_by_its_hash_and_closed(visit: Visit, world: World, app: App) -> None:
    browser = visit("studio")
    assert "You have no key yet." in browser.get("/keys").text
    made = browser.submit("/keys", {"label": "The newsletter", "budget": "25.00"})
    secret = secret_in(made.text)
    assert made.headers["cache-control"] == "private, no-store"
    with app.transaction() as conn:
        key = keys.holder(conn, secret)
        assert secret not in str(conn.execute(text("SELECT * FROM api_key")).all())
    assert (key.buyer_id, key.label, str(key.budget)) == (
        world.people["studio"],
        "The newsletter",
        "USD 25.00",
    )
    again = browser.get("/keys").text
    assert "The newsletter" in again
    assert f"…{secret[-4:]}" in again
    assert secret not in again
    closed = browser.submit(f"/keys/{key.id}/close", {}, page="/keys")
    assert "closed" in closed.text
    assert browser.submit(f"/keys/{key.id}/close", {}, page="/keys").status_code == 200
    with app.transaction() as conn, pytest.raises(UnknownKey):
        keys.holder(conn, secret)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"budget": "plenty"}, "plenty"),
        ({"budget": "0"}, "cannot be a monthly budget"),
        ({"rpm": "0"}, "cannot be a limit"),
    ],
)
def test_a_wrong_limit_is_said_and_makes_nothing(
    visit: Visit, app: App, fields: dict[str, str], said: str
) -> None:
    answer = visit("studio").submit("/keys", {"label": "The newsletter", **fields})
    assert answer.status_code == 400
    assert said in answer.text
    for typed in ("The newsletter", *fields.values()):
        assert f'value="{typed}"' in answer.text
    with app.transaction() as conn:
        assert conn.scalar(text("SELECT count(*) FROM api_key")) == 0


def test_nobody_sees_or_closes_the_keys_of_others(visit: Visit, world: World, app: App) -> None:
    with app.transaction() as conn:
        key = keys.create(conn, "studio", app.clock, label="ours").key
    rival = visit("rival")
    assert "ours" not in rival.get("/keys").text
    assert rival.submit(f"/keys/{key.id}/close", {}, page="/keys").status_code == 404
    assert visit("ann").get("/keys").status_code == 403
    assert visit(None).get("/keys").url.path == "/sign-in"


def test_a_slip_makes_no_thousand_keys(visit: Visit, app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "MOST_OPEN", 1)
    browser = visit("studio")
    assert browser.submit("/keys", {}).status_code == 200
    refused = browser.submit("/keys", {})
    assert refused.status_code == 400
    assert "open keys already" in refused.text
