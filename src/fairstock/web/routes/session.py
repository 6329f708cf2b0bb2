"""Signing in and out, and the first page of each kind of person."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from fairstock.party.model import Role
from fairstock.party.store import password_mark, verify_password
from fairstock.web.auth import House, MaybePerson, local_path, sign_in
from fairstock.web.limiter import SignInLimiter
from fairstock.web.pages import show

router = APIRouter()
_LONGEST_PASSWORD = 1000  # argon2 reads any length; a megabyte of password is an attack
_FIRST_PAGES = (
    (Role.buyer, "/search"),
    (Role.contributor, "/statement"),
    (Role.operator, "/staff/flows"),
    (Role.finance, "/staff/flows"),
    (Role.reviewer, "/staff/review"),
)


@router.get("/")
def first_page(person: MaybePerson) -> Response:
    """Everybody lands where their work is; visitors at the search."""
    mine = (path for role, path in _FIRST_PAGES if person is not None and person.may(role))
    return RedirectResponse(next(mine, "/search"), status_code=303)


@router.get("/sign-in")
def sign_in_page(request: Request, person: MaybePerson, next: str = "/") -> Response:  # noqa: A002  # URL's word
    """The form; whoever is signed in already goes on."""
    if person is not None:
        return RedirectResponse(local_path(next), status_code=303)
    return show(request, None, "sign_in.html", target=local_path(next), handle="", failed=False)


@router.post("/sign-in")
def check_sign_in(
    request: Request,
    app: House,
    handle: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",  # noqa: A002  # the form's word
) -> Response:
    """Begin a session, or show the form again; all failures read the same, so handles stay private."""
    limiter: SignInLimiter = request.app.state.sign_ins
    handle = handle.strip()
    address = request.client.host if request.client else ""
    limiter.attempt(handle, address)
    with app.transaction() as conn:
        party = verify_password(conn, handle, password[:_LONGEST_PASSWORD])
        mark = password_mark(conn, party.id) if party is not None else None
    if party is None or mark is None:
        target = local_path(next)
        return show(request, None, "sign_in.html", status=401, target=target, handle=handle, failed=True)
    limiter.succeeded(handle, address)
    sign_in(request, party, mark)
    return RedirectResponse(local_path(next), status_code=303)


@router.post("/sign-out")
def sign_out(request: Request) -> Response:
    """End the session."""
    request.session.clear()
    return RedirectResponse("/sign-in", status_code=303)
