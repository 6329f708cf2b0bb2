"""What this context asks of a model that makes pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from fairstock.generation.model import GeneratedPicture


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
        """One square picture per seed, in that order; the same prompt, seed, size and release give the same picture."""
        ...
