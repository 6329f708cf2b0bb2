"""Trains the prompt classifier: kernel ridge regression, solved exactly, then written as plain weights.

The kernel adds meaning, meaning squared (which pairs of directions go together), meaning where the same
concepts are named, words and concepts. Ridge regression has its cross-validation in closed form (each fold
costs one small solve), so thresholds are set on scores of prompts that the model did not see, with groups
kept together. The weights that are written are sums over all training prompts; no text and no single vector
is among them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse

from fairstock.kit.errors import Failure
from fairstock.moderation.classifier import Floats, Weights, centred
from fairstock.moderation.features import BUCKETS, Features, Featuriser
from fairstock.moderation.grammar import Example
from fairstock.moderation.prepared import BY_HAND, DRAWN, OWN_WEIGHT, Prepared
from fairstock.moderation.thresholds import short_threshold, thresholds

MEANING = 6.0
"""Weight of meaning, and of meaning squared, beside words and concepts."""
NAMED = 3.0
"""Weight of meaning beside another prompt's where both name the same concepts."""
RIDGE = 1.0
FOLDS = 5
NONE = "none"


class NotSolvable(Failure):
    """The training prompts give no model."""

    def __init__(self, prompts: int) -> None:
        super().__init__(
            f"The {prompts} training prompts give equations without one solution.",
            remedy="look for empty prompts, or vectors that are not numbers",
        )


@dataclass(frozen=True, slots=True)
class Trained:
    """A model and how it did on prompts that it had not seen."""

    weights: Weights
    unseen: NDArray[np.float64]
    """Cross-validated scores of the examples; each left out alone where it is in no fold."""


def as_matrix(rows: Sequence[Features], places: int) -> sparse.csr_matrix:
    """Sparse rows (n, places)."""
    starts = np.cumsum([0, *(len(row.places) for row in rows)])
    columns = np.fromiter((place for row in rows for place in row.places), dtype=np.int32)
    values = np.fromiter((value for row in rows for value in row.values), dtype=np.float32)
    return sparse.csr_matrix((values, columns, starts), shape=(len(rows), places))


def train(
    data: Prepared, featuriser: Featuriser, version: str, bounds: Mapping[str, float], bound: float
) -> Trained:
    """Fit, cross-validate, set thresholds: per family of harmless prompts (the first part of its source) at
    most ``bounds[family]``, else ``bound``, may be refused.
    """
    wanted = np.where([each.block for each in data.examples], 1.0, -1.0)
    public = np.array([each.source not in OWN_WEIGHT for each in data.examples])
    center = data.vectors[public if public.any() else ~public].mean(axis=0)
    center = center.astype(np.float16).astype(np.float32)  # as it will be read back
    meanings = centred(data.vectors, center, data.parts)
    concepts = _concepts(data.text, len(featuriser.concepts))
    inverse = _inverted(_kernel(data, meanings, concepts) + np.diag(RIDGE / _importance(data.examples)))
    shares = inverse @ wanted
    unseen = _unseen(data.examples, wanted, inverse, shares)
    vectors = meanings.astype(np.float64)
    names, text, meaning, bias = _categories(data, meanings, inverse, featuriser)
    block_at, review_at, veto_below = thresholds(data, unseen, bounds, bound)
    short_at = max(block_at, short_threshold(data, unseen))
    weights = Weights(
        version=version,
        features=featuriser.version,
        text=np.asarray(data.text.T @ shares, dtype=np.float32),
        center=center,
        parts=data.parts,
        meaning=np.asarray(MEANING * (shares @ vectors), dtype=np.float32),
        pairs=np.asarray(MEANING * ((vectors.T * shares) @ vectors), dtype=np.float32),
        named=np.asarray(NAMED * (concepts.T @ (vectors.T * shares).T), dtype=np.float32),
        bias=float(shares.sum()),
        block_at=block_at,
        short_at=short_at,
        review_at=review_at,
        veto_below=veto_below,
        categories=names,
        category_text=text,
        category_meaning=meaning,
        category_bias=bias,
    )
    return Trained(weights, unseen)


def _inverted(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """The inverse of a positive definite matrix, by Cholesky: a third of the work of the general way."""
    lower, trouble = linalg.lapack.dpotrf(matrix, lower=1, overwrite_a=1)
    inverse, more_trouble = linalg.lapack.dpotri(lower, lower=1, overwrite_c=1)
    if trouble or more_trouble:
        raise NotSolvable(len(matrix))
    filled: NDArray[np.float64] = np.tril(inverse) + np.tril(inverse, -1).T
    return filled


def _concepts(text: sparse.csr_matrix, concepts: int) -> sparse.csr_matrix:
    """Which concepts each prompt names (n, concepts), as rows of length 1."""
    named = (text[:, BUCKETS : BUCKETS + concepts] > 0).astype(np.float64)
    counts = np.maximum(np.asarray(named.sum(axis=1)).ravel(), 1.0)
    return sparse.csr_matrix(sparse.diags_array(1 / np.sqrt(counts)) @ named)


def _kernel(data: Prepared, meanings: Floats, concepts: sparse.csr_matrix) -> NDArray[np.float64]:
    meaning = meanings.astype(np.float64) @ meanings.T.astype(np.float64)
    words = (data.text @ data.text.T).toarray()
    named = (concepts @ concepts.T).toarray()
    return np.asarray(
        MEANING * (meaning + meaning**2) + NAMED * named * meaning + words + 1.0, dtype=np.float64
    )


def _importance(examples: Sequence[Example]) -> NDArray[np.float64]:
    """Weight of each example; harmful and harmless public ones count the same in all, and so do ours."""
    public = _halves([each.block for each in examples if each.source not in OWN_WEIGHT])
    by_hand = _halves([each.block for each in examples if each.source in BY_HAND])
    return np.array(
        [
            DRAWN[each.source]
            if each.source in DRAWN
            else BY_HAND.get(each.source, 1.0) * (by_hand if each.source in BY_HAND else public)[each.block]
            for each in examples
        ]
    )


def _halves(blocks: Sequence[bool]) -> tuple[float, float]:
    """Weights of a harmless and of a harmful one, so that each label has half of all weight."""
    harmful = min(max(float(np.mean(blocks)), 0.05), 0.95) if blocks else 0.5
    return 0.5 / (1 - harmful), 0.5 / harmful


def _unseen(
    examples: Sequence[Example],
    wanted: NDArray[np.float64],
    inverse: NDArray[np.float64],
    shares: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Scores by a model that had not seen the fold; our own is left out only where it is all there is."""
    public = np.array([each.source not in OWN_WEIGHT for each in examples])
    tested = public if public.any() else ~public
    groups = sorted({each.group for each, is_tested in zip(examples, tested, strict=True) if is_tested})
    np.random.default_rng(0).shuffle(groups)
    fold_of = {group: number % FOLDS for number, group in enumerate(groups)}
    folds = np.array([fold_of.get(each.group, -1) for each in examples])
    scores = wanted - shares / np.diag(inverse)
    for fold in range(FOLDS):
        rows = np.flatnonzero((folds == fold) & tested)
        if rows.size:
            scores[rows] = wanted[rows] - linalg.solve(inverse[np.ix_(rows, rows)], shares[rows])
    return scores


def _categories(
    data: Prepared, meanings: Floats, inverse: NDArray[np.float64], featuriser: Featuriser
) -> tuple[tuple[str, ...], Floats, Floats, Floats]:
    """Linear weights per category from the same solve: one column of targets a category."""
    kinds = [each.category if each.block else NONE for each in data.examples]
    names = tuple(sorted(set(kinds) - {NONE}))
    targets = np.array([[4.0 * (kind == name) for name in names] for kind in kinds])
    shares = inverse @ targets
    text = np.asarray((data.text.T @ shares).T, dtype=np.float32)
    meaning = np.asarray(MEANING * shares.T @ meanings, dtype=np.float32)
    return names, text[:, BUCKETS:], meaning, np.asarray(shares.sum(axis=0), dtype=np.float32)
