"""What this context asks of a model that can be trained."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from fairstock.training.model import ReleaseInfo, TrainingProgress, TrainingWork


class ModelTrainer(Protocol):
    """Trains a generator on licensed works and packs it as a release."""

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
        """Train until ``max_steps`` or for ``max_seconds`` (None: no limit); True when all steps are done.

        Calling it again with the same ``work_dir`` resumes where the last call or the last checkpoint
        stopped.
        """
        ...

    def export(self, work_dir: Path, release_dir: Path, release_id: str) -> ReleaseInfo:
        """Write the weights reached so far, with their manifest, into ``release_dir``."""
        ...
