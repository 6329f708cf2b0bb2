"""Contributors send pictures through the form; each is taken once, screened at once, and never lost."""

from collections.abc import Callable
from io import BytesIO

import pytest
from fakes.flow_runs import FakeFlowRuns
from PIL import Image
from typer.testing import CliRunner
from web.conftest import Browser
from web.world import World

from fairstock.access import keys
from fairstock.access.rules import UnknownKey
from fairstock.bootstrap import App
from fairstock.cli.main import app as commands
from fairstock.kit.flowruns import Deployment
from fairstock.party import store as parties
from fairstock.party.model import PartyKind, Role
from fairstock.upload import store as uploads
from fairstock.upload.model import Upload

Visit = Callable[[str | None], Browser]
INGEST = Deployment("ingest_uploads", "Screen uploads.", ("screening",), {"properties": {}})
SAID: dict[str, object] = {
    "own": "true",
    "order": "snd_1",
    "title": "Two trees",
    "keywords": "tree; green, tree",
}


def png() -> bytes:
    out = BytesIO()
    Image.new("RGB", (40, 30), "teal").save(out, "PNG")
    return out.getvalue()


def sent(app: App, world: World) -> list[Upload]:
    """What ann sent."""
    with app.transaction() as conn:
        return list(uploads.of_contributor(conn, world.people["ann"]))


@pytest.fixture
def screens(app: App) -> FakeFlowRuns:
    """A flow server that runs the screening."""
    app.__dict__["flow_runs"] = fake = FakeFlowRuns([INGEST])
    return fake


def test_a_picture_is_taken_once_and_screened(
    visit: Visit, app: App, world: World, screens: FakeFlowRuns
) -> None:
    ann = visit("ann")
    assert 'href="/uploads/new"' in ann.get("/uploads").text
    for _ in range(2):
        answer = ann.submit("/uploads", SAID, files={"files": ("trees.png", png(), "image/png")})
        assert "It is looked at now" in answer.text
        assert "Waiting to be looked at" in answer.text
        assert "data-refresh" in answer.text
    (one,) = sent(app, world)
    assert (one.title, one.keywords, one.filename) == ("Two trees", ("tree", "green"), "trees.png")
    assert one.claim["statement"].startswith("I made this picture myself")
    assert "model_release" not in one.claim
    assert [run.parameters for run in screens.recent()] == [{}]
    ann.submit("/uploads", {**SAID, "order": "snd_2"}, files={"files": ("trees.png", png(), "image/png")})
    assert len(screens.recent()) == 2


def test_without_a_flow_server_what_was_sent_waits(
    visit: Visit, app: App, world: World, screens: FakeFlowRuns
) -> None:
    screens.down = True
    answer = visit("ann").submit("/uploads", SAID, files={"files": ("trees.png", png(), "image/png")})
    assert "it waits for the next run" in answer.text
    assert len(sent(app, world)) == 1


@pytest.mark.parametrize(
    ("said", "files", "told"),
    [
        (SAID, None, "Choose at least one picture."),
        ({**SAID, "own": ""}, {"files": ("trees.png", png(), "image/png")}, "own their rights"),
    ],
)
def test_a_form_that_lacks_something_keeps_what_was_typed(  # noqa: PLR0917 - fixtures and cases
    visit: Visit,
    app: App,
    world: World,
    said: dict[str, object],
    files: dict[str, tuple[str, bytes, str]] | None,
    told: str,
) -> None:
    answer = visit("ann").submit("/uploads", said, files=files)
    assert answer.status_code == 400
    assert told in answer.text
    assert 'value="Two trees"' in answer.text
    assert not sent(app, world)


def test_names_of_any_length_are_kept_by_their_end_and_others_send_nothing(
    visit: Visit, app: App, world: World, screens: FakeFlowRuns
) -> None:
    name = "a/b\x01" + "ä" * 300 + ".png"
    answer = visit("ann").submit("/uploads", SAID, files={"files": (name, b"", "image/png")})
    assert answer.status_code == 200
    assert sent(app, world)[0].filename.endswith("ä.png")
    assert visit("studio").get("/uploads/new").status_code == 403
    assert visit("studio").submit("/uploads", SAID).status_code == 403


def test_people_are_added_with_roles_and_a_password(app: App, world: World, visit: Visit) -> None:
    def run(*words: str, given: str | None = None) -> str:
        return CliRunner().invoke(commands, ["people", *words], input=given, env={"COLUMNS": "200"}).output

    words = ("--name", "Cleo [b] Ray", "--role", "contributor", "--training-license", "contract 7")
    assert "cleo is contributor." in run("add", "cleo", *words)
    assert "cleo can sign in" in run("password", "cleo", given="a long password\n")
    assert visit(None).sign_in("cleo", "a long password").status_code == 200
    with app.transaction() as conn:
        cleo = parties.find_by_handle(conn, "cleo")
        assert cleo is not None
        assert (cleo.name, cleo.kind) == ("Cleo [b] Ray", PartyKind.contributor)
        assert parties.training_licensed(conn, [cleo.id]) == {cleo.id}
    assert "cleo is contributor, reviewer." in run("add", "cleo", "--name", "x", "--role", "reviewer")
    assert "Cleo [b] Ray" in run("list", "--kind", "contributor")
    assert run("add", "di", "--name", "Di", "--role", "buyer", "--training-license", "x") == ""
    with app.transaction() as conn:
        assert parties.find_by_handle(conn, "di") is None
        assert Role.reviewer in parties.roles(conn, cleo.id)


def test_access_is_taken_by_role_or_whole(app: App, world: World, visit: Visit) -> None:
    def people(*words: str) -> str:
        return CliRunner().invoke(commands, ["people", *words], env={"COLUMNS": "200"}).output

    buyer, staff = visit("studio"), visit("fin")
    with app.transaction() as conn:
        secret = keys.create(conn, "studio", app.clock).secret
    assert people("revoke", "fin", "--role", "finance") == "fin is nothing any more.\n"
    assert staff.get("/staff/flows").status_code == 403
    assert "signed out everywhere" in people("revoke", "studio")
    assert buyer.get("/requests").url.path == "/sign-in"
    assert buyer.sign_in("studio").status_code == 401
    with app.transaction() as conn, pytest.raises(UnknownKey):
        keys.holder(conn, secret)
    assert people("revoke", "ann", "--role", "contributor") == ""  # the error says why
    with app.transaction() as conn:
        assert Role.contributor in parties.roles(conn, world.people["ann"])
