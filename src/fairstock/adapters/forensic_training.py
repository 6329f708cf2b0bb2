"""Trains, calibrates and measures the pixel model from gathered features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fairstock.adapters.forensic_features import Gathered
from fairstock.adapters.forensic_views import EQUALISED, NATIVE
from fairstock.screening.pixels import files
from fairstock.screening.pixels.calibration import calibrate
from fairstock.screening.pixels.cases import Case, groups
from fairstock.screening.pixels.fitting import Recipe, fit
from fairstock.screening.pixels.model import Calibration
from fairstock.screening.pixels.validation import left_out_scores

Array = NDArray[np.float32]

VERSION = "pixels-1"
VIEWS = (NATIVE, EQUALISED)
"""What each picture is learnt from. Random histories as well made figures on left-out sources no better."""
WANTED = 0.01
"""Largest share of human pictures that may be asked for evidence: few honest people, not many finds."""

RECIPES = {
    "plain": Recipe(components={"effnet": 150, "statistics": 150}, gains={"effnet": 1.0, "statistics": 0.3}),
    "tower": Recipe(components={"tower": 300}, gains={"tower": 1.0}, penalty=10.0),
}
"""Chosen by left-out sources of the development cases; see the model card."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Scores of every case by models that never saw its repository, in two views."""

    native: Array
    equalised: Array


def left_out(cases: Sequence[Case], gathered: Gathered, recipe: Recipe) -> LeftOut:
    """Leave-one-repository-out scores of n cases, learnt from all views."""
    features, owners = gathered.of(*gathered.views)
    generated = np.array([cases[number].generated for number in owners])
    sources = [cases[number].source for number in owners]
    owned = groups(cases)
    scores = left_out_scores(features, generated, sources, [owned[number] for number in owners], recipe)
    table = scores.reshape(len(cases), len(gathered.views))
    return LeftOut(
        table[:, gathered.views.index(NATIVE)].copy(), table[:, gathered.views.index(EQUALISED)].copy()
    )


def train(
    name: str, cases: Sequence[Case], gathered: Gathered, recipe: Recipe, wanted: float = WANTED
) -> files.PixelModel:
    """The model fitted to all cases in all views, with the calibration of its left-out scores."""
    features, owners = gathered.of(*gathered.views)
    generated = np.array([cases[number].generated for number in owners])
    head = fit(features, generated, [cases[number].source for number in owners], recipe)
    calibration = calibrated(cases, left_out(cases, gathered, recipe), wanted)
    return files.PixelModel(f"{VERSION}-{name}", files.rounded(head), calibration)


def calibrated(cases: Sequence[Case], scores: LeftOut, wanted: float = WANTED) -> Calibration:
    """The calibration of left-out scores, each picture by the worse of its two views for its maker.

    One number a picture keeps pictures independent, as the exact bound asks for; the higher score of a human
    picture and the lower one of an AI picture keep the error rates on the safe side.
    """
    generated = np.array([case.generated for case in cases])
    worse = np.maximum(scores.native, scores.equalised)
    better = np.minimum(scores.native, scores.equalised)
    return calibrate(np.where(generated, better, worse), generated, wanted=wanted)


def recalibrated(model: files.PixelModel, calibration: Calibration) -> files.PixelModel:
    """The same head with another calibration."""
    return replace(model, calibration=calibration)
