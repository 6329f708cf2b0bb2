"""Which pictures share words, counted by numpy from the rows that ``shared_words`` reads of its index.

PostgreSQL gives the rows of an index in a microsecond each and takes several to count them by pairs.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SHORT = 30
"""Words that are added to a picture's own: without them, one with three words would need to share two."""

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Shared:
    """Pairs of an asked picture and a stored one, ascending; all arrays have shape (n,)."""

    picture: Numbers
    """Place of the asked one."""
    work: Numbers
    """Number of the stored one."""
    words: Numbers
    """How many words both have."""
    weight: NDArray[np.float64]
    """What these weigh; the score, once they are ranked."""

    def chosen(self, which: NDArray[np.bool_] | Numbers) -> Shared:
        """Some of them."""
        return Shared(self.picture[which], self.work[which], self.words[which], self.weight[which])

    def ranked(self, numbers: Numbers, lengths: Numbers, limit: int) -> Shared:
        """For each asked picture the ``limit`` that score most, and all that score as much as the last of
        these; of those only that have a length, the number of words of the stored picture.
        """
        if not len(numbers) or not len(self.work):
            return self.chosen(np.zeros(0, np.int64))
        order = np.argsort(numbers)
        numbers, lengths = numbers[order], lengths[order]
        place = np.minimum(np.searchsorted(numbers, self.work), len(numbers) - 1)
        there = numbers[place] == self.work
        score = np.where(there, self.weight / np.sqrt(lengths[place] + SHORT), -1.0)
        best = []
        for part in np.split(np.arange(len(score)), np.flatnonzero(np.diff(self.picture)) + 1):
            mine = score[part]
            least = -np.partition(-mine, limit - 1)[limit - 1] if len(mine) > limit else 0.0
            best.append(part[mine >= max(least, 0.0)])
        chosen = np.concatenate(best)
        return Shared(self.picture[chosen], self.work[chosen], self.words[chosen], score[chosen])

    def rows(self) -> Iterator[tuple[int, int, int, float]]:
        """Picture, work, words and weight or score of each."""
        columns = self.picture, self.work, self.words, self.weight
        return zip(*(each.tolist() for each in columns), strict=True)


def distinct(numbers: Numbers) -> Numbers:
    """Each once, ascending; numpy's own takes several times as long."""
    ordered = np.sort(numbers)
    return ordered[np.flatnonzero(np.diff(ordered, prepend=-1))]


def shared(
    asked: Sequence[Sequence[int]], held: tuple[Numbers, Numbers], every: int, common: int, least: int
) -> Shared:
    """The pairs with at least ``least`` words in common, each word weighed by the square of its inverse
    frequency among ``every`` picture.

    ``held``: word and picture of each row of the index; words that more than ``common`` have do not count.
    """
    order = np.argsort(held[0], kind="stable")
    words, works = held[0][order], held[1][order]
    flat = np.concatenate([np.asarray(each, np.int64) for each in asked])
    pictures = np.repeat(np.arange(len(asked)), [len(each) for each in asked])
    first, last = (np.searchsorted(words, flat, side) for side in ("left", "right"))
    count = last - first
    telling = (count > 0) & (count <= common)
    first, count, pictures = first[telling], count[telling], pictures[telling]
    weights = np.array([0.0, *(math.log(1 + every / known) ** 2 for known in range(1, common + 1))])
    ends = np.cumsum(count)
    total = int(ends[-1]) if len(ends) else 0
    rows = np.arange(total) + np.repeat(first - (ends - count), count)
    # One number for each pair, the place of its word behind it: one sort brings its words together.
    span, bits = int(works.max(initial=0)) + 1, total.bit_length()
    pair = (np.repeat(pictures, count) * span + works[rows]) << bits | np.arange(total)
    pair.sort()
    weight = np.repeat(weights[count], count)[pair & ((1 << bits) - 1)]
    pair >>= bits
    begins = np.flatnonzero(np.diff(pair, prepend=-1))
    many = np.diff(begins, append=total)
    number = np.repeat(np.arange(len(begins)), many)
    weighs = np.bincount(number, weight, len(begins)).astype(np.float64)
    found = Shared(pair[begins] // span, pair[begins] % span, many, weighs)
    return found.chosen(many >= least)
