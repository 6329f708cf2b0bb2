"""What a new verdict leads to: nothing goes off sale by itself, and people's decisions stand."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairstock.screening.model import (
    Effect,
    Observation,
    ObservationKind,
    Outcome,
    Reason,
    ReasonCode,
    Review,
    Verdict,
)
from fairstock.screening.rescreen import Standing, current, effect

ACTS, PEOPLE, NOTED = Effect.ACTS, Effect.PEOPLE, Effect.NOTED


def verdict(outcome: Outcome, code: ReasonCode = ReasonCode.GENERATOR_MARK) -> Verdict:
    reasons = [] if outcome is Outcome.ACCEPT else [Reason(code, outcome, "rule", "Because.", "Wait.")]
    return Verdict(outcome, reasons, "v")


def by_person(outcome: Outcome) -> Review:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return Review("rev", "upl", 1, "ver", None, "robin", outcome, (), "", at)


def standing(place: str, *, person: Outcome | None = None, saw: Verdict | None = None) -> Standing:
    reviews = [by_person(person)] if person else []
    return Standing(place == "on sale", place == "rejected", place == "appealed", reviews, saw)


A, V, Q, R = Outcome.ACCEPT, Outcome.REVIEW, Outcome.REQUEST, Outcome.REJECT
SIMILAR = verdict(V, ReasonCode.SIMILAR_WORK)
CASES = [
    (standing("on sale"), A, ACTS),
    (standing("on sale"), V, PEOPLE),
    (standing("on sale"), R, PEOPLE),
    (standing("on sale", person=A, saw=SIMILAR), A, NOTED),
    (standing("on sale", person=A, saw=SIMILAR), R, PEOPLE),
    (standing("on sale", person=A, saw=verdict(R)), R, NOTED),
    (standing("on sale", person=A, saw=verdict(V)), R, PEOPLE),
    (standing("rejected"), R, ACTS),
    (standing("rejected"), A, PEOPLE),
    (standing("rejected"), Q, PEOPLE),
    (standing("rejected", person=R, saw=SIMILAR), A, NOTED),
    (standing("waiting"), A, ACTS),
    (standing("waiting"), R, ACTS),
    (standing("waiting"), V, PEOPLE),
    (standing("waiting"), Q, PEOPLE),
    (standing("appealed"), A, NOTED),
]


@pytest.mark.parametrize(("where", "outcome", "follows"), CASES)
def test_what_follows(where: Standing, outcome: Outcome, follows: Effect) -> None:
    assert effect(where, verdict(outcome)) is follows


@given(st.sampled_from([where for where, _, _ in CASES]), st.sampled_from(list(Outcome)))
def test_nothing_goes_off_sale_and_no_person_is_overruled(where: Standing, outcome: Outcome) -> None:
    follows = effect(where, verdict(outcome))
    if where.on_sale and outcome is not Outcome.ACCEPT:
        assert follows is not ACTS
    if where.reviews or where.appealed:
        assert follows is not ACTS


def seen(kind: ObservationKind, value: str, version: str) -> Observation:
    return Observation(kind, value, {}, "detector", version)


def test_what_was_looked_for_again_replaces_what_was_seen_and_newer_versions_replace_older() -> None:
    mark, copy = ObservationKind.GENERATOR_MARK, ObservationKind.COPY
    stored = [seen(mark, "old", "1"), seen(copy, "a", "9"), seen(copy, "b", "10"), seen(copy, "c", "10")]
    fresh = [seen(mark, "new", "2")]
    assert [each.value for each in current(stored, fresh, lambda each: each.kind is mark)] == [
        "b",
        "c",
        "new",
    ]
    assert [each.value for each in current(stored)] == ["old", "b", "c"]
