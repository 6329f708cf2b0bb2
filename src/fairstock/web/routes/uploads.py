"""What a contributor sent: the verdict on each file, why, what to do next, and the forms to do it."""

from typing import Annotated

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import Connection

from fairstock.kit.errors import BadInput
from fairstock.party.model import Role
from fairstock.upload import store as uploads
from fairstock.upload.model import Upload
from fairstock.upload.store import UploadNotFound
from fairstock.web import deciding
from fairstock.web.auth import Contributor, House, Person
from fairstock.web.notices import Part, notices, page_of
from fairstock.web.pages import show

router = APIRouter()
Sent = Annotated[UploadFile | None, File()]
Text = Annotated[str, Form()]
DONE = {
    "sent": "Received. It is looked at now; this page tells you what was decided, in a few minutes.",
    "waits": "Received. Nothing screens uploads at the moment: it waits for the next run.",
    "answer": "Thank you. A person looks at what you sent.",
    "appeal": "Your appeal is in. Somebody who has not decided about it before looks at it.",
    "withdraw": "Withdrawn. Nobody finds it any more.",
}


class EmptyFile(BadInput):
    """A form's file has no bytes."""

    def __init__(self, name: str) -> None:
        super().__init__(f"The file {name!r} is empty.", remedy="choose the file again")


@router.get("/uploads", response_class=HTMLResponse)
def my_uploads(  # noqa: PLR0917 - a page's address
    request: Request, app: House, person: Contributor, part: str = "all", page: int = 1, done: str = ""
) -> HTMLResponse:
    """What the signed-in contributor sent, newest first, a page at a time."""
    with app.transaction() as conn:
        sent = page_of(conn, person.id, Part.of(part), page)
    return show(request, person, "uploads.html", sent=sent, told=DONE.get(done))


@router.get("/uploads/{upload_id}", response_class=HTMLResponse)
def my_upload(
    request: Request, app: House, person: Contributor, upload_id: str, done: str = ""
) -> HTMLResponse:
    """One upload with all that was said about it, and what its contributor can do now."""
    with app.transaction() as conn:
        return _page(request, conn, person, upload_id, told=DONE.get(done))


@router.post("/uploads/{upload_id}/evidence", response_class=HTMLResponse)
def send_evidence(
    request: Request, app: House, person: Contributor, upload_id: str, *, file: Sent = None, text: Text = ""
) -> Response:
    """Answer a request: a raw or layered file, words, or both."""
    return _do("answer", request, app, person, upload_id, text, _read(file))


@router.post("/uploads/{upload_id}/appeal", response_class=HTMLResponse)
def appeal(
    request: Request, app: House, person: Contributor, upload_id: str, *, file: Sent = None, text: Text = ""
) -> Response:
    """Appeal against a rejection, with evidence or without."""
    return _do("appeal", request, app, person, upload_id, text, _read(file))


@router.post("/uploads/{upload_id}/withdrawal", response_class=HTMLResponse)
def withdraw(request: Request, app: House, person: Contributor, upload_id: str) -> Response:
    """Take it back."""
    return _do("withdraw", request, app, person, upload_id, "", None)


def _do(  # noqa: PLR0917 - one form's fields
    what: str,
    request: Request,
    app: House,
    person: Person,
    upload_id: str,
    text: str,
    file: tuple[str, bytes] | None,
) -> Response:
    """Do it in one transaction, with a file compared before it; where it cannot be done, the page again with
    the reason.
    """
    with app.transaction() as conn:
        upload = own(conn, upload_id, person)
    sent = deciding.evidence(app, upload, file)
    with app.transaction() as conn:
        upload = own(conn, upload_id, person)
        savepoint = conn.begin_nested()
        try:
            if what == "withdraw":
                deciding.withdraw(conn, app, upload)
            elif what == "appeal":
                deciding.appeal(conn, app, upload, text, sent)
            else:
                deciding.answer(conn, app, upload, text, sent)
            savepoint.commit()
        except BadInput as error:
            savepoint.rollback()
            return _page(request, conn, person, upload_id, problem=error.sentence, text=text)
    return RedirectResponse(f"/uploads/{upload_id}?done={what}", status_code=303)


def _read(file: UploadFile | None) -> tuple[str, bytes] | None:
    """Name and bytes of a form's file; None where none was chosen. Raises EmptyFile."""
    if file is None or not file.filename:
        return None
    data = file.file.read()
    if not data:
        raise EmptyFile(file.filename)
    return file.filename, data


def _page(  # noqa: PLR0917 - what the page shows
    request: Request,
    conn: Connection,
    person: Person,
    upload_id: str,
    told: str | None = None,
    problem: str | None = None,
    text: str = "",
) -> HTMLResponse:
    (notice,) = notices(conn, [own(conn, upload_id, person)])
    status = 400 if problem else 200
    return show(
        request, person, "upload.html", status=status, one=notice, told=told, problem=problem, text=text
    )


def own(conn: Connection, upload_id: str, person: Person) -> Upload:
    """The person's own upload; raises ``UploadNotFound`` for everybody else's."""
    upload = uploads.get(conn, upload_id)
    if upload.contributor_id != person.id:
        raise UploadNotFound(upload_id)
    return upload


def own_upload(conn: Connection, upload_id: str, person: Person) -> Upload:
    """The upload, if it is the person's or the person reviews; raises ``UploadNotFound`` otherwise."""
    upload = uploads.get(conn, upload_id)
    if upload.contributor_id == person.id or person.may(Role.reviewer):
        return upload
    raise UploadNotFound(upload_id)
