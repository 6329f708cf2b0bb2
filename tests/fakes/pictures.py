"""Deterministic stand-ins for the model that draws and the model that looks."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fairstock.generation.model import GeneratedPicture
from fairstock.moderation.pictures import Finding


def drawing(prompt: str, seed: int, size: int) -> bytes:
    """A PNG of coloured squares, decided by prompt and seed alone."""
    digest = hashlib.sha256(f"{prompt}\x1f{seed}".encode()).digest()
    cells = np.random.default_rng(int.from_bytes(digest[:8])).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    picture = Image.fromarray(cells).resize((size, size), Image.Resampling.NEAREST)
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


class FakeGenerator:
    """Draws squares; ``before`` is called at each request and may raise, to play a model that fails."""

    release_id = "fake-1"
    sizes = frozenset({256, 512, 1024})

    def __init__(self, before: Callable[[str], None] = lambda prompt: None) -> None:
        self.before = before
        self.calls: list[str] = []

    def generate(self, prompt: str, seeds: Sequence[int], size: int) -> list[GeneratedPicture]:
        """One drawing a seed."""
        self.calls.append(prompt)
        self.before(prompt)
        return [GeneratedPicture(drawing(prompt, seed, size), seed, 1, (), None, None) for seed in seeds]

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
        """Drawings mixed with the image, all over: what a mask is for is not this model's business."""
        made = self.generate(prompt, seeds, size)
        return [replace(each, png=_mixed(each.png, image, strength)) for each in made]

    def vary(self, image: Image.Image, seeds: Sequence[int], size: int) -> list[GeneratedPicture]:
        """Half drawing, half image."""
        made = self.generate("", seeds, size)
        return [replace(each, png=_mixed(each.png, image, 0.5)) for each in made]


def _mixed(png: bytes, image: Image.Image, share: float) -> bytes:
    file = io.BytesIO()
    Image.blend(image, Image.open(io.BytesIO(png)), share).save(file, "PNG")
    return file.getvalue()


class FakeScreen:
    """Takes pictures whose top left pixel is pure magenta for nudity."""

    version = "fake-screen-1"

    def look(self, pictures: Sequence[Image.Image]) -> list[Finding]:
        """1 or 0."""
        corners = [each.convert("RGBA").getpixel((0, 0)) for each in pictures]
        return [Finding(float(corner == (255, 0, 255, 255)), self.version) for corner in corners]


class FakeFeatures:
    """Sees a picture as 16 × 16 colours and their mean, as a unit vector of 1280 numbers."""

    version = "fake-features-1"
    dimensions = 1280

    def embed(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        """Vectors of shape (n, 1280)."""
        vectors = np.zeros((len(images), self.dimensions), dtype=np.float32)
        for row, image in enumerate(images):
            small = np.asarray(image.convert("RGB").resize((16, 16)), dtype=np.float32).ravel()
            vectors[row, : small.size] = small
            vectors[row, -1] = 1.0
        norms: NDArray[np.float32] = np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors / norms if len(images) else vectors
