"""Works of the opt-out registry come back: as the very file, saved anew, mirrored, cropped, turned."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
from factories.core import add_contributor
from factories.files import encoded
from factories.intake import folder_of
from PIL import Image
from prefect.logging import disable_run_logger
from sqlalchemy import text

from fairstock.asset import store as assets
from fairstock.asset.rules import flattened
from fairstock.bootstrap import App
from fairstock.kit.ids import sha256_of
from fairstock.optout import store as optouts
from fairstock.optout.model import NewOptOut, Use
from fairstock.screening import local, policy
from fairstock.screening import store as screening
from fairstock.screening.model import Observation, ObservationKind, Outcome, Verdict
from fairstock.settings import PACKAGE_DATA
from fairstock.upload import store as uploads
from fairstock.upload.manifest import read_manifest
from flows.ingest_uploads import judge, learn_opted_out, look_at, take_in
from tests.bench.copies.disguises import CHANGES

DRAWINGS = sorted((PACKAGE_DATA / "demo-library/pictures").iterdir())[::58][:8]
WAYS = ("JPEG 40", "mirrored", "turned 5°", "cropped to 70 %", "white border 10 %")


def drawing(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return flattened(image)


def ingest(folder: Path, people: dict[str, str]) -> None:
    """The tasks of the flow in their order, without Prefect around them."""
    with disable_run_logger():
        learn_opted_out.fn()
        received = take_in.fn(read_manifest(folder, None), people, folder.name)
        look_at.fn(received)
        judge.fn(received)


def refuse_sale(app: App, data: bytes) -> str:
    """An entry that knows no more than the file's digest."""
    with app.transaction() as conn:
        since = app.clock.now()
        return optouts.add(
            conn, NewOptOut(sha256_of(data), None, frozenset({Use.SALE}), since, "asked by letter")
        )


def results(app: App, whose: str) -> dict[str, tuple[Verdict, list[Observation]]]:
    with app.transaction() as conn:
        sent = uploads.of_contributor(conn, whose)
        verdicts = screening.verdicts(conn, [each.id for each in sent])
        seen = screening.observations(conn, [each.id for each in sent])
    return {
        each.filename: (
            verdicts[each.id],
            [one for one in seen.get(each.id, ()) if one.kind is ObservationKind.OPTOUT],
        )
        for each in sent
    }


def test_a_changed_copy_is_known_once_the_file_itself_was_sent(app: App, tmp_path: Path) -> None:
    work = DRAWINGS[2].read_bytes()
    entry = refuse_sale(app, work)
    with app.transaction() as conn:
        bob = add_contributor(conn, "bob")
    ingest(folder_of(tmp_path / "first", {"work.png": ("bob", work)}), {"bob": bob})
    (verdict, _) = results(app, bob)["work.png"]
    assert (verdict.outcome, verdict.codes) == (Outcome.REJECT, ["opted_out"])
    sent = {
        f"{number}.png": ("bob", encoded(CHANGES[way](drawing(DRAWINGS[2]), random.Random(number)), "PNG"))
        for number, way in enumerate(WAYS)
    }
    sent["other.png"] = ("bob", DRAWINGS[5].read_bytes())
    ingest(folder_of(tmp_path / "second", sent), {"bob": bob})
    found = results(app, bob)
    for number, way in enumerate(WAYS):
        verdict, seen = found[f"{number}.png"]
        assert (verdict.outcome, verdict.codes) == (Outcome.REVIEW, ["opted_out"]), way
        assert [each.value for each in seen] == [entry]
        assert not seen[0].evidence["exact"]
    named = " ".join(reason.sentence for verdict, _ in found.values() for reason in verdict.reasons)
    assert "Mirrored, the picture" in named
    assert "turned by 5 degrees" in named
    assert found["other.png"][0].outcome is Outcome.ACCEPT
    assert found["other.png"][1] == []


def test_a_work_of_the_catalogue_is_known_by_its_picture_from_the_start(app: App, tmp_path: Path) -> None:
    """Its own contributor sold it, then opted out, and sends a changed copy."""
    with app.transaction() as conn:
        ann = add_contributor(conn)
    ingest(folder_of(tmp_path / "first", {"work.png": ("ann", DRAWINGS[4].read_bytes())}), {"ann": ann})
    refuse_sale(app, DRAWINGS[4].read_bytes())
    assert learn_opted_out.fn() == 1
    assert learn_opted_out.fn() == 0
    copy = encoded(CHANGES["turned 8°, cut"](drawing(DRAWINGS[4]), random.Random(1)), "PNG")
    ingest(folder_of(tmp_path / "second", {"again.png": ("ann", copy)}), {"ann": ann})
    verdict, seen = results(app, ann)["again.png"]
    assert verdict.outcome is Outcome.REVIEW
    assert "opted_out" in verdict.codes
    assert len(seen) == 1
    assert seen[0].evidence["agreement"] > 0.7


def test_a_part_is_found_by_its_words_where_features_lead_elsewhere(
    app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An entry learns its work's local features from the catalogue, also when those come later."""
    work = DRAWINGS[2].read_bytes()
    with app.transaction() as conn:
        ann, bob = add_contributor(conn), add_contributor(conn, "bob")
    ingest(folder_of(tmp_path / "first", {"work.png": ("ann", work)}), {"ann": ann})
    entry = refuse_sale(app, work)
    with app.transaction() as conn:
        kept = assets.local_of(conn, [each.id for each in assets.of_contributor(conn, ann)])
        conn.execute(text("DELETE FROM asset_local"))
    assert learn_opted_out.fn() == 1
    with app.transaction() as conn:
        assert optouts.local_features(conn, [entry], local.VERSION) == {}
        assets.add_local(conn, kept)
    shipped = policy.load(policy.SHIPPED)
    monkeypatch.setattr(policy, "shipped", lambda: replace(shipped, laid_cosine=2.0))
    part = encoded(CHANGES["cropped to 70 %"](drawing(DRAWINGS[2]), random.Random(2)), "PNG")
    ingest(folder_of(tmp_path / "second", {"part.png": ("bob", part)}), {"bob": bob})
    with app.transaction() as conn:
        assert len(optouts.local_features(conn, [entry], local.VERSION)) == 1
    verdict, seen = results(app, bob)["part.png"]
    assert (verdict.outcome, "opted_out" in verdict.codes) == (Outcome.REVIEW, True)
    assert [each.value for each in seen] == [entry]
