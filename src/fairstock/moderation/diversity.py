"""Diversity planning: people whom a prompt leaves open are varied over the batch, by a published table.

It acts only on a person without stated attributes and without a historical, cultural, personal or relational
anchor; it adds words after that person and changes none; what stands in quotation marks is neither read nor
touched. The table (``diversity.toml``) is data; the version in use is kept with every plan.
"""

from __future__ import annotations

import random
import re
import tomllib
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Any

from fairstock.moderation.normalise import fold
from fairstock.moderation.phrases import Token, tokenise

DEFAULT_TABLE = Path(__file__).with_name("diversity.toml")
_QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”|„[^“”]*[“”]|«[^»]*»|‘[^’]*’|(?<!\w)'[^']*'(?!\w)")
_SEVERAL = frozenset({"people", "children", "clergy"})
_YEAR = re.compile(r"1[0-9]{3}s?|[1-9][0-9]{2}(?:bc|ad)|1[0-9]th|[5-9]th")
_GOES_ON = re.compile(r"\w+(?:ing|ed|ly)")
_PRONOUNS = {"woman": "her", "man": "his"}
_YOUNG = {"woman": "girl", "man": "boy", "non-binary person": "child"}


@dataclass(frozen=True, slots=True)
class Picture:
    """What one picture of a batch gets."""

    prompt: str
    """The revised prompt."""
    attributes: Mapping[str, str]
    """Drawn values by attribute."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A batch planned; kept with the request and shown to the buyer."""

    rule: str
    table_version: str
    person: str
    """Whom the prompt left open, as in the table: "nurse"."""
    pictures: tuple[Picture, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain values for a JSON column."""
        pictures = [{"prompt": each.prompt, "attributes": dict(each.attributes)} for each in self.pictures]
        return {
            "rule": self.rule,
            "table_version": self.table_version,
            "person": self.person,
            "pictures": pictures,
        }


@dataclass(frozen=True, slots=True)
class _Person:
    """Whom a prompt leaves open."""

    name: str
    end: int
    """Where the person ends in the prompt: words are added here."""
    several: bool
    minor: bool
    """A child: no age is added, and girl or boy instead of woman or man."""
    aged: bool
    """The prompt states the age itself."""


class Diversity:
    """The table, ready to plan."""

    def __init__(self, file: Path = DEFAULT_TABLE) -> None:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
        self.version: str = content["version"]
        self._rule: str = content["rule"]
        self._shares: Mapping[str, Mapping[str, float]] = content["attributes"]
        words = {kind: _phrases(text) for kind, text in content["words"].items()}
        self._people = words["people"] | {
            plural: (name, True)
            for phrase, (name, _) in words["people"].items()
            for plural in _plurals(phrase)
        }
        self._minors = frozenset(name for name, _ in words["minors"].values())
        self._aged = words["aged"]
        self._forbidding = words["stated"] | words["anchors"] | words["things"] | words["foreign"]
        self._animals = words["animals"]
        self._after = frozenset(phrase[0] for phrase in words["after"])
        known = (*self._people, *self._forbidding, *self._animals, *self._aged)
        self._longest = max(len(phrase) for phrase in known)
        self._firsts = frozenset(phrase[0] for phrase in known)

    def person(self, prompt: str) -> _Person | None:
        """Whom planning may act on; None where it may not."""
        quiet = _QUOTED.sub(lambda match: " , ".ljust(len(match.group()), " ")[: len(match.group())], prompt)
        if any(mark in quiet for mark in '"“”„«»'):
            return None  # a quotation that does not end: nobody can say what it covers
        folded = fold(quiet)
        tokens = tokenise(folded.text)
        words = [token.word for token in tokens]
        found: _Person | None = None
        for at, token in enumerate(tokens):
            if _YEAR.fullmatch(token.word) or self._longest_at(words, at, self._forbidding):
                return None
            if found is None and self._longest_at(words, at, self._animals):
                return None
            length = self._longest_at(words, at, self._people)
            if length and found is None and self._goes_on(folded.text, tokens, at + length - 1):
                name, several = self._people[tuple(words[at : at + length])]
                end = folded.span(token.start, tokens[at + length - 1].end)[1]
                found = _Person(name, end, several, name in self._minors, self._has_age(words))
        return found

    def applies(self, prompt: str) -> bool:
        """Whether planning would act on ``prompt``."""
        return self.person(prompt) is not None

    def plan(self, prompt: str, n: int, seed: int) -> Plan | None:
        """Revised prompts for ``n`` pictures, the same for the same seed; None where nothing is planned.

        Stratified: over the batch each value comes as often as its share says, give or take one.
        """
        person = self.person(prompt)
        if person is None:
            return None
        chance = random.Random(seed)  # noqa: S311 - reproducible, no secret
        drawn = {name: _stratified(shares, n, chance) for name, shares in self._shares.items()}
        pictures = []
        for at in range(n):
            attributes = {name: values[at] for name, values in drawn.items()}
            if person.minor or person.aged:
                del attributes["age"]
            if person.several:
                attributes = {}
            added = _described(attributes, person.minor)
            revised = f"{prompt[: person.end]} ({added}){prompt[person.end :]}"
            pictures.append(Picture(revised, attributes))
        return Plan(self._rule, self.version, person.name, tuple(pictures))

    def _longest_at(
        self, words: Sequence[str], at: int, phrases: Mapping[tuple[str, ...], tuple[str, bool]]
    ) -> int:
        """Words of the longest phrase that begins at ``at``; 0 for none."""
        if words[at] not in self._firsts:
            return 0
        for length in range(min(self._longest, len(words) - at), 0, -1):
            if tuple(words[at : at + length]) in phrases:
                return length
        return 0

    def _has_age(self, words: Sequence[str]) -> bool:
        return any(self._longest_at(words, at, self._aged) for at in range(len(words)))

    def _goes_on(self, text: str, tokens: Sequence[Token], last: int) -> bool:
        """Whether the person stands for itself: nothing, a break, or the sentence's next part follows."""
        if text[tokens[last].end : tokens[last].end + 1] in {"'", "-"}:
            return False
        if last + 1 == len(tokens):
            return True
        after = tokens[last + 1]
        broken = after.sentence != tokens[last].sentence or after.after_comma
        return broken or after.word in self._after or bool(_GOES_ON.fullmatch(after.word))


def _described(attributes: Mapping[str, str], minor: bool) -> str:
    """``a South Asian woman in her forties``; for several people without attributes, a mix."""
    if not attributes:
        return (
            "girls and boys of different origins" if minor else "women and men of different origins and ages"
        )
    gender, origin = attributes["gender"], attributes["origin"]
    article = "an" if origin[0] in "AEIOUaeiou" else "a"
    shown = _YOUNG.get(gender, gender) if minor else gender
    age = attributes.get("age", "").replace("their", _PRONOUNS.get(gender, "their"))
    return " ".join(part for part in (article, origin, shown, age) if part)


def _stratified(shares: Mapping[str, float], n: int, chance: random.Random) -> list[str]:
    """``n`` values by systematic sampling: evenly spaced points with one random start, then shuffled."""
    names, edges = list(shares), list(accumulate(shares.values()))
    start = chance.random()
    points = [(start + at) / n * edges[-1] for at in range(n)]
    values = [names[min(bisect_right(edges, point), len(names) - 1)] for point in points]
    chance.shuffle(values)
    return values


def _phrases(text: str) -> dict[tuple[str, ...], tuple[str, bool]]:
    """Comma-separated phrases as words, with their name and that they are singular."""
    names = [" ".join(part.split()) for part in text.split(",")]
    return {tuple(token.word for token in tokenise(name)): (name, name in _SEVERAL) for name in names if name}


def _plurals(phrase: tuple[str, ...]) -> list[tuple[str, ...]]:
    last = phrase[-1]
    endings = [f"{last}s", f"{last}es", f"{last[:-1]}ies"]
    return [(*phrase[:-1], ending) for ending in endings]


@lru_cache(maxsize=1)
def load_diversity() -> Diversity:
    """The table that ships with the package."""
    return Diversity()
