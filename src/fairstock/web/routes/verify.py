"""The free page that says what a file proves, for anybody, without an account."""

from typing import Annotated

from fastapi import APIRouter, File, Request, UploadFile
from fastapi.responses import HTMLResponse

from fairstock.web.auth import House, MaybePerson
from fairstock.web.limiter import TooMany
from fairstock.web.looking import look
from fairstock.web.pages import show

router = APIRouter()
FILES, WINDOW_SECONDS = 30, 600
"""So many files from one address in ten minutes; each costs up to a second of a core."""


class TooManyFiles(TooMany):
    """One address sent too many files."""

    def __init__(self) -> None:
        super().__init__(
            f"More than {FILES} files came from your address in ten minutes.",
            remedy="wait a little, or use `fairstock verify` on your own machine",
        )


@router.get("/verify", response_class=HTMLResponse)
def verify_page(request: Request, person: MaybePerson) -> HTMLResponse:
    """The form."""
    return show(request, person, "verify.html", looked=None, filename="")


@router.post("/verify", response_class=HTMLResponse)
def verify_file(
    request: Request, app: House, person: MaybePerson, file: Annotated[UploadFile | None, File()] = None
) -> HTMLResponse:
    """The report on the file that was sent; nothing of it is kept."""
    request.app.state.files.count(request.client.host if request.client else "")
    if file is None or not file.filename:
        return show(request, person, "verify.html", status=400, looked=None, filename="")
    data = file.file.read(app.decode_guard.limits.file_bytes + 1)
    return show(request, person, "verify.html", looked=look(app, data), filename=file.filename)
