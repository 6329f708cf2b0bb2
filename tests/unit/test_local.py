"""Local features of a whole picture: kept small, mirrored exactly, found again by words."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from factories.drawings import PICTURES, drawing
from PIL import Image, ImageOps

from fairstock.screening.overlay.codebook import codebook
from fairstock.screening.overlay.local import MOST, Local, asked_words, local_features, words
from tests.bench.copies.disguises import CHANGES

WORKS = PICTURES[:8]


@cache
def features(path: Path) -> Local:
    return local_features(drawing(path))


@pytest.mark.parametrize("path", WORKS, ids=lambda path: path.stem)
def test_what_is_kept_is_read_back(path: Path) -> None:
    found = features(path)
    again = Local.unpacked(found.packed())
    assert len(found.packed()) == 22 * len(found.places) <= 22 * MOST
    for name in ("places", "sizes", "turns", "looks"):
        assert np.array_equal(getattr(found, name), getattr(again, name))


def test_features_lie_in_the_picture() -> None:
    for path in WORKS:
        found, picture = features(path), drawing(path)
        inside = np.array(picture.size) / max(picture.size)
        assert (found.places >= 0).all()
        assert (found.places <= inside + 0.01).all()


def test_twice_mirrored_is_the_same() -> None:
    found = features(WORKS[0])
    twice = found.mirrored(0.8).mirrored(0.8)
    assert twice.places == pytest.approx(found.places, abs=1e-6)
    assert np.cos(twice.turns - found.turns) == pytest.approx(1.0)
    assert np.array_equal(twice.looks, found.looks)


def test_the_mirror_image_has_mirrored_features() -> None:
    """Those of a picture that was mirrored lie where features mirrored in place lie, and look like them."""
    agreeing = total = 0
    for path in WORKS:
        picture = drawing(path)
        drawn = local_features(ImageOps.mirror(picture))
        made = features(path).mirrored(picture.width / max(picture.size))
        alike = made.vectors() @ drawn.vectors().T
        near = np.hypot(*(made.places[:, None] - drawn.places[None]).transpose(2, 0, 1)) < 0.02
        agreeing += int(((alike > 0.85) & near).any(axis=1).sum())
        total += len(alike)
    assert agreeing >= 0.8 * total


def test_mirrored_words_are_those_of_mirrored_features() -> None:
    book, found = codebook(), features(WORKS[1])
    expected = book.words(found.mirrored(1.0).vectors(), 1)
    assert (book.mirrored(book.words(found.vectors(), 1)) == expected).mean() > 0.99


def test_codes_stand_for_what_was_coded() -> None:
    vectors = features(WORKS[2]).vectors()
    assert np.array_equal(codebook().vectors(codebook().codes(vectors)), vectors)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_copy_is_found_by_words(name: str) -> None:
    known = [set(words(features(path))) for path in WORKS]
    found = tried = 0
    for number, path in enumerate(WORKS):
        if len(features(path).places) < 20:
            continue
        asked = asked_words(local_features(CHANGES[name](drawing(path), random.Random(number))))
        shared = [len(each & set(asked)) / (len(each) + 1) ** 0.5 for each in known]
        tried += 1
        found += shared.index(max(shared)) == number
    assert tried >= 5
    assert found >= tried - 1


def test_words_are_distinct_and_ascending() -> None:
    for told in (words(features(WORKS[0])), asked_words(features(WORKS[0]))):
        assert told == sorted(set(told))
        assert 0 <= told[0] <= told[-1] < 2**20


@pytest.mark.parametrize("size", [(64, 64), (300, 2), (1, 500), (1, 1)])
def test_an_empty_picture_has_none(size: tuple[int, int]) -> None:
    found = local_features(Image.new("RGB", size, "white"))
    assert found.packed() == b""
    assert words(found) == asked_words(found) == []
    assert found.mirrored(1.0).vectors().shape == (0, 128)
