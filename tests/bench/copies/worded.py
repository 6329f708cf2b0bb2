"""Works by the words of their local features, in numpy: the same ranking as ``db.shared_words`` in SQL."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fairstock.db.shared_words import most_common
from fairstock.db.word_counts import SHORT


class Words:
    """Which works have a word."""

    def __init__(self, words: Sequence[Sequence[int]]) -> None:
        counts = [len(each) for each in words]
        every = np.array([word for each in words for word in each], np.int64)
        order = np.argsort(every, kind="stable")
        self.words, self.works = every[order], np.repeat(np.arange(len(words)), counts)[order]
        self.root = np.sqrt(np.array(counts) + SHORT)

    def sharing(self, asked: Sequence[int], but: NDArray[np.bool_], limit: int, least: int) -> dict[int, int]:
        """Place of a work → words in common, likeliest first; not those that are ``but``."""
        first, last = (np.searchsorted(self.words, asked, side) for side in ("left", "right"))
        known = last - first
        chosen = np.flatnonzero((known > 0) & (known <= most_common(len(self.root))))
        if not len(chosen):
            return {}
        works = np.concatenate([self.works[first[each] : last[each]] for each in chosen])
        weights = np.repeat(np.log(1 + len(self.root) / known[chosen]) ** 2, known[chosen])
        shared = np.bincount(works, minlength=len(self.root))
        score = np.bincount(works, weights, minlength=len(self.root)) / self.root
        score[(shared < least) | but] = 0
        best = np.argsort(-score, kind="stable")[:limit]
        return {int(place): int(shared[place]) for place in best if score[place] > 0}
