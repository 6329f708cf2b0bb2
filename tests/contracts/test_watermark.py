"""The watermark: what it carries, what it survives, what it leaves alone, what it never claims."""

from __future__ import annotations

import io
import math
from pathlib import Path

import numpy as np
import pytest
from bench.attacks import ATTACKS
from factories.balloon import clip_art
from fakes.pictures import drawing
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from fairstock.adapters.dev_keys import WATERMARK_KEY, ensure_watermark_key
from fairstock.adapters.spectrum_mark import code
from fairstock.adapters.watermark import SpectrumWatermark
from fairstock.provenance.marking import mark_pixels, payload_of
from fairstock.provenance.ports import NotMarked

PAYLOAD = b"\x12\x34\x56\x78\x9a\xbc"
MARK = SpectrumWatermark(b"a secret of the tests' own")


def psnr(before: Image.Image, after: Image.Image) -> float:
    difference = np.asarray(before, np.float64) - np.asarray(after, np.float64)
    return 10 * math.log10(255**2 / float((difference**2).mean()))


@pytest.fixture(scope="module")
def marked() -> Image.Image:
    return MARK.embed(clip_art(), PAYLOAD)


def test_a_marked_drawing_looks_the_same(marked: Image.Image) -> None:
    assert psnr(clip_art(), marked) > 42
    assert np.abs(np.asarray(marked, np.int16) - np.asarray(clip_art(), np.int16)).max() < 20


@pytest.mark.parametrize("attack", ATTACKS)
def test_it_survives(marked: Image.Image, attack: str) -> None:
    found = MARK.read(ATTACKS[attack](marked))
    assert found is not None
    assert found.payload == PAYLOAD
    assert found.false_positive_bound < 1e-9
    assert 0.4 < found.confidence <= 1


def test_the_part_that_is_left_is_estimated(marked: Image.Image) -> None:
    whole, part = MARK.read(marked), MARK.read(ATTACKS["crop 25 %"](marked))
    assert whole is not None
    assert part is not None
    assert whole.visible_share == pytest.approx(1, abs=0.02)
    assert part.visible_share == pytest.approx(0.75**2, abs=0.02)


@pytest.mark.parametrize("size", [256, 1024])
def test_other_sizes_survive_a_harsh_jpeg(size: int) -> None:
    found = MARK.read(ATTACKS["JPEG 30"](MARK.embed(clip_art(size), PAYLOAD)))
    assert found is not None
    assert found.payload == PAYLOAD


def test_nobody_else_reads_it_and_unmarked_pictures_say_nothing(marked: Image.Image) -> None:
    assert SpectrumWatermark(b"the secret of another house").read(marked) is None
    assert MARK.read(clip_art()) is None
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 256, (300, 400, 3), dtype=np.uint8))
    assert MARK.read(noise) is None


def test_pixels_outside_the_mask_stay_bit_for_bit() -> None:
    original = Image.open(io.BytesIO(drawing("squares", 3, 512))).convert("RGB")
    inside = Image.new("L", original.size)
    ImageDraw.Draw(inside).rectangle((60, 80, 459, 479), fill=255)
    marked = MARK.embed(original, PAYLOAD, inside=inside)
    outside = np.asarray(inside) == 0
    assert np.array_equal(np.asarray(marked)[outside], np.asarray(original)[outside])
    found = MARK.read(marked)
    assert found is not None
    assert found.payload == PAYLOAD


def test_modes_and_transparency_are_kept() -> None:
    layered = clip_art().convert("RGBA")
    alpha = Image.new("L", layered.size, 255)
    alpha.paste(0, (0, 0, 512, 60))
    layered.putalpha(alpha)
    marked = MARK.embed(layered, PAYLOAD)
    assert marked.mode == "RGBA"
    assert marked.getchannel("A").tobytes() == alpha.tobytes()
    assert np.array_equal(np.asarray(marked)[:60], np.asarray(layered)[:60])
    found = MARK.read(marked)
    assert found is not None
    assert found.payload == PAYLOAD
    grey = MARK.embed(clip_art().convert("L"), PAYLOAD)
    assert grey.mode == "L"
    assert MARK.read(grey) is not None


def test_a_picture_that_cannot_hold_it_goes_out_as_it_was_with_the_reason() -> None:
    tiny = Image.new("RGB", (64, 64), "white")
    same, mark = mark_pixels(tiny, MARK, "gen_1-0")
    assert same is tiny
    assert (mark.payload, mark.reason) == (None, "it is smaller than 96 pixels")
    with pytest.raises(NotMarked, match="may be changed"):
        MARK.embed(clip_art(), PAYLOAD, inside=Image.new("L", (512, 512)))
    assert MARK.read(tiny) is None


def test_the_payload_of_a_picture_is_its_own_and_stays() -> None:
    assert payload_of("gen_1-0", 6) == payload_of("gen_1-0", 6)
    assert len({payload_of(f"gen_1-{number}", 6) for number in range(1000)}) == 1000


@given(st.binary(min_size=6, max_size=6), st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_the_code_mends_a_fifth_of_its_signs(payload: bytes, seed: int) -> None:
    signs = code.encode(payload)
    assert code.decode(signs) == (payload, True)
    lost = np.random.default_rng(seed).choice(len(signs), len(signs) // 5, replace=False)
    signs[lost] = 0
    assert code.decode(signs) == (payload, True)


def test_the_key_is_made_once_and_kept_private(tmp_path: Path) -> None:
    first = ensure_watermark_key(tmp_path / "keys")
    assert len(first) == 32
    assert ensure_watermark_key(tmp_path / "keys") == first
    assert (tmp_path / "keys" / WATERMARK_KEY).stat().st_mode & 0o077 == 0
