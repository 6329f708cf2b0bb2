"""Edits at the level of pixels: what lies outside a mask stays to the bit."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from fairstock.generation.compose import (
    MaskOfOtherSize,
    NothingToChange,
    NotSquare,
    canvas_of,
    composited,
    surroundings,
)

SIZE = 64
"""Smaller than what is sold; the rules are the same."""


def noisy(seed: int, mode: str, size: int = SIZE) -> Image.Image:
    """A picture with every kind of pixel; in RGBA also hidden and half transparent ones."""
    bands = {"L": 1, "RGB": 3, "RGBA": 4}[mode]
    pixels = np.random.default_rng(seed).integers(0, 256, (size, size, bands), dtype=np.uint8)
    return Image.fromarray(pixels.squeeze())


def blobs(seed: int) -> NDArray[np.bool_]:
    """A random mask: a few rectangles, down to single pixels and up to all of it."""
    random = np.random.default_rng(seed)
    hole = np.zeros((SIZE, SIZE), dtype=np.bool_)
    for _ in range(int(random.integers(1, 5))):
        (top, left), (high, wide) = random.integers(0, SIZE, 2), random.integers(1, SIZE + 1, 2)
        hole[top : top + high, left : left + wide] = True
    return hole


def as_mask(hole: NDArray[np.bool_], seed: int) -> Image.Image:
    """Transparent where the hole is, of any other alpha elsewhere."""
    alpha = np.random.default_rng(seed).integers(1, 256, hole.shape, dtype=np.uint8)
    mask = Image.new("RGBA", (SIZE, SIZE))
    mask.putalpha(Image.fromarray(np.where(hole, 0, alpha).astype(np.uint8)))
    return mask


def through(picture: Image.Image, file_format: str) -> Image.Image:
    """The picture as somebody sends it and we decode it."""
    buffer = io.BytesIO()
    picture.save(buffer, format=file_format)
    return Image.open(io.BytesIO(buffer.getvalue()))


def as_png(picture: Image.Image) -> Image.Image:
    return through(picture, "PNG")


@settings(deadline=None)
@given(
    seed=st.integers(0, 10_000),
    sent=st.sampled_from(
        [("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "L"), ("JPEG", "RGB"), ("WEBP", "RGB"), ("WEBP", "RGBA")]
    ),
)
def test_outside_the_mask_every_pixel_is_that_of_the_picture_sent(seed: int, sent: tuple[str, str]) -> None:
    given_picture = through(noisy(seed, sent[1]), sent[0])
    hole = blobs(seed)
    canvas = canvas_of(given_picture, as_mask(hole, seed), SIZE)
    result = as_png(composited(canvas, noisy(seed + 1, "RGB")))
    before, after = (np.asarray(each.convert("RGBA")) for each in (given_picture, result))
    assert np.array_equal(before[~hole], after[~hole])
    assert (after[hole][:, 3] == 255).all()


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10_000))
def test_a_pictures_own_transparency_is_its_mask(seed: int) -> None:
    hole = blobs(seed)
    alpha = np.random.default_rng(seed).integers(1, 256, hole.shape, dtype=np.uint8)
    pixels = np.asarray(noisy(seed, "RGBA")).copy()
    pixels[..., 3] = np.where(hole, 0, alpha)
    canvas = canvas_of(as_png(Image.fromarray(pixels)), None, SIZE)
    assert canvas.hole is not None
    assert np.array_equal(np.asarray(canvas.hole) > 0, hole)
    after = np.asarray(as_png(composited(canvas, noisy(seed + 1, "RGB"))).convert("RGBA"))
    assert np.array_equal(after[~hole], pixels[~hole])


def test_the_middle_of_a_hole_is_all_new_and_its_seam_shows_nothing_of_what_was_there() -> None:
    old = Image.new("RGB", (256, 256), (0, 0, 255))
    old.paste((255, 0, 0), (64, 64, 192, 192))
    hole = np.zeros((256, 256), dtype=np.bool_)
    hole[64:192, 64:192] = True
    mask = Image.new("RGBA", old.size, "black")
    mask.paste((0, 0, 0, 0), (64, 64, 192, 192))
    result = np.asarray(composited(canvas_of(old, mask, 256), Image.new("RGB", old.size, (0, 255, 0))))
    assert (result[70:186, 70:186] == (0, 255, 0)).all()
    assert (result[hole][:, 0] == 0).all()
    assert result[64, 128].tolist() not in ([0, 255, 0], [0, 0, 255])


@pytest.mark.parametrize(("sent", "size"), [(128, 64), (32, 64)])
def test_where_another_size_was_ordered_the_picture_is_resampled_once_and_then_kept(
    sent: int, size: int
) -> None:
    picture = noisy(1, "RGB", sent)
    mask = Image.new("RGBA", picture.size, "black")
    mask.paste((0, 0, 0, 0), (0, 0, sent // 2, sent))
    result = np.asarray(composited(canvas_of(picture, mask, size), Image.new("RGB", (size, size))))
    wanted = np.asarray(picture.resize((size, size), Image.Resampling.LANCZOS))
    assert np.array_equal(result[:, size // 2 :], wanted[:, size // 2 :])
    assert not np.array_equal(result[:, : size // 2], wanted[:, : size // 2])


def test_without_any_transparency_the_picture_is_a_guide() -> None:
    canvas = canvas_of(noisy(1, "RGB"), None, SIZE)
    assert canvas.hole is None
    made = noisy(2, "RGB")
    assert composited(canvas, made) is made


def test_masks_and_pictures_that_cannot_be_used_say_why() -> None:
    square = noisy(1, "RGB")
    with pytest.raises(NotSquare, match="64 × 32"):
        canvas_of(square.resize((64, 32)), None, SIZE)
    with pytest.raises(MaskOfOtherSize, match="mask has 32 × 32"):
        canvas_of(square, Image.new("RGBA", (32, 32)), SIZE)
    for opaque in (Image.new("RGB", (64, 64)), Image.new("RGBA", (64, 64), (0, 0, 0, 1))):
        with pytest.raises(NothingToChange):
            canvas_of(square, opaque, SIZE)


def test_a_hole_fills_with_the_colours_around_it_and_with_white_where_there_are_none() -> None:
    blue = Image.new("RGB", (64, 64), (10, 20, 200))
    hole = np.zeros((64, 64), dtype=np.bool_)
    hole[8:40, 8:40] = True
    assert surroundings(blue, hole) == pytest.approx(
        np.broadcast_to((10.0, 20.0, 200.0), (64, 64, 3)), abs=0.01
    )
    assert (surroundings(blue, np.ones_like(hole)) == 255).all()
