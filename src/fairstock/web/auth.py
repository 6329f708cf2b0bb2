"""Who is asking, what they may do, and whether a form really came from our own page.

The session cookie is signed, HttpOnly and SameSite=lax, and holds a party's id, the mark of the password that
opened it and a form token; name, roles and that mark are read from the database at each request, so a role
that is taken away is gone at once, and a new password ends every session that an old one opened.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, cast
from urllib.parse import unquote

from fastapi import Depends, Request

from fairstock.bootstrap import App
from fairstock.kit.errors import BadInput, Forbidden
from fairstock.party import store as parties
from fairstock.party.model import Party, Role

LONGEST_FORM = 66_000_000
"""Bytes of a form, files included: one picture of the largest size that is let in."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
FORM_TOKEN = "form_token"  # noqa: S105  # the field's name
"""Hidden field of every form; a lax cookie stops most forged forms already, the token stops the rest."""


class SignInNeeded(Exception):  # not an error: it sends the person to the sign-in page
    """Nobody is signed in; the person goes to the sign-in page and comes back."""


class FormExpired(Forbidden):
    """A form's token is missing or belongs to another session."""

    def __init__(self) -> None:
        super().__init__(
            "This form is no longer valid, so nothing was done.",
            remedy="reload the page and send it again",
        )


class Unusable(BadInput):
    """An address or a form holds a character that no text can have."""

    def __init__(self) -> None:
        super().__init__("The address or the form holds a zero byte.", remedy="write it again without it")


class FormTooLarge(BadInput):
    """A form is longer than any that we have, or does not say how long it is."""

    def __init__(self) -> None:
        super().__init__(
            f"What you sent is larger than {LONGEST_FORM // 10**6} MB.", remedy="send a smaller file"
        )


class NotYours(Forbidden):
    """A page belongs to somebody else, or to another role."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} is not open to you.", remedy="sign in with an account that has access")


@dataclass(frozen=True, slots=True)
class Person:
    """The signed-in person."""

    party: Party
    roles: frozenset[Role]

    @property
    def id(self) -> str:
        """The party's id."""
        return self.party.id

    def may(self, *roles: Role) -> bool:
        """Whether the person has one of the roles."""
        return bool(self.roles & set(roles))


def house(request: Request) -> App:
    """The marketplace behind the pages."""
    return cast("App", request.app.state.house)


def person_or_none(request: Request) -> Person | None:
    """The signed-in person, or ``None``; a session whose party or password is gone counts as none."""
    party_id = request.session.get("party")
    if not isinstance(party_id, str):
        return None
    with house(request).transaction() as conn:
        mark = parties.password_mark(conn, party_id)
        if mark is not None and mark == request.session.get("password"):
            return Person(parties.get(conn, party_id), parties.roles(conn, party_id))
    request.session.clear()
    return None


def signed_in(person: Annotated[Person | None, Depends(person_or_none)]) -> Person:
    """The signed-in person; raises ``SignInNeeded``."""
    if person is None:
        raise SignInNeeded
    return person


def having(what: str, *roles: Role) -> Callable[[Person], Person]:
    """A dependency that gives the signed-in person if they have one of the roles; raises ``NotYours``."""

    def check(person: Annotated[Person, Depends(signed_in)]) -> Person:
        if not person.may(*roles):
            raise NotYours(what)
        return person

    return check


House = Annotated[App, Depends(house)]
MaybePerson = Annotated[Person | None, Depends(person_or_none)]
SignedIn = Annotated[Person, Depends(signed_in)]
Buyer = Annotated[Person, Depends(having("Buying images", Role.buyer))]
Contributor = Annotated[Person, Depends(having("This contributor's page", Role.contributor))]
Staff = Annotated[Person, Depends(having("The staff area", Role.operator, Role.finance, Role.reviewer))]
Reviewer = Annotated[Person, Depends(having("The review queue", Role.reviewer))]


def sign_in(request: Request, party: Party, mark: str) -> None:
    """Begin a new session for the party, opened by the password of this mark; whatever the old one held is
    dropped.
    """
    request.session.clear()
    request.session["party"] = party.id
    request.session["password"] = mark
    form_token(request)


def form_token(request: Request) -> str:
    """The session's token, which every form carries in a hidden field; made at its first use."""
    token = request.session.get(FORM_TOKEN)
    if not isinstance(token, str):
        token = request.session[FORM_TOKEN] = secrets.token_urlsafe(32)
    return token


async def checked_request(request: Request) -> None:
    """For all pages: refuse what no page can use, and any change without the session's token.

    Raises ``Unusable``, ``FormTooLarge`` and ``FormExpired``.
    """
    asked = (value for _, value in request.query_params.multi_items())
    given = [request.url.path, unquote(request.url.path), *asked]
    if request.method not in SAFE_METHODS and _length(request) > LONGEST_FORM:
        raise FormTooLarge
    form = None if request.method in SAFE_METHODS else await request.form()
    given += [value for _, value in (form.multi_items() if form else ()) if isinstance(value, str)]
    if any("\x00" in value for value in given):
        raise Unusable
    if form is not None:
        _check_token(request.session.get(FORM_TOKEN), form.get(FORM_TOKEN))


def _length(request: Request) -> int:
    """Bytes announced; beyond every limit where none are, so that nobody streams without end."""
    announced = request.headers.get("content-length", "")
    if not announced and "transfer-encoding" not in request.headers:
        return 0
    return int(announced) if announced.isascii() and announced.isdigit() else LONGEST_FORM + 1


def _check_token(expected: object, given: object) -> None:
    if not isinstance(expected, str) or not isinstance(given, str):
        raise FormExpired
    if not secrets.compare_digest(expected.encode(), given.encode("utf-8", "replace")):
        raise FormExpired


def local_path(target: str | None) -> str:
    """Where to go after signing in: a path of this site, never another host."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return "/"
    return target if target.isprintable() else "/"
