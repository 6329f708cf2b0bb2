"""The finder of faces: photographed ones where they are, none in drawings, whatever the picture."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest
from factories.core import picture
from factories.people import portrait
from PIL import Image

from fairstock.adapters.slime_faces import LEAST_EDGE, SlimeFaces, is_drawn

LIBRARY = Path(__file__).parents[2] / "src/fairstock/data/demo-library/pictures"


@pytest.mark.parametrize("share", [0.1, 0.2, 0.3, 0.5])
def test_a_photographed_face_is_found_where_it_is(share: float) -> None:
    (face,) = SlimeFaces().find(portrait((512, 400), share=share))
    assert face.share == pytest.approx(share, rel=0.15)
    left, top, width, height = face.box
    assert left + width / 2 == pytest.approx(0.5, abs=0.05)
    assert top + height / 2 == pytest.approx(0.5, abs=0.1)


def test_drawn_faces_and_clip_art_show_nobody() -> None:
    assert SlimeFaces().find(portrait((512, 400), photographed=False)) == []
    for path in sorted(LIBRARY.glob("people__*.png")):
        with Image.open(path) as image:
            assert SlimeFaces().find(image) == [], path.name


@pytest.mark.parametrize("size", [(1, 1), (LEAST_EDGE - 1, 400), (400, LEAST_EDGE), (2000, 30), (25, 25)])
def test_any_size_and_mode_is_taken(size: tuple[int, int]) -> None:
    for mode in ("RGB", "L", "RGBA", "P"):
        assert SlimeFaces().find(picture(1).resize(size).convert(mode)) == []


def test_photographs_and_drawings_are_told_apart() -> None:
    assert not is_drawn(portrait((512, 400)))
    isolated = Image.new("RGB", (512, 512), "white")
    isolated.paste(portrait((200, 260)), (150, 120))
    assert not is_drawn(isolated)
    assert is_drawn(portrait((512, 400), photographed=False))
    assert is_drawn(Image.new("RGB", (300, 300), "navy"))


def test_nothing_is_kept_of_pictures_that_were_looked_at() -> None:
    """The binding of the wheel, which is not used, kept a copy of each: 150 kB of these, so 60 MB in all."""
    photograph = portrait((256, 200))
    looker = SlimeFaces()
    looker.find(photograph)
    before = resident()
    for _ in range(400):
        looker.find(photograph)
    assert resident() - before < 20_000_000


def resident() -> int:
    """Bytes of this process that lie in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
