"""Trains, calibrates and measures the pixel model from gathered features."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fairstock.adapters.forensic_features import Gathered
from fairstock.adapters.forensic_views import EQUALISED, MODERN, NATIVE
from fairstock.screening.pixels import files
from fairstock.screening.pixels.calibration import calibrate, tail
from fairstock.screening.pixels.cases import Case, groups
from fairstock.screening.pixels.fitting import Recipe, fit
from fairstock.screening.pixels.model import Calibration, Cascade, Head
from fairstock.screening.pixels.validation import Strangers, left_out_scores

Array = NDArray[np.float32]

VERSION = "pixels-6"
"""Of recipes and features; a model's own version has a digest of its numbers as well."""
VIEWS = (NATIVE, EQUALISED, MODERN)
"""What each picture is learnt from, and judged by. Without the last, 29 of 1,349 human pictures were
suspected once they were saved as WebP or AVIF, and 4 as they were: of the cases two AI ones in three are
WebP files, and one human one in twelve. Random histories as well made figures on left-out sources no better.
"""
WANTED = 0.01
"""Largest share of human pictures that may be asked for evidence: few honest people, not many finds."""
ASKED = 0.16
"""Share of human calibration pictures, clip art and paintings aside, about which the tower is asked."""
LEAST = 5
"""Pictures that an account needs to be learnt from."""

_ASKED_ONLY = "old painting"
"""Style that only ``asking`` is taught: no AI pictures like them are at hand, so a head that scores would
learn the style and not the maker.
"""
_NEVER_ASKED = "game art"
"""Human style, drawn or rendered, that ``asking`` is not taught: to be asked about or not, as it comes."""

RECIPES = {
    "plain": Recipe(components={"inner": 150}, gains={"inner": 1.0}, waves=2000),
    "tower": Recipe(
        components={"meaning": 100, "late": 150, "middle": 100},
        gains={"meaning": 1.0, "late": 1.0, "middle": 1.0},
        penalty=10.0,
        waves=2000,
    ),
    "asking": Recipe(
        components={"inner": 150, "pooled": 150}, gains={"inner": 1.0, "pooled": 1.0}, penalty=4.0, waves=2000
    ),
}
"""Chosen by left-out sources of the development cases; see the model card."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Scores of every case by models that never saw its repository."""

    views: dict[str, Array]
    """By view."""
    people: Array
    """Scores of the pictures of ``People`` as they are."""
    cascade: Cascade | None = None
    """Of the tower's model: where it is asked."""
    asked: NDArray[np.bool_] | None = None
    """About which cases, as they are, the tower was asked here; None: about all."""

    @property
    def native(self) -> Array:
        """Scores of the pictures as they are."""
        return self.views[NATIVE]

    def worse(self, generated: NDArray[np.bool_]) -> Array:
        """One score a picture, of the view that is the worst for its maker: the highest of a human picture,
        the lowest of an AI picture. So pictures stay independent, as the exact bound asks for.
        """
        views = np.stack([*self.views.values()])
        worst: Array = np.where(generated, views.min(axis=0), views.max(axis=0))
        return worst


@dataclass(frozen=True, slots=True)
class People:
    """Pictures of known people, to learn from how accounts differ; no model is fitted to them."""

    cases: Sequence[Case]
    """``source`` is the person, ``pair`` the repository."""
    gathered: Gathered

    def strangers(self) -> Strangers:
        """Their features as they are."""
        return Strangers(self.gathered.of(NATIVE)[0], [case.pair for case in self.cases])


@dataclass(frozen=True, slots=True)
class Material:
    """What models and rules are learnt from."""

    cases: Sequence[Case]
    gathered: Gathered
    people: People | None


def left_out(cases: Sequence[Case], gathered: Gathered, name: str, people: People | None = None) -> LeftOut:
    """Leave-one-repository-out scores of n cases by the model called ``name``, learnt from all views; the
    tower's scores are those of the whole cascade.
    """
    table, other = _table(cases, gathered, "plain", people)
    cascade = asked = None
    if name != "plain":
        dear, dear_other = _table(cases, gathered, name, people)
        wished, wished_other = _table(cases, gathered, "asking", people)
        cascade = _cascade(cases, gathered, wished, table, dear)
        asked = wished >= cascade.gate
        table = cascade.joined(asked, table, dear)
        other = cascade.joined(wished_other >= cascade.gate, other, dear_other)
        asked = asked[:, gathered.views.index(NATIVE)]
    views = {view: table[:, gathered.views.index(view)].copy() for view in VIEWS}
    return LeftOut(views, other, cascade, asked)


def _table(
    cases: Sequence[Case], gathered: Gathered, name: str, people: People | None
) -> tuple[Array, Array]:
    """One model's left-out scores, shape (n, views), and those of people's pictures."""
    features, owners = gathered.of(*gathered.views)
    sought = _sought(cases, name)[owners]
    sources, owned = [cases[number].source for number in owners], groups(cases)
    strangers = people.strangers() if people else None
    homes = [owned[number] for number in owners]
    scores, other = left_out_scores(features, sought, sources, homes, RECIPES[name], strangers=strangers)
    return scores.reshape(len(cases), len(gathered.views)), other


def _sought(cases: Sequence[Case], name: str) -> NDArray[np.int64]:
    """What a model is to score above the rest: 1 for AI pictures; by ``asking`` 2, for paintings, too; -1 for
    what it is not taught (see ``_ASKED_ONLY`` and ``_NEVER_ASKED``).
    """
    painted = {"painting": 2, _ASKED_ONLY: 2, _NEVER_ASKED: -1} if name == "asking" else {_ASKED_ONLY: -1}
    return np.array([1 if case.generated else painted.get(case.style, 0) for case in cases], dtype=np.int64)


def _head(cases: Sequence[Case], gathered: Gathered, name: str) -> Head:
    """Fitted to all cases in all views, as it comes back from disk."""
    features, owners = gathered.of(*gathered.views)
    sources = [cases[number].source for number in owners]
    return files.rounded(fit(features, _sought(cases, name)[owners], sources, RECIPES[name]))


def _cascade(cases: Sequence[Case], gathered: Gathered, wished: Array, cheap: Array, dear: Array) -> Cascade:
    """Asked about the ``ASKED`` most doubtful human pictures, by left-out scores ``wished``; others are given
    what is said of such pictures on average. Clip art and paintings are asked about as they come, and more of
    WebP and AVIF files.
    """
    common = np.array([not case.generated and case.style == "other" for case in cases])
    usual = [gathered.views.index(view) for view in (NATIVE, EQUALISED)]
    gate = float(np.quantile(wished[:, usual].max(axis=1)[common], 1.0 - ASKED))
    below = wished < gate
    slope, offset = np.polyfit(cheap[below], dear[below], 1)
    return Cascade(_head(cases, gathered, "asking"), gate, float(slope), float(offset))


def train(
    name: str, cases: Sequence[Case], gathered: Gathered, scores: LeftOut, wanted: float = WANTED
) -> files.PixelModel:
    """The model fitted to all cases in all views, with the calibration of its left-out ``scores``."""
    calibration = calibrated(cases, scores, wanted)
    return _named(files.PixelModel("", _head(cases, gathered, name), calibration, scores.cascade), name)


def calibrated(cases: Sequence[Case], scores: LeftOut, wanted: float = WANTED) -> Calibration:
    """The calibration of left-out scores, each picture by the worst of its views for its maker."""
    generated = np.array([case.generated for case in cases])
    return calibrate(scores.worse(generated), generated, wanted=wanted)


def recalibrated(
    model: files.PixelModel, name: str, calibration: Calibration, scores: LeftOut
) -> files.PixelModel:
    """The same head with another calibration and cascade, which makes it another version."""
    return _named(replace(model, calibration=calibration, cascade=scores.cascade), name)


def _named(model: files.PixelModel, name: str) -> files.PixelModel:
    """The model with a version that no model with other numbers has: scores kept under it stay comparable,
    and a test of accounts that was learnt for another model does not fit it.
    """
    digest = hashlib.sha256(model.head.weights.tobytes() + model.calibration.human.tobytes())
    digest.update(repr((model.head.bias, model.calibration.threshold)).encode())
    return replace(model, version=f"{VERSION}.{digest.hexdigest()[:8]}-{name}")


def accounts(
    cases: Sequence[Case], scores: LeftOut, people: People | None, calibration: Calibration
) -> dict[bool, dict[str, list[float]]]:
    """Machine-run or not → name → p-values of an account's pictures, of accounts with ``LEAST`` or more.

    Accounts are people, and each source of the cases whose repository has no known people. A source that many
    people made counts as one account.
    """
    known = {case.pair for case in people.cases} if people else set()
    found: dict[bool, dict[str, list[float]]] = {False: {}, True: {}}
    owned = groups(cases)
    rows = [*zip(cases, owned, scores.native, strict=True)]
    for case, home, score in rows:
        if case.generated or home not in known:
            found[case.generated].setdefault(case.source, []).append(tail(float(score), calibration.human))
    for case, score in zip(people.cases if people else (), scores.people, strict=True):
        found[False].setdefault(f"{case.pair}: {case.source}", []).append(
            tail(float(score), calibration.human)
        )
    return {
        kind: {name: each for name, each in of.items() if len(each) >= LEAST} for kind, of in found.items()
    }
