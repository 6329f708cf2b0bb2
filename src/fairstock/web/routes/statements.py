"""A contributor's statement: what came in, what went out, which works earned and why."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import Connection

from fairstock.asset import store as assets
from fairstock.bootstrap import App
from fairstock.fund import store as fund
from fairstock.kit.errors import NotFound
from fairstock.party import store as parties
from fairstock.party.model import Party, PartyKind, Role
from fairstock.party.store import PartyNotFound
from fairstock.statement.build import build
from fairstock.statement.model import Statement
from fairstock.statement.publish import INVENTED
from fairstock.statement.write import as_csv, as_json
from fairstock.web.auth import Contributor, House, NotYours, Person, SignedIn
from fairstock.web.earnings import WorkEarnings, by_work
from fairstock.web.pages import show

router = APIRouter()
WORKS_SHOWN = 100
_WRITERS = {"json": (as_json, "application/json"), "csv": (as_csv, "text/csv; charset=utf-8")}


class UnknownFormat(NotFound):
    """Statements are not written in this format."""

    def __init__(self, form: str) -> None:
        super().__init__(f"Statements are not written as {form!r}.", remedy="ask for json or csv")


@router.get("/statement")
def my_statement(person: Contributor) -> Response:
    """The signed-in contributor's latest statement."""
    return RedirectResponse(f"/statements/{person.party.handle}", status_code=303)


@router.get("/statements/{handle}", response_class=HTMLResponse)
def statement(
    request: Request, app: House, person: SignedIn, handle: str, period: str | None = None
) -> HTMLResponse:
    """The statement of a month, the latest closed one unless named; its contributor's and finance's only."""
    with app.transaction() as conn:
        whose = readable(conn, handle, person)
        periods = fund.periods(conn)
        chosen = period or fund.latest_closed(conn) or (periods[0].id if periods else None)
        built = _built(app, conn, whose, chosen) if chosen else None
        works = _works(conn, built) if built else {}
    return show(
        request,
        person,
        "statement.html",
        whose=whose,
        periods=periods,
        period=chosen,
        statement=built,
        works=works,
        shown=WORKS_SHOWN,
        money_notice=INVENTED if app.settings.invented_money else None,
    )


@router.get("/statements/{handle}/{period}.{form}")
def statement_file(app: House, person: SignedIn, handle: str, period: str, form: str) -> Response:
    """The same statement as JSON or CSV, byte for byte as it is published."""
    if form not in _WRITERS:
        raise UnknownFormat(form)
    write, mime = _WRITERS[form]
    with app.transaction() as conn:
        data = write(_built(app, conn, readable(conn, handle, person), period))
    headers = {"Content-Disposition": f'attachment; filename="{handle}-{period}.{form}"'}
    return Response(data, media_type=mime, headers=headers)


def readable(conn: Connection, handle: str, person: Person) -> Party:
    """The contributor of this handle, if the person may read their statements: the same one, or finance.

    Raises ``NotYours`` for anybody else, whether the handle exists or not.
    """
    if person.party.handle != handle and not person.may(Role.finance):
        raise NotYours("This statement")
    whose = parties.find_by_handle(conn, handle)
    if whose is None or whose.kind is not PartyKind.contributor:
        raise PartyNotFound(handle)
    return whose


def _built(app: App, conn: Connection, whose: Party, period: str) -> Statement:
    return build(conn, whose.id, period, notice=INVENTED if app.settings.invented_money else None)


def _works(conn: Connection, built: Statement) -> dict[str, list[WorkEarnings]]:
    """Currency → works that earned; each with its page where it is this contributor's in the catalogue."""
    digests = {line.work_sha256 for each in built.currencies for line in each.lines}
    found = assets.ids_by_sha(conn, digests)
    own = {one.id for one in assets.of_contributor(conn, built.contributor_id)}
    pages = {sha: next((one for one in ids if one in own), None) for sha, ids in found.items()}
    known = {sha: page for sha, page in pages.items() if page is not None}
    return {each.currency: by_work(each, known) for each in built.currencies}
