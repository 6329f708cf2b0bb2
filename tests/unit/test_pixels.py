"""The look at pixels: statistics, heads, calibration, figures; no trained weights are needed here."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from fairstock.kit.rates import upper_bound
from fairstock.screening.pixels import files
from fairstock.screening.pixels.calibration import TooFewCases, calibrate, probability, tail
from fairstock.screening.pixels.cases import (
    BadCases,
    Case,
    at_home,
    check,
    groups,
    read_accounts,
    read_cases,
    read_folder,
)
from fairstock.screening.pixels.evaluation import report
from fairstock.screening.pixels.fitting import Recipe, balanced, fit, shaped
from fairstock.screening.pixels.measure import auc, found_at
from fairstock.screening.pixels.model import Cascade
from fairstock.screening.pixels.validation import Strangers, left_out_scores

RECIPE = Recipe(components={"a": 6, "b": 3}, gains={"a": 1.0, "b": 0.5}, waves=100, penalty=0.3)


def noise(seed: int, height: int = 200, width: int = 220) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def sample(count: int = 400) -> tuple[dict[str, np.ndarray], np.ndarray, list[str]]:
    """Features in which block ``a`` tells the kinds apart, four sources, two of each kind."""
    random = np.random.default_rng(1)
    generated = np.arange(count) % 2 == 0
    first = random.normal(size=(count, 12)).astype(np.float32)
    first[generated, 4] += 3.0
    features = {"a": first, "b": random.normal(size=(count, 5)).astype(np.float32)}
    sources = [f"{'ai' if made else 'human'}-{number % 4 // 2}" for number, made in enumerate(generated)]
    return features, generated, sources


def test_every_source_has_its_say() -> None:
    generated = np.array([True] * 5 + [False] * 101)
    weights = balanced(generated, ["x"] * 4 + ["y"] + ["big"] * 100 + ["small"])
    assert weights.sum() == pytest.approx(1.0)
    assert weights[generated].sum() == pytest.approx(0.5)
    assert weights[5:105].sum() == pytest.approx(10 * weights[105])


def test_a_separable_signal_is_found_on_sources_never_seen() -> None:
    features, generated, sources = sample()
    strangers = Strangers({name: block[:3] for name, block in features.items()}, sources[:3])
    scores, other = left_out_scores(features, generated, sources, sources, RECIPE, strangers=strangers)
    assert other == pytest.approx(scores[:3], abs=1e-5)
    assert auc(scores, generated) > 0.75
    shuffled = np.random.default_rng(5).permutation(generated)
    assert auc(left_out_scores(features, shuffled, sources, sources, RECIPE)[0], shuffled) < 0.7


def test_training_is_deterministic_and_survives_the_disk(tmp_path: Path) -> None:
    features, generated, sources = sample()
    head = files.rounded(fit(features, generated, sources, RECIPE))
    again = files.rounded(fit(features, generated, sources, RECIPE))
    scores = head.score(features)
    assert (scores == again.score(features)).all()
    calibration = calibrate(scores, generated, wanted=0.1)
    cascade = Cascade(head, 0.1, 0.5, -0.2)
    files.save(files.PixelModel("test-1", head, calibration, cascade), tmp_path, "plain")
    back = files.load(tmp_path, "plain")
    assert back.version == "test-1"
    assert np.allclose(back.head.score(features), scores, atol=1e-6)
    assert back.cascade is not None
    assert back.cascade.asks(features).tolist() == cascade.asks(features).tolist()
    assert (back.cascade.gate, back.cascade.slope, back.cascade.offset) == (0.1, 0.5, -0.2)
    assert (back.calibration.threshold, back.calibration.k) == (calibration.threshold, calibration.k)
    with pytest.raises(files.BadPixelModel, match="tower"):
        files.load(tmp_path, "tower")


@given(st.integers(0, 300), st.integers(1, 300), st.floats(0.5, 0.999))
def test_the_exact_bound_covers_and_grows(k: int, n: int, confidence: float) -> None:
    k = min(k, n)
    bound = upper_bound(k, n, confidence)
    assert k / n <= bound <= 1.0
    assert upper_bound(min(k + 1, n), n, confidence) >= bound
    if k < n:  # at the bound, k hits or fewer come with probability 1 - confidence
        chance = sum(math.comb(n, i) * bound**i * (1 - bound) ** (n - i) for i in range(k + 1))
        assert chance == pytest.approx(1 - confidence, rel=1e-6)


@settings(max_examples=60)
@given(st.integers(0, 2**31), st.integers(80, 400), st.sampled_from([0.05, 0.1, 0.3]))
def test_thresholds_keep_their_bound(seed: int, count: int, wanted: float) -> None:
    scores = np.random.default_rng(seed).normal(size=count).round(1).astype(np.float32)  # many ties
    generated = np.arange(count) % 4 == 0
    made = calibrate(scores, generated, wanted=wanted)
    reached = int((scores[~generated] >= made.threshold).sum())
    assert made.k == reached
    assert made.upper <= wanted
    assert made.upper == upper_bound(reached, made.n, made.confidence)


@given(st.lists(st.floats(-5, 5, width=32), min_size=1, max_size=50), st.floats(-6, 6))
def test_tails_are_p_values(human: list[float], score: float) -> None:
    ordered = np.sort(np.array(human, dtype=np.float32))
    value = tail(score, ordered)
    assert 1 / (len(human) + 1) <= value <= 1.0
    assert tail(score + 1.0, ordered) <= value
    ranks = [tail(float(each), np.delete(ordered, place)) for place, each in enumerate(ordered)]
    for level in (0.1, 0.3, 0.7):  # each picture against all others: at most a share of level is below it
        assert sum(rank <= level for rank in ranks) <= level * len(ranks) + 1e-9


def test_too_few_pictures_promise_nothing() -> None:
    with pytest.raises(TooFewCases, match="human"):
        calibrate(np.zeros(30, dtype=np.float32), np.arange(30) % 2 == 0, wanted=0.05)


def test_probabilities_rise_with_the_score() -> None:
    _, generated, _ = sample()
    scores = np.where(generated, 1.0, -1.0).astype(np.float32) + noise(3, 1, 400).ravel()[:400] / 200
    made = calibrate(scores, generated, wanted=0.2)
    values = [probability(score, made) for score in (-3.0, -1.0, 0.0, 1.0, 3.0)]
    assert values == sorted(values)
    assert values[0] < 0.1
    assert values[-1] > 0.9


def test_auc_and_finds() -> None:
    generated = np.array([True, True, False, False])
    assert auc(np.array([3.0, 2.0, 1.0, 0.0], dtype=np.float32), generated) == 1.0
    assert auc(np.zeros(4, dtype=np.float32), generated) == 0.5
    assert math.isnan(auc(np.zeros(2, dtype=np.float32), generated[:2]))
    assert found_at(np.array([3.0, 0.5, 1.0, 0.0], dtype=np.float32), generated, 0.01) == 0.5


def cases_folder(folder: Path) -> Path:
    lines = ["path,label,source,repo,generator"]
    for number in range(4):
        Image.fromarray(noise(number, 40, 40)).save(folder / f"{number}.png")
        kind = "ai" if number % 2 else "real"
        lines.append(f"{number}.png,{kind},s{number},{'shared' if number < 2 else number},human clipart")
    lines.append("none.png,fixture,f,f,f")
    (folder / "manifest.csv").write_text("\n".join(lines), encoding="utf-8")
    return folder


def test_cases_are_read_and_what_is_wrong_is_named(tmp_path: Path) -> None:
    cases = read_cases(cases_folder(tmp_path))
    assert [case.generated for case in cases] == [False, True, False, True]
    assert {case.style for case in cases} == {"clip art"}
    more = read_folder(f"real:s0:painting:{tmp_path}")
    assert len(more) == 4
    assert groups([*cases, *more])[0] == groups([*cases, *more])[-1] == "shared"
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadCases, match="no picture lies there"):
        read_folder(f"real:s0:painting:{tmp_path / 'empty'}")
    with pytest.raises(BadCases, match=r"no such folder.*give ai\|real:SOURCE:STYLE:FOLDER"):
        read_folder(f"real:s0:painting:{tmp_path / 'nowhere'}")
    with pytest.raises(BadCases, match="form"):
        read_folder("fake:x")
    (tmp_path / "2.png").unlink()
    with pytest.raises(BadCases, match=r"1 pictures are missing, among them 2\.png"):
        read_cases(tmp_path)
    (tmp_path / "manifest.csv").write_text("path,label\n", encoding="utf-8")
    with pytest.raises(BadCases, match="lacks"):
        read_cases(tmp_path)
    with pytest.raises(BadCases, match="no such folder"):
        read_cases(tmp_path / "nowhere")
    with pytest.raises(BadCases, match=r"no manifest\.csv lies in it"):
        read_cases(tmp_path / "empty")
    (tmp_path / "manifest.csv").write_text("path,label,source\n0.png,AI,a\n", encoding="utf-8")
    with pytest.raises(BadCases, match="has the label ai or real, but 'AI'"):
        read_cases(tmp_path)
    (tmp_path / "manifest.csv").write_text("\ufeffpath,label,source\n0.png,ai,a\n1.png", encoding="utf-8")
    assert [case.source for case in read_cases(tmp_path)] == ["a"]


def test_cases_that_nothing_could_be_learnt_from_are_refused_before_any_work(tmp_path: Path) -> None:
    human = [Case(tmp_path / "1.png", False, source, "other", source) for source in ("a", "b")]
    with pytest.raises(BadCases, match="no picture of the kind ai"):
        check(human)
    made = Case(tmp_path / "2.png", True, "c", "other", "c")
    with pytest.raises(BadCases, match=r"all ai pictures are of one repository \(c\)"):
        check([*human, made])
    check([*human, made, replace(made, source="d", pair="d")])


def test_people_are_folders_and_share_a_repository(tmp_path: Path) -> None:
    for person in ("ann", "ben"):
        (tmp_path / person).mkdir()
        Image.fromarray(noise(1, 40, 40)).save(tmp_path / person / "1.png")
    cases = read_accounts(f"clips:clip art:{tmp_path}")
    assert [(case.source, case.pair, case.generated) for case in cases] == [
        ("ann", "clips", False),
        ("ben", "clips", False),
    ]
    theirs = Case(tmp_path / "x.png", False, "clips", "clip art", "debian:clips")
    assert {case.pair for case in at_home(cases, [theirs])} == {"debian:clips"}
    assert at_home(cases, []) == cases
    with pytest.raises(BadCases, match="form"):
        read_accounts(f"clips:clip art:{tmp_path / 'nowhere'}")
    with pytest.raises(BadCases, match="no folder with pictures"):
        read_accounts(f"clips:clip art:{tmp_path / 'ann'}")


def test_a_cascade_leaves_quite_human_pictures_to_the_cheap_model() -> None:
    features, generated, sources = sample()
    asking = fit(features, generated, sources, RECIPE)
    wished = asking.score(features)
    cascade = Cascade(asking, gate=float(np.median(wished)), slope=0.5, offset=-0.2)
    asked = cascade.asks(features)
    assert asked.tolist() == (wished >= np.median(wished)).tolist()
    assert 0 < asked.sum() < len(asked)
    cheap, dear = np.array([-1.0, 0.0, 0.4], dtype=np.float32), np.array([9.0, 0.3, -0.6], dtype=np.float32)
    joined = cascade.joined(np.array([False, True, True]), cheap, dear)
    assert joined == pytest.approx([-0.7, 0.3, -0.6])


def test_kinds_that_are_to_score_high_share_half_of_the_weight() -> None:
    kinds, sources = np.array([0, 0, 1, 1, 1, 1, 2]), ["a", "a", "b", "b", "b", "b", "a"]
    weights = balanced(kinds, sources)
    assert [weights[kinds == kind].sum() for kind in range(3)] == pytest.approx([0.5, 0.25, 0.25])
    assert balanced(kinds > 0, sources)[kinds == 0].sum() == pytest.approx(0.5)


def test_what_is_not_taught_weighs_nothing() -> None:
    features, generated, sources = sample(120)
    kinds = generated.astype(np.int64)
    kinds[60:] = -1
    assert balanced(kinds, sources)[60:].sum() == 0.0
    assert balanced(kinds, sources)[:60] == pytest.approx(balanced(kinds[:60], sources[:60]))
    assert auc(fit(features, kinds, sources, RECIPE).score(features), generated) > 0.9


def test_few_waves_stand_for_the_kernel() -> None:
    features, _, _ = sample(60)
    head = shaped(features, replace(RECIPE, waves=400))
    rows = np.hstack([block.shape(features[name]) for name, block in head.blocks.items()])
    apart = ((rows[:, None] - rows[None]) ** 2).sum(axis=2)
    waves = head.waves(features)
    assert waves @ waves.T == pytest.approx(np.exp(-RECIPE.width * apart / rows.shape[1]), abs=0.06)


def test_figures_by_source_pair_and_style() -> None:
    def case(made: bool, source: str, pair: str) -> Case:
        return Case(Path("x"), made, source, "other" if source != "clips" else "clip art", pair)

    cases = [case(True, "gen", "one")] * 10 + [case(False, "photos", "one")] * 10
    cases += [case(False, "clips", "two")] * 10
    scores = np.array([2.0] * 10 + [0.0] * 10 + [3.0] * 10, dtype=np.float32)
    made = report(cases, scores, np.arange(30) < 5)
    assert made["pair"]["one"].auc == 1.0
    assert made["source"]["clips"].auc == 0.0
    assert made["style"]["clip art"].auc == 0.0
    assert made["all"]["pixels"].auc == 0.5
    assert made["all"]["marks and pixels"].auc == 0.75
    assert made["source"]["gen"].human == 20
