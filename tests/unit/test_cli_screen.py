"""`fairstock screen`: folders, bad paths, odd names; one line a file, whatever is in it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from factories.files import A1111, encoded, png, scene, text

from fairstock.cli.paths import Unread, files_under, read_file

PROGRAM = Path(sys.executable).parent / "fairstock"
FIELDS = {
    "path",
    "sha256",
    "verdict",
    "reasons",
    "sentences",
    "observations",
    "ai_score",
    "policy",
    "seconds",
}


def screened(home: Path, *paths: str | bytes | Path) -> tuple[int, list[dict[str, Any]], str]:
    environment = {**os.environ, "FAIRSTOCK_HOME": str(home)}
    done = subprocess.run(
        [PROGRAM, "screen", *paths, "--json"], env=environment, capture_output=True, text=True, check=False
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert all(line.keys() == FIELDS for line in lines)
    return done.returncode, lines, done.stderr


def test_a_folder_gives_one_line_a_file_and_touches_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    (folder / "deep").mkdir(parents=True)
    (folder / ".hidden").write_bytes(b"x")
    files = {
        "deep/marked.jpg": png(scene(1), text("parameters", A1111)),
        "empty.png": b"",
        "plain.png": encoded(scene(2), "PNG"),
        os.fsdecode(b"\xff\xfe.png"): encoded(scene(3), "PNG"),
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
    (folder / "link.png").symlink_to(folder / "plain.png")
    (folder / "loop").symlink_to(folder)
    code, lines, complaints = screened(tmp_path / "home", folder)
    found = {os.path.relpath(line["path"], folder): line for line in lines}
    assert code == 0, complaints
    assert found.keys() == {*files, "link.png"}
    assert found["deep/marked.jpg"]["verdict"] == "reject"
    assert found["deep/marked.jpg"]["ai_score"] == 1.0
    assert found["empty.png"]["reasons"] == ["empty_file"]
    assert found["plain.png"]["verdict"] == found["link.png"]["verdict"]
    for name, data in files.items():
        assert found[name]["sha256"] == hashlib.sha256(data).hexdigest()
    assert not (tmp_path / "home" / "postgres").exists()
    assert not (tmp_path / "home" / "keys").exists()


def test_what_cannot_be_read_is_named_and_the_rest_is_screened(tmp_path: Path) -> None:
    good = tmp_path / "good.png"
    good.write_bytes(encoded(scene(2), "PNG"))
    (tmp_path / "bare").mkdir()
    os.mkfifo(tmp_path / "pipe")
    listed = tmp_path / "listed"
    listed.mkdir()
    (listed / "uploads.csv").write_text("file,title\nnot-there.png,A tree\n", encoding="utf-8")
    paths = (tmp_path / "gone.png", tmp_path / "bare", tmp_path / "pipe", listed, good)
    code, lines, complaints = screened(tmp_path / "home", *paths)
    assert code == 2
    assert [line["reasons"] for line in lines] == [
        ["no_such_file"],
        ["empty_folder"],
        ["not_a_file"],
        ["bad_manifest"],
        [],
    ]
    assert [line["verdict"] for line in lines] == ["refused"] * 4 + [lines[4]["verdict"]]
    assert lines[4]["sha256"]
    assert len(complaints.strip().splitlines()) == 4
    assert "gone.png does not exist" in complaints
    assert "line 2 names “not-there.png”, which is missing" in complaints


def test_a_reader_that_has_seen_enough_ends_the_program_quietly(tmp_path: Path) -> None:
    for number in range(40):
        (tmp_path / f"{number}.txt").write_bytes(b"no picture" * 500)
    command = f"{PROGRAM} screen {tmp_path} --json | head -n 1"
    environment = {**os.environ, "FAIRSTOCK_HOME": str(tmp_path / "home")}
    done = subprocess.run(
        ["bash", "-c", command], env=environment, capture_output=True, text=True, check=False
    )
    assert len(done.stdout.splitlines()) == 1
    assert done.stderr == ""


def test_no_command_waits_for_libraries_that_it_does_not_need() -> None:
    heavy = ("torch", "pandas", "scipy", "alembic", "onnxruntime", "cv2", "prefect", "fastapi")
    script = f"import sys, fairstock.cli; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_file_larger_than_anybody_takes_is_only_digested(tmp_path: Path) -> None:
    large = tmp_path / "large"
    large.write_bytes(b"x" * 2000)
    read = read_file(large, 1999)
    assert (read.data, read.size, read.sha256) == (None, 2000, hashlib.sha256(b"x" * 2000).hexdigest())
    assert read_file(large, 2000).data == b"x" * 2000


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_permissions_are_named(tmp_path: Path) -> None:
    shut = tmp_path / "shut"
    shut.mkdir()
    shut.chmod(0)
    (found,) = (each for each in files_under([shut]) if isinstance(each, Unread))
    assert found.code in ("no_permission", "empty_folder")
    shut.chmod(0o700)
