"""The demo's uploads: many kinds, the same bytes every time."""

from __future__ import annotations

import csv
from pathlib import Path

from factories.core import picture
from factories.files import encoded

from fairstock.adapters.demo_uploads import UPLOADER, Work, make
from fairstock.upload.manifest import COLUMNS, read_manifest

WORKS = [Work(encoded(picture(seed), "PNG"), "ann", f"Work {seed}") for seed in range(14)]
HONEST = [Work(encoded(picture(seed), "PNG"), "bob", "A work", ("one", "two")) for seed in range(20, 30)]
OUTPUTS = [encoded(picture(seed, (256, 256)), "PNG") for seed in range(40, 43)]


def made(folder: Path) -> dict[str, bytes]:
    count = make(folder, WORKS, HONEST, OUTPUTS, encoded(picture(50), "PNG"))
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert count == len(files) - 1
    return files


def test_the_same_bytes_every_time(tmp_path: Path) -> None:
    assert made(tmp_path / "one") == made(tmp_path / "two")


def test_every_kind_is_there_and_the_manifest_holds(tmp_path: Path) -> None:
    files = made(tmp_path)
    assert len(files) - 1 >= 40
    kinds = {name.partition("_")[0].partition(".")[0] for name in files}
    assert kinds >= {"honest", "copy", "marked", "stripped", "opted", "truncated", "bomb", "a", "own"}
    lines = read_manifest(tmp_path)
    assert {line.filename for line in lines} == set(files) - {"uploads.csv"}
    assert {line.contributor for line in lines} == {"bob", UPLOADER}
    with (tmp_path / "uploads.csv").open(newline="", encoding="utf-8") as file:
        assert tuple(next(csv.reader(file))) == COLUMNS


def test_honest_files_keep_their_bytes_and_authors(tmp_path: Path) -> None:
    files = made(tmp_path)
    for number, work in enumerate(HONEST, 1):
        assert files[f"honest_{number:02}_bob.png"] == work.content
