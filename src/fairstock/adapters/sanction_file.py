"""A sanction list in a TOML file: people with their other names, and countries; asks nobody.

The lists of authorities are published as files; an operator turns them into this form and puts the file in
place. Matching is by the set of normalised words, all of them: it finds "MÜLLER, Jörg" for "Jorg Muller", and
nothing that only resembles a name.
"""

from __future__ import annotations

import hashlib
import tomllib
import unicodedata
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from fairstock.kit.errors import BadInput
from fairstock.payout.model import SanctionHit


class BadSanctionList(BadInput):
    """The file of the sanction list cannot be used; nobody is paid without one."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"The sanction list {path} cannot be used: {reason}.",
            remedy="put a list in place as sanctions.toml in this package shows it",
        )


def normalised(name: str) -> frozenset[str]:
    """The words of a name without case, accents, punctuation and order."""
    plain = "".join(
        character if character.isalnum() else " "
        for character in unicodedata.normalize("NFKD", name).casefold()
        if not unicodedata.combining(character)
    )
    return frozenset(plain.replace("ß", "ss").replace("ø", "o").replace("ł", "l").replace("đ", "d").split())


class SanctionFile:
    """A ``SanctionList`` that was read once."""

    def __init__(self, path: Path) -> None:
        try:
            body = path.read_bytes()
            data = tomllib.loads(body.decode())
            self._names = _names(data.get("person", []))
            self._countries = {
                str(each["code"]): (str(each["id"]), f"country {each['code']}: {each['why']}")
                for each in data.get("country", [])
            }
            self._version = f"{data['version']}/{hashlib.sha256(body).hexdigest()[:12]}"
        except OSError as error:
            raise BadSanctionList(path, error.strerror or str(error)) from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadSanctionList(path, f"{type(error).__name__}: {error}") from error

    @property
    def version(self) -> str:
        """The list's own version and the beginning of the file's SHA-256."""
        return self._version

    def hits(self, name: str, countries: Collection[str]) -> list[SanctionHit]:
        """See ``SanctionList``."""
        found = [SanctionHit(entry, listed, name) for entry, listed in self._names.get(normalised(name), ())]
        found += [
            SanctionHit(*self._countries[code], code) for code in sorted(countries) if code in self._countries
        ]
        return found


def _names(people: Collection[Mapping[str, Any]]) -> dict[frozenset[str], list[tuple[str, str]]]:
    """Words of a name → (entry, name as listed)."""
    found: dict[frozenset[str], list[tuple[str, str]]] = {}
    for person in people:
        for name in [person["name"], *person.get("aliases", [])]:
            words = normalised(str(name))
            if not words:
                message = f"the name {name!r} has no letters"
                raise ValueError(message)
            found.setdefault(words, []).append((str(person["id"]), str(name)))
    return found
