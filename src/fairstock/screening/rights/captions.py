"""What a caption claims that a person should read first; the rules are data (``captions.toml``).

Pure: texts in, claims out. A word as a subject ("artificial intelligence concept") is no claim.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from fairstock.kit.errors import BadInput
from fairstock.screening.model import Observation, ObservationKind

LONGEST = 3000
"""Characters of a field that are read. No caption is so long, and some rules cost by the square of it: 16,000
signs of copyright took four seconds.
"""
SHIPPED = Path(__file__).with_name("captions.toml")
_TOKEN = re.compile(r"\{([a-z]+)\}")
_PARTS = re.compile(r"\s*(?:[,;:|.!?]\s+|[,;|]|\s[–—-]\s|[([]|$)\s*")
"""What divides a title into parts; a part in brackets begins at its bracket."""
_WITHIN = 2
"""Dividers that a part may hold: the brackets and the full stop of “([AI art].”."""


class BadCaptionRules(BadInput):
    """The rules about captions cannot be followed."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"The caption rules {path} are not usable: {problem}.", remedy="correct the file")


@dataclass(frozen=True, slots=True)
class CaptionRule:
    """One rule of the file."""

    name: str
    kind: str
    """generator, prompt, editorial or credit."""
    pattern: re.Pattern[str]
    whole: bool
    """The pattern must be a complete keyword or a complete part of a title."""
    unless: re.Pattern[str] | None
    finds: Sequence[str]
    """Examples that the rules find."""
    passes: Sequence[str]
    """Examples in which no rule finds anything."""


@dataclass(frozen=True, slots=True)
class CaptionRules:
    """A version of the file."""

    version: str
    rules: Sequence[CaptionRule]


@dataclass(frozen=True, slots=True)
class Claim:
    """What one field of a caption says."""

    kind: str
    rule: str
    field: str
    """title, keywords or description."""
    quote: str
    """The words themselves."""
    author: str = ""
    """Who is named as the author; empty for other kinds."""


@cache
def shipped() -> CaptionRules:
    """The rules that travel with the package."""
    return load(SHIPPED)


def load(path: Path) -> CaptionRules:
    """Read and check a file of rules. Raises BadCaptionRules."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        lists = {name: str(text) for name, text in table["lists"].items()}
        rules = tuple(_rule(each, lists) for each in table["rules"])
        return CaptionRules(str(table["version"]), rules)
    except (OSError, tomllib.TOMLDecodeError, KeyError, re.error) as error:
        raise BadCaptionRules(path, str(error)) from error


def claims_in(
    fields: Mapping[str, Sequence[str]], own_names: Iterable[str] = (), rules: CaptionRules | None = None
) -> list[Claim]:
    """The claims of a caption, at most one a rule.

    ``fields`` maps ``title``, ``keywords`` and ``description`` to texts, keywords one by one, of which the
    first ``LONGEST`` characters are read. Who is named as author under one of ``own_names`` claims nothing.
    """
    own = {_plain(name) for name in own_names}
    read = {field: list(_read(texts)) for field, texts in fields.items()}
    found: list[Claim] = []
    for rule in (rules or shipped()).rules:
        claim = next(_claims(rule, read, own), None)
        if claim is not None:
            found.append(claim)
    return found


def observations(claims: Iterable[Claim], rules: CaptionRules | None = None) -> list[Observation]:
    """The claims as observations: the value is the kind, the evidence quotes the words."""
    version = (rules or shipped()).version
    return [
        Observation(
            ObservationKind.CAPTION,
            each.kind,
            {"kind": each.kind, "rule": each.rule, "field": each.field, "quote": each.quote[:200]}
            | ({"author": each.author} if each.author else {}),
            "caption-rules",
            version,
        )
        for each in {claim.kind: claim for claim in reversed(list(claims))}.values()
    ]


def _claims(rule: CaptionRule, fields: Mapping[str, Sequence[str]], own: set[str]) -> Iterator[Claim]:
    caption = " | ".join(" ".join(texts) for texts in fields.values())
    for field, texts in fields.items():
        for text in texts:
            match = _match(rule, field, text)
            if match is None:
                continue
            # a keyword is too short to say whether it names a subject, so the whole caption tells
            around = caption if rule.whole else text
            if rule.unless is not None and rule.unless.search(around):
                continue
            author = match.groupdict().get("author") or ""
            if author and (_plain(author) in own or not _is_name(author)):
                continue
            yield Claim(rule.kind, rule.name, field, match.group().strip(), author)


def _read(texts: Sequence[str]) -> Iterator[str]:
    """The texts of a field with single spaces, up to ``LONGEST`` characters altogether."""
    left = LONGEST
    for text in texts:
        if left <= 0:
            return
        plain = " ".join(text[:left].split())
        left -= len(plain)
        yield plain


def _match(rule: CaptionRule, field: str, text: str) -> re.Match[str] | None:
    if not rule.whole:
        return rule.pattern.search(text)
    if field == "keywords":
        return rule.pattern.fullmatch(text)
    parts = (rule.pattern.fullmatch(text, start, end) for start, end in _parts(text))
    return next((match for match in parts if match), None)


def _parts(text: str) -> Iterator[tuple[int, int]]:
    """Where parts of a title begin and end, those that hold up to ``_WITHIN`` dividers too: as many as the
    text is long, and no more, whatever it is made of.
    """
    dividers = list(_PARTS.finditer(text))
    ends = [match.start() for match in dividers]
    for start in (0, *(match.end() for match in dividers)):
        first = bisect_right(ends, start)
        yield from ((start, end) for end in ends[first : first + 1 + _WITHIN])


def _rule(table: Mapping[str, Any], lists: Mapping[str, str]) -> CaptionRule:
    flags = re.NOFLAG if table.get("case") else re.IGNORECASE
    unless = table.get("unless")
    return CaptionRule(
        name=table["name"],
        kind=table["kind"],
        pattern=re.compile(_filled(table["pattern"], lists), flags),
        whole=bool(table.get("whole", False)),
        unless=re.compile(_filled(unless, lists), re.IGNORECASE) if unless else None,
        finds=tuple(table["finds"]),
        passes=tuple(table["passes"]),
    )


def _filled(pattern: str, lists: Mapping[str, str]) -> str:
    """The pattern with the lists in place of their names; raises KeyError for an unknown one."""
    return _TOKEN.sub(lambda match: lists[match.group(1)], pattern)


def _is_name(words: str) -> bool:
    """Whether first and last word begin with a capital letter, which patterns cannot ask in all scripts."""
    parts = words.split()
    return parts[0][0].isupper() and parts[-1][0].isupper()


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())
