"""The demo library, and the reader of its format."""

import shutil
from collections import Counter
from pathlib import Path

import pytest

from fairstock.adapters.library_folder import NotALibrary, WorkChanged, read_folder
from fairstock.settings import PACKAGE_DATA

DEMO = PACKAGE_DATA / "demo-library"


def test_the_demo_library_is_what_its_readme_promises() -> None:
    works = list(read_folder(DEMO))
    authors = Counter(work.author for work in works)
    assert len(works) >= 400
    assert len(authors) >= 40
    assert sum(1 for n in authors.values() if n == 1) >= 40, "the long tail is kept"
    assert len({work.key.split("/")[0] for work in works}) >= 12, "mixed subjects"
    assert all(work.license.endswith("PublicDomain") for work in works)
    assert not any("@" in (work.author or "") for work in works), "no mail addresses of authors"
    assert any(not work.training for work in works), "somebody did not license training"
    assert sum(p.stat().st_size for p in DEMO.rglob("*") if p.is_file()) <= 10_000_000


def test_uploads_are_not_in_the_library() -> None:
    assert not {w.sha256 for w in read_folder(DEMO, "upload")} & {w.sha256 for w in read_folder(DEMO)}


def _copy(tmp_path: Path) -> Path:
    (tmp_path / "pictures").mkdir()
    lines = (DEMO / "works.csv").read_text(encoding="utf-8").splitlines()[:3]
    (tmp_path / "works.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for line in lines[1:]:
        shutil.copy(DEMO / line.split(",")[1], tmp_path / "pictures")
    return tmp_path


def test_a_changed_picture_is_refused_by_name(tmp_path: Path) -> None:
    folder = _copy(tmp_path)
    assert len(list(read_folder(folder))) == 2
    victim = sorted((folder / "pictures").iterdir())[0]
    victim.write_bytes(victim.read_bytes() + b"x")
    with pytest.raises(WorkChanged, match=victim.name):
        list(read_folder(folder))
    victim.unlink()
    with pytest.raises(WorkChanged, match="is missing"):
        list(read_folder(folder))


def test_a_folder_without_records_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotALibrary, match=r"works\.csv"):
        list(read_folder(tmp_path))
    (tmp_path / "works.csv").write_text("file,title\n", encoding="utf-8")
    with pytest.raises(NotALibrary, match="lacks author"):
        list(read_folder(tmp_path))
