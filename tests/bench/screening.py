"""Screening what the demo library holds, against decoding and hashing the same files on one core."""

import time
from collections.abc import Iterator
from pathlib import Path

import imagehash
from PIL import Image

from fairstock.bootstrap import App
from fairstock.screening.screen import screen
from fairstock.settings import PACKAGE_DATA, Settings

FILES = 200


def run(home: str) -> Iterator[str]:
    """Files a second of the gate, the marks, the features and the pixels, and the ratio to the plain loop."""
    app = App(Settings(home=Path(home)))
    contents = [
        path.read_bytes() for path in sorted((PACKAGE_DATA / "demo-library/pictures").iterdir())[:FILES]
    ]
    paths = sorted((PACKAGE_DATA / "demo-library/pictures").iterdir())[:FILES]
    app.features.embed([Image.new("RGB", (8, 8))])
    app.pixels.look(app.decode_guard.inspect(contents[:4]))
    began = time.perf_counter()
    for path in paths:
        with Image.open(path) as picture:
            imagehash.phash(picture.convert("RGB"))
    plain = time.perf_counter() - began
    began = time.perf_counter()
    seen = app.decode_guard.inspect(contents)
    gate = time.perf_counter() - began
    for inspection in seen:
        screen(inspection, refusal=inspection.refusal)
    marks = time.perf_counter() - began - gate
    vectors = app.features.embed([inspection.picture for inspection in seen if inspection.picture])
    features = time.perf_counter() - began - gate - marks
    app.pixels.look(seen, vectors)
    total = time.perf_counter() - began
    yield (
        f"{FILES} files: {FILES / total:.0f}/s in all; gate {gate:.2f} s, marks and policy {marks:.2f} s, "
        f"features {features:.2f} s, pixels ({app.pixels.version}) {total - gate - marks - features:.2f} s"
    )
    yield f"decode + pHash alone {FILES / plain:.0f}/s; ratio {plain / total:.2f} (goal 0.25, later 0.5)"
