"""Three journeys in headless Chromium against the real stack, started as ``fairstock up`` starts it.

Screenshots go to FAIRSTOCK_SCREENSHOTS, or to pytest's temporary folder.
"""

import io
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright
from web.world import PASSWORD, World, build_world

from fairstock.adapters.library_folder import read_folder
from fairstock.bootstrap import App
from fairstock.db import embedded
from fairstock.party import store as parties
from fairstock.party.model import PartyKind, Role
from fairstock.screening import local
from fairstock.settings import PACKAGE_DATA, Settings
from fairstock.upload import library

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(1500),
    pytest.mark.skipif(
        CHROMIUM is None,
        reason="needs Debian's browser: apt-get install chromium (as root), then run it again",
    ),
]
ROOT = Path(__file__).parents[2]
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LOADED = "[...document.images].every(image => image.complete && image.naturalWidth > 0)"
WORKS = 36
START_SECONDS = 400
"""The whole stack; half a minute on an idle machine."""
MAKE_SECONDS = 600
"""A flow run with a model in it, on two busy cores."""


@dataclass(frozen=True)
class Stack:
    """The running marketplace."""

    address: str
    world: World
    app: App


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """Embedded PostgreSQL, a Prefect server, all flows and the pages, over a small world.

    The home is not in pytest's folder: another run as root closes that to the database's own user.
    """
    home = Path(tempfile.gettempdir()) / f"fairstock-up-{uuid.uuid4().hex[:8]}"
    app = App(Settings(home=home))
    world = fill(app)
    port = free_port()
    script = "from fairstock.cli import main; main()"
    command = [sys.executable, "-c", script, "up", "--port", str(port), "--prefect-port", str(free_port())]
    # Not the quiet Prefect that conftest sets for tests: runs log as they do for staff.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    environment |= {"FAIRSTOCK_HOME": str(home), "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    log = home / "up.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env=environment,
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_until_up(process, log)
        yield Stack(f"http://127.0.0.1:{port}", world, app)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(180)  # a busy machine stops slowly, PostgreSQL last
        app.engine.dispose()
        embedded.stop(home / "postgres")
        shutil.rmtree(home, ignore_errors=True)


def fill(app: App) -> World:
    """The small world, works of the demo library, and somebody on the staff with every role."""
    world = build_world(app)
    works = [each for each in read_folder(PACKAGE_DATA / "demo-library") if each.author][::11][:WORKS]
    with app.transaction() as conn:
        library.register_contributors(conn, works)
        library.add_works(conn, app.objects, app.decode_guard, app.features, works, local=local.look)
        roles = {Role.reviewer, Role.finance, Role.operator}
        robin = parties.add_party(conn, handle="robin", name="Robin", kind=PartyKind.staff, roles=roles)
        parties.set_password(conn, robin, PASSWORD)
    return world


def wait_until_up(process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Until the terminal says that everything runs."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        said = log.read_text(encoding="utf-8")
        if "Press Ctrl-C" in said:
            return
        assert process.poll() is None, said
        time.sleep(0.5)
    raise AssertionError(log.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def sign_in(chromium: Browser, stack: Stack) -> Iterator[Callable[[str], Page]]:
    """A page on which somebody has signed in through the form; errors in its console fail the test."""
    problems: list[str] = []
    contexts = []

    def page_of(handle: str) -> Page:
        context = chromium.new_context(viewport={"width": 1280, "height": 900}, base_url=stack.address)
        context.set_default_timeout(60_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
        page.goto("/sign-in")
        page.get_by_label("Name").fill(handle)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("button", name="Sign out")).to_be_visible()
        return page

    yield page_of
    for context in contexts:
        context.close()
    assert problems == []


@pytest.fixture
def shoot(tmp_path: Path) -> Callable[[Page, str], None]:
    """Write a picture of the whole page once every picture in it has come."""
    folder = Path(os.environ.get("FAIRSTOCK_SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)

    def take(page: Page, name: str) -> None:
        page.evaluate("document.querySelectorAll('img').forEach(image => { image.loading = 'eager'; })")
        for _ in range(300):  # by evaluate: the pages' own policy forbids what wait_for_function does
            if page.evaluate(LOADED):
                break
            page.wait_for_timeout(200)
        page.screenshot(path=folder / f"{name}.png", full_page=True)

    return take


def test_a_buyer_searches_and_reads_why_a_prompt_is_refused(
    sign_in: Callable[[str], Page], shoot: Callable[[Page, str], None]
) -> None:
    page = sign_in("studio")
    shoot(page, "buyer-search")
    page.get_by_label("Words").fill("aple")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("status")).to_contain_text("for “apple”")
    page.get_by_role("link", name="Made by people").click()
    page.get_by_role("link", name="Red apple").click()
    expect(page.get_by_role("heading", name="Red apple")).to_be_visible()

    page.get_by_role("link", name="New image").click()
    page.get_by_label("What should it show?").fill("a severed head with blood and gore everywhere")
    page.get_by_role("button", name="Make").click()
    expect(page.get_by_text("violence/graphic")).to_be_visible()
    shoot(page, "buyer-refused")

    page.get_by_role("link", name="Ask again").click()
    expect(page.get_by_label("What should it show?")).to_be_visible()

    page.get_by_role("link", name="API keys").click()
    page.get_by_label("What is it for?").fill("The newsletter")
    page.get_by_role("button", name="Make a key").click()
    expect(page.get_by_role("status")).to_contain_text("OPENAI_API_KEY=")
    shoot(page, "buyer-keys")


def test_a_buyer_asks_for_an_image_licenses_it_and_downloads_the_signed_file(
    sign_in: Callable[[str], Page], shoot: Callable[[Page, str], None], stack: Stack
) -> None:
    page = sign_in("studio")
    page.goto("/requests/new")
    page.get_by_label("What should it show?").fill("a red apple")
    page.get_by_label("256 × 256 px").check()
    page.get_by_label("How many versions?").select_option("1")
    page.get_by_role("button", name="Make").click()
    expect(page.get_by_text("The stock has it already")).to_be_visible()
    page.get_by_role("button", name="Make it anyway").click()
    expect(page.get_by_role("status")).to_contain_text("Made and signed", timeout=MAKE_SECONDS * 1000)
    page.get_by_role("link", name="a red apple").click()
    page.get_by_role("button", name="License this picture").click()
    expect(page.get_by_text("You licensed this picture at 256 px")).to_be_visible()
    shoot(page, "buyer-picture")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the file").click()
    file = Path(download.value.path()).read_bytes()
    report = stack.app.c2pa_reader.read(file, "image/png")
    assert report.trusted
    assert report.generated
    page.get_by_role("link", name="Verify the file").click()
    expect(page.get_by_text("exactly as")).to_be_visible()
    shoot(page, "buyer-proof")
    page.get_by_role("button", name="Sign out").click()
    look_up_a_stripped_copy(page, file)
    shoot(page, "verify-stripped-copy")


def look_up_a_stripped_copy(page: Page, file: bytes) -> None:
    """A stranger asks about a part of the picture that was saved again as JPEG, without its record."""
    copy = io.BytesIO()
    with Image.open(io.BytesIO(file)) as picture:
        picture.convert("RGB").crop((20, 16, 246, 250)).save(copy, "JPEG", quality=80)
    page.goto("/verify")
    sent = {"name": "from-the-web.jpg", "mimeType": "image/jpeg", "buffer": copy.getvalue()}
    page.get_by_label("Picture").set_input_files(files=[sent])  # type: ignore[list-item]
    page.get_by_role("button", name="Look at it").click()
    expect(page.get_by_role("status")).to_contain_text("carries no signed record")
    expect(page.get_by_text("carry the watermark of a work in our catalogue")).to_be_visible()


def test_a_contributor_reads_the_statement_and_the_verdicts(
    sign_in: Callable[[str], Page], shoot: Callable[[Page, str], None]
) -> None:
    page = sign_in("ann")
    expect(page.get_by_role("heading", name="October 2026")).to_be_visible()
    expect(page.get_by_text("one of 2 equal votes")).to_be_visible()
    shoot(page, "contributor-statement")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    shoot(page, "contributor-statement-phone")
    other = sign_in("ben")
    other.get_by_role("link", name="My uploads").click()
    expect(other.get_by_text("A person will look at it").first).to_be_visible()
    shoot(other, "contributor-uploads")


def test_no_page_is_wider_than_a_phone(sign_in: Callable[[str], Page]) -> None:
    for handle, paths in (
        ("studio", (f"/search?q={'w' * 200}", "/requests/new", "/requests", "/licenses", "/keys")),
        ("ann", ("/uploads", "/statement")),
        ("robin", ("/staff/flows", "/staff/review", "/staff/disputes", "/staff/findings", "/staff/accounts")),
    ):
        page = sign_in(handle)
        page.set_viewport_size({"width": 390, "height": 844})
        for path in paths:
            page.goto(path)
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path


def test_staff_start_and_watch_a_flow_and_work_the_queue(
    sign_in: Callable[[str], Page], shoot: Callable[[Page, str], None], stack: Stack
) -> None:
    page = sign_in("robin")
    shoot(page, "staff-flows")
    page.get_by_role("link", name="Publish statements").click()
    page.get_by_label("Period").fill("2026-10")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("status")).to_contain_text("Completed", timeout=MAKE_SECONDS * 1000)
    expect(page.get_by_label("Log", exact=True)).to_contain_text(
        "contributors have their statement of 2026-10", timeout=60_000
    )
    shoot(page, "staff-run")
    page.get_by_role("link", name="Review queue").click()
    page.get_by_role("link", name="my-apple").click()
    shoot(page, "staff-review")
    page.get_by_label("Near duplicate").check()
    page.get_by_label("Note").fill("The same apple with another leaf.")
    page.get_by_role("button", name="Turn it down").click()
    expect(page.get_by_role("status")).to_contain_text("Turned down.")
    expect(page.get_by_text("Nothing waits.")).to_be_visible()
