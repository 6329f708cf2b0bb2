"""Drawings of the demo library, and what the comparison of copies holds of a picture."""

from functools import cache
from pathlib import Path

from PIL import Image

from fairstock.asset.rules import flattened
from fairstock.screening.overlay import Plates
from fairstock.settings import PACKAGE_DATA
from fairstock.upload.picture import sketch_of

PICTURES = sorted((PACKAGE_DATA / "demo-library/pictures").iterdir())[::40]
"""Drawings of the demo library, each by another hand."""


@cache
def drawing(path: Path) -> Image.Image:
    """A drawing as the gate hands it on: RGB, on white."""
    with Image.open(path) as image:
        return flattened(image)


def plates(image: Image.Image) -> Plates:
    """What is compared of a picture."""
    return Plates(sketch_of(image), *image.size)
