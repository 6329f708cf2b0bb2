"""Which works the generator looks at: the same search in training and in use.

Works are ranked by words, then one picture is put in the focus (in training the target itself, in use a
seeded choice among the best) and the works that look most like it are shown, so that what is shown fits
together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fairstock.adapters.house_model.library import Library, score_words

SHOWN = 3
"""Works shown to the generator at once."""

POOL = 5
"""Works that look most like the focus, of which ``SHOWN`` are drawn."""

CANDIDATES = 16
"""Works found by words."""

PER_CLUSTER = 2
"""Near-duplicates of one work among the candidates."""

WIDE, PER_SERIES = 40, 6
"""Candidates for a buyer's words, and how many of them one contributor's folder may fill: a series of a
hundred naval signals must not be all there is to "flag".
"""

SLACK = 0.35
"""How much worse than the best a work may fit the words and still be shown."""

FIT, TYPICAL, CROWD = 8.0, 9.0, 3.0
"""How strongly fitting the words, and looking like the others that fit, make a work the anchor; and how
strongly fitting makes a work count among those others.
"""

NONE = -1
"""Stands for no work where too few were found."""


def find_candidates(
    library: Library,
    vectors: NDArray[np.float32],
    texts: Sequence[str],
    own_cluster: NDArray[np.int64] | None,
    count: int = CANDIDATES,
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Rows of the works nearest in words to q queries, best first, and their scores: (q, count) each.

    ``vectors`` (q, 512) are the queries' embeddings, ``texts`` their words. Works of ``own_cluster`` (q,)
    are never returned. Missing works are ``NONE`` with the score -1.
    """
    scores = score_words(library, vectors, texts)
    if own_cluster is not None:
        scores = np.where(own_cluster[:, None] == library.cluster[None, :], -np.inf, scores)
    rows = np.full((len(texts), count), NONE, dtype=np.int64)
    best = np.full((len(texts), count), -1.0, dtype=np.float32)
    for query in range(len(texts)):
        chosen = _spread(scores[query], count, (library.cluster, PER_CLUSTER))
        rows[query, : len(chosen)] = chosen
        best[query, : len(chosen)] = scores[query, chosen]
    return rows, best


def _spread(scores: NDArray[np.float32], count: int, *caps: tuple[NDArray[np.int64], int]) -> list[int]:
    """The best rows; each cap is a label per row and how many rows of one label may be taken."""
    taken: Counter[tuple[int, int]] = Counter()
    chosen: list[int] = []
    depth = min(len(scores), 40 * count)
    top = np.argpartition(-scores, depth - 1)[:depth]
    for row in top[np.lexsort((top, -scores[top]))]:
        if not np.isfinite(scores[row]) or len(chosen) == count:
            break
        labels = [(number, int(label[row])) for number, (label, _) in enumerate(caps)]
        if all(taken[label] < most for label, (_, most) in zip(labels, caps, strict=True)):
            taken.update(labels)
            chosen.append(int(row))
    return chosen


def nearest_looks(
    library: Library, candidates: NDArray[np.int64], focus: NDArray[np.float32], count: int = POOL
) -> NDArray[np.int64]:
    """The ``count`` candidates (q, c) that look most like the focus (q, d), best first; padded with
    ``NONE``.
    """
    looks = library.look[np.maximum(candidates, 0)]
    likeness = np.einsum("qcd,qd->qc", looks, focus)
    likeness = np.where(candidates == NONE, -np.inf, likeness)
    order = np.argsort(-likeness, axis=1, kind="stable")[:, :count]
    pool = np.take_along_axis(candidates, order, axis=1)
    return np.pad(pool, ((0, 0), (0, max(0, count - pool.shape[1]))), constant_values=NONE)


def draw_shown(pool: NDArray[np.int64], random: np.random.Generator) -> NDArray[np.int64]:
    """``SHOWN`` of each pool (q, p) in random order, real works before ``NONE``."""
    keys = random.random(pool.shape) + (pool == NONE)
    order = np.argsort(keys, axis=1, kind="stable")[:, :SHOWN]
    return np.take_along_axis(pool, order, axis=1)


def choose_for_prompt(
    library: Library,
    series: NDArray[np.int64],
    vector: NDArray[np.float32],
    prompt: str,
    random: np.random.Generator,
) -> NDArray[np.int64]:
    """Rows (``SHOWN``,) of works to show for a prompt with the embedding ``vector`` (512,).

    First comes an anchor drawn by seed, likelier the better it fits the words and the more it looks like
    the other works that fit; then works that look like it. ``series`` (N,) numbers the contributors'
    folders.
    """
    scores = score_words(library, vector[None, :], [prompt])[0]
    wide = _spread(scores, WIDE, (library.cluster, PER_CLUSTER), (series, PER_SERIES))
    fitting = [row for row in wide if scores[row] > scores[wide[0]] - SLACK]
    found = np.array(fitting if len(fitting) >= POOL else wide[:POOL], dtype=np.int64)
    anchor = int(
        random.choice(found, p=_anchor_chances(library.look[found], scores[found].astype(np.float64)))
    )
    pool = nearest_looks(library, found[None, :], library.look[anchor][None, :])
    others = np.where(pool == anchor, NONE, pool)
    return np.concatenate([[anchor], draw_shown(others, random)[0, : SHOWN - 1]]).astype(np.int64)


def _anchor_chances(look: NDArray[np.float32], scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Chances (c,) of candidates with these looks (c, d) and scores in words."""
    likeness = (look @ look.T).astype(np.float64)
    np.fill_diagonal(likeness, 0.0)
    typical = likeness @ _softmax(CROWD * scores)
    return _softmax(FIT * scores + TYPICAL * typical)


def _softmax(values: NDArray[np.float64]) -> NDArray[np.float64]:
    raised = np.exp(values - values.max())
    share: NDArray[np.float64] = raised / raised.sum()
    return share
