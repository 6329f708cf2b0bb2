"""The training port's adapter: prepare, train the sharpener, train the denoiser, pack a release."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from fairstock.adapters.house_model.errors import NotTrained, OtherTraining
from fairstock.adapters.house_model.export import write_release
from fairstock.adapters.house_model.files import replace_file
from fairstock.adapters.house_model.prepare import digest_of, prepare
from fairstock.adapters.house_model.stages import DenoiserStage, SharpenerStage, Stage
from fairstock.adapters.house_model.training import Limits, StageRun
from fairstock.training.model import ReleaseInfo, TrainingProgress, TrainingWork

SHARPENER_SHARE, MOST_SHARPENER_STEPS = 8, 2400
"""The sharpener takes one step for so many of the denoiser, and never more than this."""


class HouseTrainer:
    """Trains the house model on a processor or, where there is one, a graphics card."""

    def __init__(self, device: str | None = None) -> None:
        self._device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))

    def train(
        self,
        works: Sequence[TrainingWork],
        work_dir: Path,
        *,
        seed: int,
        max_steps: int,
        max_seconds: float | None,
        progress: Callable[[TrainingProgress], None],
    ) -> bool:
        """Train the sharpener, then the denoiser for ``max_steps``; True when all steps are done.

        The sharpener comes first because it is cheap: from then on every stop leaves enough for a release.
        Steps in ``progress`` count both. ``max_seconds`` count from when the works are prepared, which is
        done once and whole: a call that never came to its first step would never get on. Raises
        TooFewWorks, and OtherTraining where ``work_dir`` belongs to other works or another seed: its
        manifest would be untrue.
        """
        _claim(work_dir, {"seed": seed, "works": digest_of(works)})
        prepared = prepare(works, work_dir)
        limits = Limits.of(max_seconds)
        first = min(MOST_SHARPENER_STEPS, max(1, max_steps // SHARPENER_SHARE))
        total, before = first + max_steps, 0
        for make, steps in ((SharpenerStage, first), (DenoiserStage, max_steps)):
            report = _reporter(progress, before, total)
            if not self._run(make(prepared, seed, self._device), work_dir, steps, limits, report):
                return False
            before += steps
        return True

    def _run(
        self,
        stage: Stage,
        work_dir: Path,
        steps: int,
        limits: Limits,
        report: Callable[[int, float, float], None],
    ) -> bool:
        return StageRun(stage, work_dir, self._device).run(steps, limits, report)

    def export(self, work_dir: Path, release_dir: Path, release_id: str) -> ReleaseInfo:
        """Write the averaged weights of the last checkpoint as a release; an older one in ``release_dir``
        is replaced.

        Raises NotTrained where ``work_dir`` holds no checkpoints of both stages.
        """
        if not all((work_dir / f"{stage}.pt").is_file() for stage in ("denoiser", "sharpener")):
            raise NotTrained(work_dir)
        return write_release(work_dir, release_dir, release_id)


def _claim(work_dir: Path, record: dict[str, object]) -> None:
    """Note what the directory is for, or check that it is for the same."""
    path = work_dir / "training.json"
    if not path.is_file():
        work_dir.mkdir(parents=True, exist_ok=True)
        replace_file(path, lambda draft: draft.write_text(json.dumps(record)))
    elif json.loads(path.read_text()) != record:
        raise OtherTraining(work_dir)


def _reporter(
    progress: Callable[[TrainingProgress], None], before: int, total: int
) -> Callable[[int, float, float], None]:
    """Turns a stage's report into progress over all stages."""

    def report(step: int, loss: float, samples_per_second: float) -> None:
        progress(TrainingProgress(before + step, total, loss, samples_per_second))

    return report
