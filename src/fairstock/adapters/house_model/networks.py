"""The networks: a denoiser over patches, the projection of words, and the sharpener."""

from __future__ import annotations

import torch
from diffusers import UNet2DModel
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.modeling_utils import ModelMixin
from torch import Tensor, nn
from torch.nn import functional

from fairstock.adapters.house_model.pictures import SMALL
from fairstock.adapters.house_model.retrieval import SHOWN
from fairstock.adapters.house_model.texts import TEXT_DIMENSIONS

PATCH = 2
"""Each 2 × 2 pixels become one position with four times the channels: twice the pictures a second on a CPU.
"""

CHANNELS = (64, 128, 128)
"""Width of the denoiser at 16 × 16, 8 × 8 and 4 × 4 positions."""


def make_denoiser() -> UNet2DModel:
    """A UNet over (b, 12 + 36, 16, 16): the noisy picture and three works shown; about 4.5 M parameters."""
    pixels = 3 * PATCH**2
    return UNet2DModel(
        sample_size=SMALL // PATCH,
        in_channels=pixels * (1 + SHOWN),
        out_channels=pixels,
        layers_per_block=1,
        block_out_channels=CHANNELS,
        down_block_types=("DownBlock2D", "AttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "AttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=32,
        norm_num_groups=16,
        class_embed_type="identity",
    )


def denoise(denoiser: nn.Module, noisy: Tensor, shown: Tensor, sigma: Tensor, condition: Tensor) -> Tensor:
    """The predicted velocity noise - picture, (b, 3, 32, 32).

    ``noisy`` (b, 3, 32, 32) and ``shown`` (b, 9, 32, 32) lie in -1 … 1, ``sigma`` (b,) in 0 … 1 is the
    share of noise, ``condition`` (b, 256) comes from ``TextCondition``.
    """
    positions = functional.pixel_unshuffle(torch.cat([noisy, shown], dim=1), PATCH)
    positions = positions.contiguous(memory_format=torch.channels_last)
    velocity = denoiser(positions, sigma * 1000.0, class_labels=condition).sample
    return functional.pixel_shuffle(velocity, PATCH)


class TextCondition(ModelMixin, ConfigMixin):  # type: ignore[misc]
    """Sentence embedding → the vector that is added to the time embedding."""

    @register_to_config  # type: ignore[untyped-decorator]
    def __init__(
        self, text_dimensions: int = TEXT_DIMENSIONS, condition_dimensions: int = 4 * CHANNELS[0]
    ) -> None:
        super().__init__()
        self.project = nn.Linear(text_dimensions, condition_dimensions)

    def forward(self, text: Tensor) -> Tensor:
        """(b, 512) unit vectors, or zeros for no words → (b, 256)."""
        # A unit vector of 512 has entries near 0.04; the factor brings them to the size of the time
        # embedding.
        projected: Tensor = self.project(text * self.config.text_dimensions**0.5)
        return projected


class Sharpener(ModelMixin, ConfigMixin):  # type: ignore[misc]
    """From 32 × 32 to 128 × 128 pixels: residual blocks, then two steps of sub-pixel upscaling."""

    @register_to_config  # type: ignore[untyped-decorator]
    def __init__(self, width: int = 64, depth: int = 4) -> None:
        super().__init__()
        self.enter = nn.Conv2d(3, width, 3, padding=1, padding_mode="replicate")
        self.blocks = nn.ModuleList(_Residual(width) for _ in range(depth))
        self.enlarge = nn.Conv2d(width, 4 * 32, 3, padding=1)
        self.refine = nn.Conv2d(32, 32, 3, padding=1)
        self.leave = nn.Conv2d(32, 4 * 3, 3, padding=1)

    def forward(self, small: Tensor) -> Tensor:
        """(b, 3, h, w) in -1 … 1 → (b, 3, 4h, 4w), added to a bilinear enlargement."""
        features = self.enter(small)
        for block in self.blocks:
            features = block(features)
        features = functional.silu(functional.pixel_shuffle(self.enlarge(features), 2))
        features = functional.silu(self.refine(features)) + features
        detail = functional.pixel_shuffle(self.leave(features), 2)
        return functional.interpolate(small, scale_factor=4, mode="bilinear") + detail


class _Residual(nn.Module):
    """Two convolutions around which the input is added."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        nn.init.zeros_(self.second.weight)

    def forward(self, features: Tensor) -> Tensor:
        """(b, width, h, w) → the same shape."""
        changed: Tensor = self.second(functional.silu(self.first(features)))
        return features + changed


def parameters_of(*networks: nn.Module) -> int:
    """Trained numbers in all of them together."""
    return sum(parameter.numel() for network in networks for parameter in network.parameters())
