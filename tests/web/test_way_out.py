"""A contributor's page on training: in and out, told once, for whatever is begun afterwards."""

from collections.abc import Callable

from typer.testing import CliRunner
from web.conftest import Browser
from web.world import World

from fairstock.bootstrap import App
from fairstock.cli.main import app as commands
from fairstock.fund import store as fund
from fairstock.party import store as parties
from fairstock.training import store as training

Visit = Callable[[str | None], Browser]


def may_be_trained_on(app: App, world: World) -> set[str]:
    """Ann's works that a training would take now."""
    with app.transaction() as conn:
        ann = world.people["ann"]
        return {one.asset_id for one in training.licensed_works(conn) if one.contributor_id == ann}


def statements(app: App, world: World) -> list[bool]:
    with app.transaction() as conn:
        return [one.granted for one in parties.training_statements(conn, world.people["ann"])]


def test_a_contributor_goes_out_of_training_and_in_again(visit: Visit, app: App, world: World) -> None:
    ann = visit("ann")
    assert "Nothing yet, so nothing learns from your works" in ann.get("/training").text
    assert "From now on your works" in ann.submit("/training", {"allowed": "true"}, page="/training").text
    assert may_be_trained_on(app, world) == {world.human}
    assert "1 of them may be trained on" in ann.get("/training").text

    out = ann.submit("/training", {"allowed": "false"}, page="/training").text
    assert "Nothing that is begun from now on learns" in out
    assert "0 of them may be trained on" in out
    assert may_be_trained_on(app, world) == set()
    again = ann.submit("/training", {"allowed": "false"}, page="/training").text
    assert "That held already" in again
    assert statements(app, world) == [False, True]

    ann.submit("/training", {"allowed": "true"}, page="/training")
    assert may_be_trained_on(app, world) == {world.human}
    assert statements(app, world) == [True, False, True]


def test_the_way_out_leaves_releases_and_closed_months_alone(visit: Visit, app: App, world: World) -> None:
    def standing() -> tuple[object, ...]:
        with app.transaction() as conn:
            releases = training.releases_with(conn, world.people["ann"])
            return (
                [(release.id, works) for release, works in releases],
                fund.periods(conn),
                fund.pools_of(conn, "2026-10"),
            )

    ann = visit("ann")
    ann.submit("/training", {"allowed": "true"}, page="/training")
    before, statement = standing(), ann.get("/statements/ann/2026-10.json").content
    assert "1 of its 2 works" in ann.get("/training").text
    ann.submit("/training", {"allowed": "false"}, page="/training")
    assert standing() == before
    assert ann.get("/statements/ann/2026-10.json").content == statement


def test_nobody_but_a_contributor_has_the_page(visit: Visit, app: App, world: World) -> None:
    for handle in ("studio", "fin", "ops"):
        assert visit(handle).get("/training").status_code == 403
        assert visit(handle).submit("/training", {"allowed": "true"}).status_code == 403
    assert visit("ann").post("/training", data={"allowed": "true"}).status_code == 403  # without its token
    assert visit("ann").submit("/training", {"allowed": "perhaps"}, page="/training").status_code == 400
    assert statements(app, world) == []


def test_staff_note_a_letter_at_the_command_line(app: App, world: World) -> None:
    def run(*words: str) -> str:
        return CliRunner().invoke(commands, ["people", "training", *words], env={"COLUMNS": "200"}).output

    assert "from now on" in run("ann", "--allowed", "--evidence", "contract 7")
    assert may_be_trained_on(app, world) == {world.human}
    assert "may not be trained on from now on" in run("ann", "--withdrawn", "--evidence", "her letter")
    assert "that held already" in run("ann", "--withdrawn", "--evidence", "her letter")
    assert run("studio", "--allowed", "--evidence", "x") == ""
    assert statements(app, world) == [False, True]
