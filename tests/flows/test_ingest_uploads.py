"""The flow that screens uploads: every kind gets its verdict, a killed run is finished by the next,
nothing doubles.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from factories.core import add_contributor, picture
from factories.files import A1111, encoded, png, scene
from factories.files import text as text_chunk
from factories.intake import Colours, folder_of
from factories.people import portrait
from numpy.typing import NDArray
from PIL import Image
from prefect.settings import PREFECT_API_URL
from sqlalchemy import text
from typer.testing import CliRunner

from fairstock.adapters.demo_uploads import UPLOADER, Work, make
from fairstock.asset import store as assets
from fairstock.asset.model import AssetKind, NewAsset, NewFingerprint
from fairstock.asset.rules import fingerprint
from fairstock.bootstrap import App
from fairstock.cli.main import app as command_line
from fairstock.db.checks import load_checks, run_check
from fairstock.optout import store as optouts
from fairstock.optout.model import NewOptOut, Use
from fairstock.party import store as parties
from fairstock.provenance.model import C2paReport, C2paState
from fairstock.screening import store as screening
from fairstock.upload import store as uploads
from fairstock.upload.manifest import BadManifest, UnknownContributors
from fairstock.upload.model import Upload
from flows import _comparing as comparing
from flows import ingest_uploads as module
from flows._looking import Look
from flows.ingest_uploads import ingest_uploads

pytestmark = pytest.mark.usefixtures("prefect_harness")

LIBRARY = [encoded(picture(seed, (400, 300)), "PNG") for seed in range(12)]
OUTPUTS = [encoded(picture(seed, (256, 256)), "PNG") for seed in range(60, 64)]
OPTED_OUT = encoded(picture(70, (400, 300)), "PNG")
HONEST = [Work(encoded(picture(seed, (400, 300)), "PNG"), "bob", f"Work {seed}") for seed in range(20, 30)]
EXPECTED = {
    "honest": ("accepted", ""),
    "copy_exact": ("rejected", "exact_duplicate"),
    "copy_jpeg": ("rejected", "near_duplicate"),
    "copy_smaller": ("rejected", "near_duplicate"),
    "copy_mirrored": ("rejected", "mirrored_duplicate"),
    "marked": ("rejected", "generator_mark"),
    "stripped": ("rejected", "own_output"),
    "opted_out.png": ("rejected", "opted_out"),
    "opted_out_resaved.jpg": ("review", "opted_out"),
    "own_drawing.png": ("accepted", ""),
    "own_drawing_again.jpg": ("review", "repeated"),
    "truncated.jpg": ("refused", "unreadable"),
    "bomb_of_pixels.png": ("refused", "too_large"),
    "bomb_of_text.png": ("refused", "too_much_metadata"),
    "a_text.png": ("refused", "not_an_image"),
    "a_drawing.svg": ("refused", "unsupported_format"),
}
SUMMARY = {
    "uploads": 47,
    "accepted": 11,
    "review": 2,
    "evidence_wanted": 0,
    "rejected": {
        "exact_duplicate": 3,
        "generator_mark": 12,
        "mirrored_duplicate": 3,
        "near_duplicate": 6,
        "opted_out": 1,
        "own_output": 4,
    },
    "refused": 5,
    "refused_by": {
        "not_an_image": 1,
        "too_large": 1,
        "too_much_metadata": 1,
        "unreadable": 1,
        "unsupported_format": 1,
    },
}


def kind_of(filename: str) -> str:
    """The key of EXPECTED for a file of the demo's folder."""
    if filename in EXPECTED:
        return filename
    first, _, rest = filename.partition("_")
    return f"copy_{rest[3:].partition('.')[0]}" if first == "copy" else first


def catalogue(app: App, pictures: dict[int, bytes], contributor_id: str | None) -> None:
    """Put pictures on sale by their seeds, as the house's own where there is no contributor."""
    images = [picture(seed, (256, 256) if contributor_id is None else (400, 300)) for seed in pictures]
    vectors = app.features.embed(images)
    with app.transaction() as conn:
        for (seed, data), image, vector in zip(pictures.items(), images, vectors, strict=True):
            asset_id = assets.add(conn, _new(app, data, seed, image, contributor_id))
            numbers = [float(number) for number in vector]
            assets.add_fingerprint(
                conn, NewFingerprint(asset_id, fingerprint(image), numbers, app.features.version)
            )


def _new(app: App, data: bytes, seed: int, image: Image.Image, contributor_id: str | None) -> NewAsset:
    return NewAsset(
        contributor_id=contributor_id,
        kind=AssetKind.generated if contributor_id is None else AssetKind.human,
        sha256=app.objects.put(data),
        mime="image/png",
        width=image.width,
        height=image.height,
        bytes=len(data),
        title=f"Picture {seed}",
        keywords=("test",),
        license="test",
        source="test",
        training_consent=False,
    )


def stocked(app: App, folder: Path) -> Path:
    """A catalogue, an opt-out, the people, and the demo's folder of uploads."""
    with app.transaction() as conn:
        ann = add_contributor(conn)
        add_contributor(conn, "bob")
        parties.add_party(conn, handle=UPLOADER, name="Sam", kind="contributor", roles=["contributor"])
    catalogue(app, dict(enumerate(LIBRARY)), ann)
    catalogue(app, dict(enumerate(OUTPUTS, 60)), None)
    with app.transaction() as conn:
        hashes = fingerprint(picture(70, (400, 300)))
        since = datetime(2026, 1, 1, tzinfo=UTC)
        digest = app.objects.put(OPTED_OUT)
        optouts.add(conn, NewOptOut(digest, hashes.phash, frozenset({Use.SALE}), since, "asked"))
    works = [Work(data, "ann", f"Picture {seed}") for seed, data in enumerate(LIBRARY)]
    make(folder, works, HONEST, OUTPUTS, OPTED_OUT)
    return folder


@pytest.fixture
def shop(app: App, monkeypatch: pytest.MonkeyPatch) -> App:
    """The app with quick features, for tests in which the likeness of pictures is plain."""
    monkeypatch.setattr(app, "features", Colours(), raising=False)
    return app


def outcomes(app: App) -> dict[str, tuple[str, str]]:
    """File name → (state, first reason)."""
    with app.transaction() as conn:
        found = [each for party in ("bob", UPLOADER) for each in of(conn, party)]
        verdicts = screening.verdicts(conn, [each.id for each in found])
    reasons = {
        each.id: each.refusal.code.value if each.refusal else next(iter(verdicts[each.id].codes), "")
        for each in found
    }
    return {each.filename: (each.state.value, reasons[each.id]) for each in found}


def of(conn: Any, handle: str) -> list[Any]:
    party = parties.find_by_handle(conn, handle)
    return uploads.of_contributor(conn, party.id) if party else []


def counted(app: App, *tables: str) -> list[int]:
    with app.transaction() as conn:
        return [int(conn.scalar(text(f"SELECT count(*) FROM {each}")) or 0) for each in tables]  # noqa: S608


def broken(app: App) -> list[Any]:
    """Rules about uploads and assets that do not hold."""
    ours = [check for check in load_checks() if check.name.startswith(("upload_", "asset_"))]
    with app.transaction() as conn:
        return [found for check in ours if (found := run_check(conn, check))]


TABLES = ("upload", "asset", "screening_verdict", "screening_observation", "upload_traits")


def test_every_kind_gets_its_verdict_and_a_second_run_changes_nothing(app: App, tmp_path: Path) -> None:
    """With the real image features, as in the demo."""
    folder = stocked(app, tmp_path / "uploads")
    assert ingest_uploads(str(folder)) == SUMMARY
    found = outcomes(app)
    assert {name: EXPECTED[kind_of(name)] for name in found} == found
    rows = counted(app, *TABLES)
    assert ingest_uploads(str(folder)) == SUMMARY
    assert counted(app, *TABLES) == rows
    assert broken(app) == []
    with app.transaction() as conn:
        queued = screening.queue(conn, 10)
    assert len(queued) == 2
    assert all(item.reasons and item.observations for item in queued)


DEATHS = {
    "between bytes and rows": "module.uploads.add = die",
    "while looking": "get_app().features.embed = die",
    "between looking and noting": "module.note = die",
    "half noted": "at(module.screening, 'add_observations', 9)",
    "between comparing and judging": "module.advisory = die",
    "between verdict and publishing": "module.publish_many = die",
    "half published": "at(module.uploads, 'mark_published', 2)",
    "judging one batch, noting the next": "at(module, 'note', 2)",
    "between observations and verdicts": "at(module.screening, 'add_verdicts', 1)",
    "in the second batch": "at(module.screening, 'add_verdicts', 2)",
}
CHILD = """
import os, signal
from factories.intake import Colours
from fairstock.bootstrap import get_app
from flows import _comparing as comparing
from flows import ingest_uploads as module
import fairstock.upload.intake as intake

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

def at(place, name, number):
    kept, calls = getattr(place, name), []
    def counting(*given, **named):
        calls.append(1)
        return die() if len(calls) == number else kept(*given, **named)
    setattr(place, name, counting)

get_app().features = Colours()
module.BATCH = 20
{death}
module.ingest_uploads({folder!r})
"""


@pytest.mark.parametrize("when", DEATHS)
def test_a_killed_run_is_finished_by_the_next_with_the_same_verdicts(
    shop: App, tmp_path: Path, when: str
) -> None:
    folder = stocked(shop, tmp_path / "uploads")
    root = Path(__file__).parents[2]
    environment = {
        **os.environ,
        "PREFECT_API_URL": PREFECT_API_URL.value() or "",
        "PYTHONPATH": os.pathsep.join(str(root / part) for part in ("src", "", "tests")),
    }
    script = CHILD.format(death=DEATHS[when], folder=str(folder))
    killed = subprocess.run(
        [sys.executable, "-c", script],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    with shop.transaction() as conn:
        before = screening.verdicts(conn, [each.id for each in of(conn, "bob") + of(conn, UPLOADER)])
    assert broken(shop) == []
    assert ingest_uploads(str(folder)) == SUMMARY
    assert {name: EXPECTED[kind_of(name)] for name in outcomes(shop)} == outcomes(shop)
    with shop.transaction() as conn:
        assert screening.verdicts(conn, before) == before
    assert broken(shop) == []
    assert counted(shop, "upload", "screening_verdict") == [47, 42]


def test_of_two_runs_at_once_one_looks_at_a_file(
    shop: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with shop.transaction() as conn:
        add_contributor(conn, "ann")
    files = {f"{seed}.png": ("ann", encoded(picture(seed), "PNG")) for seed in (5, 6)}
    folder = str(folder_of(tmp_path / "in", files))
    looked: list[str] = []
    really = module.look

    def looking(app: App, waiting: Sequence[Upload]) -> list[Look]:
        first = not looked
        looked.extend(each.filename for each in waiting)
        for _ in range(200 if first else 0):  # until the other run waits, or does the same
            with app.transaction() as conn:
                if len(looked) > 2 or conn.exec_driver_sql(WAITING).scalar():
                    break
            time.sleep(0.1)
        return really(app, waiting)

    monkeypatch.setattr(module, "look", looking)
    with ThreadPoolExecutor(2) as threads:
        one, other = threads.map(ingest_uploads, [folder, folder])
    assert one == other
    assert one["accepted"] == 2
    assert sorted(looked) == ["5.png", "6.png"]


WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


def test_the_second_sender_of_one_new_picture_is_the_copyist(shop: App, tmp_path: Path) -> None:
    """Within one batch, too: what was published a moment ago is seen."""
    with shop.transaction() as conn:
        for handle in ("ann", "bob", "eve"):
            add_contributor(conn, handle)
    data = encoded(picture(5), "PNG")
    resaved = encoded(picture(5), "JPEG", quality=80)
    files = {
        "a.png": ("ann", data),
        "b.png": ("bob", data),
        "c.jpg": ("eve", resaved),
        "d.png": ("ann", data),
    }
    summary = ingest_uploads(str(folder_of(tmp_path / "in", files)))
    assert summary["accepted"] == 1
    assert summary["rejected"] == {"exact_duplicate": 1, "near_duplicate": 1, "repeated": 1}


def test_what_came_between_comparing_and_judging_is_seen(
    shop: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else's batch publishes the same picture while ours waits for its turn."""
    with shop.transaction() as conn:
        ann = add_contributor(conn)
        add_contributor(conn, "bob")
    kept = module.advisory

    def later(conn: Any, name: str) -> None:
        kept(conn, name)
        catalogue(shop, {5: encoded(picture(5, (400, 300)), "PNG")}, ann)

    monkeypatch.setattr(module, "advisory", later)
    files = {"copy.jpg": ("bob", encoded(picture(5, (400, 300)), "JPEG"))}
    assert ingest_uploads(str(folder_of(tmp_path / "in", files)))["rejected"] == {"near_duplicate": 1}


class Credentials:
    """A reader that says what it is told to."""

    def __init__(self, report: C2paReport) -> None:
        self.report = report

    def read(self, data: bytes, mime: str) -> C2paReport:
        assert data
        assert mime == "image/png"
        return self.report


@pytest.mark.parametrize(
    ("state", "counts"),
    [
        (C2paState.VALID, {"rejected": {"c2pa_generated": 1}, "review": 0}),
        (C2paState.ALTERED, {"rejected": {}, "review": 1}),
    ],
)
def test_credentials_count_as_proof_only_while_they_hold(
    shop: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: C2paState, counts: dict[str, Any]
) -> None:
    report = C2paReport(state, generators=("ChatGPT",), generated=True)
    monkeypatch.setattr(shop, "c2pa_reader", Credentials(report), raising=False)
    with shop.transaction() as conn:
        add_contributor(conn)
    data = encoded(picture(5), "PNG") + b"jumb c2pa"
    summary = ingest_uploads(str(folder_of(tmp_path / "in", {"a.png": ("ann", data)})))
    assert {name: summary[name] for name in counts} == counts


def test_wrong_folders_and_unknown_people_stop_the_run_before_anything_is_stored(
    shop: App, tmp_path: Path
) -> None:
    with pytest.raises(BadManifest, match="no folder"):
        ingest_uploads(str(tmp_path / "nothing"))
    folder = folder_of(tmp_path / "in", {"a.png": ("nobody-known", encoded(picture(1), "PNG"))})
    with pytest.raises(UnknownContributors, match="nobody-known"):
        ingest_uploads(str(folder))
    assert counted(shop, "upload") == [0]
    assert list(shop.objects.digests()) == []


def test_a_passing_trouble_is_tried_again(shop: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with shop.transaction() as conn:
        add_contributor(conn)
    calls: list[int] = []
    kept = module.note

    def fails_once(*given: Any) -> None:
        calls.append(1)
        if len(calls) == 1:
            raise OSError("the disk was busy")
        kept(*given)

    monkeypatch.setattr(module, "note", fails_once)
    monkeypatch.setattr(module.look_at, "retry_delay_seconds", 0)
    folder = folder_of(tmp_path / "in", {"a.png": ("ann", encoded(picture(1), "PNG"))})
    assert ingest_uploads(str(folder))["accepted"] == 1
    assert len(calls) == 2


def transactions(app: App) -> int:
    """How many are open, but for the one that asks."""
    with app.engine.connect() as conn:
        return conn.exec_driver_sql(OPEN).scalar_one()


OPEN = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend'
      AND xact_start IS NOT NULL AND pid <> pg_backend_pid()
"""


class Watched(Colours):
    """Quick features that remember how many transactions were open while they looked."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.open: list[int] = []

    def embed(self, images: Iterable[Image.Image]) -> NDArray[np.float32]:
        """The features."""
        self.open.append(transactions(self.app))
        return super().embed(images)


def test_no_transaction_is_open_while_models_look(
    app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched = Watched(app)
    laid: list[int] = []
    kept = comparing.likenesses

    def counting(*given: Any) -> Any:
        laid.append(transactions(app))
        return kept(*given)

    monkeypatch.setattr(app, "features", watched, raising=False)
    monkeypatch.setattr(comparing, "likenesses", counting)
    with app.transaction() as conn:
        ann = add_contributor(conn)
        add_contributor(conn, "bob")
    catalogue(app, dict(enumerate(LIBRARY)), ann)
    watched.open.clear()
    files = {f"{seed}.jpg": ("bob", encoded(picture(seed, (400, 300)), "JPEG")) for seed in range(4)}
    assert ingest_uploads(str(folder_of(tmp_path / "in", files)))["rejected"] == {"near_duplicate": 4}
    assert watched.open == [0] * 4
    assert laid == [0] * 4


def test_the_command_and_the_flow_say_the_same_of_a_file(app: App, tmp_path: Path) -> None:
    """With the real models; nothing here resembles the catalogue, so that only the file itself speaks."""
    with app.transaction() as conn:
        add_contributor(conn)
    marked = png(scene(1), text_chunk("parameters", A1111))
    files = {
        "face.jpg": encoded(portrait((512, 400)), "JPEG"),
        "plain.png": encoded(picture(3, (400, 300)), "PNG"),
        "marked.png": marked,
        "caption.png": encoded(picture(4, (400, 300)), "PNG"),
        "broken.png": marked[:300] + bytes(200),
        "words.png": b"just words",
    }
    folder = folder_of(tmp_path / "in", {name: ("ann", data) for name, data in files.items()})
    lines = (folder / "uploads.csv").read_text(encoding="utf-8")
    titled = lines.replace("caption.png,ann,caption,", "caption.png,ann,A tree made with Midjourney,")
    (folder / "uploads.csv").write_text(titled, encoding="utf-8")
    ingest_uploads(str(folder))
    with app.transaction() as conn:
        sent = {each.filename: each for each in of(conn, "ann")}
        verdicts = screening.verdicts(conn, [each.id for each in sent.values()])
        seen = screening.observations(conn, [each.id for each in sent.values()])
    done = CliRunner().invoke(command_line, ["screen", str(folder), "--json"])
    told = {Path(line["path"]).name: line for line in map(json.loads, done.stdout.splitlines())}
    assert done.exit_code == 0
    assert told.keys() == files.keys()
    assert [told[name]["verdict"] for name in ("face.jpg", "caption.png", "marked.png", "broken.png")] == [
        "review",
        "review",
        "reject",
        "refused",
    ]
    for name, line in told.items():
        upload = sent[name]
        codes = [upload.refusal.code.value] if upload.refusal else list(verdicts[upload.id].codes)
        outcome = "refused" if upload.refusal else verdicts[upload.id].outcome.value
        assert (line["verdict"], line["reasons"][: len(codes)]) == (outcome, codes), name
        assert kinds(line["observations"]) == kinds([asdict(each) for each in seen.get(upload.id, ())]), name


def kinds(observations: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return sorted((each["kind"], each["value"]) for each in observations)
