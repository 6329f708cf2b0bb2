"""Port ``moderation.ports.TextEmbedding``: two encoders that know different things, side by side.

The Universal Sentence Encoder reads sixteen languages, bge-small reads English more finely (see
``tests/bench/RESULTS.md``). The first reads no more than the beginning of a text, to save time.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fairstock.adapters.bge_small import BGE_PARTS, shared_bge
from fairstock.adapters.house_model.texts import TEXT_DIMENSIONS, embed_texts

_MOST_BYTES = 160
"""UTF-8 bytes that the Universal Sentence Encoder reads: some 28 English words, two milliseconds."""


class Sentences:
    """Both encoders; their weights are read at the first text (two seconds, 200 MB)."""

    parts = (TEXT_DIMENSIONS, *BGE_PARTS)

    def __call__(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        """Vectors (n, 1280): the encoders' unit vectors, one after the other."""
        return np.concatenate(
            [embed_texts([_beginning(text) for text in texts]), shared_bge()(texts)], axis=1
        )


def _beginning(text: str) -> str:
    """As much of ``text`` as the first encoder reads, up to the last blank where there is one."""
    whole = text.encode("utf-8", "replace")
    if len(whole) <= _MOST_BYTES:
        return text
    words, blank, _ = whole[: _MOST_BYTES + 1].rpartition(b" ")
    return (words if blank else whole[:_MOST_BYTES]).decode("utf-8", "ignore")
