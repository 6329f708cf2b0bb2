"""Training prompts as numbers, and what a prompt of each source counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from fairstock.moderation.classifier import Floats
from fairstock.moderation.grammar import Example

DRAWN = {"grammar": 0.2, "scenes": 0.2}
"""A prompt drawn from a grammar of ours counts this much of a public one."""
BY_HAND = {"written": 0.5, "languages": 0.5, "lookalikes": 0.5}
"""So does one written by hand, on average: harmful and harmless ones count the same in all."""
OWN_WEIGHT = DRAWN | BY_HAND


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
    """Whether a rule of the policy refuses it that the score may overrule."""
    refused: NDArray[np.bool_]
    """Whether a rule refuses it in which the score has no say."""
