"""The shipped pixel model behind the gate, and the commands around it."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from factories.files import encoded, scene
from PIL import Image, PngImagePlugin
from typer.testing import CliRunner

from fairstock.adapters.effnet import EffnetFeatures
from fairstock.adapters.forensic import CLOSER, ForensicPixels
from fairstock.adapters.forensic_features import gather
from fairstock.adapters.forensic_training import VIEWS, LeftOut
from fairstock.adapters.forensic_training import calibrated as threshold
from fairstock.adapters.forensic_views import EQUALISED, MODERN, NATIVE, view
from fairstock.cli.main import app
from fairstock.screening.account_rule import calibrated
from fairstock.screening.observe import from_pixels
from fairstock.screening.pixels.cases import Case
from fairstock.screening.policy import shipped
from fairstock.screening.rules import decide
from fairstock.settings import PACKAGE_DATA
from fairstock.upload.guard import DecodeGuard


@pytest.fixture(scope="module")
def pixels(tmp_path_factory: pytest.TempPathFactory) -> ForensicPixels:
    return ForensicPixels(
        PACKAGE_DATA / "pixels", EffnetFeatures(), [tmp_path_factory.mktemp("none") / "tower"]
    )


def test_equal_pixels_have_equal_scores_whatever_the_file_says(
    guard: DecodeGuard, pixels: ForensicPixels
) -> None:
    picture = scene(7, 640)
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", "a cat, Steps: 20, Sampler: Euler a")
    plain = encoded(picture, "PNG")
    files = [plain, encoded(picture, "PNG", pnginfo=info), encoded(picture, "WEBP", lossless=True)]
    one, *others = pixels.look(guard.inspect(files))
    assert others == [one, one]
    assert 0.0 < one.ai_score < 1.0
    assert 0.0 < one.tail <= 1.0
    assert one.model == pixels.version
    assert re.fullmatch(r"pixels-6\.[0-9a-f]{8}-plain", one.model)
    assert len(one.where) == (2 if one.tail <= CLOSER else 0)


def test_pictures_may_be_looked_at_together_or_alone(guard: DecodeGuard, pixels: ForensicPixels) -> None:
    files = [encoded(scene(number), "JPEG") for number in range(3)] + [b"no picture"]
    seen = guard.inspect(files)
    together = pixels.look(seen)
    assert len(together) == 3
    for inspection, sighting in zip(seen[:3], together, strict=True):
        (alone,) = pixels.look([inspection])
        assert alone.ai_score == pytest.approx(sighting.ai_score, abs=1e-4)
    assert pixels.look(seen[3:]) == []


def test_a_suspicion_asks_for_evidence_and_never_rejects(guard: DecodeGuard, pixels: ForensicPixels) -> None:
    (sighting,) = pixels.look(guard.inspect([encoded(scene(1), "PNG")]))
    for suspected, outcome in ((True, "request"), (False, "accept")):
        observation = from_pixels(sighting)
        evidence = {**observation.evidence, "suspected": suspected}
        changed = type(observation)(observation.kind, observation.value, evidence, "x", "1")
        assert decide([changed], shipped()).outcome == outcome


def test_the_threshold_that_ships_keeps_its_bound(pixels: ForensicPixels) -> None:
    calibration = pixels.model.calibration
    assert calibration.k == int((calibration.human >= calibration.threshold).sum())
    assert calibration.upper <= calibration.wanted


def test_views_treat_all_pictures_alike_and_are_repeatable() -> None:
    small, large = scene(1, 300), scene(1, 1200)
    assert view(small, EQUALISED, 0).size == view(large, EQUALISED, 0).size == (768, 576)
    assert view(small, NATIVE, 0) is small
    assert view(small, MODERN, 0).size == small.size
    assert view(large, MODERN, 0).size == (768, 576)
    formats = [np.asarray(view(small, MODERN, number)) for number in range(5)]
    assert len({each.tobytes() for each in formats}) == 5
    again = [np.asarray(view(large, "1", 5)) for _ in range(2)]
    assert (again[0] == again[1]).all()
    assert view(large, "2", 5).size != view(large, "1", 5).size


def test_a_threshold_counts_the_view_that_is_worst_for_the_maker() -> None:
    """A person's WebP must not be suspected more often than promised because their JPEG is not."""
    cases = [Case(Path(f"{number}"), number % 4 == 0, "s", "other", "s") for number in range(800)]
    generated = np.array([case.generated for case in cases])
    scores = (np.random.default_rng(1).normal(size=800) + 3 * generated).astype(np.float32)
    views = {name: scores + np.float32(0.1 * place) for place, name in enumerate(VIEWS)}
    worst = threshold(cases, LeftOut(views, scores[:0]), 0.05)
    assert worst.human.tolist() == np.sort(views[VIEWS[-1]][~generated]).tolist()
    kept = LeftOut({VIEWS[0]: scores}, scores[:0])
    assert worst.threshold > threshold(cases, kept, 0.05).threshold


def test_features_are_remembered(tmp_path: Path, pixels: ForensicPixels) -> None:
    path = tmp_path / "a.png"
    scene(3).save(path)
    cases = [Case(path, False, "s", "other", "s")]
    _, first = gather(cases, (NATIVE, "1"), pixels, tmp_path / "cache")
    opened, again = gather(cases, (NATIVE, "1"), pixels, tmp_path / "cache")
    assert opened == cases
    assert len(list((tmp_path / "cache").iterdir())) == 2
    assert all((first.blocks[name] == again.blocks[name]).all() for name in first.blocks)
    rows, owners = first.of("1")
    pooled = EffnetFeatures.dimensions
    assert rows["inner"].shape == (1, EffnetFeatures.inner_dimensions - pooled)
    assert rows["pooled"].shape == (1, pooled)
    assert owners.tolist() == [0]


@pytest.mark.parametrize("command", ["train", "calibrate", "evaluate"])
def test_a_folder_without_cases_is_named(command: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["screening", command, "--cases", str(tmp_path)])
    assert result.exit_code != 0
    assert "no manifest.csv lies in it" in str(result.exception)


def labelled(folder: Path) -> None:
    """140 small pictures of both kinds from six sources, and a file that is none."""
    lines = ["path,label,source"]
    for number in range(140):
        made = number % 2
        picture = scene(number, 96)
        if made:
            picture = picture.resize((24, 18)).resize((96, 72), Image.Resampling.NEAREST)
        picture.save(folder / f"{number}.png")
        lines.append(f"{number}.png,{'ai' if made else 'real'},{'ab'[made]}{number // 2 % 3}")
    lines.append("broken.png,real,b0")
    (folder / "broken.png").write_bytes(b"no picture")
    (folder / "manifest.csv").write_text("\n".join(lines), encoding="utf-8")


def test_training_calibrating_and_measuring_from_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from fairstock.adapters import tower_file
    from fairstock.cli import screening
    from fairstock.screening.pixels import files

    monkeypatch.setattr(tower_file, "places", lambda home: (home / "none",))  # the tower would take minutes
    labelled(tmp_path)
    monkeypatch.setenv("FAIRSTOCK_HOME", str(tmp_path / "home"))
    both = {"cases": tmp_path, "cache": tmp_path / "cache"}
    screening.train(**both, into=tmp_path / "made", rate=0.1)
    told = capsys.readouterr().out
    assert "70 AI and 71 human pictures of 6 repositories; models: plain" in told
    assert "broken.png cannot be opened" in told
    assert "nobody's account is flagged" in told
    first = files.load(tmp_path / "made", "plain")
    assert first.calibration.n == 70
    screening.train(**both, into=tmp_path / "again", rate=0.1)
    again = files.load(tmp_path / "again", "plain")
    assert (first.head.weights == again.head.weights).all()
    assert first.version == again.version
    assert not calibrated(first.version).in_force  # a rule learnt for another model does not fit
    screening.calibrate(**both, into=tmp_path / "made", rate=0.2)
    second = files.load(tmp_path / "made", "plain")
    assert (second.calibration.wanted, second.version == first.version) == (0.2, False)
    screening.evaluate(**both, rate=0.1, output=tmp_path / "figures.json")
    figures = __import__("json").loads((tmp_path / "figures.json").read_text(encoding="utf-8"))
    assert figures["plain"]["as they are"]["all"]["pixels"]["auc"] > 0.9
