"""Templates: one environment, the values that every page needs, and how money and times are written."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup

from fairstock.kit.money import Money
from fairstock.party.model import Role
from fairstock.web.auth import FORM_TOKEN, Person, form_token, house, person_or_none

_HERE = Path(__file__).parent
INVENTED_MONEY = "A demonstration: all money here is invented; the authors' names and works are real."
_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£"}
#: ``html=False`` escapes markup in an artifact's text; markdown-it refuses script links by itself.
_markdown = MarkdownIt("commonmark", {"html": False}).enable("table")


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry of the main navigation."""

    label: str
    path: str
    roles: tuple[Role, ...] = ()
    """Who sees it; empty means everybody."""


NAVIGATION = (
    NavItem("Search", "/search"),
    NavItem("Verify a file", "/verify"),
    NavItem("New image", "/requests/new", (Role.buyer,)),
    NavItem("My requests", "/requests", (Role.buyer,)),
    NavItem("My licenses", "/licenses", (Role.buyer,)),
    NavItem("API keys", "/keys", (Role.buyer,)),
    NavItem("Statement", "/statement", (Role.contributor,)),
    NavItem("My uploads", "/uploads", (Role.contributor,)),
    NavItem("Training", "/training", (Role.contributor,)),
    NavItem("Flows", "/staff/flows", (Role.operator, Role.finance)),
    NavItem("Review queue", "/staff/review", (Role.reviewer,)),
    NavItem("Disputes", "/staff/disputes", (Role.finance,)),
    NavItem("People in pictures", "/staff/findings", (Role.reviewer,)),
    NavItem("Sanctions", "/staff/sanctions", (Role.finance,)),
)


def show(
    request: Request, person: Person | None, template: str, *, status: int = 200, **values: Any
) -> HTMLResponse:
    """Render a template with its values and the frame around it."""
    app = house(request)
    frame = {
        "person": person,
        "navigation": navigation(person),
        "here": _current(request.url.path),
        "token_field": Markup('<input type="hidden" name="{}" value="{}">').format(
            FORM_TOKEN, form_token(request)
        ),
        "notice": INVENTED_MONEY if app.settings.invented_money else None,
        "version": _static_version(),
    }
    html = _environment().get_template(template).render(**frame, **values)
    return HTMLResponse(html, status_code=status)


def error_page(request: Request, status: int, sentence: str, remedy: str | None) -> HTMLResponse:
    """An error in plain words. Where the fault is ours it needs no database, since that may be what is
    down; else whoever is signed in stays so, and keeps their ways on.
    """
    person = person_or_none(request) if status < 500 else None
    return show(request, person, "error.html", status=status, code=status, sentence=sentence, remedy=remedy)


def navigation(person: Person | None) -> Sequence[NavItem]:
    """The entries that a person can use."""
    return [item for item in NAVIGATION if not item.roles or (person is not None and person.may(*item.roles))]


def money(amount: Money, least: int = 2) -> str:
    """``$0.018``, ``-$4.20``, ``CHF 3.00``: at least two (``least``) and at most six decimals."""
    digits = str(abs(amount)).removeprefix(amount.currency).strip()
    units, _, decimals = digits.partition(".")
    sign = "-" if amount.micros < 0 else ""
    mark = _SIGNS.get(amount.currency, f"{amount.currency} ")
    return f"{sign}{mark}{int(units):,}.{decimals:0<{least}}"


def exact(amount: Money) -> str:
    """``$0.018000``: all six decimals, so that a column of them can be compared and added."""
    return money(amount, 6)


def percent(share: str) -> str:
    """``30 %`` of ``0.300000``."""
    return f"{(Decimal(share) * 100).normalize():f} %"


def terms(name: str) -> str:
    """The name of a license as people say it."""
    return (
        "the public domain"
        if name.endswith("PublicDomain")
        else name.replace("contributor-", "the contributor ")
    )


def when(at: datetime | None) -> str:
    """``22 Nov 2026, 10:33 UTC``, or a dash."""
    return f"{at.astimezone(UTC):%-d %b %Y, %H:%M} UTC" if at else "–"


def day(at: datetime | None) -> str:
    """``22 Nov 2026``, or a dash."""
    return f"{at.astimezone(UTC):%-d %b %Y}" if at else "–"


def month(period: str) -> str:
    """``November 2026`` of ``2026-11``."""
    return f"{datetime.strptime(period, '%Y-%m').replace(tzinfo=UTC):%B %Y}"


def size_of(count: int) -> str:
    """``37 kB`` of a number of bytes."""
    for unit, factor in (("MB", 10**6), ("kB", 10**3)):
        if count >= factor:
            return f"{count / factor:.1f} {unit}" if count < 10 * factor else f"{count // factor} {unit}"
    return f"{count} bytes"


def words(identifier: str) -> str:
    """``Own output`` of ``own_output``."""
    return identifier.replace("_", " ").replace("-", " ").strip().capitalize()


def markdown(text: str) -> Markup:
    """Markdown as HTML, with any markup in the text escaped."""
    return Markup(_markdown.render(text))  # noqa: S704  # escaped by the renderer, see _markdown


def inline(text: str) -> Markup:
    """One line of Markdown, such as `code`, with any markup in the text escaped."""
    return Markup(_markdown.renderInline(text))  # noqa: S704  # escaped by the renderer, see _markdown


def marked_span(text: str, start: int, end: int) -> Markup:
    """The text with one span marked; everything escaped."""
    return Markup("{}<mark>{}</mark>{}").format(text[:start], text[start:end], text[end:])


def _current(path: str) -> str:
    """The navigation entry that a page belongs to: the one with the longest path that begins the page's."""
    fitting = [item.path for item in NAVIGATION if path.startswith(item.path)]
    return max(fitting, key=len, default="")


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        money=money,
        exact=exact,
        percent=percent,
        terms=terms,
        when=when,
        day=day,
        month=month,
        size_of=size_of,
        words=words,
        markdown=markdown,
        inline=inline,
    )
    environment.globals["marked_span"] = marked_span
    return environment


@lru_cache(maxsize=1)
def _static_version() -> str:
    """Changes with the static files, so that browsers may keep them for long."""
    files = sorted(path for path in (_HERE / "static").iterdir() if path.is_file())
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]
