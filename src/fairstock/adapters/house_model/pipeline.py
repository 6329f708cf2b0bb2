"""The generator as a standard diffusers pipeline: a directory with unet, condition, scheduler and
sharpener.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from diffusers import DiffusionPipeline, FlowMatchEulerDiscreteScheduler, UNet2DModel
from diffusers.utils import BaseOutput
from numpy.typing import NDArray
from torch import Tensor

from fairstock.adapters.house_model.networks import Sharpener, TextCondition, denoise
from fairstock.adapters.house_model.pictures import SMALL
from fairstock.adapters.house_model.retrieval import SHOWN

STEPS, GUIDANCE = 16, 1.6
"""Denoising steps, and how far to go beyond what words and works shown suggest (1: no further)."""

START = 0.46
"""Share of noise at which drawing begins; the rest is the ground that ``make_ground`` lays."""


@dataclass
class HouseOutput(BaseOutput):  # type: ignore[misc]
    """Pictures in RGB."""

    small: NDArray[np.uint8]
    """(b, 32, 32, 3) as the denoiser drew them."""
    large: NDArray[np.uint8]
    """(b, 128, 128, 3) after the sharpener."""


class HousePipeline(DiffusionPipeline):  # type: ignore[misc]
    """Draws pictures from sentence embeddings and works shown; retrieval and tracing lie outside."""

    def __init__(
        self,
        unet: UNet2DModel,
        condition: TextCondition,
        scheduler: FlowMatchEulerDiscreteScheduler,
        sharpener: Sharpener,
    ) -> None:
        super().__init__()
        self.register_modules(unet=unet, condition=condition, scheduler=scheduler, sharpener=sharpener)

    @torch.inference_mode()
    def __call__(
        self,
        text: NDArray[np.float32],
        shown: NDArray[np.float32],
        noise: NDArray[np.float32],
        ground: NDArray[np.float32],
        *,
        steps: int = STEPS,
        guidance: float = GUIDANCE,
        start: float = START,
    ) -> HouseOutput:
        """Pictures for ``text`` (b, 512), ``shown`` (b, 9, 32, 32) in -1 … 1, ``noise`` and ``ground`` (b,
        3, 32, 32).

        Drawing begins with ``start`` parts of noise and the rest of ``ground``; 1.0 begins with noise alone.
        """
        device, dtype = self.unet.device, self.unet.dtype
        arrays = (text, shown, noise, ground)
        words, works, picture, base = (torch.from_numpy(a).to(device, torch.float32) for a in arrays)
        picture = torch.lerp(base, picture, start)
        condition = self.condition(torch.cat([words, torch.zeros_like(words)]).to(self.condition.dtype))
        both = torch.cat([works, torch.zeros_like(works)]).to(dtype)
        scheduler = FlowMatchEulerDiscreteScheduler.from_config(self.scheduler.config)
        scheduler.set_timesteps(sigmas=np.linspace(start, start / steps, steps), device=device)
        for time in scheduler.timesteps:
            sigma = (time / scheduler.config.num_train_timesteps).expand(len(both)).to(device)
            velocity = denoise(
                self.unet, torch.cat([picture, picture]).to(dtype), both, sigma, condition
            ).float()
            with_words, without = velocity.chunk(2)
            picture = scheduler.step(torch.lerp(without, with_words, guidance), time, picture).prev_sample
        return HouseOutput(small=to_bytes(picture), large=to_bytes(self.sharpen(picture)))

    def sharpen(self, small: Tensor) -> Tensor:
        """(b, 3, 32, 32) in -1 … 1 → (b, 3, 128, 128)."""
        sharp: Tensor = self.sharpener(small.clamp(-1.0, 1.0).to(self.sharpener.dtype)).float()
        return sharp

    @staticmethod
    def noise_of(seed: int, attempt: int) -> NDArray[np.float32]:
        """The noise (1, 3, 32, 32) that a seed and an attempt stand for."""
        random = np.random.default_rng([seed, attempt, 2])
        return random.standard_normal((1, 3, SMALL, SMALL), dtype=np.float32)


def show(small: NDArray[np.uint8], rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Works ``rows`` (``SHOWN``,) of ``small`` (N, 32, 32, 3) as the denoiser's input (1, 9, 32, 32); NONE
    is zeros.
    """
    pictures = np.moveaxis(small[np.maximum(rows, 0)], 3, 1).astype(np.float32) / 127.5 - 1.0
    pictures[rows < 0] = 0.0
    return pictures.reshape(1, 3 * SHOWN, SMALL, SMALL)


def to_bytes(pictures: Tensor) -> NDArray[np.uint8]:
    """(b, 3, h, w) in -1 … 1 → (b, h, w, 3) in 0 … 255."""
    scaled = pictures.clamp(-1.0, 1.0).add(1.0).mul(127.5).round().to(torch.uint8)
    array: NDArray[np.uint8] = scaled.permute(0, 2, 3, 1).cpu().numpy()
    return array


def make_scheduler() -> FlowMatchEulerDiscreteScheduler:
    """Euler steps along the flow."""
    return FlowMatchEulerDiscreteScheduler(num_train_timesteps=1000, shift=1.0)
