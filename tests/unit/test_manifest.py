"""uploads.csv: what it says, and how it is refused as a whole when it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from fairstock.upload.manifest import BadManifest, read_manifest


def folder(tmp_path: Path, csv: str | bytes | None, *files: str) -> Path:
    for name in files:
        (tmp_path / name).write_bytes(b"x")
    if csv is not None:
        (tmp_path / "uploads.csv").write_bytes(csv if isinstance(csv, bytes) else csv.encode())
    return tmp_path


def test_lines_are_read_in_order(tmp_path: Path) -> None:
    csv = "file,contributor,title,keywords,claim\na.png,ann,A cat,cat; dog;cat;,mine\nb_c.png,bob,,,\n"
    first, second = read_manifest(folder(tmp_path, csv, "a.png", "b_c.png"))
    assert (first.filename, first.contributor, first.title, first.keywords, first.claim) == (
        "a.png",
        "ann",
        "A cat",
        ("cat", "dog"),
        "mine",
    )
    assert (second.position, second.title, second.keywords) == (1, "b c", ())


def test_a_contributor_fills_the_gaps_and_stands_for_a_bare_folder(tmp_path: Path) -> None:
    (line,) = read_manifest(folder(tmp_path, "file\na.png\n", "a.png"), "ann")
    assert line.contributor == "ann"
    (tmp_path / "uploads.csv").unlink()
    (line,) = read_manifest(tmp_path, "ann")
    assert (line.filename, line.title) == ("a.png", "a")


WRONG: dict[str, str | bytes] = {
    "no column file": "name\na.png\n",
    "missing file": "file,contributor\nb.png,ann\n",
    "no contributor": "file\na.png\n",
    "outside the folder": "file,contributor\n../a.png,ann\n",
    "absolute": "file,contributor\n/etc/hostname,ann\n",
    "empty": "file,contributor\n",
    "not utf-8": b"file,contributor\n\xff\xfe,ann\n",
    "no name": "file,contributor\n ,ann\n",
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_manifest_is_refused_as_a_whole(tmp_path: Path, case: str) -> None:
    with pytest.raises(BadManifest):
        read_manifest(folder(tmp_path, WRONG[case], "a.png"))


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(BadManifest, match="no folder"):
        read_manifest(tmp_path / "nothing")


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    inside = tmp_path / "in"
    inside.mkdir()
    (tmp_path / "secret.png").write_bytes(b"x")
    (inside / "a.png").symlink_to(tmp_path / "secret.png")
    with pytest.raises(BadManifest):
        read_manifest(folder(inside, "file,contributor\na.png,ann\n"))
