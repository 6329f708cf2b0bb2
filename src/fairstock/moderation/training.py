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
from fairstock.kit.rates import upper_bound
from fairstock.moderation.classifier import Floats, Weights, centred
from fairstock.moderation.features import BUCKETS, Features, Featuriser
from fairstock.moderation.grammar import Example

MEANING = 6.0
"""Weight of meaning, and of meaning squared, beside words and concepts."""
NAMED = 3.0
"""Weight of meaning beside another prompt's where both name the same concepts."""
RIDGE = 1.0
OWN_WEIGHT = {"grammar": 0.2, "scenes": 0.2, "written": 0.6, "languages": 0.6}
"""A prompt of our own counts this much of a public one: drawn from a grammar, or written by hand."""
FOLDS = 5
GREY = 2.0
"""A person looks at this many times as many harmless prompts as may be refused."""
CONFIDENCE = 0.95
"""How sure a bound on harmless prompts shall be, from prompts that were left out (Clopper and Pearson)."""
RULES_ALONE = 0.001
"""Harmless prompts that rules may refuse although the classifier, by itself, would not."""
NONE = "none"


class NotSolvable(Failure):
    """The training prompts give no model."""

    def __init__(self, prompts: int) -> None:
        super().__init__(
            f"The {prompts} training prompts give equations without one solution.",
            remedy="look for empty prompts, or vectors that are not numbers",
        )


@dataclass(frozen=True, slots=True)
class Prepared:
    """Training prompts as numbers; row by row as ``examples``."""

    examples: Sequence[Example]
    text: sparse.csr_matrix
    vectors: Floats
    """(n, d) embeddings as the encoders give them."""
    parts: tuple[int, ...]
    """Lengths of the encoders' vectors in a row."""
    ruled: NDArray[np.bool_]
    """Whether a rule of the policy refuses it although it names a context that can excuse it."""
    refused: NDArray[np.bool_]
    """Whether a rule refuses it and nothing can excuse it: the score has no say."""


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
    block_at, review_at, veto_below = _thresholds(data, unseen, bounds, bound)
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
    """Weight of each example; harmful and harmless public ones count the same in all."""
    public = [each.block for each in examples if each.source not in OWN_WEIGHT]
    harmful = float(np.mean(public)) if public else 0.5
    harmful = min(max(harmful, 0.05), 0.95)
    return np.array(
        [OWN_WEIGHT.get(each.source, 0.5 / (harmful if each.block else 1 - harmful)) for each in examples]
    )


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


def _thresholds(
    data: Prepared, unseen: NDArray[np.float64], bounds: Mapping[str, float], bound: float
) -> tuple[float, float, float]:
    """Where to refuse, where to ask a person, and below what a rule alone does not refuse."""
    families = np.array([each.source.split("/")[0] for each in data.examples])
    harmless = np.array([not each.block for each in data.examples])
    named = sorted(set(families))
    tested = [name for name in named if name not in OWN_WEIGHT] or named
    block_at = review_at = -1.0
    for family in tested:
        mine = harmless & (families == family)
        if mine.any():
            most = _most_refused(int(mine.sum()), bounds.get(family, bound))
            ranked = np.sort(unseen[mine & ~data.refused])[::-1]
            left = max(0, most - int(np.count_nonzero(mine & data.refused)))
            block_at = max(block_at, _above(ranked, left))
            review_at = max(review_at, _above(ranked, int(GREY * left)))
    doubtful = harmless & np.isin(families, tested) & data.ruled & (unseen < block_at)
    allowed = int(RULES_ALONE * np.count_nonzero(harmless & np.isin(families, tested)))
    veto_below = _above(np.sort(unseen[doubtful])[::-1], allowed)
    return block_at, min(review_at, block_at), min(veto_below, block_at)


def _above(ranked: NDArray[np.float64], allowed: int) -> float:
    """A threshold that ``allowed`` of the falling scores reach, and no more; −1 where all may."""
    return float(ranked[allowed]) + 1e-6 if ranked.size > allowed else -1.0


def _most_refused(prompts: int, bound: float) -> int:
    """How many of ``prompts`` unseen ones may be refused for a share surely under ``bound``.

    Where even none is too many to be sure, as many as the bound itself says.
    """
    upper = [upper_bound(k, prompts, CONFIDENCE) for k in range(int(bound * prompts) + 1)]
    sure = sum(value <= bound for value in upper)
    return sure - 1 if sure else int(bound * prompts)
