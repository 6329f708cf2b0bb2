"""What is reported about scores: together, by source, by style, same-source pairs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from fairstock.screening.pixels.cases import Case
from fairstock.screening.pixels.measure import auc, found_at
from fairstock.screening.pixels.model import Array


@dataclass(frozen=True, slots=True)
class Figures:
    """How well one set of scores separates."""

    ai: int
    human: int
    auc: float
    found_at_1_percent: float
    found_at_half_percent: float

    def as_json(self) -> dict[str, float | int | None]:
        """Numbers by name; what cannot be computed is null."""
        return {name: None if math.isnan(value) else value for name, value in asdict(self).items()}


def figures(scores: Array, generated: NDArray[np.bool_]) -> Figures:
    """The figures of n scores."""
    found = [found_at(scores, generated, rate) for rate in (0.01, 0.005)]
    return Figures(int(generated.sum()), int((~generated).sum()), auc(scores, generated), *found)


def report(
    cases: Sequence[Case], scores: Array, marked: NDArray[np.bool_] | None = None
) -> dict[str, Mapping[str, Figures]]:
    """Figures of n left-out scores: ``all``, ``source`` against all of the other kind, ``pair``, ``style``.

    ``marked`` pictures carry a generator's mark; with it ``all`` also tells what both find together.
    """
    generated = np.array([case.generated for case in cases])
    sources = np.array([case.source for case in cases])
    styles = np.array([case.style for case in cases])
    pairs = np.array([case.pair for case in cases])
    together = {"pixels": figures(scores, generated)}
    if marked is not None:
        above = np.where(marked, np.float32(scores.max() + 1.0), scores)
        together["marks and pixels"] = figures(above, generated)
    by_source = {
        str(name): figures(scores[kept], generated[kept])
        for name in np.unique(sources)
        for kept in [_against(sources == name, generated)]
    }
    by_style = {
        str(name): figures(scores[kept], generated[kept])
        for name in np.unique(styles[~generated])
        for kept in [generated | (styles == name)]
    }
    by_pair = {
        str(name): figures(scores[pairs == name], generated[pairs == name])
        for name in np.unique(pairs)
        if len({*generated[pairs == name].tolist()}) > 1
    }
    return {"all": together, "source": by_source, "pair": by_pair, "style": by_style}


def _against(members: NDArray[np.bool_], generated: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """A source and all pictures of the kind that it does not hold (of both, where it holds both)."""
    kinds = set(generated[members].tolist())
    return members | (generated != kinds.pop()) if len(kinds) == 1 else members
