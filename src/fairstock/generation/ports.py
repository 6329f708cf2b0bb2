"""What this context asks of a model that makes pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fairstock.generation.model import GeneratedPicture
from fairstock.kit.errors import BadInput


class CannotEdit(BadInput):
    """A model that makes pictures from words only was asked to change one."""

    def __init__(self, release_id: str) -> None:
        self.release_id = release_id
        super().__init__(
            f"The model {release_id} does not change pictures.", remedy="ask in words, or use another model"
        )


class ImageGenerator(Protocol):
    """A model that turns words into pictures."""

    @property
    def release_id(self) -> str:
        """Names the weights: a picture can be made again only with the same release."""
        ...

    @property
    def sizes(self) -> frozenset[int]:
        """Widths, equal to the heights, that it delivers, in pixels."""
        ...

    def generate(self, prompt: str, seeds: Sequence[int], size: int) -> list[GeneratedPicture]:
        """One square picture per seed, in that order; the same prompt, seed, size and release give the same
        picture.
        """
        ...

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
        """``image`` (RGB, size × size) changed as the words say, one picture per seed.

        ``mask`` (L, same size) is 255 where it changes; what is delivered elsewhere is not used. Without one
        the image is a guide for the whole, kept the less the more ``strength`` (0 … 1) there is. ``guide``
        is another picture whose looks count. Raises ``CannotEdit`` where the model has no such ability.
        """
        ...

    def vary(self, image: Image.Image, seeds: Sequence[int], size: int) -> list[GeneratedPicture]:
        """Pictures like ``image`` (RGB, size × size), one per seed; raises ``CannotEdit`` where it cannot."""
        ...


class ImageFeatures(Protocol):
    """A model that turns pictures into vectors, for search and attribution."""

    @property
    def version(self) -> str:
        """Names model and preparation; vectors of different versions are not comparable."""
        ...

    def embed(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        """Unit vectors of shape (n, 1280)."""
        ...
