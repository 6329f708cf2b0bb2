"""The screening policy: a small file that people read, and that the rules follow to the letter.

``policy.toml`` explains its own form at its top; ``load`` checks it completely, so that a mistake in it is a
clear error at the start and never a wrong verdict.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from fairstock.kit.errors import BadInput
from fairstock.screening.model import ObservationKind, Outcome, ReasonCode

SHIPPED = Path(__file__).with_name("policy.toml")


class BadPolicy(BadInput):
    """A policy file cannot be followed."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"The screening policy {path} is not usable: {problem}.", remedy="correct the file")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: which observations it speaks about, and what it says."""

    name: str
    observation: ObservationKind
    outcome: Outcome
    reason: ReasonCode | None
    """None exactly for rules that let something pass."""
    where: Mapping[str, Sequence[Any]]
    """Evidence that must have one of these values."""
    at_least: Mapping[str, float]
    """Evidence that must not be below these numbers."""
    at_most: Mapping[str, float]
    """Evidence that must not be above these numbers."""
    sentence: str
    next_step: str


@dataclass(frozen=True, slots=True)
class Policy:
    """A version of the policy."""

    version: str
    phash_radius: int
    """Candidates for copies: works whose perceptual hash differs in at most so many bits."""
    candidate_cosine: float
    """Candidates for copies: works whose image features have at least this cosine."""
    noted_difference: float
    """Candidates that differ more than this when laid on the upload are not even noted."""
    candidates: int
    """Most works that are compared with one upload."""
    rules: Sequence[Rule]


@cache
def shipped() -> Policy:
    """The policy that travels with the package."""
    return load(SHIPPED)


def load(path: Path) -> Policy:
    """Read and check a policy file. Raises BadPolicy naming the rule and the field that is wrong."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise BadPolicy(path, str(error)) from error
    try:
        copies = table["copies"]
        policy = Policy(
            version=str(table["version"]),
            phash_radius=int(copies["phash_radius"]),
            candidate_cosine=float(copies["candidate_cosine"]),
            noted_difference=float(copies["noted_difference"]),
            candidates=int(copies["candidates"]),
            rules=tuple(_rule(path, each) for each in table["rules"]),
        )
    except KeyError as error:
        raise BadPolicy(path, f"the field {error} is missing") from error
    if len({rule.name for rule in policy.rules}) != len(policy.rules):
        raise BadPolicy(path, "two rules have the same name")
    return policy


_FIELDS = frozenset(
    {"name", "observation", "outcome", "reason", "where", "at_least", "at_most", "sentence", "next_step"}
)


def _rule(path: Path, table: Mapping[str, Any]) -> Rule:
    name = str(table.get("name", "?"))
    if table.keys() - _FIELDS:
        raise BadPolicy(path, f"rule “{name}” has unknown fields {sorted(table.keys() - _FIELDS)}")
    try:
        outcome = Outcome(table["outcome"])
        reason = None if outcome is Outcome.ACCEPT else ReasonCode(table["reason"])
        return Rule(
            name=name,
            observation=ObservationKind(table["observation"]),
            outcome=outcome,
            reason=reason,
            where={
                key: value if isinstance(value, list) else [value]
                for key, value in table.get("where", {}).items()
            },
            at_least={key: float(value) for key, value in table.get("at_least", {}).items()},
            at_most={key: float(value) for key, value in table.get("at_most", {}).items()},
            sentence=table["sentence"] if reason else "",
            next_step=table["next_step"] if reason else "",
        )
    except (KeyError, ValueError) as error:
        raise BadPolicy(path, f"rule “{name}”: {error}") from error
