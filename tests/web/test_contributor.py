"""The contributor's pages: statement and uploads, each only for its own contributor."""

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from web.conftest import Browser
from web.world import World

from fairstock.bootstrap import App
from fairstock.statement import store
from fairstock.statement.edition import seal
from fairstock.statement.frame import frame
from fairstock.statement.publish import publish

Visit = Callable[[str | None], Browser]


def test_a_statement_shows_what_came_in_which_works_earned_and_why(visit: Visit, world: World) -> None:
    page = visit("ann").get("/statement").text
    assert "October 2026" in page
    assert "Earned this month" in page
    assert f'href="/works/{world.human}"' in page
    assert "one of 2 equal votes" in page
    assert "The whole pool" in page
    assert "reliability is not measured yet" in page
    assert "2 contributors earned this month" in page


def test_the_notice_of_invented_money_is_on_every_page_of_a_demo(visit: Visit, app: App) -> None:
    browser = visit("ann")
    assert "invented" not in browser.get("/statement").text
    app.settings.demo_marker.parent.mkdir(exist_ok=True)
    app.settings.demo_marker.touch()
    for path in ("/statement", "/uploads", "/search"):
        assert "invented" in browser.get(path).text, path


@pytest.mark.parametrize(
    "path", ["/statements/ann", "/statements/ann/2026-10.json", "/statements/ann/2026-10.csv"]
)
def test_a_statement_is_read_by_its_contributor_and_finance_only(visit: Visit, path: str) -> None:
    assert visit("ann").get(path).status_code == 200
    assert visit("fin").get(path).status_code == 200
    for handle in ("ben", "studio", "rev", "ops"):
        answer = visit(handle).get(path)
        assert answer.status_code == 403, handle
        assert "$" not in answer.text
    assert visit(None).get(path).url.path == "/sign-in"


def test_an_unknown_contributor_looks_the_same_as_a_forbidden_one(visit: Visit) -> None:
    browser = visit("ben")
    assert browser.get("/statements/nobody").status_code == browser.get("/statements/ann").status_code == 403
    assert visit("fin").get("/statements/nobody").status_code == 404
    assert visit("fin").get("/statements/studio").status_code == 404


def test_the_files_have_the_same_sum_as_the_page(visit: Visit) -> None:
    browser = visit("ann")
    statement = json.loads(browser.get("/statements/ann/2026-10.json").content)
    rows = list(csv.DictReader(io.StringIO(browser.get("/statements/ann/2026-10.csv").text)))
    assert statement["handle"] == "ann"
    assert rows
    assert browser.get("/statements/ann/2026-10.exe").status_code == 404


@pytest.mark.parametrize(
    ("period", "status"), [("2026-09", 200), ("2026-13", 400), ("x", 400), ("../../etc", 400)]
)
def test_other_months_and_nonsense(visit: Visit, period: str, status: int) -> None:
    answer = visit("ann").get("/statements/ann", params={"period": period})
    assert answer.status_code == status


def test_uploads_say_what_was_decided_why_and_what_next(visit: Visit, world: World) -> None:
    page = visit("ben").get("/uploads").text
    assert "A person will look at it" in page
    assert "It is close to “Red apple” by somebody else." in page
    assert "Could not be opened" in page
    assert "The file is text, not a picture." in page
    assert "Send a picture." in page
    assert world.waiting not in visit("ann").get("/uploads").text


def test_an_uploads_picture_is_seen_by_its_contributor_and_reviewers_only(visit: Visit, world: World) -> None:
    path = f"/uploads/{world.waiting}/picture/240"
    for handle in ("ben", "rev"):
        assert visit(handle).get(path).headers["content-type"] == "image/webp"
    for handle in ("ann", "studio", "fin"):
        assert visit(handle).get(path).status_code == 404
    assert visit(None).get(path).url.path == "/sign-in"
    refused = visit("ben").get(f"/uploads/{world.refused}/picture/240")
    assert refused.headers["content-type"].startswith("image/svg")


def test_a_published_statement_can_be_checked_by_anybody(
    visit: Visit, app: App, world: World, tmp_path: Path
) -> None:
    browser = visit("ann")
    assert "not published yet" in browser.get("/statement").text
    assert visit(None).get("/roots/2026-10.json").status_code == 404
    before = browser.get("/statements/ann/2026-10.json").content
    with app.transaction() as conn:
        shared, people = frame(conn, "2026-10"), store.recipients(conn, "2026-10")
        publish(conn, app.objects, shared, people, notice=None, clock=app.clock)
        edition = seal(conn, app.objects, shared, notice=None, clock=app.clock)
    page = browser.get("/statement").text
    assert edition.root in page
    assert "verify.py" in page
    everybody = visit(None)
    names = {
        "statement.json": browser.get("/statements/ann/2026-10.json").content,
        "root.json": everybody.get("/roots/2026-10.json").content,
        "verify.py": everybody.get("/roots/verify.py").content,
    }
    for name, data in names.items():
        (tmp_path / name).write_bytes(data)
    assert names["statement.json"] != before
    command = [sys.executable, "-I", "verify.py", "statement.json", "root.json"]
    assert subprocess.run(command, cwd=tmp_path, check=False).returncode == 0
    assert everybody.get(f"/roots/inputs/{'0' * 64}.json").status_code == 404


@pytest.mark.parametrize("handle", ["ann", "fin"])
def test_the_statement_comes_as_pdf(visit: Visit, handle: str) -> None:
    answer = visit(handle).get("/statements/ann/2026-10.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert visit("ben").get("/statements/ann/2026-10.pdf").status_code == 403
