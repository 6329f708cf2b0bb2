"""Marks of generators: each one is named, and honest files that look a little like them are not."""

from __future__ import annotations

import pytest
from factories.files import A1111, encoded, exif_jpeg, generator_files, png, scene, text, xmp_png
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageDraw

from fairstock.screening.marks.read import marks_of
from fairstock.screening.model import Observation
from fairstock.upload.guard import DecodeGuard
from fairstock.upload.model import EmbeddedText

CASES = generator_files()


def marks(guard: DecodeGuard, data: bytes) -> list[Observation]:
    seen = guard.inspect([data])[0]
    assert seen.refusal is None
    return marks_of(seen.texts, seen.corner)


@pytest.mark.parametrize("case", CASES)
def test_the_generator_is_named_with_evidence(guard: DecodeGuard, case: str) -> None:
    data, generator = CASES[case]
    seen = {mark.value: mark for mark in marks(guard, data)}
    assert generator in seen
    assert seen[generator].evidence["proof"] is True
    assert seen[generator].evidence["quote"]
    assert seen[generator].evidence["where"]


HONEST = {
    "author and description": png(scene(1), text("Author", "Ann"), text("Description", "A cat on a wall")),
    "a recipe": png(scene(1), text("Comment", "Steps: 20, and then rest for an hour")),
    "the word prompt": png(scene(1), text("prompt", "be prompt")),
    "json of something else": png(scene(1), text("workflow", '{"layers": 3}')),
    "inkscape": png(scene(1), text("Software", "www.inkscape.org")),
    "a camera": exif_jpeg({0x010F: "KONICA MINOLTA", 0x0110: "DiMAGE Z5", 0x0131: "DiMAGE Z5 v1.01"}),
    "an artist named after a uuid only": exif_jpeg({0x013B: "3f2b7c52-9d0e-4c1c-8a53-0c3f6a1f7d21"}),
    "a photographed scene": xmp_png(
        'Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"'
    ),
    "a caption about a generator": png(
        scene(1), text("Description", "A talk about Stable Diffusion and DALL-E")
    ),
    "label says not generated": png(scene(1), text("AIGC", '{"Label": "0"}')),
    "a canva design": xmp_png('xmp:CreatorTool="Canva (Renderer)"'),
    "photoshop": xmp_png('xmp:CreatorTool="Adobe Photoshop 25.0 (Windows)"'),
    "a photographer's credit": xmp_png('photoshop:Credit="Made with love"'),
    "a credit about the company": xmp_png('photoshop:Credit="Google AI team picnic, made with Google Pixel"'),
    "an artist called flux": exif_jpeg({0x013B: "Flux"}),
    "a device called flux": exif_jpeg({0x0110: "Flux"}),
    "software of a scanner": exif_jpeg({0x0131: "AI generated contrast curve"}),
    "nmkd without settings": png(scene(1), text("NMKDiffusion", "none")),
    "a plain webp": encoded(scene(1), "WEBP"),
}


@pytest.mark.parametrize("case", HONEST)
def test_honest_files_carry_no_mark(guard: DecodeGuard, case: str) -> None:
    assert marks(guard, HONEST[case]) == []


def test_four_of_five_squares_are_no_signature(guard: DecodeGuard) -> None:
    image = scene(3)
    draw = ImageDraw.Draw(image)
    for number, colour in enumerate(("#ffff66", "#42ffff", "#51da4c", "#ff6e3c", "#3c46aa")):
        left = image.width - 16 * (5 - number)
        draw.rectangle((left, image.height - 16, left + 15, image.height - 1), fill=colour)
    assert marks(guard, encoded(image, "PNG")) == []


def test_a_possible_label_is_no_proof(guard: DecodeGuard) -> None:
    (mark,) = marks(guard, png(scene(1), text("AIGC", '{"Label": "2"}')))
    assert mark.evidence["proof"] is False


def test_an_upscaler_is_no_proof(guard: DecodeGuard) -> None:
    said = "Postprocess upscale by: 4, Postprocess upscaler: R-ESRGAN 4x+"
    (mark,) = marks(guard, png(scene(1), text("postprocessing", said)))
    assert mark.evidence["proof"] is False


def test_fooocus_is_not_called_by_the_form_that_it_borrows(guard: DecodeGuard) -> None:
    data = png(scene(5), text("fooocus_scheme", "a1111"), text("parameters", A1111))
    assert [mark.value for mark in marks(guard, data)] == ["Fooocus"]


def test_the_evidence_says_that_it_lay_behind_the_end(guard: DecodeGuard) -> None:
    (mark,) = marks(guard, CASES["comfyui prompt behind the end"][0])
    assert "behind the end" in mark.evidence["where"]


texts = st.builds(EmbeddedText, st.sampled_from(["png-text", "exif", "xmp", "pixels"]), st.text(), st.text())


@given(st.lists(texts, max_size=6))
def test_any_text_is_read_without_failing(entries: list[EmbeddedText]) -> None:
    for mark in marks_of(entries, None):
        assert mark.evidence["quote"] is not None


@pytest.mark.parametrize(
    "hostile",
    [
        "Steps: 1, " * 100_000,
        "Steps: 1," + "a: b," * 100_000,
        "{" * 900_000,
        '{"a":' * 200_000,
        "-s 1 " * 200_000,
    ],
)
def test_hostile_text_costs_little_time(hostile: str) -> None:
    """Each took far less than a second; a pattern that goes wrong takes minutes, and the suite's limit
    ends it.
    """
    for key in ("parameters", "Dream", "Comment", "Description"):
        marks_of([EmbeddedText("png-text", key, hostile)], None)
