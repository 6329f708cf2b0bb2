"""Perceptual hashes find a picture again after the usual changes."""

from __future__ import annotations

import io

import pytest
from factories.core import picture
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from fairstock.asset.rules import distance, fingerprint, flattened

SIGNED = st.integers(-(2**63), 2**63 - 1)


def jpeg(image: Image.Image, quality: int) -> Image.Image:
    data = io.BytesIO()
    image.save(data, "JPEG", quality=quality)
    return Image.open(data)


@pytest.mark.parametrize("seed", range(5))
def test_survives_resizing_and_jpeg(seed: int) -> None:
    original = fingerprint(picture(seed)).phash
    assert distance(original, fingerprint(picture(seed).resize((90, 72))).phash) <= 6
    assert distance(original, fingerprint(jpeg(picture(seed), 40)).phash) <= 6


@pytest.mark.parametrize("seed", range(5))
def test_the_mirror_hash_is_that_of_the_mirror_image(seed: int) -> None:
    mirrored = fingerprint(ImageOps.mirror(picture(seed)))
    assert mirrored.phash == fingerprint(picture(seed)).phash_mirror
    assert distance(mirrored.phash, fingerprint(picture(seed)).phash) > 10


def test_different_pictures_are_far_apart() -> None:
    hashes = [fingerprint(picture(seed)).phash for seed in range(8)]
    assert min(distance(a, b) for i, a in enumerate(hashes) for b in hashes[:i]) > 6


@pytest.mark.parametrize("mode", ["L", "P", "CMYK", "I;16", "1", "LA"])
def test_every_mode_can_be_hashed(mode: str) -> None:
    image = picture(1).convert("L").convert(mode) if mode in ("I;16", "LA") else picture(1).convert(mode)
    assert -(2**63) <= fingerprint(image).phash < 2**63


def test_transparency_is_seen_on_white() -> None:
    clear = Image.new("RGBA", (10, 10), (255, 0, 0, 0))
    assert flattened(clear).getpixel((5, 5)) == (255, 255, 255)


@given(SIGNED, SIGNED)
def test_distance_counts_the_bits_that_differ(left: int, right: int) -> None:
    assert distance(left, right) == distance(right, left)
    assert (distance(left, right) == 0) == (left == right)
    assert distance(left, ~left) == 64
