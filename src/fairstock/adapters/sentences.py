"""Port ``moderation.ports.TextEmbedding``: two encoders that know different things, side by side.

The Universal Sentence Encoder reads sixteen languages, bge-small reads English more finely. Together they
tell unseen harmful prompts from harmless look-alikes better than either (see ``tests/bench/RESULTS.md``).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fairstock.adapters.bge_small import BGE_DIMENSIONS, shared_bge
from fairstock.adapters.house_model.texts import TEXT_DIMENSIONS, embed_texts


class Sentences:
    """Both encoders; their weights are read at the first text (two seconds, 200 MB)."""

    parts = (TEXT_DIMENSIONS, BGE_DIMENSIONS)

    def __call__(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        """Vectors (n, 896): both encoders' unit vectors, one after the other."""
        return np.concatenate([embed_texts(texts), shared_bge()(texts)], axis=1)
