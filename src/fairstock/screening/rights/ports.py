"""What the looks for rights and safety need; adapters satisfy these as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from PIL import Image


class ReadWords(Protocol):
    """One line of text that was read in a picture."""

    @property
    def text(self) -> str:
        """The words."""
        ...

    @property
    def confidence(self) -> float:
        """0 … 1."""
        ...

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, width, height as fractions of the picture."""
        ...


class TextReader(Protocol):
    """Reads text in pictures; slow, so it is asked only where a cheap look saw a reason."""

    version: str
    """Names package and model."""

    def read(self, picture: Image.Image) -> Sequence[ReadWords]:
        """What can be read in an RGB picture."""
        ...


class SeenFace(Protocol):
    """A face in a photograph."""

    @property
    def confidence(self) -> float:
        """0 … 1."""
        ...

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, width, height as fractions of the picture."""
        ...

    @property
    def share(self) -> float:
        """The face's width as a fraction of the picture's longest side."""
        ...


class FaceFinder(Protocol):
    """Finds faces of people in photographs; faces that are drawn are none."""

    version: str
    """Names package and rules."""

    def find(self, picture: Image.Image) -> Sequence[SeenFace]:
        """Faces in an RGB picture, largest first."""
        ...


class NudityScore(Protocol):
    """What a classifier says about one picture."""

    @property
    def nudity(self) -> float:
        """0 … 1."""
        ...


class NudityScreen(Protocol):
    """Scores photographs for nudity; slow, so it is asked only where a cheap look saw a reason."""

    @property
    def version(self) -> str:
        """Names the model."""
        ...

    def look(self, pictures: Sequence[Image.Image]) -> Sequence[NudityScore]:
        """One score a picture, in order."""
        ...
