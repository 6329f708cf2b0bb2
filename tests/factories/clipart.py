"""Small drawn works for tests of the house model: quick to make, all different, of a few contributors."""

from __future__ import annotations

import hashlib
import io
import random

from PIL import Image, ImageDraw

from fairstock.training.model import TrainingWork

SUBJECTS = (("apple", "red"), ("tree", "green"), ("house", "orange"), ("folder", "blue"))
"""What is drawn, and in which colour."""


def works(count: int = 24) -> list[TrainingWork]:
    """Works by three contributors, each subject in turn."""
    return [work(number) for number in range(count)]


def work(number: int) -> TrainingWork:
    """One work; the same number gives the same bytes."""
    subject, colour = SUBJECTS[number % len(SUBJECTS)]
    picture = drawing(number, colour)
    return TrainingWork(
        sha256=hashlib.sha256(picture).hexdigest(),
        contributor=f"Contributor {'ABC'[number % 3]}",
        title=f"{subject} {number}",
        keywords=(subject, "food" if subject == "apple" else "thing"),
        folder=("things", subject),
        picture=picture,
    )


def drawing(number: int, colour: str) -> bytes:
    """A PNG of 140 × 140 pixels with three shapes on a transparent ground."""
    chance = random.Random(number)
    image = Image.new("RGBA", (140, 140))
    draw = ImageDraw.Draw(image)
    for shade in (colour, "black", colour):
        x, y, w, h = (chance.randrange(*bounds) for bounds in ((5, 60), (5, 60), (25, 75), (25, 75)))
        kind = chance.choice((draw.ellipse, draw.rectangle))
        kind((x, y, x + w, y + h), fill=shade)
    buffer = io.BytesIO()
    image.save(buffer, format="PNG")
    return buffer.getvalue()
