"""Which part of a long text the sentence encoders read: the one that says most.

Their time grows with every word, and their vector is a mean, in which one harmful sentence among many
harmless ones drowns. So of a long text they read one stretch, where most is said that concepts know; names,
rules, words and letters are sought in all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate

from fairstock.moderation.phrases import Hit, Token

MOST_BYTES = 200
"""UTF-8 bytes: some thirty-three English words, or sixty-six Chinese characters, which take as long."""


def telling(text: str, tokens: Sequence[Token], hits: Iterable[Hit]) -> tuple[int, int]:
    """The characters (start, end excluded) of ``text`` that an encoder reads: all of a short text.

    ``hits`` are what was found in it, in tokens; of equally telling stretches it is the first.
    """
    if len(text) * 4 <= MOST_BYTES or len(text.encode("utf-8", "replace")) <= MOST_BYTES:
        return 0, len(text)
    if not tokens:
        return 0, _fitting(text, 0)
    found = [0] * len(tokens)
    for hit in hits:
        found[hit.first] += 1
    sums = [0, *accumulate(found)]
    sizes: Sequence[int] = (
        range(len(text) + 1)
        if text.isascii()
        else [0, *accumulate(len(char.encode("utf-8", "replace")) for char in text)]
    )
    best, most, past = (0, 1), -1, 0
    for first, token in enumerate(tokens):
        past = max(past, first + 1)
        while past < len(tokens) and sizes[tokens[past].end] - sizes[token.start] <= MOST_BYTES:
            past += 1
        if sums[past] - sums[first] > most:
            best, most = (first, past), sums[past] - sums[first]
    start, end = tokens[best[0]].start, tokens[best[1] - 1].end
    return start, min(end, _fitting(text, start))


def _fitting(text: str, start: int) -> int:
    """The end of the longest stretch from ``start`` that may be read."""
    piece = text[start : start + MOST_BYTES].encode("utf-8", "replace")[:MOST_BYTES]
    return start + max(1, len(piece.decode("utf-8", "ignore")))
