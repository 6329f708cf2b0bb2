"""The house model carries pictures on: inside a mask, as a whole, and in variations."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from factories.clipart import works
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from fairstock.adapters.house_model.errors import NothingDrawn, UnknownSize
from fairstock.adapters.house_model.generator import HouseGenerator
from fairstock.adapters.house_model.guard import CopyGuard
from fairstock.adapters.house_model.parts import ReleaseParts
from fairstock.adapters.house_model.placing import outline, place, room
from fairstock.adapters.house_model.source import read_source
from fairstock.adapters.house_model.trainer import HouseTrainer


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("house")
    trainer = HouseTrainer("cpu")
    assert trainer.train(works(), folder / "work", seed=3, max_steps=2, max_seconds=None, progress=print)
    trainer.export(folder / "work", folder / "release", "house-test")
    return folder / "release"


@pytest.fixture(scope="module")
def generator(release: Path) -> HouseGenerator:
    return HouseGenerator(release, device="cpu")


@pytest.fixture(scope="module")
def parts(release: Path) -> ReleaseParts:
    return ReleaseParts(release, "cpu")


def sketch(size: int = 256) -> Image.Image:
    """A purple house with a green door on a large white sheet."""
    image = Image.new("RGB", (size, size), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((size // 2, size // 2, size * 7 // 8, size * 7 // 8), fill=(120, 20, 160))
    draw.rectangle((size * 5 // 8, size * 5 // 8, size * 6 // 8, size * 7 // 8), fill=(20, 160, 40))
    return image


def hole(size: int = 256) -> Image.Image:
    mask = Image.new("L", (size, size))
    mask.paste(255, (size // 8, size // 8, size // 2, size // 2))
    return mask


def opened(png: bytes) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(png)) as image:
        assert image.mode == "RGB"
        return np.asarray(image)


@pytest.mark.parametrize("size", [256, 512, 1024])
def test_every_way_delivers_the_size_asked_for_and_repeats_itself(
    generator: HouseGenerator, size: int
) -> None:
    def everything() -> list[bytes]:
        made = [
            generator.edit("apple", sketch(size), hole(size), [1], size, strength=0.5)[0],
            generator.edit("apple", sketch(size), None, [1], size, strength=0.5)[0],
            generator.edit(
                "apple", sketch(size), None, [1], size, strength=0.5, guide=sketch(size).rotate(90)
            )[0],
            generator.vary(sketch(size), [1], size)[0],
        ]
        assert all(set(each.retrieved) <= {work.sha256 for work in works()} for each in made)
        return [each.png for each in made]

    first = everything()
    assert all(opened(png).shape == (size, size, 3) for png in first)
    assert len(set(first)) == 4
    if size == 256:  # larger ones are the same drawings, sharpened: no need to make them all twice
        assert everything() == first


def test_seeds_make_different_pictures(generator: HouseGenerator) -> None:
    one, other = generator.vary(sketch(), [1, 2], 256)
    assert one.png != other.png
    assert generator.vary(sketch(), [2], 256) == [other]


def test_a_drawing_is_carried_on_where_it_stood(generator: HouseGenerator, parts: ReleaseParts) -> None:
    source = read_source(parts, sketch())
    assert source is not None
    assert source.left >= 120
    assert source.top >= 120
    assert source.small.shape == (1, 3, 32, 32)
    made = opened(generator.edit("house", sketch(), None, [1], 256, strength=0.2)[0].png)
    assert (made[:110] == 255).all()
    assert (made[140:200, 140:200] < 200).any()


def test_what_is_white_or_of_another_size_is_refused(generator: HouseGenerator) -> None:
    white = Image.new("RGB", (256, 256), "white")
    with pytest.raises(NothingDrawn):
        generator.vary(white, [1], 256)
    with pytest.raises(NothingDrawn):
        generator.edit("apple", white, None, [1], 256, strength=0.5)
    with pytest.raises(UnknownSize):
        generator.vary(sketch(), [1], 300)


def test_a_picture_that_copies_a_work_does_not_accuse_its_own_variations(parts: ReleaseParts) -> None:
    work = parts.works.small[4]
    large = np.asarray(Image.fromarray(work).resize((128, 128), Image.Resampling.BICUBIC))
    guard: CopyGuard = parts.guard
    copied = guard.copied(large)
    plain, excused = guard.judge(large), guard.judge(large, copied)
    assert plain is not None
    assert plain.copy
    assert excused is not None
    assert not excused.copy
    assert excused.sha256 == plain.sha256
    sheet = Image.new("RGB", (256, 256), "white")
    sheet.paste(Image.fromarray(large), (64, 64))
    source = read_source(parts, sheet)
    assert source is not None
    assert source.copied[4]
    assert not guard.copied(np.full((128, 128, 3), 255, np.uint8)).any()


def test_a_drawing_is_cut_out_of_its_white_and_put_on_the_colours_around_the_mask() -> None:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100"><rect width="100" height="100" '
        'fill="#FFFFFF"/><circle cx="50" cy="50" r="30" fill="#D00000"/>'
        '<circle cx="50" cy="50" r="10" fill="#FFFFFF"/></svg>'
    )
    blue = Image.new("RGB", (256, 256), (10, 20, 200))
    mask = Image.new("L", (256, 256))
    mask.paste(255, (64, 64, 192, 192))
    made = opened(place(svg, blue, mask))
    assert made[66, 66] == pytest.approx((10, 20, 200), abs=3)
    assert made[128, 128].min() > 250
    assert made[128, 95] == pytest.approx((208, 0, 0), abs=3)


def test_room_is_the_largest_square_of_a_mask() -> None:
    free = np.zeros((256, 256), dtype=np.bool_)
    free[100:110, :] = True
    free[30:94, 20:84] = True
    left, top, side = room(free)
    assert (left + side / 2, top + side / 2) == pytest.approx((52, 62), abs=4)
    assert 64 <= side <= 90
    assert room(np.zeros((256, 256), dtype=np.bool_))[2] > 0
    assert outline(Image.new("RGB", (20, 20), "white")).getextrema() == (0, 0)
