"""What prompt moderation needs and does not do itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class TextEmbedding(Protocol):
    """Meaning of sentences as vectors."""

    def __call__(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        """Unit vectors (n, d) of ``texts``; the same text gives the same vector."""
        ...
