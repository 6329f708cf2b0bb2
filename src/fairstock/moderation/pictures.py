"""Moderation of pictures: what a model made, and what a buyer sent for it to begin with.

Covered: nudity in photographs, by an open classifier, and that a photograph shows faces (``consent``). Not
covered, since no open model that installs here allows it: gore, hate symbols, whose face a photograph shows,
and nudity in drawings, where the classifier is blind more often than not.
The words of an order are moderated apart, with people and artists who opted out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from PIL import Image

from fairstock.kit.errors import BadInput

NUDITY = 0.8
"""Score from which a picture is withheld: Yahoo's own advice for "surely unsafe"."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a detector saw in one picture."""

    nudity: float
    """Probability, 0 … 1, that it shows nudity."""
    detector: str
    """Which model and version says so."""


class PictureScreen(Protocol):
    """A model that looks at pictures before anybody else does."""

    @property
    def version(self) -> str:
        """Names model and version, for the record."""
        ...

    def look(self, pictures: Sequence[Image.Image]) -> list[Finding]:
        """One finding a picture, in order."""
        ...


class ReferenceRefused(BadInput):
    """A picture that was sent shows what may not be worked on."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding
        super().__init__(
            f"The picture that was sent looks sexual ({finding.detector}: {finding.nudity:.2f}).",
            remedy="send another one, or appeal if this is a mistake",
        )


class PictureWithheld(BadInput):
    """What the model made of an order may not be delivered; the same order would give the same again."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding
        super().__init__(
            f"What came out looks sexual ({finding.detector}: {finding.nudity:.2f}) and was thrown away.",
            remedy="ask in other words",
        )


def check_references(screen: PictureScreen, pictures: Sequence[Image.Image]) -> None:
    """Raises ``ReferenceRefused`` for the first picture that a buyer sent and that may not be worked on."""
    for finding in screen.look(pictures):
        if finding.nudity >= NUDITY:
            raise ReferenceRefused(finding)


def check_made(screen: PictureScreen, pictures: Sequence[Image.Image]) -> None:
    """Raises ``PictureWithheld`` for the first picture that the model made and that may not be delivered."""
    for finding in screen.look(pictures):
        if finding.nudity >= NUDITY:
            raise PictureWithheld(finding)
