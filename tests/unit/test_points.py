"""Local features tell how one picture lies on another, straight and mirrored, and strangers have few."""

from __future__ import annotations

import random

import numpy as np
import pytest
from factories.drawings import PICTURES, drawing, plates
from PIL import Image, ImageOps

from fairstock.screening.overlay import Plates
from fairstock.screening.overlay.points import LEAST, UNPAIRED, paired, positions
from tests.bench.copies.disguises import CHANGES


def agreeing(upload: Plates, work: Plates) -> tuple[int, int]:
    """Features that agree in the best position: straight, mirrored."""
    pairs = paired(upload, work)
    found = [0, 0]
    for matrix in positions(pairs):
        way = int(np.linalg.det(matrix[:, :2]) < 0)
        found[way] = pairs[way].agreeing(matrix)
    return found[0], found[1]


def test_a_picture_lies_on_itself_and_its_mirror_image_mirrored() -> None:
    for path in PICTURES[3:8]:
        work = plates(drawing(path))
        straight = next(positions(paired(work, work)))
        assert straight == pytest.approx(np.eye(2, 3), abs=0.01)
        found = positions(paired(plates(ImageOps.mirror(drawing(path))), work))
        mirrored = [each for each in found if np.linalg.det(each[:, :2]) < 0]
        assert len(mirrored) == 1
        assert mirrored[0] == pytest.approx(np.array([[-1, 0, work.frame[2]], [0, 1, 0]]), abs=0.01)


@pytest.mark.parametrize("name", ["text bar", "stamped", "turned 10°", "mirrored, turned 5°, JPEG 70"])
def test_changed_copies_keep_more_than_strangers_share(name: str) -> None:
    mirrored = name.startswith("mirrored")
    works = [plates(drawing(path)) for path in PICTURES[:8]]
    copies = [
        plates(CHANGES[name](drawing(path), random.Random(number)))
        for number, path in enumerate(PICTURES[:8])
    ]
    found = 0
    for number, copy in enumerate(copies):
        shared = [agreeing(copy, work) for work in works]
        own = shared.pop(number)
        assert own[mirrored] >= max(map(max, shared)), (name, PICTURES[number])
        found += own[mirrored] >= LEAST
    assert found >= 7


@pytest.mark.parametrize("size", [(64, 64), (300, 2), (1, 500)])
def test_empty_pictures_lie_nowhere(size: tuple[int, int]) -> None:
    empty = plates(Image.new("RGB", size, "white"))
    assert list(positions(paired(empty, plates(drawing(PICTURES[0]))))) == []
    assert list(positions(paired(plates(drawing(PICTURES[0])), empty))) == []
    assert list(positions(UNPAIRED)) == []
