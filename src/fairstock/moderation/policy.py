"""The moderation policy as read from its TOML file: word lists, contexts, rules and names, compiled once."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from fairstock.kit.errors import BadInput
from fairstock.moderation.figures import Names, read_names
from fairstock.moderation.matching import PhraseBook
from fairstock.moderation.model import Category, Verdict

DEFAULT_FILE = Path(__file__).with_name("policy.toml")


class PolicyBroken(BadInput):
    """The policy file cannot be used."""

    def __init__(self, file: Path, reason: str) -> None:
        super().__init__(f"The moderation policy {file} cannot be used: {reason}.", remedy="correct the file")


@dataclass(frozen=True, slots=True)
class Rule:
    """Phrases that decide, and what excuses them."""

    id: str
    category: Category
    decision: Verdict
    excused_by: tuple[str, ...]
    """Contexts; one found anywhere in the prompt voids the rule."""
    needs: tuple[str, ...]
    """Contexts of which one must stand somewhere in the prompt."""


@dataclass(frozen=True, slots=True)
class NameRule:
    """Names that the policy itself refuses."""

    id: str
    category: Category
    names: Names
    things: frozenset[str]
    """Words that turn a name beside them into a thing: "library", "statue"."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A compiled policy."""

    version: str
    appeal: str
    """The sentence on how to appeal."""
    labels: Mapping[Category, str]
    """What each category is called to the buyer."""
    rules: tuple[Rule, ...]
    """In order of weight: the first that matches is the one that is named."""
    name_rules: tuple[NameRule, ...]
    book: PhraseBook
    """Groups: ``rule:ID``, ``unless:ID`` and ``context:NAME``."""
    lists: Mapping[str, tuple[str, ...]]
    """Its word lists by name."""


@lru_cache(maxsize=4)
def load_policy(file: Path = DEFAULT_FILE) -> Policy:
    """The policy in ``file``; raises ``PolicyBroken`` or ``UnreadablePhrase``."""
    try:
        with file.open("rb") as source:
            content = tomllib.load(source)
    except (OSError, tomllib.TOMLDecodeError) as cause:
        raise PolicyBroken(file, str(cause)) from cause
    try:
        return _policy(content)
    except (OSError, KeyError, ValueError, TypeError) as cause:
        raise PolicyBroken(file, f"{type(cause).__name__} {cause}") from cause


def _policy(content: Mapping[str, Any]) -> Policy:
    contexts: Mapping[str, list[str]] = content["contexts"]
    groups: dict[str, list[str]] = {f"context:{name}": phrases for name, phrases in contexts.items()}
    for rule in content["rules"]:
        groups[f"rule:{rule['id']}"] = rule["phrases"]
        groups[f"unless:{rule['id']}"] = rule.get("unless", [])
    rules = tuple(_rule(rule, contexts) for rule in content["rules"])
    if len({rule.id for rule in rules}) != len(rules):
        raise ValueError("two rules have the same id")
    return Policy(
        version=content["version"],
        appeal=content["appeal"],
        labels={category: content["labels"][category.value] for category in Category},
        rules=rules,
        name_rules=tuple(_name_rule(entry) for entry in content["names"]),
        book=PhraseBook(content["lists"], groups),
        lists={name: tuple(entries) for name, entries in content["lists"].items()},
    )


def _rule(entry: Mapping[str, Any], contexts: Mapping[str, Any]) -> Rule:
    return Rule(
        id=entry["id"],
        category=Category(entry["category"]),
        decision=Verdict(entry.get("decision", "block")),
        excused_by=_known(entry.get("excused_by", []), contexts),
        needs=_known(entry.get("needs", []), contexts),
    )


def _name_rule(entry: Mapping[str, Any]) -> NameRule:
    return NameRule(
        id=entry["id"],
        category=Category(entry["category"]),
        names=read_names(DEFAULT_FILE.parent / name for name in entry["files"]),
        things=frozenset(entry.get("things", [])),
    )


def _known(names: list[str], contexts: Mapping[str, Any]) -> tuple[str, ...]:
    for name in names:
        if name not in contexts:
            raise ValueError(f"there is no context “{name}”")
    return tuple(names)
