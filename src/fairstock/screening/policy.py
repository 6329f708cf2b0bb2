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


STRENGTH: Mapping[Outcome, int] = {
    Outcome.ACCEPT: 0,
    Outcome.REVIEW: 1,
    Outcome.REQUEST: 2,
    Outcome.REJECT: 3,
}
"""How hard an outcome is on the contributor; the hardest of all that speak is the verdict."""

EXONERATING = frozenset({ObservationKind.HUMAN_ORIGIN})
"""Kinds that only ever speak for the contributor: they soften other rules and have none that accuses."""


@dataclass(frozen=True, slots=True)
class Unless:
    """What makes a rule milder: an observation of this kind, at least so strong, on the same upload."""

    observation: ObservationKind
    strength: float
    """Least ``strength`` in the observation's evidence, 0 to 1."""
    outcome: Outcome
    """What the rule leads to then; milder than its own."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What several rules count as shown: numbers that evidence must reach and must not exceed."""

    at_least: Mapping[str, float]
    at_most: Mapping[str, float]


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
    unless: Sequence[Unless] = ()
    """What makes it milder; always empty where the outcome is reject."""
    proofs: Sequence[Proof] = ()
    """Where there are any, the evidence must meet one of them too."""


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
    """Most works that each search by features or hash contributes."""
    shared_words: int
    """Candidates for copies: works that have at least so many words of local features in common."""
    sharing: int
    """Most works that the search by words contributes."""
    laid_cosine: float
    """Candidates whose image features have at least this cosine are laid on the upload in any position."""
    searched_cosine: float
    """Those with at least this one also by their sketches, where local features cannot tell."""
    laid: int
    """Most works that are laid on one upload closely: those that fit best at a coarse look."""
    watermark_cosine: float
    """Our watermark is looked for where the features of a generated work have at least this cosine."""
    noted_agreement: float
    """Works that agree with the upload in at least this share of what either or the work alone shows, in the
    best position, are noted.
    """
    noted_features: int
    """Works with which so many local features agree about a position are noted too."""
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
        copies, proofs = table["copies"], _proofs(path, table.get("proofs", {}))
        policy = Policy(
            version=str(table["version"]),
            phash_radius=int(copies["phash_radius"]),
            candidate_cosine=float(copies["candidate_cosine"]),
            noted_difference=float(copies["noted_difference"]),
            candidates=int(copies["candidates"]),
            shared_words=int(copies["shared_words"]),
            sharing=int(copies["sharing"]),
            laid_cosine=float(copies["laid_cosine"]),
            searched_cosine=float(copies["searched_cosine"]),
            laid=int(copies["laid"]),
            watermark_cosine=float(copies["watermark_cosine"]),
            noted_agreement=float(copies["noted_agreement"]),
            noted_features=int(copies["noted_features"]),
            rules=tuple(_rule(path, each, proofs) for each in table["rules"]),
        )
    except KeyError as error:
        raise BadPolicy(path, f"the field {error} is missing") from error
    if len({rule.name for rule in policy.rules}) != len(policy.rules):
        raise BadPolicy(path, "two rules have the same name")
    return policy


_FIELDS = frozenset(
    {
        "name",
        "observation",
        "outcome",
        "reason",
        "where",
        "at_least",
        "at_most",
        "sentence",
        "next_step",
        "unless",
        "proofs",
    }
)


def _proofs(path: Path, tables: Mapping[str, Mapping[str, Any]]) -> dict[str, Proof]:
    """The named proofs; a field that is none of the two is a mistake."""
    for name, table in tables.items():
        if not table or table.keys() - {"at_least", "at_most"}:
            raise BadPolicy(path, f"proof “{name}” takes at_least and at_most, not {sorted(table)}")
    return {
        name: Proof(_numbers(table.get("at_least", {})), _numbers(table.get("at_most", {})))
        for name, table in tables.items()
    }


def _numbers(table: Mapping[str, Any]) -> dict[str, float]:
    return {key: float(value) for key, value in table.items()}


def _rule(path: Path, table: Mapping[str, Any], proofs: Mapping[str, Proof]) -> Rule:
    name = str(table.get("name", "?"))
    if table.keys() - _FIELDS:
        raise BadPolicy(path, f"rule “{name}” has unknown fields {sorted(table.keys() - _FIELDS)}")
    try:
        outcome = Outcome(table["outcome"])
        reason = None if outcome is Outcome.ACCEPT else ReasonCode(table["reason"])
        observation = ObservationKind(table["observation"])
        if reason is not None and observation in EXONERATING:
            raise ValueError(f"{observation} speaks for the contributor and cannot lead to {outcome}")
        return Rule(
            name=name,
            observation=observation,
            outcome=outcome,
            reason=reason,
            where={
                key: value if isinstance(value, list) else [value]
                for key, value in table.get("where", {}).items()
            },
            at_least=_numbers(table.get("at_least", {})),
            at_most=_numbers(table.get("at_most", {})),
            sentence=table["sentence"] if reason else "",
            next_step=table["next_step"] if reason else "",
            unless=tuple(_unless(outcome, each) for each in table.get("unless", ())),
            proofs=tuple(proofs[each] for each in table.get("proofs", ())),
        )
    except (KeyError, ValueError) as error:
        raise BadPolicy(path, f"rule “{name}”: {error}") from error


def _unless(outcome: Outcome, table: Mapping[str, Any]) -> Unless:
    """One softening of a rule; raises ValueError where it would touch proof, or make nothing milder."""
    found = Unless(ObservationKind(table["observation"]), float(table["strength"]), Outcome(table["outcome"]))
    if outcome is Outcome.REJECT:
        raise ValueError("proof is not softened: a rule that rejects takes no unless")
    if found.observation not in EXONERATING:
        raise ValueError(f"unless speaks of {', '.join(sorted(EXONERATING))} only, not {found.observation}")
    if STRENGTH[found.outcome] >= STRENGTH[outcome]:
        raise ValueError(f"unless leads to {found.outcome}, which is no milder than {outcome}")
    if table.keys() != {"observation", "strength", "outcome"}:
        raise ValueError("unless takes observation, strength and outcome")
    return found
