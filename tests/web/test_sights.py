"""What detectors saw, in a reviewer's words."""

import pytest

from fairstock.screening.model import Observation, ObservationKind
from fairstock.web.sights import about, sights


def seen(kind: ObservationKind, value: str, **evidence: object) -> Observation:
    return Observation(kind, value, evidence, "detector", "1")


def test_the_evidence_stands_before_what_is_written_about_every_picture() -> None:
    pixels = seen(ObservationKind.PIXELS, "m", tail=0.9, suspected=False, ai_score=0.1)
    mark = seen(ObservationKind.GENERATOR_MARK, "Midjourney", where="the XMP", quote="mj", proof=True)
    first, last = sights([pixels, mark])
    assert first.heading == "Mark of a generator"
    assert first.quote == "mj"
    assert first.sentences == ["Midjourney left its mark in the XMP. This is proof."]
    assert last.sentences == [
        (
            "Of pictures by people, 90 % look at least as much like a generator's."
            " That is nothing unusual. Never proof."
        )
    ]
    assert ("ai_score", "0.1") in last.numbers


def test_a_copy_names_the_work_and_how_far_it_covers() -> None:
    laid = {"change": "mirrored", "agreement": 0.97, "of_upload": 1.0, "of_work": 0.7, "features": 31}
    (sight,) = sights(
        [seen(ObservationKind.COPY, "ast_1", title="Hills", relation="other", exact=False, **laid)]
    )
    assert sight.asset_id == "ast_1"
    assert sight.sentences == [
        "It resembles “Hills” by somebody else.",
        "Laid on each other (mirrored), 97 % of the places that show anything agree.",
        "That covers 100 % of the upload and 70 % of the work.",
        "31 small details lie and look the same in both.",
    ]


@pytest.mark.parametrize(
    ("relation", "said"),
    [
        ("somebody_else", "It resembles “Hills” by somebody else."),
        ("same_contributor", "It resembles “Hills” by the same contributor."),
        ("house", "It resembles “Hills”, which our own model made."),
    ],
)
def test_a_copy_says_whose_the_work_is(relation: str, said: str) -> None:
    (sight,) = sights([seen(ObservationKind.COPY, "ast_1", title="Hills", relation=relation, exact=False)])
    assert sight.sentences == [said]


@pytest.mark.parametrize("kind", list(ObservationKind))
def test_evidence_of_an_older_detector_still_shows(kind: ObservationKind) -> None:
    (sight,) = sights([seen(kind, "7", old=True)])
    assert sight.heading
    assert ("old", "yes") in sight.numbers


def test_a_small_share_is_not_called_nothing() -> None:
    assert [about(share) for share in (0, 0.004, 0.5, 1)] == ["0 %", "under 1 %", "50 %", "100 %"]
