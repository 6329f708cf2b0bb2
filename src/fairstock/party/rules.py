"""Decisions on handles and countries."""

from __future__ import annotations

import hashlib
import re

from slugify import slugify

from fairstock.kit.errors import BadInput
from fairstock.party.model import NewParty

HANDLE_LENGTH = 60
"""Characters in the longest handle."""

_HANDLE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_COUNTRY = re.compile(r"[A-Z]{2}")


class BadParty(BadInput):
    """A party cannot be added as it was described."""

    def __init__(self, handle: str, reason: str, remedy: str) -> None:
        self.handle = handle
        super().__init__(f"The party {handle!r} cannot be added: {reason}.", remedy=remedy)


def handle_of(name: str) -> str:
    """The handle of the person of this name: lower-case ASCII words joined by hyphens, always the same for
    one name.

    Letters of other scripts are transliterated. A name that is too long, or has nothing to transliterate,
    keeps what fits and gets eight hex digits of its SHA-256, so that different names stay different.
    """
    slug = slugify(name)
    if slug and len(slug) <= HANDLE_LENGTH:
        return slug
    digest = hashlib.sha256(name.strip().encode()).hexdigest()[:8]
    return f"{slug[: HANDLE_LENGTH - 9].strip('-') or 'contributor'}-{digest}"


def checked(party: NewParty) -> NewParty:
    """The party itself; raises ``BadParty`` where its handle, name or country is malformed."""
    if not _HANDLE.fullmatch(party.handle) or len(party.handle) > HANDLE_LENGTH:
        raise BadParty(
            party.handle, "the handle is malformed", "use lower-case letters, digits and single hyphens"
        )
    if not party.name.strip():
        raise BadParty(party.handle, "the name is empty", "give the person's name")
    if party.country is not None and not _COUNTRY.fullmatch(party.country):
        raise BadParty(
            party.handle, f"{party.country!r} is no country code", "use two capital letters, such as DE"
        )
    return party
