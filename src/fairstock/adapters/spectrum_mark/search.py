"""Finds the pattern in a picture of unknown history: how large its period is, where it begins, what it says.

How sure a finding is. For a picture that was not made with the key, the phases of the key are independent of
the picture, so the agreement S = Σ aₖ cos(φₖ − θₖ) of n responses with a payload's waves is a sum of
independent terms with E exp(λ aₖ cos) = I₀(λ aₖ) ≤ exp(λ² aₖ² / 4), which gives P(S ≥ t) ≤ exp(−t² / Σ aₖ²)
(Chernoff). Times all payloads (2⁴⁸), periods and places tried, that bounds the chance of one false finding.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fairstock.adapters.spectrum_mark import code
from fairstock.adapters.spectrum_mark.carriers import HIGHEST, PERIODS, Carriers, Spectrum
from fairstock.adapters.spectrum_mark.fields import Slopes, responses

MOST_CHANCE = math.log(1e-9)
"""Findings whose bound on a false alarm is above e to this are none."""
SOLD_EDGES = (128, 256, 512, 1024)
"""Edges, in pixels, that our pictures have, and half the smallest: a part cut out keeps this scale."""
SMALLEST, LARGEST, STEP = 0.45, 1.8, 0.005
"""The thorough search: the original's edge in units of the longest side seen, and the step between tries."""
_PLACES = 64
"""Places tried along one period, each way."""
_REFINEMENT = 4096
"""Places and periods within reach of the refinement for each one tried, each counted as tried."""
_FEWEST_PIXELS = 2.1 * HIGHEST
"""A period must be longer, or its finest waves are beyond what pixels can show."""
_PROMISING = 3.4
"""Pilot agreement below which a place is not looked at more closely."""


@dataclass(frozen=True, slots=True)
class Place:
    """One guess: size of a period and where one begins."""

    agreement: float
    """Of the pilot, S / √Σa²."""
    across: float
    """Width of a period in pixels of the working picture."""
    down: float
    """Height of a period."""
    right: float
    """How far the picture begins inside a period, in periods."""
    below: float


@dataclass(frozen=True, slots=True)
class Found:
    """A payload with what speaks for it."""

    payload: bytes
    log_chance: float
    """Natural logarithm of the bound on the chance that an unmarked picture gives any finding so strong."""
    agreement: float
    """0 for chance, 1 for the pattern alone."""
    period: float
    """Width of a period in pixels of the working picture."""


def quick_periods(
    width: int, height: int, was: tuple[int, int]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Periods (across, down) of whole pictures, of squares stretched, and of parts at one of our own scales.

    ``width`` × ``height`` is the working picture, ``was`` the picture before it was made smaller.
    """
    even = math.sqrt(width * height)
    across = [even, float(width), *(edge * width / was[0] for edge in SOLD_EDGES)]
    down = [even, float(height), *(edge * height / was[1] for edge in SOLD_EDGES)]
    return np.array(across) / PERIODS, np.array(down) / PERIODS


def all_periods(width: int, height: int) -> NDArray[np.float64]:
    """Periods of the thorough search, the same both ways."""
    edges = np.exp(np.arange(math.log(SMALLEST), math.log(LARGEST), STEP))
    periods: NDArray[np.float64] = max(width, height) * edges / PERIODS
    return periods


def find(
    carriers: Carriers, seen: Slopes, across: NDArray[np.float64], down: NDArray[np.float64], *, coarse: bool
) -> tuple[Found | None, int]:
    """The surest finding at these periods that passes the bound, and how many places were tried."""
    usable = np.minimum(across, down) > _FEWEST_PIXELS * (2 if coarse else 1)
    across, down = across[usable], down[usable]
    tried = len(across) * _PLACES**2 * _REFINEMENT
    if not tried:
        return None, 0
    for place in _places(carriers, seen, across, down, coarse=coarse):
        sharp = _sharpened(carriers, seen, place)
        found = judged(carriers, _at(carriers, seen, sharp), tried, sharp.across)
        if found is not None:
            return found, tried
    return None, tried


def judged(carriers: Carriers, response: Spectrum, tried: int, period: float) -> Found | None:
    """What responses at the right place say, if that cannot be chance."""
    payload, intact = code.decode(carriers.soft_values(response))
    agreement = float((response * np.conj(carriers.symbols(payload))).real.sum())
    power = float((np.abs(response) ** 2).sum()) + 1e-12
    chance = -(max(agreement, 0.0) ** 2) / power + math.log(tried) + 8 * code.PAYLOAD_BYTES * math.log(2)
    if not intact or chance > MOST_CHANCE:
        return None
    return Found(payload, chance, agreement / (float(np.abs(response).sum()) + 1e-12), period)


def _places(
    carriers: Carriers, seen: Slopes, across: NDArray[np.float64], down: NDArray[np.float64], *, coarse: bool
) -> Iterator[Place]:
    """The best place of each period, best first, a few at most; one far from promising is left out."""
    if coarse:
        answer = responses(carriers, seen.halved(), across / 2, down / 2)
    else:
        answer = responses(carriers, seen, across, down)
    pilot = slice(0, carriers.pilots)
    grid = np.zeros((len(answer), _PLACES, _PLACES), np.complex64)
    turned = answer[:, pilot] * np.conj(carriers.turn[pilot])
    power = np.sqrt((np.abs(answer[:, pilot]) ** 2).sum(-1)) + 1e-9
    grid[:, carriers.down[pilot] % _PLACES, carriers.across[pilot] % _PLACES] = turned / power[:, None]
    agreement = (np.fft.ifft2(grid, axes=(1, 2)).real * _PLACES**2).reshape(len(answer), -1)
    best = agreement.argmax(axis=1)
    strength = agreement.max(axis=1)
    for number in np.argsort(-strength)[:4]:
        if strength[number] >= _PROMISING:
            below, right = divmod(int(best[number]), _PLACES)
            size = float(across[number]), float(down[number])
            yield Place(float(strength[number]), *size, right / _PLACES, below / _PLACES)


def _sharpened(carriers: Carriers, seen: Slopes, place: Place) -> Place:
    """The place moved to where the pilot agrees best: period by per mille, beginning by parts of a pixel."""
    stretch, step = 0.0025, 0.5 / _PLACES
    for _ in range(4):
        factors = (1 - stretch, 1.0, 1 + stretch)
        sizes = (
            np.array([place.across * each for each in factors]),
            np.array([place.down * each for each in factors]),
        )
        answers = responses(carriers, seen, *sizes)
        place = replace(place, agreement=-1.0)
        for answer, across, down in zip(answers, *sizes, strict=True):
            for moved in _around(carriers, answer, place, step):
                if moved.agreement > place.agreement:
                    best = replace(moved, across=float(across), down=float(down))
                    place = replace(place, agreement=best.agreement)
        place, stretch, step = best, stretch / 2, step / 2
    return place


def _around(carriers: Carriers, answer: Spectrum, place: Place, step: float) -> Iterator[Place]:
    """The place and its eight neighbours, with the agreement of each."""
    pilot = slice(0, carriers.pilots)
    turned = answer[pilot] * np.conj(carriers.turn[pilot])
    power = float(np.sqrt((np.abs(turned) ** 2).sum())) + 1e-9
    for below in (place.below - step, place.below, place.below + step):
        for right in (place.right - step, place.right, place.right + step):
            cycles = carriers.down[pilot] * below + carriers.across[pilot] * right
            agreement = float((turned * np.exp(2j * math.pi * cycles)).real.sum()) / power
            yield replace(place, agreement=agreement, right=right, below=below)


def _at(carriers: Carriers, seen: Slopes, place: Place) -> Spectrum:
    """The responses of all waves at a place."""
    answer = responses(carriers, seen, np.array([place.across]), np.array([place.down]))[0]
    return carriers.moved(answer, place.below, place.right)
