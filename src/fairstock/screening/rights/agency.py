"""Names of other agencies in what was read in a picture, or stands in its metadata. Pure."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

SHIPPED = Path(__file__).with_name("agencies.toml")
SHORT = 6
"""Letters up to which a name must stand as a word of its own, without an error."""
FRAGMENT = 8
"""Letters of a long name that suffice where the rest is cut off or covered."""
LETTERS_AN_ERROR = 6
"""One letter may be read wrongly for each so many of a long name."""
LONGEST = 400
"""Characters of a line that are read; a field of metadata may hold millions."""
_MARKS = {
    "credit",
    "source",
    "copyright",
    "copyrightnotice",
    "rights",
    "byline",
    "usageterms",
    "webstatement",
}
"""Fields of metadata that say whose a picture is."""


@dataclass(frozen=True, slots=True)
class Agencies:
    """A version of the list: name → the ways in which it is written, as letters and digits."""

    version: str
    written: Mapping[str, Sequence[str]]
    """With a "!" at the end of those that are found letter by letter only."""
    harmless: frozenset[str]
    """Lines that are never taken for a name misread."""


@cache
def shipped() -> Agencies:
    """The list that travels with the package."""
    table = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))
    written = {name: tuple(_form(each) for each in forms) for name, forms in table["agencies"].items()}
    return Agencies(str(table["version"]), written, frozenset(table["harmless"]))


def agency_in(text: str, agencies: Agencies | None = None) -> str | None:
    """The agency that a line names, or None.

    Long names are found inside a line, with few letters wrong, and by a fragment; short ones as a word only.
    Of the line its first ``LONGEST`` characters are read.
    """
    line = text[:LONGEST]
    words = {_letters(word) for word in re.split(r"[^\w+]+|_", line)}
    squeezed = _letters(line)
    known = agencies or shipped()
    for name, forms in known.written.items():
        if any(_names(form, words, squeezed, harmless=squeezed in known.harmless) for form in forms):
            return name
    return None


def names_owner(key: str) -> bool:
    """Whether a field of metadata, such as ``photoshop:Credit``, says whose a picture is."""
    return re.sub(r"[^a-z]", "", key.rpartition(":")[2].lower()) in _MARKS


def _names(form: str, words: Iterable[str], line: str, *, harmless: bool) -> bool:
    if len(form) <= SHORT:
        return form in words
    if form.rstrip("!") in line:
        return True
    if harmless or form.endswith("!"):
        return False
    if FRAGMENT <= len(line) < len(form) and line in form:
        return True
    allowed = len(form) // LETTERS_AN_ERROR
    if not any(piece in line for piece in _pieces(form, allowed + 1)):
        return False  # fewer errors than pieces leave one of them whole
    lengths = range(len(form) - allowed, len(form) + allowed + 1)
    windows = (line[at : at + length] for length in lengths for at in range(len(line) - length + 1))
    return any(_distance(form, window, allowed) <= allowed for window in windows)


@cache
def _pieces(form: str, count: int) -> tuple[str, ...]:
    """The form cut into so many parts of about the same length."""
    cuts = [place * len(form) // count for place in range(count + 1)]
    return tuple(form[start:end] for start, end in pairwise(cuts))


def _distance(left: str, right: str, most: int) -> int:
    """Levenshtein distance; more than ``most`` is told as ``most + 1``."""
    row = list(range(len(right) + 1))
    for at, letter in enumerate(left, 1):
        above, row = row, [at]
        for place, other in enumerate(right, 1):
            row.append(min(row[-1] + 1, above[place] + 1, above[place - 1] + (letter != other)))
        if min(row) > most:
            return most + 1
    return row[-1]


def _form(written: str) -> str:
    return _letters(written) + ("!" if written.endswith("!") else "")


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum() or letter == "+")
