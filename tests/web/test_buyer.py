"""The buyer's pages: search, a work, licenses, new images."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
from factories.money import add_generated
from httpx2 import Response
from PIL import Image
from sqlalchemy import text
from web.conftest import Browser
from web.world import World

from fairstock.asset import store as assets
from fairstock.bootstrap import App
from fairstock.db.locks import held
from fairstock.generation import store as generation
from fairstock.generation.fulfil import give_up
from fairstock.generation.model import RequestState
from fairstock.generation.queue import WORKERS
from fairstock.generation.store import queue
from fairstock.ledger import store as ledger
from fairstock.license import store as licenses

Visit = Callable[[str | None], Browser]


def test_anybody_finds_works_by_words_and_by_who_made_them(visit: Visit, world: World) -> None:
    browser = visit(None)
    found = browser.get("/search?q=apples")
    assert f"/works/{world.human}" in found.text
    assert "By" not in found.text or "Ann" in found.text
    assert "1 work for “apples”" in found.text
    machine = browser.get("/search?kind=ai")
    assert f'href="/works/{world.generated}"' in machine.text
    assert f'href="/works/{world.human}"' not in machine.text
    assert "Nothing has “aple”. 1 work for “apple”" in browser.get("/search?q=aple").text
    assert "No work fits" in browser.get("/search?q=qqqqq").text
    assert browser.get("/search?kind=nonsense&page=-3").status_code == 200


def test_a_query_is_shown_as_text(visit: Visit) -> None:
    page = visit(None).get("/search", params={"q": "<script>alert(1)</script>"}).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_a_works_page_says_who_or_what_made_it(visit: Visit, world: World) -> None:
    browser = visit("studio")
    human = browser.get(f"/works/{world.human}").text
    assert "By Ann" in human
    assert "not sold by this house" in human
    machine = browser.get(f"/works/{world.generated}").text
    assert "test model (house-test)" in machine
    assert "$0.02" in machine
    assert "$0.018" in machine
    proof = browser.get(f"/works/{world.generated}/proof").text
    assert "carries no signed record" in proof
    assert browser.get(f"/works/{world.human}/similar?kind=human").status_code == 200


def test_a_license_is_bought_once_a_form_and_opens_the_download(visit: Visit, world: World, app: App) -> None:
    browser = visit("studio")
    page = f"/works/{world.generated}"
    assert browser.get(f"{page}/file").status_code == 403
    for _ in range(2):  # the same form twice
        answer = browser.submit(f"{page}/license", {"size": 1024, "order": 0}, page=page)
        assert answer.status_code == 200
    assert "You licensed this picture at 1024 px" in answer.text
    file = browser.get(f"{page}/file")
    with app.transaction() as conn:
        asset = assets.get(conn, world.generated)
        held = licenses.sales_of(conn, world.people["studio"], asset_id=world.generated)
        revenue = ledger.balance(conn, f"buyer:{world.people['studio']}", "USD")
    assert file.content == app.objects.get(asset.sha256)
    assert "attachment" in file.headers["content-disposition"]
    assert len(held) == 1
    assert revenue.micros == 40_000  # this one, and the world's own sale
    browser.submit(f"{page}/license", {"size": 512, "order": 1}, page=page)
    assert browser.get("/licenses").text.count(f'<a href="{page}">') == 2


def test_a_smaller_license_gives_a_smaller_picture(visit: Visit, world: World, app: App) -> None:
    browser = visit("rival")
    page = f"/works/{world.generated}"
    browser.submit(f"{page}/license", {"size": 256, "order": 0}, page=page)
    file = browser.get(f"{page}/file")
    with Image.open(BytesIO(file.content)) as image:
        assert max(image.size) <= 256


def test_one_buyers_license_is_not_another_ones(visit: Visit, world: World) -> None:
    assert visit("studio").get(f"/works/{world.sold}/file").status_code == 200
    assert visit("rival").get(f"/works/{world.sold}/file").status_code == 403
    assert world.sold not in visit("rival").get("/licenses").text


def test_contributors_staff_and_visitors_cannot_buy(visit: Visit, world: World) -> None:
    for handle in ("ann", "fin"):
        answer = visit(handle).submit(f"/works/{world.generated}/license", {"size": 1024, "order": 0})
        assert answer.status_code == 403
    visitor = visit(None).submit(
        f"/works/{world.generated}/license", {"size": 1024, "order": 0}, page="/sign-in"
    )
    assert visitor.url.path == "/sign-in"


def test_a_wrong_size_or_a_persons_work_is_refused_in_a_sentence(visit: Visit, world: World) -> None:
    browser = visit("studio")
    odd = browser.submit(f"/works/{world.generated}/license", {"size": 300, "order": 0})
    assert (odd.status_code, "300 pixels are not sold" in odd.text) == (400, True)
    human = browser.submit(f"/works/{world.human}/license", {"size": 256, "order": 0})
    assert (human.status_code, "contributor&#39;s own work" in human.text) == (400, True)


def test_large_previews_of_what_is_sold_are_marked_until_licensed(visit: Visit, world: World) -> None:
    marked = visit("rival").get(f"/works/{world.sold}/picture/640")
    clean = visit("studio").get(f"/works/{world.sold}/picture/640")
    assert marked.headers["content-type"] == clean.headers["content-type"] == "image/webp"
    assert marked.content != clean.content
    assert visit(None).get(f"/works/{world.sold}/picture/240").status_code == 200
    assert visit(None).get(f"/works/{world.sold}/picture/5000").status_code == 400


def test_a_withdrawn_work_is_gone_for_all_but_those_who_have_a_right_to_it(
    visit: Visit, world: World, app: App
) -> None:
    with app.transaction() as conn:
        assets.withdraw(conn, world.sold)
    for path in ("", "/picture/240", "/proof", "/similar"):
        assert visit("rival").get(f"/works/{world.sold}{path}").status_code == 404
        assert visit(None).get(f"/works/{world.sold}{path}").status_code == 404
    assert visit("studio").get(f"/works/{world.sold}/file").status_code == 200
    assert "can no longer be found" in visit("studio").get(f"/works/{world.sold}").text


def ask(browser: Browser, prompt: str, **changes: object) -> str:
    """Ask for an image; the path of the page that answers."""
    looked = " ".join(prompt.split())
    fields = {"prompt": prompt, "looked": looked, "size": 512, "n": 2, "order": "order-1", **changes}
    return browser.submit("/requests", fields, page="/requests/new").url.path


def test_the_price_is_shown_before_anything_is_asked(visit: Visit) -> None:
    form = visit("studio").get("/requests/new?prompt=a+red+apple").text
    assert all(price in form for price in ("$0.016", "$0.018", "$0.02"))
    assert "a red apple" in form


def queued(app: App) -> list[str]:
    """Prompts that wait for the worker."""
    with app.transaction() as conn:
        query = (
            "SELECT prompt FROM generation_queue JOIN generation_request ON id = request_id ORDER BY asked_at"
        )
        return list(conn.scalars(text(query)))


def told(answer: Response) -> list[dict[str, object]]:
    """What a stream of events said."""
    return [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: ")]


def test_an_accepted_prompt_waits_for_the_worker_and_the_page_for_both(
    visit: Visit, world: World, app: App
) -> None:
    browser = visit("studio")
    path = ask(browser, "a red  apple")
    assert ask(browser, "a red apple") == path  # the same form again
    assert queued(app) == ["a red apple"]
    assert f'data-events="{path}/events"' in browser.get(path).text
    assert "No worker is running" in browser.get(path).text
    request_id = path.rpartition("/")[2]
    with held(app.engine, WORKERS, shared=True):
        assert "The work begins in a moment" in browser.get(path).text
        with app.transaction() as conn:
            assert queue.note_made(conn, request_id, 1)
        assert "1 of 2 drawn" in browser.get(path).text
    with app.transaction() as conn:
        asset_id = add_generated(conn, world.people["studio"], 9, objects=app.objects)
        image = generation.images(conn, [asset_id])[asset_id]
        generation.set_state(
            conn, request_id, RequestState.done, at=app.clock.now(), release_id=image.release_id
        )
    done = browser.get(path).text
    assert "Made and signed" in done
    assert "data-refresh" not in done
    assert told(browser.get(f"{path}/events")) == [{"state": "done", "made": 0, "trouble": None}]
    assert visit("rival").get(f"{path}/events").status_code == 404


def test_the_page_hears_of_each_picture_as_it_is_drawn(visit: Visit, app: App) -> None:
    browser = visit("studio")
    path = ask(browser, "a green tree")
    request_id = path.rpartition("/")[2]

    def draw() -> None:
        for made in (1, 2):
            with app.transaction() as conn:
                queue.note_made(conn, request_id, made)
            time.sleep(0.5)
        with app.transaction() as conn:
            give_up(conn, request_id, "The model is missing.", app.clock)

    with held(app.engine, WORKERS, shared=True), ThreadPoolExecutor(1) as worker:
        drawing = worker.submit(draw)
        heard = told(browser.get(f"{path}/events"))
        drawing.result()
    assert [each["made"] for each in heard[:-1]] == sorted({each["made"] for each in heard[:-1]})
    assert heard[-1]["state"] == "failed"
    assert len(heard) >= 2
    assert "The model is missing. Nothing is charged." in browser.get(path).text


def test_a_refused_prompt_names_category_words_and_rule_and_starts_nothing(visit: Visit, app: App) -> None:
    browser = visit("studio")
    page = browser.get(ask(browser, "a severed head with blood and gore everywhere")).text
    assert "violence/graphic" in page
    assert "<mark>" in page
    assert "nothing is charged" in page
    assert queued(app) == []
    assert "refused" in browser.get("/requests").text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"prompt": "   "}, "The prompt is empty."),
        ({"prompt": "a" * 1001}, "1001 characters"),
        ({"n": 11}, "not a number of pictures"),
        ({"size": 300}, "are not made"),
        ({"size": "big"}, "The form is not complete."),
    ],
)
def test_an_unusable_order_is_answered_in_a_sentence(
    visit: Visit, changes: dict[str, object], said: str
) -> None:
    browser = visit("studio")
    fields = {"prompt": "a tree", "size": 512, "n": 1, "order": "x", **changes}
    answer = browser.submit("/requests", fields, page="/requests/new")
    assert answer.status_code == 400
    assert said in answer.text


def test_one_buyers_request_is_not_another_ones(visit: Visit) -> None:
    path = ask(visit("studio"), "a secret new product")
    assert visit("rival").get(path).status_code == 404
    assert "secret" not in visit("rival").get("/requests").text
    assert visit("ops").get(path).status_code == 403
