"""The form with which contributors send pictures."""

from typing import Annotated

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from fairstock.kit.ids import new_id
from fairstock.web import gate
from fairstock.web.auth import LONGEST_FORM, Contributor, House, Person
from fairstock.web.pages import show

router = APIRouter()
MOST_FILES = 20
"""Pictures in one form."""
CLAIM = "I made this picture myself, without a generator, and its rights are mine."
Text = Annotated[str, Form(max_length=2000)]


@router.get("/uploads/new", response_class=HTMLResponse)
def send_form(request: Request, person: Contributor) -> HTMLResponse:
    """The form."""
    return _form(request, person)


@router.post("/uploads", response_class=HTMLResponse)
def send(  # noqa: PLR0917 - one form's fields
    request: Request,
    app: House,
    person: Contributor,
    files: Annotated[list[UploadFile] | None, File()] = None,
    order: Annotated[str, Form(max_length=80)] = "",
    title: Text = "",
    keywords: Text = "",
    description: Text = "",
    own: Annotated[bool, Form()] = False,
    release: Annotated[bool, Form()] = False,
) -> Response:
    """Store what was sent and have it screened; sending the same form twice stores it once."""
    named = [one for one in files or () if one.filename]
    said = {"title": title, "keywords": keywords, "description": description}
    if not named:
        return _form(request, person, said, problem="Choose at least one picture.")
    if len(named) > MOST_FILES:
        return _form(request, person, said, problem=f"Send at most {MOST_FILES} pictures at a time.")
    if not own:
        return _form(request, person, said, problem="Say that you made the pictures and own their rights.")
    order = order or new_id("snd")
    sent = [(one.filename or "", one.file) for one in named]
    gate.take(app, person.party, sent, order, **said, claim=CLAIM, release="yes" if release else "")
    done = "sent" if gate.screen_what_waits(app, f"{person.id} {order}") else "waits"
    return RedirectResponse(f"/uploads?done={done}", status_code=303)


def _form(
    request: Request, person: Person, said: dict[str, str] | None = None, *, problem: str | None = None
) -> HTMLResponse:
    return show(
        request,
        person,
        "send.html",
        status=400 if problem else 200,
        said=said or {"title": "", "keywords": "", "description": ""},
        problem=problem,
        order=new_id("snd"),
        claim=CLAIM,
        most=MOST_FILES,
        megabytes=LONGEST_FORM // 10**6 - 2,
    )
