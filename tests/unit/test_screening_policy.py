"""The policy decides by proof only, and its file is checked before it is followed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairstock.screening.model import Observation, ObservationKind, Outcome, ReasonCode
from fairstock.screening.policy import EXONERATING, SHIPPED, STRENGTH, BadPolicy, load, shipped
from fairstock.screening.rules import decide

POLICY = shipped()
SAME = {"difference": 0.05, "worst_block": 0.01, "aspect": 1.0, "contrast": 0.2}


def seen(kind: ObservationKind, **evidence: Any) -> Observation:
    return Observation(kind, evidence.pop("value", "x"), evidence, "test", "1")


def mark(*, proof: bool = True) -> Observation:
    return seen(ObservationKind.GENERATOR_MARK, generator="ComfyUI", where="here", quote="…", proof=proof)


def credentials(state: str, *, generated: bool = True) -> Observation:
    return seen(ObservationKind.C2PA, generated=generated, state=state, by="ChatGPT")


LAID = {
    "difference": 0.9,
    "agreement": 0.98,
    "kept": 0.98,
    "kept_corners": 0.98,
    "colours": 0.8,
    "blocks": 20,
    "corners": 6,
    "apart": 0.01,
    "of_work": 0.5,
    "of_upload": 0.95,
}
"""A part of a work that was turned: not the same as it is, the same where it was laid."""


FEATURED = LAID | {
    "agreement": 0.4,
    "kept_corners": 0.5,
    "blocks": 6,
    "corners": 1.3,
    "feature_cells": 0.7,
    "features_of_work": 0.6,
    "features_of_upload": 0.2,
}
"""The same, mostly covered: told by features."""


def copy(relation: str, **evidence: Any) -> Observation:
    known = {"exact": False, "mirrored": False, "change": "turned", **SAME, **evidence}
    return seen(ObservationKind.COPY, relation=relation, title="Cat", **known)


CASES = {
    "a mark": (mark(), Outcome.REJECT, ReasonCode.GENERATOR_MARK),
    "a sign": (mark(proof=False), Outcome.REVIEW, ReasonCode.GENERATOR_SUSPECTED),
    "valid credentials": (credentials("valid"), Outcome.REJECT, ReasonCode.C2PA_GENERATED),
    "expired credentials": (credentials("expired"), Outcome.REJECT, ReasonCode.C2PA_GENERATED),
    "altered credentials": (credentials("altered"), Outcome.REVIEW, ReasonCode.GENERATOR_SUSPECTED),
    "a camera's credentials": (credentials("trusted", generated=False), Outcome.ACCEPT, None),
    "our output": (copy("house"), Outcome.REJECT, ReasonCode.OWN_OUTPUT),
    "our output, exactly": (copy("house", exact=True), Outcome.REJECT, ReasonCode.OWN_OUTPUT),
    "near our output": (copy("house", difference=0.45), Outcome.REVIEW, ReasonCode.GENERATOR_SUSPECTED),
    "the same file": (copy("somebody_else", exact=True), Outcome.REJECT, ReasonCode.EXACT_DUPLICATE),
    "saved again": (copy("somebody_else"), Outcome.REJECT, ReasonCode.NEAR_DUPLICATE),
    "mirrored": (copy("somebody_else", mirrored=True), Outcome.REJECT, ReasonCode.MIRRORED_DUPLICATE),
    "close": (copy("somebody_else", worst_block=0.1), Outcome.REVIEW, ReasonCode.SIMILAR_WORK),
    "changed": (copy("somebody_else", **LAID), Outcome.REJECT, ReasonCode.NEAR_DUPLICATE),
    "changed and written on": (
        copy("somebody_else", **LAID | {"agreement": 0.8}),
        Outcome.REVIEW,
        ReasonCode.SIMILAR_WORK,
    ),
    "changed, with little in it": (
        copy("somebody_else", **LAID | {"blocks": 7, "corners": 0.5}),
        Outcome.REVIEW,
        ReasonCode.SIMILAR_WORK,
    ),
    "changed, with hardly anything in it": (
        copy("somebody_else", **LAID | {"blocks": 2, "corners": 1.6}),
        Outcome.REVIEW,
        ReasonCode.SIMILAR_WORK,
    ),
    "stripes of the same colours": (
        copy("somebody_else", **LAID | {"blocks": 10, "corners": 0.0}),
        Outcome.ACCEPT,
        None,
    ),
    "little in it, drawn by another hand": (
        copy("somebody_else", **LAID | {"blocks": 9, "corners": 1.3, "apart": 0.056}),
        Outcome.ACCEPT,
        None,
    ),
    "written on, the rest unchanged": (
        copy("somebody_else", **LAID | {"agreement": 0.6, "kept": 0.7, "kept_corners": 0.55, "corners": 1.2}),
        Outcome.REVIEW,
        ReasonCode.SIMILAR_WORK,
    ),
    "written on, and nowhere quite the same": (
        copy(
            "somebody_else",
            **LAID | {"agreement": 0.6, "kept": 0.7, "kept_corners": 0.55, "corners": 1.2, "apart": 0.1},
        ),
        Outcome.ACCEPT,
        None,
    ),
    "written on, in other colours": (
        copy(
            "somebody_else",
            **LAID | {"agreement": 0.6, "kept": 0.7, "kept_corners": 0.65, "corners": 3, "colours": 0.65},
        ),
        Outcome.ACCEPT,
        None,
    ),
    "written on, few features and the colours agree": (
        copy("somebody_else", **FEATURED | {"features": 5, "kept": 0.65, "colours": 0.8}),
        Outcome.REVIEW,
        ReasonCode.SIMILAR_WORK,
    ),
    "the same in other colours": (
        copy("somebody_else", **FEATURED | {"features": 5, "kept": 0.65, "colours": 0.7}),
        Outcome.ACCEPT,
        None,
    ),
    "thin lines, written on": (
        copy("somebody_else", **FEATURED | {"features": 12, "kept": 0.2, "colours": 0.95}),
        Outcome.REVIEW,
        ReasonCode.SIMILAR_WORK,
    ),
    "stripes without a corner, framed": (
        copy(
            "somebody_else",
            **LAID
            | {
                "agreement": 0.8,
                "kept": 0.9,
                "corners": 0,
                "kept_corners": 0,
                "colours": 0.98,
                "of_work": 0.9,
            },
        ),
        Outcome.REVIEW,
        ReasonCode.SIMILAR_WORK,
    ),
    "changed, with a bar over it": (
        copy("somebody_else", **LAID | {"agreement": 0.5, "kept": 0.7, "kept_corners": 0.7}),
        Outcome.REVIEW,
        ReasonCode.SIMILAR_WORK,
    ),
    "edges without corners": (
        copy("somebody_else", **LAID | {"agreement": 0.7, "kept": 0.7, "kept_corners": 0.4}),
        Outcome.ACCEPT,
        None,
    ),
    "faint, saved again": (
        copy("somebody_else", difference=0.4, contrast=0.01),
        Outcome.REVIEW,
        ReasonCode.SIMILAR_WORK,
    ),
    "a third on a third": (copy("somebody_else", **LAID | {"of_upload": 0.33}), Outcome.ACCEPT, None),
    "our output, changed": (copy("house", **LAID), Outcome.REJECT, ReasonCode.OWN_OUTPUT),
    "parts of our output": (
        copy("house", **LAID | {"agreement": 0.8}),
        Outcome.REVIEW,
        ReasonCode.GENERATOR_SUSPECTED,
    ),
    "one's own work changed": (copy("same_contributor", **LAID), Outcome.REVIEW, ReasonCode.REPEATED),
    "our watermark": (
        seen(ObservationKind.OWN_WATERMARK, known=True, false_positive_bound=1e-12),
        Outcome.REJECT,
        ReasonCode.OWN_OUTPUT,
    ),
    "our watermark, unknown": (
        seen(ObservationKind.OWN_WATERMARK, known=False, false_positive_bound=1e-12),
        Outcome.REVIEW,
        ReasonCode.GENERATOR_SUSPECTED,
    ),
    "another work": (copy("somebody_else", difference=0.7), Outcome.ACCEPT, None),
    "another shape": (copy("somebody_else", aspect=1.3), Outcome.ACCEPT, None),
    "nearly empty": (copy("somebody_else", contrast=0.001), Outcome.ACCEPT, None),
    "one's own file": (copy("same_contributor", exact=True), Outcome.REJECT, ReasonCode.REPEATED),
    "one's own work saved again": (copy("same_contributor"), Outcome.REVIEW, ReasonCode.REPEATED),
    "one's own series": (copy("same_contributor", worst_block=0.1), Outcome.ACCEPT, None),
    "opted out": (
        seen(ObservationKind.OPTOUT, exact=True, since="2026"),
        Outcome.REJECT,
        ReasonCode.OPTED_OUT,
    ),
    "looks opted out": (
        seen(ObservationKind.OPTOUT, exact=False, distance=3),
        Outcome.REVIEW,
        ReasonCode.OPTED_OUT,
    ),
    "opted out and changed": (
        seen(ObservationKind.OPTOUT, exact=False, distance=None, **LAID),
        Outcome.REVIEW,
        ReasonCode.OPTED_OUT,
    ),
    "faintly like an opted-out work": (
        seen(ObservationKind.OPTOUT, exact=False, distance=None, difference=0.58, worst_block=0.3),
        Outcome.ACCEPT,
        None,
    ),
    "an account": (seen(ObservationKind.ACCOUNT, pictures=30), Outcome.REQUEST, ReasonCode.ACCOUNT_SUSPECTED),
    "a person's hand": (seen(ObservationKind.HUMAN_ORIGIN, strength=0.9), Outcome.ACCEPT, None),
}


@pytest.mark.parametrize("case", CASES)
def test_each_observation_leads_where_the_policy_says(case: str) -> None:
    observation, outcome, code = CASES[case]
    verdict = decide([observation], POLICY)
    assert verdict.outcome is outcome
    assert verdict.codes == ([code] if code else [])
    for reason in verdict.reasons:
        assert reason.sentence.endswith(".")
        assert reason.next_step.endswith(".")
        assert "{" not in reason.sentence + reason.next_step


def test_nothing_seen_is_accepted() -> None:
    verdict = decide([], POLICY)
    assert (verdict.outcome, verdict.codes, verdict.policy_version) == (Outcome.ACCEPT, [], POLICY.version)


def test_the_strongest_reason_comes_first() -> None:
    verdict = decide([copy("somebody_else", worst_block=0.1), mark(proof=False), mark()], POLICY)
    assert verdict.outcome is Outcome.REJECT
    assert verdict.codes[0] == ReasonCode.GENERATOR_MARK


def test_the_sentence_quotes_the_evidence() -> None:
    (reason,) = decide([mark()], POLICY).reasons
    assert "ComfyUI" in reason.sentence
    assert "here" in reason.sentence


observations = st.sampled_from([case[0] for case in CASES.values()])


@given(st.lists(observations, max_size=8), st.randoms())
def test_order_and_repetition_do_not_matter(found: list[Observation], chooser: Any) -> None:
    shuffled = [*found, *found[:2]]
    chooser.shuffle(shuffled)
    one, other = decide(found, POLICY), decide(shuffled, POLICY)
    assert one.outcome is other.outcome
    assert one.codes == other.codes


hands = st.floats(0, 1).map(lambda strength: seen(ObservationKind.HUMAN_ORIGIN, strength=strength))
accusing = observations.filter(lambda each: each.kind not in EXONERATING)


@given(st.lists(observations | hands, max_size=8), accusing)
def test_more_accusing_evidence_never_makes_a_verdict_milder(
    found: list[Observation], more: Observation
) -> None:
    before, after = decide(found, POLICY), decide([*found, more], POLICY)
    assert STRENGTH[after.outcome] >= STRENGTH[before.outcome]


@given(st.lists(observations | hands, max_size=8), hands)
def test_a_persons_hand_never_makes_a_verdict_harder_and_never_outweighs_proof(
    found: list[Observation], more: Observation
) -> None:
    before, after = decide(found, POLICY), decide([*found, more], POLICY)
    assert STRENGTH[after.outcome] <= STRENGTH[before.outcome]
    proof = [reason for reason in before.reasons if reason.outcome is Outcome.REJECT]
    assert [reason for reason in after.reasons if reason.outcome is Outcome.REJECT] == proof


@given(st.lists(observations | hands, max_size=8))
def test_only_a_rule_of_proof_rejects(found: list[Observation]) -> None:
    """A verdict is a rejection exactly where one observation alone is."""
    alone = [decide([each], POLICY).outcome for each in found]
    assert (decide(found, POLICY).outcome is Outcome.REJECT) == (Outcome.REJECT in alone)


@pytest.mark.parametrize(
    ("strength", "outcome"),
    [(0.0, Outcome.REQUEST), (0.49, Outcome.REQUEST), (0.5, Outcome.REVIEW), (0.8, Outcome.ACCEPT)],
)
@pytest.mark.parametrize(
    "suspicion",
    [
        seen(ObservationKind.ACCOUNT, pictures=30),
        seen(ObservationKind.PIXELS, suspected=True, percent="0.4"),
    ],
)
def test_a_persons_hand_softens_suspicion_by_its_strength(
    strength: float, outcome: Outcome, suspicion: Observation
) -> None:
    hand = seen(ObservationKind.HUMAN_ORIGIN, strength=strength)
    assert decide([suspicion, hand], POLICY).outcome is outcome
    assert decide([suspicion, hand, mark()], POLICY).outcome is Outcome.REJECT


@given(st.dictionaries(st.text(), st.none() | st.floats() | st.text() | st.booleans()))
def test_strange_evidence_never_fails(evidence: dict[str, Any]) -> None:
    for kind in ObservationKind:
        decide([Observation(kind, "x", evidence, "test", "1")], POLICY)


RULES = SHIPPED.read_text(encoding="utf-8")
BROKEN = {
    "no toml": "version = ",
    "no version": RULES.replace("version =", "edition =", 1),
    "unknown kind": RULES.replace('"optout"', '"opt-out"', 1),
    "unknown outcome": RULES.replace('outcome = "reject"', 'outcome = "burn"', 1),
    "unknown field": RULES.replace("\nwhere", "\nwhen", 1),
    "unknown field of a proof": RULES.replace("\nat_most", "\natmost", 1),
    "unknown proof": RULES.replace('proofs = ["the same"]', 'proofs = ["the name"]', 1),
    "proof softened": RULES.replace(
        'outcome = "reject"',
        'outcome = "reject"\nunless = [{ observation = "human_origin", strength = 0.5, outcome = "review" }]',
        1,
    ),
    "softened by a mark": RULES.replace(
        '{ observation = "human_origin"', '{ observation = "generator_mark"', 1
    ),
    "softened upwards": RULES.replace(
        'strength = 0.5, outcome = "review"', 'strength = 0.5, outcome = "reject"', 1
    ),
    "a hand accused": RULES.replace(
        '"human_origin"\noutcome = "accept"', '"human_origin"\noutcome = "review"', 1
    ),
    "no sentence": RULES.replace("\nsentence =", "\nnext_step_too =", 1),
    "twice the name": RULES.replace('"the same file by somebody else"', '"an opted-out file"'),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_mistake_in_the_file_is_a_clear_error(tmp_path: Path, case: str) -> None:
    path = tmp_path / "policy.toml"
    path.write_text(BROKEN[case], encoding="utf-8")
    with pytest.raises(BadPolicy, match=r"policy\.toml"):
        load(path)


def test_a_missing_file_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(BadPolicy):
        load(tmp_path / "nothing.toml")
