"""Screening again: shown before it is done, killable, and nothing goes off sale by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from factories.cameras import camera_jpeg
from factories.core import add_contributor, picture
from factories.files import encoded
from factories.intake import Colours, folder_of
from factories.people import portrait
from factories.processes import run_until_killed
from PIL import PngImagePlugin
from sqlalchemy import text

from fairstock.asset import store as assets
from fairstock.asset.model import AssetState
from fairstock.bootstrap import App
from fairstock.db.checks import load_checks, run_check
from fairstock.party import store as parties
from fairstock.screening import policy
from fairstock.screening import store as screening
from fairstock.screening.model import Observation, ObservationKind, Outcome
from fairstock.screening.pixels.model import Sighting
from fairstock.upload import store as uploads
from fairstock.upload.model import Inspection, UploadState
from fairstock.web import deciding
from flows.ingest_uploads import ingest_uploads
from flows.rescreen_catalogue import rescreen_catalogue

pytestmark = pytest.mark.usefixtures("prefect_harness")
SIGN = Observation(ObservationKind.ACCOUNT, "fnd_x", {"pictures": 9}, "account-walk", "1")
"""Under the shipped policy it asks for evidence."""


def marked(seed: int) -> bytes:
    """A picture with a generator's mark."""
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", "a tree\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 1, Size: 512x512")
    return encoded(picture(seed), "PNG", pnginfo=info)


@pytest.fixture
def shop(app: App, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> App:
    """Four honest uploads on sale, one rejected for its mark."""
    monkeypatch.setattr(app, "features", Colours(), raising=False)
    with app.transaction() as conn:
        add_contributor(conn)
    files = {f"{seed}.png": ("ann", encoded(picture(seed), "PNG")) for seed in range(4)}
    files["marked.png"] = ("ann", marked(9))
    summary = ingest_uploads(str(folder_of(tmp_path / "in", files)))
    assert (summary["accepted"], summary["rejected"]) == (4, {"generator_mark": 1})
    return app


def by_name(app: App) -> dict[str, Any]:
    with app.transaction() as conn:
        ann = parties.find_by_handle(conn, "ann")
        assert ann is not None
        return {each.filename: each for each in uploads.of_contributor(conn, ann.id)}


def under(monkeypatch: pytest.MonkeyPatch, *, without: str | None = None) -> None:
    """A new version of the policy, in which ``without`` names a rule that only asks a person now."""
    shipped = policy.load(policy.SHIPPED)
    rules = [
        replace(rule, outcome=Outcome.REVIEW) if rule.name == without else rule for rule in shipped.rules
    ]
    monkeypatch.setattr(policy, "shipped", lambda: replace(shipped, version="next", rules=tuple(rules)))


def note(app: App, name: str) -> None:
    """An observation that comes later."""
    upload = by_name(app)[name]
    with app.transaction() as conn:
        screening.add_observations(conn, upload.id, [SIGN])


def count(app: App) -> int:
    with app.transaction() as conn:
        return int(conn.scalar(text("SELECT count(*) FROM screening_verdict")) or 0)


def broken(app: App) -> list[Any]:
    ours = [check for check in load_checks() if check.name.startswith(("upload_", "asset_"))]
    with app.transaction() as conn:
        return [found for check in ours if (found := run_check(conn, check))]


def test_what_would_change_is_shown_and_then_done_once(shop: App, monkeypatch: pytest.MonkeyPatch) -> None:
    note(shop, "1.png")
    under(monkeypatch, without="a generator's own mark")
    shown = rescreen_catalogue()
    assert shown["changed"] == {"accept → request": 1, "reject → review": 1}
    assert shown["by_rule"] == {
        "a generator's own mark": 1,
        "an account whose pictures look machine-made": 1,
    }
    assert (shown["screened"], shown["to_people"], shown["dry_run"]) == (5, 2, True)
    assert count(shop) == 5
    done = rescreen_catalogue(dry_run=False)
    assert {**done, "dry_run": True} == shown
    assert count(shop) == 10
    again = rescreen_catalogue(dry_run=False)
    assert (again["changed"], count(shop)) == ({}, 10)
    found = by_name(shop)
    assert found["1.png"].state is UploadState.ACCEPTED
    assert found["marked.png"].state is UploadState.REVIEW
    with shop.transaction() as conn:
        assert assets.get(conn, found["1.png"].asset_id).state is AssetState.live
        waiting = {item.upload_id for item in screening.queue(conn)}
    assert waiting == {found["1.png"].id, found["marked.png"].id}
    assert broken(shop) == []


def test_a_persons_decision_stands(shop: App, monkeypatch: pytest.MonkeyPatch) -> None:
    note(shop, "1.png")
    under(monkeypatch)
    rescreen_catalogue(dry_run=False)
    upload = by_name(shop)["1.png"]
    with shop.transaction() as conn:
        robin = parties.add_party(conn, handle="robin", name="Robin", kind="staff", roles=["reviewer"])
        deciding.decide(conn, shop, upload.id, robin, Outcome.REJECT, ["account_suspected"], "")
        assert assets.get(conn, str(upload.asset_id)).state is AssetState.taken_down
    shipped = policy.shipped()
    monkeypatch.setattr(policy, "shipped", lambda: replace(shipped, version="third", rules=()))
    summary = rescreen_catalogue(dry_run=False)
    assert summary["noted"] == 1
    assert by_name(shop)["1.png"].state is UploadState.REJECTED
    assert by_name(shop)["marked.png"].state is UploadState.REVIEW
    assert broken(shop) == []


def test_files_are_opened_again_after_a_detector_changed(shop: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """A detector that no longer sees the mark: the old sight no longer counts, and people look again."""
    monkeypatch.setattr("fairstock.screening.examine.from_file", lambda *_: [])
    assert rescreen_catalogue(look=False)["changed"] == {}
    summary = rescreen_catalogue(dry_run=False, look=True)
    assert summary["changed"] == {"reject → accept": 1}
    assert by_name(shop)["marked.png"].state is UploadState.REVIEW
    assert broken(shop) == []


class Suspects:
    """A later detector of pixels, to which everything looks machine-made."""

    version = "later"

    def look(self, seen: Sequence[Inspection]) -> list[Sighting]:
        """The same of every picture."""
        return [Sighting(0.9, 0.001, True, (), self.version) for each in seen if each.picture]


def test_everything_that_is_seen_in_a_file_is_looked_for_again(
    shop: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pixels, faces and a camera's traces; a camera's own file softens the request to a review."""
    photo = portrait((512, 400))
    taken = camera_jpeg(photo)
    with shop.transaction() as conn:
        upload = by_name(shop)["2.png"]
        conn.execute(
            text("UPDATE upload SET sha256 = :digest WHERE id = :id"),
            {"digest": shop.objects.put(taken), "id": upload.id},
        )
    monkeypatch.setattr(shop, "pixels", Suspects(), raising=False)
    shown = rescreen_catalogue(look=True)
    assert shown["changed"] == {
        "accept → request": 3,
        "accept → review": 1,
        "reject → reject": 1,
    }
    assert shown["by_rule"] == {
        "a face that can be recognised, without a release": 1,
        "a generator's own mark": 1,
        "pixels like a generator's": 5,
    }
    done = rescreen_catalogue(dry_run=False, look=True)
    assert {**done, "dry_run": True} == shown
    rows = count(shop)
    again = rescreen_catalogue(dry_run=False, look=True)
    assert (again["changed"], count(shop)) == ({}, rows)
    with shop.transaction() as conn:
        seen = screening.observations(conn, [upload.id])[upload.id]
    versions = {each.detector_version for each in seen if each.kind is ObservationKind.PIXELS}
    assert len(versions) == 2, "the older sight is kept beside the new one"
    assert any(each.kind is ObservationKind.HUMAN_ORIGIN for each in seen)


def test_what_cannot_be_opened_any_more_counts_as_it_was_seen(
    shop: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = by_name(shop)["marked.png"]
    monkeypatch.setattr(shop.objects, "has", lambda digest: digest != upload.sha256)
    done = rescreen_catalogue(dry_run=False, look=True)
    assert (done["screened"], done["unopened"], done["changed"]) == (5, 1, {})
    assert by_name(shop)["marked.png"].state is UploadState.REJECTED


CHILD = """
import os, signal
from dataclasses import replace
from factories.intake import Colours
from fairstock.bootstrap import get_app
from fairstock.screening import policy, store
from flows import rescreen_catalogue as module

shipped = policy.load(policy.SHIPPED)
policy.shipped = lambda: replace(shipped, version="next")
kept, calls = store.add_verdict, []

def counting(*given, **named):
    calls.append(1)
    if len(calls) == 4:
        os.kill(os.getpid(), signal.SIGKILL)
    return kept(*given, **named)

store.add_verdict = counting
module.BATCH = 2
get_app().features = Colours()
module.rescreen_catalogue(dry_run=False, look={look})
"""


@pytest.mark.parametrize("look", [False, True])
def test_a_killed_run_is_finished_by_the_next(shop: App, monkeypatch: pytest.MonkeyPatch, look: bool) -> None:
    note(shop, "3.png")
    run_until_killed(CHILD.format(look=look))
    assert count(shop) == 7
    assert broken(shop) == []
    under(monkeypatch)
    assert rescreen_catalogue(dry_run=False, look=look)["screened"] == 5
    assert count(shop) == 10
    assert broken(shop) == []
