"""The free page that says what a file proves, for anybody, without an account."""

import time
from collections import OrderedDict, deque
from threading import Lock
from typing import Annotated

from fastapi import APIRouter, File, Request, UploadFile
from fastapi.responses import HTMLResponse

from fairstock.web.auth import House, MaybePerson
from fairstock.web.limiter import TooManyAttempts
from fairstock.web.looking import look
from fairstock.web.pages import show

router = APIRouter()
FILES, WINDOW_SECONDS = 30, 600
"""So many files from one address in ten minutes; each costs up to a second of a core."""
_REMEMBERED = 10_000


class TooManyFiles(TooManyAttempts):
    """One address sent too many files."""

    def __init__(self) -> None:
        super(TooManyAttempts, self).__init__(
            f"More than {FILES} files came from your address in ten minutes.",
            remedy="wait a little, or use `fairstock verify` on your own machine",
        )


class FileLimiter:
    """Counts files by address, in this process's memory, bounded to the newest 10,000 addresses."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = Lock()

    def count(self, address: str) -> None:
        """Note a file; raises ``TooManyFiles``."""
        now = time.monotonic()
        with self._lock:
            seen = self._seen.setdefault(address, deque())
            self._seen.move_to_end(address)
            while seen and seen[0] < now - WINDOW_SECONDS:
                seen.popleft()
            if len(seen) >= FILES:
                raise TooManyFiles
            seen.append(now)
            if len(self._seen) > _REMEMBERED:
                self._seen.popitem(last=False)


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
