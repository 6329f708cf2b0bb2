"""Parts of works are found by words of their local features: at once, later, and after an upgrade."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from factories.core import add_contributor
from factories.files import encoded
from factories.intake import folder_of
from factories.processes import run_until_killed
from PIL import Image
from prefect.logging import disable_run_logger
from sqlalchemy import text

from fairstock.asset import store as assets
from fairstock.asset.rules import flattened
from fairstock.bootstrap import App
from fairstock.db.checks import load_checks, run_check
from fairstock.screening import local, policy
from fairstock.screening.candidates import Neighbourhood, neighbourhood
from fairstock.settings import PACKAGE_DATA
from fairstock.upload import store as uploads
from fairstock.upload.manifest import read_manifest
from flows._comparing import Comparisons, subject_of
from flows.index_catalogue import index_catalogue
from flows.ingest_uploads import judge, look_at, take_in
from tests.bench.copies.disguises import CHANGES

DRAWINGS = sorted((PACKAGE_DATA / "demo-library/pictures").iterdir())[::58][:8]
CROPPED = "cropped to 70 %"


def drawing(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return flattened(image)


def crop(number: int) -> bytes:
    """A part of a drawing."""
    return encoded(CHANGES[CROPPED](drawing(DRAWINGS[number]), random.Random(number)), "PNG")


def sent(app: App, folder: Path, files: dict[str, tuple[str, bytes]], people: dict[str, str]) -> list[str]:
    """Upload ids of files that were taken in and looked at, not judged."""
    with disable_run_logger():
        received = take_in.fn(read_manifest(folder_of(folder, files), None), people, folder.name)
        look_at.fn(received)
    return received


def judged(received: list[str]) -> None:
    with disable_run_logger():
        judge.fn(received)


def words_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A policy under which neither features nor hashes give candidates."""
    shipped = policy.load(policy.SHIPPED)
    monkeypatch.setattr(policy, "shipped", lambda: replace(shipped, candidate_cosine=2.0, phash_radius=0))


def near(app: App, received: Sequence[str]) -> tuple[Neighbourhood, dict[str, str]]:
    """What is found for uploads that wait, and their digests by file name."""
    with app.transaction() as conn:
        waiting = uploads.waiting(conn, received)
        traits = uploads.traits(conn, received)
        found = neighbourhood(conn, [subject_of(each, traits) for each in waiting], policy.shipped())
    return found, {each.filename: each.sha256 for each in waiting}


@pytest.fixture
def people(app: App) -> dict[str, str]:
    with app.transaction() as conn:
        return {"ann": add_contributor(conn), "bob": add_contributor(conn, "bob")}


def test_a_part_is_found_by_its_words(
    app: App, people: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    works = {f"{number}.png": ("ann", path.read_bytes()) for number, path in enumerate(DRAWINGS)}
    judged(sent(app, tmp_path / "works", works, people))
    words_alone(monkeypatch)
    parts = {f"{number}.png": ("bob", crop(number)) for number in range(len(DRAWINGS))}
    found, digests = near(app, sent(app, tmp_path / "parts", parts, people))
    for name, sha256 in digests.items():
        shared = found.shared[sha256]
        first = max(shared, key=lambda identity: shared[identity])
        assert found.works[first].title == name.partition(".")[0], name
        assert found.local_of(first) is not None


def test_a_work_published_a_moment_before_in_the_same_batch_is_found(
    app: App, people: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words_alone(monkeypatch)
    both = {"work.png": ("ann", DRAWINGS[2].read_bytes()), "part.png": ("bob", crop(2))}
    received = sent(app, tmp_path / "both", both, people)
    found: list[set[str]] = []
    kept = Comparisons.likenesses

    def noting(self: Comparisons, subject: Any, known: Neighbourhood) -> Any:
        found.append(set(known.candidates(subject)))
        return kept(self, subject, known)

    monkeypatch.setattr(Comparisons, "likenesses", noting)
    judged(received)
    with app.transaction() as conn:
        (work,) = uploads.of_contributor(conn, people["ann"])
    assert found[-1] == {work.asset_id}, "the part was compared with the work"


def test_features_of_another_version_are_not_compared(
    app: App, people: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged(sent(app, tmp_path / "works", {"work.png": ("ann", DRAWINGS[2].read_bytes())}, people))
    words_alone(monkeypatch)
    received = sent(app, tmp_path / "parts", {"part.png": ("bob", crop(2))}, people)
    assert len(near(app, received)[0].works) == 1
    with app.transaction() as conn:
        conn.execute(text("UPDATE asset_local SET version = 'another'"))
    assert near(app, received)[0].works == {}
    with app.transaction() as conn:
        conn.execute(text("UPDATE upload_traits SET local_version = 'another'"))
    assert near(app, received)[0].works == {}


CHILD = """
import os, signal
from fairstock.asset import store
from flows import index_catalogue as module

kept, calls = store.add_local, []

def counting(*given):
    calls.append(1)
    if len(calls) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return kept(*given)

store.add_local = counting
module.BATCH = 2
module.index_catalogue()
"""


@pytest.mark.usefixtures("prefect_harness")
def test_works_that_came_before_are_indexed_once_also_by_a_killed_run(
    app: App, people: dict[str, str], tmp_path: Path
) -> None:
    """One work's file is gone and stays as it was."""
    works = {f"{number}.png": ("ann", path.read_bytes()) for number, path in enumerate(DRAWINGS)}
    judged(sent(app, tmp_path / "works", works, people))
    with app.transaction() as conn:
        first = {each.id: each for each in assets.of_contributor(conn, people["ann"])}
        kept = assets.local_of(conn, first)
        conn.execute(text("DELETE FROM asset_local"))
    lost = sorted(first)[5]
    assert len(kept) == len(DRAWINGS)
    app.objects.delete(first[lost].sha256)
    run_until_killed(CHILD)
    with app.transaction() as conn:
        assert len(assets.local_of(conn, first)) == 4
    assert index_catalogue() == {"indexed": 3, "unopened": 1, "optouts": 0}
    with app.transaction() as conn:
        assert assets.local_of(conn, first) == {name: kept[name] for name in kept if name != lost}
        (check,) = [each for each in load_checks() if each.name == "asset_words_are_those_of_features"]
        assert run_check(conn, check) is None
    assert index_catalogue() == {"indexed": 0, "unopened": 1, "optouts": 0}
    assert kept[lost].version == local.VERSION
