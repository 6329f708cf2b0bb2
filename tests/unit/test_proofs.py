"""What counts as a copy of a simple drawing: little in common, but nearly all of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from factories.drawings import PICTURES, drawing
from PIL import Image

from fairstock.screening.copies import laid_evidence
from fairstock.screening.model import Laid, Observation, ObservationKind, Outcome
from fairstock.screening.overlay import Plates
from fairstock.screening.overlay.featured import RICH, SURE, is_rich
from fairstock.screening.overlay.local import Local
from fairstock.screening.policy import shipped
from fairstock.screening.rules import decide
from fairstock.upload.picture import sketch_of

PART = Laid(
    agreement=0.8,
    kept=0.75,
    kept_corners=0.55,
    blocks=9.0,
    corners=1.2,
    apart=0.09,
    of_work=0.45,
    of_upload=0.95,
    mirrored=False,
    degrees=0.0,
    size=0.7,
    box=(0.0, 0.0, 0.7, 0.7),
    colours=0.95,
    features=4,
    features_of_work=0.4,
    features_of_upload=0.4,
    feature_cells=0.5,
)
"""Of a drawing of a few lines: its places agree but roughly."""
STRIPES = replace(
    PART, kept=0.9, kept_corners=0.0, blocks=12.0, corners=0.0, apart=0.02, features=0, colours=1.0
)
"""Of two or three colours without a corner."""
COVERED = replace(PART, kept=0.78, kept_corners=0.85, corners=1.4, of_work=0.7, features=0, colours=0.85)


def decided(found: Laid) -> Outcome:
    evidence = laid_evidence(found) | {"relation": "somebody_else", "exact": False, "mirrored": False}
    evidence |= {"title": "", "difference": 1.0, "worst_block": 1.0, "aspect": 1.0, "contrast": 0.2}
    return decide([Observation(ObservationKind.COPY, "w", evidence, "", "")], shipped()).outcome


@pytest.mark.parametrize(
    ("found", "outcome"),
    [
        (PART, Outcome.REVIEW),
        (replace(PART, colours=0.85), Outcome.ACCEPT),
        (replace(PART, kept_corners=0.4), Outcome.ACCEPT),
        (replace(PART, features=2), Outcome.ACCEPT),
        (replace(STRIPES, of_work=0.6, of_upload=0.9), Outcome.REVIEW),
        (replace(STRIPES, of_work=0.95, of_upload=0.65), Outcome.REVIEW),
        (replace(STRIPES, of_work=0.7, of_upload=0.7), Outcome.ACCEPT),
        (replace(STRIPES, of_work=0.6, of_upload=0.9, apart=0.05), Outcome.ACCEPT),
        (replace(COVERED, apart=0.05), Outcome.REVIEW),
        (replace(COVERED, apart=0.07), Outcome.ACCEPT),
    ],
)
def test_a_person_sees_what_shares_nearly_all_colours_and_fills_one_of_the_two(
    found: Laid, outcome: Outcome
) -> None:
    assert decided(found) is outcome


def with_features(picture: Image.Image, count: int) -> Plates:
    places = np.linspace(0, 1, 2 * count).reshape(count, 2)
    ones = np.ones(count)
    return Plates(
        sketch_of(picture), *picture.size, Local(places, ones, ones, np.zeros((count, 16), np.uint8))
    )


@pytest.mark.parametrize(
    ("count", "many", "nearest"), [(RICH - 1, False, False), (RICH, True, False), (SURE, True, True)]
)
def test_the_nearest_works_are_searched_by_sketches_though_they_have_some_features(
    count: int, many: bool, nearest: bool
) -> None:
    one = with_features(drawing(PICTURES[0]), count)
    assert is_rich(one, one, nearest=False) is many
    assert is_rich(one, one, nearest=True) is nearest
