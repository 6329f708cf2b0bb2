"""One attempt at a picture: from words, after a picture, or after a picture and words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairstock.adapters.house_model.captions import split_words
from fairstock.adapters.house_model.colours import colour_wish, subject_words
from fairstock.adapters.house_model.drafts import bend, make_ground, recolour
from fairstock.adapters.house_model.guard import Nearness
from fairstock.adapters.house_model.library import score_words
from fairstock.adapters.house_model.parts import ReleaseParts
from fairstock.adapters.house_model.pictures import SMALL
from fairstock.adapters.house_model.pipeline import START, HousePipeline, show
from fairstock.adapters.house_model.retrieval import SHOWN, choose_for_prompt
from fairstock.adapters.house_model.source import Source
from fairstock.adapters.house_model.texts import TEXT_DIMENSIONS, embed_texts

SIDES = frozenset({"left", "right"})
"""Words after which a work must not be mirrored."""

ALIKE_WORKS = 6
"""Works most like a given picture, or fitting best to words and picture, of which ``SHOWN`` are drawn."""

LOOK = 0.5
"""Weight of likeness to the given picture beside fitting the words, at a strength of 0."""

NEW_COLOURS = 1.4
"""How far the given picture's colours go to those of a fitting work, for each unit of strength."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One attempt."""

    large: NDArray[np.uint8]
    """(128, 128, 3)"""
    rows: NDArray[np.int64]
    """Works shown."""
    nearness: Nearness


@dataclass(frozen=True, slots=True)
class Wish:
    """What a buyer asked for in words."""

    prompt: str
    vector: NDArray[np.float32]
    """(512,) embedding of the whole prompt: what the denoiser is told."""
    sought: NDArray[np.float32]
    """(512,) embedding of its subject: what works are sought by."""

    @staticmethod
    def of(prompt: str) -> Wish:
        """Works are sought by subject: a red puzzle is no answer to a red apple. Colours count by pixels."""
        vector, sought = embed_texts([prompt, " ".join(subject_words(split_words(prompt)))])
        return Wish(prompt, vector, sought)


@dataclass(frozen=True, slots=True)
class Guided:
    """What a buyer asked for in words and pictures."""

    wish: Wish
    source: Source
    guide: Source | None
    """Another picture whose looks count."""
    strength: float
    """Share of noise that drawing begins with."""


def from_words(parts: ReleaseParts, wish: Wish, seed: int, attempt: int) -> Draft | None:
    """One attempt; None where the picture came out blank."""
    random = np.random.default_rng([seed, attempt, 1])
    rows = choose_for_prompt(parts.library, parts.works.series, wish.sought, wish.prompt, random)
    shown, noise = show(parts.works.small, rows), HousePipeline.noise_of(seed, attempt)
    ground = make_ground(shown, random, mirror=SIDES.isdisjoint(wish.prompt.lower().split()))
    large = parts.pipeline(wish.vector[None, :], shown, noise, ground).large[0]
    nearness = parts.guard.judge(large)
    return None if nearness is None else Draft(large, rows, nearness)


def like(parts: ReleaseParts, source: Source, seed: int, attempt: int) -> Draft | None:
    """One attempt at a variation: the source is the first work shown and the ground, as a retrieved work
    would be, beside two works that look like it; there are no words.
    """
    random = np.random.default_rng([seed, attempt, 3])
    rows = _draw_best(parts.library.look @ source.look, random)
    shown = show(parts.works.small, rows)
    shown[:, :3] = source.small
    ground = make_ground(shown, random, mirror=False)
    text = np.zeros((1, TEXT_DIMENSIONS), dtype=np.float32)
    large = parts.pipeline(text, shown, HousePipeline.noise_of(seed, attempt), ground, start=START).large[0]
    nearness = parts.guard.judge(large, source.copied)
    return None if nearness is None else Draft(large, rows[1:], nearness)


def guided(parts: ReleaseParts, asked: Guided, seed: int, attempt: int) -> Draft | None:
    """One attempt at the source changed as the words say: SDEdit (Meng et al. 2022, arXiv 2108.01073).

    Drawing begins with ``strength`` parts of noise over the source, whose colours are first moved towards
    those of a work that fits the words; works are sought by words and by looks of the source, or of the
    ``guide``, which is then shown as well.
    """
    wish, source, guide, strength = asked.wish, asked.source, asked.guide, asked.strength
    random = np.random.default_rng([seed, attempt, 4])
    looks = (guide or source).look
    scores = score_words(parts.library, wish.sought[None, :], [wish.prompt])[0]
    rows = _draw_best(scores + LOOK * (1.0 - strength) * (parts.library.look @ looks), random)
    shown = show(parts.works.small, rows)
    if guide is not None:
        shown[:, :3] = guide.small
    works = shown.reshape(SHOWN, 3, SMALL, SMALL)
    colours = _best_coloured(parts, wish, rows) if guide is None else 0
    ground = recolour(source.small[0], works[colours], min(1.0, NEW_COLOURS * strength))
    ground = bend(ground, random, mirror=False)[None]
    noise = HousePipeline.noise_of(seed, attempt)
    large = parts.pipeline(wish.vector[None, :], shown, noise, ground, start=strength).large[0]
    nearness = parts.guard.judge(large, source.copied)
    return None if nearness is None else Draft(large, rows if guide is None else rows[1:], nearness)


def _draw_best(scores: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.int64]:
    """``SHOWN`` rows drawn from the best."""
    best = np.argsort(-scores, kind="stable")[: max(SHOWN, ALIKE_WORKS)]
    drawn: NDArray[np.int64] = random.choice(best, SHOWN, replace=len(best) < SHOWN).astype(np.int64)
    return drawn


def _best_coloured(parts: ReleaseParts, wish: Wish, rows: NDArray[np.int64]) -> int:
    """Which of the rows shows most of the colours that the words name; the first where they name none."""
    named = colour_wish(split_words(wish.prompt))
    return int((parts.library.colours[rows] @ named).argmax())
