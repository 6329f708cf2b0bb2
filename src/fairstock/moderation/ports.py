"""What prompt moderation needs and does not do itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class TextEmbedding(Protocol):
    """Meaning of sentences as vectors."""

    @property
    def parts(self) -> tuple[int, ...]:
        """Lengths of the unit vectors, one an encoder, that stand side by side in a row; they sum to d."""
        ...

    def __call__(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        """Vectors (n, d) of ``texts``; the same text gives the same vector, whatever stands beside it."""
        ...
