"""Small pictures for pages: bounded, cached, and safe on hostile bytes."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from fairstock.web.renditions import NotShowable, Renditions, render


def png(width: int, height: int, mode: str = "RGB") -> bytes:
    """A plain picture."""
    out = BytesIO()
    Image.new(mode, (width, height)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("mode", "size"), [("RGB", (2000, 10)), ("RGBA", (10, 900)), ("P", (50, 50)), ("1", (700, 700))]
)
def test_a_rendition_fits_its_edge_and_never_grows(mode: str, size: tuple[int, int]) -> None:
    with Image.open(BytesIO(render(png(*size, mode=mode), 240))) as image:
        assert image.format == "WEBP"
        assert max(image.size) <= min(240, max(size))


def test_a_mark_changes_the_picture() -> None:
    assert render(png(640, 640), 640, marked=True) != render(png(640, 640), 640)


@pytest.mark.parametrize("data", [b"", b"text", png(20, 20)[:40], b"\x89PNG\r\n\x1a\n" + b"\x00" * 50])
def test_damaged_bytes_give_one_error(data: bytes) -> None:
    with pytest.raises(NotShowable):
        render(data, 240)


def test_a_bomb_is_refused_by_its_header() -> None:
    with pytest.raises(NotShowable, match="pixels"):
        render(png(9000, 9000, "1"), 240)


def test_the_cache_answers_without_the_bytes_and_stays_within_its_bound(tmp_path: Path) -> None:
    cache = Renditions(tmp_path, most_bytes=0)
    first = cache.get("a" * 64, 240, marked=False, load=lambda: png(300, 300))
    assert list(tmp_path.rglob("*.webp")) == []  # beyond the bound, so swept at once
    cache = Renditions(tmp_path)
    loads: list[int] = []

    def load() -> bytes:
        loads.append(1)
        return png(300, 300)

    assert cache.get("a" * 64, 240, marked=False, load=load) == first
    assert cache.get("a" * 64, 240, marked=False, load=load) == first
    assert len(loads) == 1
    with pytest.raises(NotShowable):
        cache.get("a" * 64, 999, marked=False, load=load)


def test_a_picture_that_another_process_drops_meanwhile_is_no_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "ab" / "gone.webp"
    monkeypatch.setattr(Path, "glob", lambda folder, _: iter([gone]) if folder == tmp_path else iter([]))
    assert Renditions(tmp_path).get("a" * 64, 240, marked=False, load=lambda: png(300, 300))
