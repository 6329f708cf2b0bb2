"""The waves of the pattern: which there are, and what phase the key gives to each."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairstock.adapters.spectrum_mark import code

LOWEST, HIGHEST = 4, 16
"""Cycles of a wave in one period: fewer are drowned by the picture itself, more by compression."""
PERIODS = 3
"""Periods of the pattern along the square root of the picture's area."""
PILOT_SHARE = 0.3
"""Share of the waves that carry no payload."""

Spectrum = NDArray[np.complex128]


@dataclass(frozen=True, slots=True)
class Carriers:
    """The waves of one key, pilot first; 376 of them."""

    down: NDArray[np.int64]
    """Cycles a period from top to bottom, shape (n,), negative for waves that rise."""
    across: NDArray[np.int64]
    """Cycles a period from left to right, shape (n,), never negative."""
    turn: Spectrum
    """Unit numbers with the secret phases, shape (n,)."""
    pilots: int
    """How many of them, from the first on, are pilot."""

    @classmethod
    def of_key(cls, key: bytes) -> Carriers:
        """The waves of a key: order and phases come from SHAKE-256 of it, so they never change."""
        waves = np.array(
            [
                (down, across)
                for down in range(-HIGHEST, HIGHEST + 1)
                for across in range(HIGHEST + 1)
                if LOWEST**2 <= down**2 + across**2 <= HIGHEST**2 and (across > 0 or down > 0)
            ]
        )
        count = len(waves)
        stream = hashlib.shake_256(b"fairstock watermark 1\x00" + key).digest(16 * count)
        numbers = np.frombuffer(stream, "<u8").reshape(2, count)
        chosen = waves[np.argsort(numbers[0], kind="stable")]
        turn = np.exp(2j * math.pi * (numbers[1].astype(np.float64) / 2.0**64))
        return cls(chosen[:, 0], chosen[:, 1], turn, round(PILOT_SHARE * count))

    @property
    def steepness(self) -> NDArray[np.float64]:
        """Cycles a period along each wave's own direction, shape (n,)."""
        return np.hypot(self.down, self.across)

    def symbols(self, payload: bytes) -> Spectrum:
        """What each wave is multiplied with to carry the payload: unit numbers, shape (n,)."""
        data = len(self.turn) - self.pilots
        signs = np.resize(code.encode(payload), 2 * data)
        carried = (signs[:data] + 1j * signs[data:]) / math.sqrt(2)
        return np.concatenate([np.ones(self.pilots), carried]) * self.turn

    def soft_values(self, response: Spectrum) -> NDArray[np.float64]:
        """What the code's decoder reads out of the responses of all waves, repetitions added up."""
        data = response[self.pilots :] * np.conj(self.turn[self.pilots :])
        soft = np.zeros(code.LENGTH)
        np.add.at(soft, np.arange(2 * len(data)) % code.LENGTH, np.concatenate([data.real, data.imag]))
        return soft

    def moved(self, response: Spectrum, down: float, across: float) -> Spectrum:
        """The responses as they would be had the picture begun so many periods further up and left."""
        shifted: Spectrum = response * np.exp(2j * math.pi * (self.down * down + self.across * across))
        return shifted
