"""The generation port's adapter: words → works shown → a draft → guard against copies → clean edges at any
size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from diffusers.utils.logging import disable_progress_bar
from numpy.typing import NDArray

from fairstock.adapters.effnet import EffnetFeatures
from fairstock.adapters.house_model.captions import split_words
from fairstock.adapters.house_model.colours import subject_words
from fairstock.adapters.house_model.drafts import make_ground
from fairstock.adapters.house_model.errors import NotARelease, OnlyCopies, UnknownSize
from fairstock.adapters.house_model.guard import CopyGuard, Nearness
from fairstock.adapters.house_model.library import Library, build_library
from fairstock.adapters.house_model.pipeline import HousePipeline, show
from fairstock.adapters.house_model.release import ReleaseWorks, read_works, release_info
from fairstock.adapters.house_model.retrieval import NONE, choose_for_prompt
from fairstock.adapters.house_model.texts import embed_texts
from fairstock.adapters.house_model.vectors import render, trace
from fairstock.generation.model import GeneratedPicture

SIZES = frozenset({256, 512, 1024})
"""Sides of delivered pictures in pixels, as in the price book."""

SIDES = frozenset({"left", "right"})
"""Words after which a work must not be mirrored."""

MOST_ATTEMPTS = 10
"""Drafts made for one seed before giving up."""


@dataclass(frozen=True, slots=True)
class _Draft:
    """One attempt."""

    large: NDArray[np.uint8]
    """(128, 128, 3)"""
    rows: NDArray[np.int64]
    """Works shown."""
    nearness: Nearness


@dataclass(frozen=True, slots=True)
class _Wish:
    """What a buyer asked for."""

    prompt: str
    vector: NDArray[np.float32]
    """(512,) embedding of the whole prompt: what the denoiser is told."""
    sought: NDArray[np.float32]
    """(512,) embedding of its subject: what works are sought by."""


class HouseGenerator:
    """Generates with one release; everything is read at the first use (a second or two, 300 MB)."""

    def __init__(self, release_dir: Path, device: str | None = None) -> None:
        self._directory = release_dir
        self._device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        self._info = release_info(release_dir)

    @property
    def release_id(self) -> str:
        """The name that the release gives itself."""
        return self._info.release_id

    @property
    def sizes(self) -> frozenset[int]:
        """256, 512 and 1024 pixels."""
        return SIZES

    def generate(self, prompt: str, seeds: Sequence[int], size: int) -> list[GeneratedPicture]:
        """One picture per seed, each made on its own, so that it does not depend on the other seeds.

        Raises UnknownSize, and OnlyCopies where no draft for a seed is far enough from the training works.
        """
        if size not in SIZES:
            raise UnknownSize(size, SIZES)
        # Works are sought by subject: a red puzzle is no answer to a red apple. Colours count by the pixels.
        vector, sought = embed_texts([prompt, " ".join(subject_words(split_words(prompt)))])
        return [self._picture(_Wish(prompt, vector, sought), seed, size) for seed in seeds]

    def _picture(self, wish: _Wish, seed: int, size: int) -> GeneratedPicture:
        for attempt in range(MOST_ATTEMPTS):
            draft = self._draft(wish, seed, attempt)
            if draft is not None and not draft.nearness.copy:
                return GeneratedPicture(
                    png=render(trace(draft.large), size),
                    seed=seed,
                    attempts=attempt + 1,
                    retrieved=tuple(self._works.entries[row].sha256 for row in draft.rows if row != NONE),
                    nearest_sha256=draft.nearness.sha256,
                    nearest_similarity=draft.nearness.similarity,
                )
        raise OnlyCopies(wish.prompt, seed, MOST_ATTEMPTS)

    def _draft(self, wish: _Wish, seed: int, attempt: int) -> _Draft | None:
        """One attempt; None where the picture came out blank."""
        random = np.random.default_rng([seed, attempt, 1])
        rows = choose_for_prompt(self._library, self._works.series, wish.sought, wish.prompt, random)
        shown, noise = show(self._works.small, rows), HousePipeline.noise_of(seed, attempt)
        ground = make_ground(shown, random, mirror=SIDES.isdisjoint(wish.prompt.lower().split()))
        large = self._pipeline(wish.vector[None, :], shown, noise, ground).large[0]
        nearness = self._guard.judge(large)
        return None if nearness is None else _Draft(large, rows, nearness)

    @cached_property
    def _works(self) -> ReleaseWorks:
        return read_works(self._directory)

    @cached_property
    def _library(self) -> Library:
        works = self._works
        return build_library(works.text, works.image, works.small, works.cluster, works.captions)

    @cached_property
    def _guard(self) -> CopyGuard:
        return CopyGuard(self._works, EffnetFeatures())

    @cached_property
    def _pipeline(self) -> HousePipeline:
        disable_progress_bar()
        try:
            pipeline = HousePipeline.from_pretrained(
                self._directory, dtype=torch.float32, local_files_only=True, low_cpu_mem_usage=False
            )
        except (OSError, ValueError) as error:
            raise NotARelease(self._directory, "its diffusers pipeline cannot be read") from error
        pipeline.set_progress_bar_config(disable=True)
        moved: HousePipeline = pipeline.to(self._device)
        return moved
