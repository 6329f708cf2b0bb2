"""What is learnt in each of the two stages: a loss for every step, drawn from the seed and the step alone.

Nothing random is carried from step to step, so a resumed training sees what an uninterrupted one would have
seen.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from fairstock.adapters.house_model.library import build_library
from fairstock.adapters.house_model.networks import Sharpener, TextCondition, denoise, make_denoiser
from fairstock.adapters.house_model.prepare import Prepared
from fairstock.adapters.house_model.retrieval import NONE, draw_shown, find_candidates, nearest_looks

BATCH = 32
"""Pictures in a step of either stage."""

DROP_BOTH, DROP_TEXT, DROP_SHOWN = 0.10, 0.10, 0.05
"""Shares of pictures learnt without words and works shown, without words, and without works shown."""

RECOLOUR = 0.15
"""Share of pictures whose colour channels are exchanged, with those of the works shown: colours come from
them.
"""

USED_NOISE, USED_SHARE = 0.65, 0.8
"""Drawing begins on a ground with at most this share of noise, so most of the learning is done below it."""

CROP = 16
"""Side of the sharpener's patches before enlargement, in pixels."""


class Stage(Protocol):
    """One network, or several, and what they learn."""

    name: str
    networks: dict[str, nn.Module]

    def loss(self, step: int) -> Tensor:
        """The loss of one step on fresh pictures."""
        ...


class DenoiserStage:
    """Flow matching: from a mixture of picture and noise to the direction that leads to the noise."""

    name = "denoiser"

    def __init__(self, prepared: Prepared, seed: int, device: torch.device) -> None:
        torch.manual_seed(seed)
        self.networks: dict[str, nn.Module] = {"unet": make_denoiser(), "condition": TextCondition()}
        self._prepared, self._seed, self._device = prepared, seed, device
        self._pools = _pools(prepared)

    def loss(self, step: int) -> Tensor:
        """Mean squared error of the velocity over ``BATCH`` pictures."""
        random = np.random.default_rng([self._seed, step])
        generator = torch.Generator().manual_seed(self._seed * 1_000_003 + step)
        target, shown, text = (torch.from_numpy(array) for array in self._draw(random))
        noise = torch.randn(target.shape, generator=generator)
        sigma = draw_sigmas(len(target), generator)
        mixed = torch.lerp(target, noise, sigma[:, None, None, None])
        moved = [tensor.to(self._device) for tensor in (mixed, shown, sigma, text, noise - target)]
        condition = self.networks["condition"](moved[3])
        velocity = denoise(self.networks["unet"], moved[0], moved[1], moved[2], condition)
        return functional.mse_loss(velocity.float(), moved[4])

    def _draw(self, random: np.random.Generator) -> tuple[NDArray[np.float32], ...]:
        """Targets (b, 3, 32, 32), works shown (b, 9, 32, 32) and words (b, 512)."""
        data = self._prepared
        rows = random.choice(len(data.weight), size=BATCH, p=data.weight)
        titled = random.integers(0, 2, BATCH)
        shown_rows = draw_shown(self._pools[titled, rows], random)
        pictures = data.small[np.concatenate([rows[:, None], np.maximum(shown_rows, 0)], axis=1)]
        flipped = random.random(BATCH) < 0.5
        pictures[flipped] = pictures[flipped, :, :, ::-1]
        text = np.where(titled[:, None] == 1, data.title[rows], data.text[rows])
        recoloured = np.flatnonzero(random.random(BATCH) < RECOLOUR)
        for row in recoloured:
            pictures[row] = pictures[row][..., random.permutation(3)]
        values = np.moveaxis(pictures, 4, 2).astype(np.float32) / 127.5 - 1.0
        chance = random.random(BATCH)
        no_text = chance < DROP_BOTH + DROP_TEXT
        no_text[recoloured] = True
        no_shown = (chance < DROP_BOTH) | (chance > 1.0 - DROP_SHOWN)
        values[:, 1:][(shown_rows == NONE) | no_shown[:, None]] = 0.0
        text[no_text] = 0.0
        return values[:, 0], values[:, 1:].reshape(BATCH, -1, *values.shape[3:]), text.astype(np.float32)


def draw_sigmas(count: int, generator: torch.Generator) -> Tensor:
    """Shares of noise (count,) to learn at: ``USED_SHARE`` of them in the range in which pictures are
    drawn.
    """
    anywhere = torch.sigmoid(0.2 + torch.randn(count, generator=generator))
    used = USED_NOISE * torch.rand(count, generator=generator)
    return torch.where(torch.rand(count, generator=generator) < USED_SHARE, used, anywhere)


def _pools(data: Prepared) -> NDArray[np.int64]:
    """Rows of works to show with each work, found by its caption [0] and by its title [1]: (2, N, POOL)."""
    library = build_library(data.text, data.image, data.small, data.cluster, data.captions)
    pools: list[NDArray[np.int64]] = []
    for vectors in (data.text, data.title):
        parts = []
        for start in range(0, len(vectors), 256):
            part = slice(start, start + 256)
            found, _ = find_candidates(library, vectors[part], data.captions[part], data.cluster[part])
            parts.append(nearest_looks(library, found, library.look[part]))
        pools.append(np.concatenate(parts))
    return np.stack(pools)


class SharpenerStage:
    """From spoilt small patches to the true large ones."""

    name = "sharpener"

    def __init__(self, prepared: Prepared, seed: int, device: torch.device) -> None:
        torch.manual_seed(seed + 1)
        self.networks: dict[str, nn.Module] = {"sharpener": Sharpener()}
        self._seed, self._device = seed, device
        detailed = prepared.detailed if prepared.detailed.any() else np.ones_like(prepared.detailed)
        self._large = prepared.large[detailed]
        weight = prepared.weight[detailed]
        self._weight = weight / weight.sum()

    def loss(self, step: int) -> Tensor:
        """Mean absolute error of pixels and of their differences to the neighbours."""
        random = np.random.default_rng([self._seed, step, 1])
        generator = torch.Generator().manual_seed(self._seed * 1_000_003 + step)
        large = torch.from_numpy(self._patches(random))
        small = spoil(functional.avg_pool2d(large, 4), generator)
        large, small = large.to(self._device), small.to(self._device)
        sharp = self.networks["sharpener"](small).float()
        edges = sum(
            functional.l1_loss(torch.diff(sharp, dim=axis), torch.diff(large, dim=axis)) for axis in (2, 3)
        )
        return functional.l1_loss(sharp, large) + edges

    def _patches(self, random: np.random.Generator) -> NDArray[np.float32]:
        """Large patches (b, 3, 64, 64) in -1 … 1, half of them mirrored; of two at a time the one that
        shows more.
        """
        side = 4 * CROP
        patches = np.empty((BATCH, side, side, 3), dtype=np.float32)
        for number, row in enumerate(random.choice(len(self._weight), size=BATCH, p=self._weight)):
            corners = random.integers(0, self._large.shape[1] - side + 1, size=(2, 2))
            both = [self._large[row, y : y + side, x : x + side] for y, x in corners]
            patch = max(both, key=lambda one: float(one.std()))
            patches[number] = patch[:, :: int(random.choice((1, -1)))]
        return np.ascontiguousarray(np.moveaxis(patches, 3, 1)) / 127.5 - 1.0


def spoil(small: Tensor, generator: torch.Generator) -> Tensor:
    """Blur and noise of random strength, as the generator's drafts have them; (b, 3, h, w) → the same
    shape.
    """
    count = len(small)
    blurred = functional.avg_pool2d(functional.pad(small, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
    share = 0.45 * torch.rand(count, 1, 1, 1, generator=generator)
    noise = 0.10 * torch.rand(count, 1, 1, 1, generator=generator)
    return torch.lerp(small, blurred, share) + noise * torch.randn(small.shape, generator=generator)
