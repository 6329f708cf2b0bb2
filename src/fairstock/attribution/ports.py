"""What this context asks of an attribution method."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from PIL.Image import Image


class Attributor(Protocol):
    """Weighs the training works of one release for pictures that the release made."""

    @property
    def method(self) -> str:
        """Short name of the method, such as ``feature-similarity``."""
        ...

    @property
    def version(self) -> str:
        """Changes whenever the same picture could get other weights."""
        ...

    @property
    def release_id(self) -> str:
        """The release whose works it weighs; it knows nothing about pictures of another."""
        ...

    def attribute(self, pictures: Sequence[Image]) -> list[list[tuple[str, float]]]:
        """For each picture, in that order, works (SHA-256 in hex) with weights, finite and not negative.

        The scale is free: only proportions count. Works left out have weight 0; an empty list means that the
        method can name no work. The same picture always gets the same weights.
        """
        ...
