"""The eleven basic colour words of English, and how much of each a picture shows."""

from __future__ import annotations

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

INK = 12
"""Distance from white (0 … 255) from which a pixel belongs to the subject."""

DOMINANT = 0.42
"""Share of the subject that makes a colour the picture's own."""


def colour_shares(small: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Share (n, 11) of each picture's subject in each colour, from pictures (n, h, w, 3) on white."""
    table = np.array([value for name in NAMES for value in PROTOTYPES[name]], dtype=np.float32)
    owner = np.array([number for number, name in enumerate(NAMES) for _ in PROTOTYPES[name]])
    shares = np.zeros((len(small), len(NAMES)), dtype=np.float32)
    for row, picture in enumerate(small):
        pixels = picture.reshape(-1, 3).astype(np.float32)
        inked = pixels[(255 - pixels).max(axis=1) > INK]
        if len(inked):
            nearest = ((inked[:, None, :] - table[None, :, :]) ** 2).sum(axis=2).argmin(axis=1)
            shares[row] = np.bincount(owner[nearest], minlength=len(NAMES)) / len(inked)
    return shares


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
