"""Marks in real files: runs where EXAM_IMAGES names a folder of labelled pictures with a manifest.csv."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from fairstock.adapters.confined import ConfinedC2paReader, open_guard
from fairstock.screening.screen import screen
from fairstock.upload.guard import DecodeGuard

FOLDER = Path(os.environ.get("EXAM_IMAGES", "/nowhere"))
NO_MARK = ("", "C2PA(no AI assertion)")
pytestmark = [
    pytest.mark.skipif(not (FOLDER / "manifest.csv").is_file(), reason="EXAM_IMAGES names no pictures"),
    pytest.mark.timeout(900),
]


@pytest.fixture(scope="module")
def guard() -> Iterator[DecodeGuard]:
    with open_guard() as running:
        yield running


def test_every_mark_is_proof_and_nobody_else_is_accused(guard: DecodeGuard) -> None:
    """A picture with a mark is rejected; a human picture has no mark; no file costs its process."""
    reader = ConfinedC2paReader(guard, lambda: b"")
    with (FOLDER / "manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    wrong = []
    for row in rows:
        data = (FOLDER / row["path"]).read_bytes()
        (seen,) = guard.inspect([data])
        credentials = reader.read(data, seen.mime) if seen.carries_c2pa else None
        report = screen(seen, refusal=seen.refusal, credentials=credentials)
        marked = row["has_metadata_marker"] not in NO_MARK
        if marked != ("generator_mark" in report.reasons or "c2pa_generated" in report.reasons):
            wrong.append((row["path"], row["has_metadata_marker"], report.reasons))
    assert len(rows) > 500
    assert [case for case in wrong if case[0].startswith(("real/", "fixtures/"))] == []
    assert [case for case in wrong if case[1]] == []
    assert guard.respawned == 0
