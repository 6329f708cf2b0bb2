"""A form that came without the session it was made in: nothing is done, and nothing typed is lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from starlette.datastructures import UploadFile

from fairstock.web.auth import FORM_TOKEN, FormExpired, person_or_none
from fairstock.web.pages import error_page, show

_NEVER_SHOWN = ("/sign-in", "/sign-out")
"""Forms that hold a password, or nothing."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A field of the form as it came."""

    name: str
    value: str
    """What was typed; a file's name, where it was one."""
    file: bool = False


async def kept(request: Request) -> Response:
    """The form once more, with everything in it, to be sent under the present session.

    Browsers say where a form comes from. One that a stranger's page sent is not shown again, so that nobody
    is led to send it with a click.
    """
    person = await run_in_threadpool(person_or_none, request)
    if request.url.path in _NEVER_SHOWN:
        error = FormExpired()
        return error_page(request, 403, error.sentence, error.remedy)
    ours = _from_our_page(request)
    fields = _fields((await request.form()).multi_items()) if ours else ()
    return show(
        request,
        person,
        "expired.html",
        status=403,
        fields=fields,
        ours=ours,
        address=request.url.path,
        files=any(field.file for field in fields),
    )


def _from_our_page(request: Request) -> bool:
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("origin") or request.headers.get("referer") or ""
    return urlsplit(origin).netloc == request.url.netloc


def _fields(items: Sequence[tuple[str, object]]) -> Sequence[Kept]:
    """All but the token; a file has to be chosen again."""
    found = [
        Kept(name, value.filename or "", file=True)
        if isinstance(value, UploadFile)
        else Kept(name, str(value))
        for name, value in items
        if name != FORM_TOKEN
    ]
    return [field for field in found if field.value or not field.file]
