"""A contributor's statement: what came in, what went out, which works earned and why."""

import json
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import Connection

from fairstock.asset import store as assets
from fairstock.bootstrap import App
from fairstock.fund import store as fund
from fairstock.kit.errors import NotFound
from fairstock.kit.months import checked_month
from fairstock.party import store as parties
from fairstock.party.model import Party, PartyKind, Role
from fairstock.party.store import PartyNotFound
from fairstock.statement import verify
from fairstock.statement.build import build
from fairstock.statement.edition import published
from fairstock.statement.model import Statement
from fairstock.statement.pdf import as_pdf
from fairstock.statement.publish import INVENTED
from fairstock.statement.store import editions
from fairstock.statement.write import as_csv, as_json
from fairstock.web.auth import Contributor, House, NotYours, Person, SignedIn
from fairstock.web.earnings import WorkEarnings, by_work
from fairstock.web.pages import show

router = APIRouter()
WORKS_SHOWN, WORKS_MOST = 20, 100
"""Works shown at once, and after a click; every line is in the files."""
_TYPES = {"json": "application/json", "csv": "text/csv; charset=utf-8", "pdf": "application/pdf"}


class UnknownFormat(NotFound):
    """Statements are not written in this format."""

    def __init__(self, form: str) -> None:
        super().__init__(f"Statements are not written as {form!r}.", remedy="ask for pdf, csv or json")


class NotPublished(NotFound):
    """Nothing was published under this name."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"Nothing was published for {name}.", remedy="ask for a month that is closed and published"
        )


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
        edition = editions.latest(conn, chosen) if chosen else None
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
        most=WORKS_MOST,
        edition=edition,
        money_notice=INVENTED if app.settings.invented_money else None,
    )


@router.get("/statements/{handle}/{period}.{form}")
def statement_file(app: House, person: SignedIn, handle: str, period: str, form: str) -> Response:
    """The statement as JSON or CSV, byte for byte as it was published last, or as a PDF that is set from it.

    Before the first publication: what is known so far, without a proof.
    """
    if form not in _TYPES:
        raise UnknownFormat(form)
    with app.transaction() as conn:
        data = _file(app, conn, readable(conn, handle, person), period, form)
    headers = {"Content-Disposition": f'attachment; filename="{handle}-{period}.{form}"'}
    return Response(data, media_type=_TYPES[form], headers=headers)


@router.get("/roots/verify.py")
def verifier() -> Response:
    """The program that checks a statement alone; for everybody."""
    return _attached(Path(verify.__file__).read_bytes(), "verify.py", "text/x-python; charset=utf-8")


@router.get("/roots/{period}.json")
def root(app: House, period: str) -> Response:
    """What was published last about a month for everybody: its roots, rules, pools and totals."""
    with app.transaction() as conn:
        edition = editions.latest(conn, checked_month(period))
    if edition is None:
        raise NotPublished(period)
    return _attached(app.objects.get(edition.document_sha256), f"{period}-root.json", "application/json")


@router.get("/roots/inputs/{digest}.json")
def pool_inputs(app: House, digest: str) -> Response:
    """A file with what decided a pool that is too large for a statement; for everybody."""
    with app.transaction() as conn:
        if not editions.is_input(conn, digest):
            raise NotPublished(digest)
    return _attached(app.objects.get(digest), f"inputs-{digest[:16]}.json", "application/json")


def _attached(data: bytes, name: str, mime: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(data, media_type=mime, headers=headers)


def _file(app: App, conn: Connection, whose: Party, period: str, form: str) -> bytes:
    found = published(conn, app.objects, period, [whose.id]).get(whose.id)
    if found is not None and form == "csv":
        return found.csv
    if found is not None:
        return found.json if form == "json" else as_pdf(json.loads(found.json))
    built = _built(app, conn, whose, period)
    if form == "csv":
        return as_csv(built)
    return as_json(built) if form == "json" else as_pdf(json.loads(as_json(built)))


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
