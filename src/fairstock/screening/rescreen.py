"""What a new verdict on an upload that was decided before leads to; pure.

A changed policy or detector never takes anything off sale and never turns an honest contributor down a second
time by itself: where something on sale, or something that was turned down, would now be decided otherwise,
people look. Decisions by people stand; the machine's new opinion is noted beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from fairstock.screening.model import Effect, Observation, Outcome, Review, Verdict
from fairstock.screening.policy import STRENGTH


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an upload stands when it is screened again."""

    on_sale: bool
    rejected: bool
    """Turned down; neither: it waits, for a person or for evidence."""
    appealed: bool
    """An appeal waits for its decision."""
    reviews: Sequence[Review]
    """What people decided, oldest first."""
    reviewed: Verdict | None
    """The verdict beside which the last of them stands."""


def effect(standing: Standing, after: Verdict) -> Effect:
    """What follows from the new verdict ``after``."""
    if standing.appealed:
        return Effect.NOTED
    if standing.on_sale:
        return _on_sale(standing, after)
    if standing.rejected:
        if standing.reviews:
            return Effect.NOTED
        return Effect.ACTS if after.outcome is Outcome.REJECT else Effect.PEOPLE
    waits = after.outcome in {Outcome.REVIEW, Outcome.REQUEST}
    return Effect.PEOPLE if waits or standing.reviews else Effect.ACTS


def _on_sale(standing: Standing, after: Verdict) -> Effect:
    if after.outcome is Outcome.ACCEPT:
        return Effect.NOTED if standing.reviews else Effect.ACTS
    seen = standing.reviewed
    if seen is None:
        return Effect.PEOPLE
    nothing_new = set(after.codes) <= set(seen.codes) and STRENGTH[after.outcome] <= STRENGTH[seen.outcome]
    return Effect.NOTED if nothing_new else Effect.PEOPLE


def current(
    stored: Iterable[Observation],
    fresh: Iterable[Observation] = (),
    replaced: Callable[[Observation], bool] = lambda _: False,
) -> list[Observation]:
    """What counts now: all that was seen just now, and of what was stored that which the new look does not
    replace, each detector by its newest version only.
    """
    kept = [each for each in stored if not replaced(each)]
    newest: dict[tuple[str, str], str] = {}
    for each in kept:
        key = (each.kind.value, each.detector)
        newest[key] = max(newest.get(key, ""), each.detector_version, key=_version)
    kept = [each for each in kept if newest[each.kind.value, each.detector] == each.detector_version]
    return [*kept, *fresh]


def _version(name: str) -> tuple[tuple[int, str], ...]:
    """Versions in order: numbers as numbers, so that 10 comes after 9."""
    parts = name.replace("-", ".").replace("/", ".").split(".")
    return tuple((int(part), "") if part.isdigit() else (0, part) for part in parts)
