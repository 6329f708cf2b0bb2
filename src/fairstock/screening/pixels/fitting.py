"""Fits a head in which every source has its say, however many pictures it sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fairstock.screening.pixels.model import Array, Block, Head

_OVERSAMPLED = 20
"""Directions beyond those wanted, which make the random projection nearly exact."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a head is made of."""

    components: Mapping[str, int]
    """Block → how many principal components of it are used."""
    gains: Mapping[str, float]
    """Block → weight of its distances against the other blocks'."""
    width: float = 0.3
    """Sharpness of the kernel: exp(-width · mean squared difference of the components)."""
    waves: int = 1000
    """Random waves that stand for the kernel: cosines and as many sines of the same frequencies."""
    penalty: float = 2.0
    """Ridge, as a multiple of the mean variance of the cosines. It is strong, so that a score leans on how
    near a picture is to either kind as a whole: with 0.02 left-out sources came out worse (AUC .89 for .96).
    """
    seed: int = 20261122


Kinds = NDArray[np.bool_] | NDArray[np.int64]
"""Of each picture: 0 or False for what is to score low, 1 and on for what is to score high; below 0 for what
is not learnt from.
"""


def balanced(kinds: Kinds, sources: Sequence[str]) -> NDArray[np.float64]:
    """Weights of sum 1: kind 0 weighs half, the others share the rest alike, and a source weighs by the
    square root of its pictures. Kinds below 0 weigh nothing.
    """
    names, found = np.asarray(sources), np.unique(kinds[kinds >= 0])
    weights = np.zeros(len(kinds))
    for kind in found:
        for name in np.unique(names[kinds == kind]):
            members = (kinds == kind) & (names == name)
            weights[members] = members.sum() ** -0.5
        share = 1.0 if kind == 0 else 1.0 / int((found != 0).sum())
        weights[kinds == kind] *= share / float(weights[kinds == kind].sum())
    return np.asarray(weights / weights.sum())


def shaped(features: Mapping[str, Array], recipe: Recipe) -> Head:
    """A head whose blocks and kernel are set and whose weights are still zero; labels play no part."""
    random = np.random.default_rng(recipe.seed)
    blocks = {
        name: _block(features[name], count, recipe.gains[name], random)
        for name, count in recipe.components.items()
    }
    size = sum(block.basis.shape[1] for block in blocks.values())
    half = recipe.waves // 2
    frequencies = np.tile(_orthogonal(size, half, random) * np.sqrt(2.0 * recipe.width / size), 2)
    phases = np.repeat([0.0, -np.pi / 2.0], half).astype(np.float32)
    return Head(blocks, frequencies.astype(np.float32), phases, np.zeros(2 * half, dtype=np.float32), 0.0)


def _orthogonal(size: int, count: int, random: np.random.Generator) -> NDArray[np.float64]:
    """Normally distributed directions, shape (size, count), ``size`` at a time orthogonal to each other: so
    they stand for the kernel with less chance in it (Yu and others 2016).
    """
    parts = []
    for _ in range(-(-count // size)):
        turned = np.linalg.qr(random.normal(size=(size, size)))[0]
        parts.append(turned * np.sqrt(random.chisquare(size, size)))
    return np.hstack(parts)[:, :count]


def _block(features: Array, count: int, gain: float, random: np.random.Generator) -> Block:
    """Robust standardisation, then principal components of spread ``gain`` over all."""
    centre = np.median(features, axis=0).astype(np.float32)
    scale = (features.std(axis=0) + 1e-3).astype(np.float32)
    standard = np.clip((features - centre) / scale, -5.0, 5.0)
    central = standard - standard.mean(axis=0)
    count = min(count, *central.shape)
    start = random.normal(size=(central.shape[1], count + _OVERSAMPLED)).astype(np.float32)
    for _ in range(2):
        start = np.linalg.qr(central.T @ (central @ start))[0]
    _, _, rows = np.linalg.svd(central @ start, full_matrices=False)
    basis = start @ rows.T[:, :count]
    spread = float((central @ basis).std()) or 1.0
    return Block(centre, scale, np.asarray(basis * (gain / spread), dtype=np.float32))


def solve(
    head: Head,
    waves: Array,
    kinds: Kinds,
    sources: Sequence[str],
    penalty: float,
) -> Head:
    """The head with weights that fit ``waves`` (n, m) to the kinds, by weighted ridge regression."""
    weights = balanced(kinds, sources).astype(np.float32)
    target = np.where(kinds != 0, np.float32(1.0), np.float32(-1.0))
    centre = weights @ waves
    central = waves - centre
    weighted = central * weights[:, None]
    spread = (weighted.T @ central).astype(np.float64)
    spread[np.diag_indices_from(spread)] += penalty * np.trace(spread) / len(spread)
    found = np.linalg.solve(spread, weighted.T @ (target - weights @ target))
    bias = float(weights @ target - centre @ found)
    return replace(head, weights=found.astype(np.float32), bias=bias)


def fit(features: Mapping[str, Array], kinds: Kinds, sources: Sequence[str], recipe: Recipe) -> Head:
    """A head fitted to the features of n pictures, their kinds and their sources; deterministic."""
    head = shaped(features, recipe)
    return solve(head, head.waves(features), kinds, sources, recipe.penalty)
