"""Training: resumable to the bit, and honest about what went in."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from factories.clipart import works

from fairstock.adapters.house_model import training
from fairstock.adapters.house_model.errors import NotTrained, OtherTraining, TooFewWorks
from fairstock.adapters.house_model.prepare import Prepared, load_prepared, prepare
from fairstock.adapters.house_model.stages import BATCH, DenoiserStage, SharpenerStage
from fairstock.adapters.house_model.trainer import HouseTrainer
from fairstock.adapters.house_model.training import Limits, Schedule, StageRun, read_schedule, request_decay
from fairstock.training.model import TrainingProgress, TrainingWork

CPU = torch.device("cpu")


class StopAfter(Limits):
    """Time is up after so many looks at the clock."""

    def __init__(self, looks: int) -> None:
        super().__init__(math.inf)
        self.looks = looks

    def reached(self) -> bool:
        self.looks -= 1
        return self.looks < 0


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare(works(16), tmp_path_factory.mktemp("prepared"))


@pytest.mark.parametrize("stage", [DenoiserStage, SharpenerStage])
def test_a_resumed_training_equals_an_uninterrupted_one(
    stage: type[DenoiserStage | SharpenerStage],
    prepared: Prepared,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(training, "half_precision", lambda device: False)
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    whole.mkdir()
    parts.mkdir()
    assert StageRun(stage(prepared, 5, CPU), whole, CPU).run(3, StopAfter(99), lambda *report: None)
    assert not StageRun(stage(prepared, 5, CPU), parts, CPU).run(3, StopAfter(1), lambda *report: None)
    assert StageRun(stage(prepared, 5, CPU), parts, CPU).run(3, StopAfter(99), lambda *report: None)
    one, other = (training.read_trained(folder, stage.name) for folder in (whole, parts))
    assert (one.steps, one.samples) == (other.steps, other.samples) == (3, 3 * BATCH)
    for network, weights in one.weights.items():
        for name, weight in weights.items():
            assert torch.equal(weight, other.weights[network][name]), name


def test_time_that_is_up_stops_before_the_first_step_and_nothing_can_be_exported(tmp_path: Path) -> None:
    seen: list[TrainingProgress] = []
    trainer = HouseTrainer("cpu")
    done = trainer.train(works(12), tmp_path, seed=1, max_steps=2, max_seconds=0.0, progress=seen.append)
    assert not done
    assert seen == []
    with pytest.raises(NotTrained):
        trainer.export(tmp_path, tmp_path / "release", "house-x")


def test_a_directory_belongs_to_one_set_of_works_and_one_seed(tmp_path: Path) -> None:
    trainer = HouseTrainer("cpu")
    trainer.train(works(12), tmp_path, seed=1, max_steps=2, max_seconds=0.0, progress=print)
    for others, seed in ((works(13), 1), (works(12), 2)):
        with pytest.raises(OtherTraining):
            trainer.train(others, tmp_path, seed=seed, max_steps=2, max_seconds=0.0, progress=print)


def test_unreadable_and_blank_pictures_and_repeats_are_left_out(tmp_path: Path, prepared: Prepared) -> None:
    good = works(16)
    broken = TrainingWork("11" * 32, "Ann", "broken", (), (), b"not a picture")
    again = prepare([*good, broken, good[0]], tmp_path)
    assert [entry.sha256 for entry in again.entries] == [entry.sha256 for entry in prepared.entries]
    assert load_prepared(tmp_path).captions == prepared.captions


def test_too_few_works_are_refused_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(TooFewWorks, match="Only 2 of the works"):
        prepare(works(2), tmp_path)


def test_the_rate_rises_stays_and_falls_and_the_fall_can_be_called_early(tmp_path: Path) -> None:
    schedule = read_schedule(tmp_path, "denoiser", 1000)
    rates = [schedule.rate(step) for step in (0, 99, 500, 849, 925, 999)]
    assert rates == pytest.approx([0.01, 1.0, 1.0, 1.0, 0.5, 1 / 150])
    request_decay(tmp_path, 300, 100)
    assert read_schedule(tmp_path, "denoiser", 1000) == Schedule(steps=400, decay_start=300)
    assert read_schedule(tmp_path, "sharpener", 50).steps == 50
