"""The eleven basic colour words of English, and how much of each a picture shows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

PROTOTYPES: dict[str, tuple[tuple[int, int, int], ...]] = {
    "black": ((20, 20, 20),),
    "gray": ((128, 128, 128), (180, 180, 180), (80, 80, 80)),
    "white": ((255, 255, 255),),
    "red": ((215, 25, 25), (150, 15, 20)),
    "orange": ((250, 140, 20),),
    "yellow": ((250, 225, 40), (250, 235, 130)),
    "green": ((40, 160, 40), (140, 210, 60), (20, 90, 30)),
    "blue": ((30, 70, 200), (110, 170, 230), (20, 30, 110)),
    "purple": ((130, 40, 160), (90, 50, 140)),
    "pink": ((250, 150, 190), (240, 70, 150)),
    "brown": ((130, 75, 30), (190, 140, 80)),
}
"""Typical sRGB values of each colour word."""

ALIASES = {"grey": "gray", "violet": "purple", "golden": "yellow", "gold": "yellow", "silver": "gray"}
"""Further words for the same colours."""

NAMES = tuple(PROTOTYPES)
"""Columns of the shares."""

QUALIFIERS = frozenset({"small", "big", "large", "little", "simple", "icon", "picture", "image", "drawing"})
"""Words that say how, not what: works of any subject have them in their captions."""

INK = 12
"""Distance from white (0 … 255) from which a pixel belongs to the subject."""

DOMINANT = 0.42
"""Share of the subject that makes a colour the picture's own."""


def subject_words(words: Sequence[str]) -> list[str]:
    """The words that name what is wanted: without colours and qualifiers, or all if nothing else is left."""
    left = [
        word for word in words if word not in PROTOTYPES and word not in ALIASES and word not in QUALIFIERS
    ]
    return left or list(words)


def colour_shares(small: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Share (n, 11) of each picture's subject in each colour, from pictures (n, h, w, 3) on white."""
    owner = _owners()
    shares = np.zeros((len(small), len(NAMES)), dtype=np.float32)
    for start in range(0, len(small), 512):
        part = small[start : start + 512].reshape(len(small[start : start + 512]), -1, 3)
        inked = part.min(axis=2) < 255 - INK
        cells = (part >> 4).astype(np.int64) @ np.array([256, 16, 1])
        keys = owner[cells] + len(NAMES) * np.arange(len(part))[:, None]
        counts = np.bincount(keys[inked], minlength=len(part) * len(NAMES)).reshape(len(part), -1)
        shares[start : start + 512] = counts / np.maximum(1, inked.sum(axis=1, keepdims=True))
    return shares


def _owners() -> NDArray[np.int64]:
    """The nearest colour word (4096,) of each cell of a 16 × 16 × 16 cube of sRGB."""
    table = np.array([value for name in NAMES for value in PROTOTYPES[name]], dtype=np.float32)
    owner = np.array([number for number, name in enumerate(NAMES) for _ in PROTOTYPES[name]])
    centres = np.stack(np.meshgrid(*[np.arange(16) * 16 + 8] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    nearest: NDArray[np.int64] = owner[((centres[:, None] - table[None]) ** 2).sum(axis=2).argmin(axis=1)]
    return nearest


def dominant_colours(shares: NDArray[np.float32]) -> list[str]:
    """The colour word of each picture that one colour rules, else an empty string; white does not count."""
    ranked = shares.copy()
    ranked[:, NAMES.index("white")] = 0.0
    best = ranked.argmax(axis=1)
    return [NAMES[b] if ranked[row, b] >= DOMINANT else "" for row, b in enumerate(best)]


def colour_wish(words: list[str]) -> NDArray[np.float32]:
    """(11,) 1 for each colour that the words ask for."""
    named = {ALIASES.get(word, word) for word in words}
    return np.array([1.0 if name in named else 0.0 for name in NAMES], dtype=np.float32)
