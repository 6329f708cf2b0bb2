"""Making pictures with the committed release, through the port against the bare pipeline's share of it."""

import time
from collections.abc import Iterator
from pathlib import Path

from fairstock.bootstrap import App
from fairstock.settings import Settings

PICTURES = 6


def run(home: str) -> Iterator[str]:
    """Seconds a picture at each size, after the weights are loaded."""
    generator = App(Settings(home=Path(home))).generator
    generator.generate("a red apple", [0], 256)
    for size in sorted(generator.sizes):
        began = time.perf_counter()
        made = generator.generate("a red apple", list(range(PICTURES)), size)
        each = (time.perf_counter() - began) / PICTURES
        attempts = sum(picture.attempts for picture in made) / PICTURES
        yield f"{size} px: {each:.2f} s a picture, {attempts:.1f} attempts each"
