"""The generation port over any diffusers text-to-image pipeline: Stable Diffusion and its successors, with
their kin for inpainting and image to image.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cached_property
from math import ceil
from typing import Any

import torch
from diffusers import AutoPipelineForImage2Image, AutoPipelineForInpainting, DiffusionPipeline
from diffusers.utils.logging import disable_progress_bar
from PIL import Image

from fairstock.generation.model import GeneratedPicture
from fairstock.generation.ports import CannotEdit
from fairstock.kit.errors import BadInput, Failure

SIZES = frozenset({256, 512, 1024})
"""Sides of delivered pictures in pixels."""

VARIATION = 0.6
"""Share of noise over the picture that a variation begins with."""


class ModelNotUsable(BadInput):
    """A model id, revision or directory that diffusers cannot load."""

    def __init__(self, model: str, revision: str | None, reason: str) -> None:
        self.model, self.revision = model, revision
        named = f"{model} at revision {revision}" if revision else model
        super().__init__(
            f"The diffusers model {named} cannot be loaded: {reason}",
            remedy="name a model id with an existing revision, or a directory with a model_index.json",
        )


class SizeNotMade(BadInput):
    """A size that the generator does not deliver."""

    def __init__(self, size: int) -> None:
        super().__init__(
            f"Pictures of {size} pixels are not made.",
            remedy="ask for one of " + ", ".join(map(str, sorted(SIZES))),
        )


class PictureWithheld(Failure):
    """The model's own safety checker blacked the picture out."""

    def __init__(self, model: str, seed: int) -> None:
        super().__init__(
            f"The safety checker of {model} withheld the picture with seed {seed}.",
            remedy="ask with another seed or other words",
        )


class DiffusersGenerator:
    """Runs one pipeline, by id and revision or from a directory; weights are read at the first picture."""

    def __init__(
        self,
        model: str,
        revision: str | None = None,
        *,
        steps: int = 30,
        guidance: float = 7.0,
        device: str | None = None,
        local_files_only: bool = False,
    ) -> None:
        self._model, self._revision = model, revision
        self._steps, self._guidance = steps, guidance
        self._device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        self._local_files_only = local_files_only

    @property
    def release_id(self) -> str:
        """``id@revision``; without a revision the newest one, which may change, so production names one."""
        return f"{self._model}@{self._revision or 'unpinned'}"

    @property
    def sizes(self) -> frozenset[int]:
        """256, 512 and 1024 pixels."""
        return SIZES

    def generate(self, prompt: str, seeds: Sequence[int], size: int) -> list[GeneratedPicture]:
        """One picture per seed, drawn at the model's own size and brought to ``size`` by Lanczos resampling.

        Raises SizeNotMade, ModelNotUsable, and PictureWithheld where the model's safety checker objects.
        """
        _check_size(size)
        return [self._picture(self._pipeline, seed, size, prompt=prompt) for seed in seeds]

    def edit(
        self,
        prompt: str,
        image: Image.Image,
        mask: Image.Image | None,
        seeds: Sequence[int],
        size: int,
        *,
        strength: float,
        guide: Image.Image | None = None,
    ) -> list[GeneratedPicture]:
        """Inpainting with a mask, image to image without, by the pipeline's own kin over the same weights.

        Raises what ``generate`` raises, and CannotEdit where diffusers has no such pipeline for the model,
        or for a ``guide``, which takes an adapter that not every model has.
        """
        _check_size(size)
        if guide is not None:
            raise CannotEdit(self.release_id)
        side = (self._side, self._side)
        given: dict[str, Any] = {"prompt": prompt, "image": image.resize(side, Image.Resampling.LANCZOS)}
        if mask is not None:
            given["mask_image"] = mask.resize(side, Image.Resampling.NEAREST)
            kin = self._kin(AutoPipelineForInpainting)
            # Everything under the mask is made anew, whatever lies there.
            strength = 1.0
        else:
            kin = self._kin(AutoPipelineForImage2Image)
        given |= {"strength": strength, "num_inference_steps": max(self._steps, ceil(1 / strength))}
        return [self._picture(kin, seed, size, **given) for seed in seeds]

    def vary(self, image: Image.Image, seeds: Sequence[int], size: int) -> list[GeneratedPicture]:
        """Image to image without words; raises what ``edit`` raises."""
        return self.edit("", image, None, seeds, size, strength=VARIATION)

    def _kin(self, kind: Any) -> Any:
        """A pipeline of another kind that shares the networks."""
        try:
            kin = kind.from_pipe(self._pipeline)
        except (ValueError, AttributeError) as error:
            raise CannotEdit(self.release_id) from error
        kin.set_progress_bar_config(disable=True)
        return kin

    @property
    def _side(self) -> int:
        """The side in pixels that the model was trained at."""
        network = getattr(self._pipeline, "unet", None) or getattr(self._pipeline, "transformer", None)
        sample = getattr(getattr(network, "config", None), "sample_size", None)
        return int(sample * self._pipeline.vae_scale_factor) if isinstance(sample, int) else max(SIZES)

    def _picture(self, pipeline: Any, seed: int, size: int, **given: Any) -> GeneratedPicture:
        # The noise is drawn on the processor, so that a seed means the same picture on every kind of device.
        generator = torch.Generator("cpu").manual_seed(seed)
        with torch.inference_mode():
            output = pipeline(
                **{"num_inference_steps": self._steps, **given},
                guidance_scale=self._guidance,
                generator=generator,
                output_type="pil",
            )
        if any(getattr(output, "nsfw_content_detected", None) or ()):
            raise PictureWithheld(self._model, seed)
        return GeneratedPicture(
            png=_png(output.images[0], size),
            seed=seed,
            attempts=1,
            retrieved=(),
            nearest_sha256=None,
            nearest_similarity=None,
        )

    @cached_property
    def _pipeline(self) -> Any:
        dtype = torch.float16 if self._device.startswith("cuda") else torch.float32
        disable_progress_bar()
        try:
            pipeline = DiffusionPipeline.from_pretrained(
                self._model,
                revision=self._revision,
                dtype=dtype,
                local_files_only=self._local_files_only,
                use_safetensors=True,
            )
        except (OSError, ValueError) as error:
            raise ModelNotUsable(self._model, self._revision, str(error).split("\n", 1)[0]) from error
        pipeline.set_progress_bar_config(disable=True)
        return pipeline.to(self._device)


def _check_size(size: int) -> None:
    if size not in SIZES:
        raise SizeNotMade(size)


def _png(image: Image.Image, size: int) -> bytes:
    """The picture as PNG of ``size`` × ``size`` pixels, cut to a square around its middle if it is none."""
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    square = image.convert("RGB").crop((left, top, left + side, top + side))
    if side != size:
        square = square.resize((size, size), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    square.save(buffer, format="PNG")
    return buffer.getvalue()
