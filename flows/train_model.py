"""Trains a house model on the works whose contributors licensed them for training, and packs it as a release.

    licensed works → their pictures from the object store → training with checkpoints → release folder

A run may be interrupted by its time limit or killed: the next one with the same release id goes on from the
last checkpoint, on the same works. A release is put into use by pointing FAIRSTOCK_MODEL at its folder.
"""

import json
import time
from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger, task

from fairstock.bootstrap import get_app
from fairstock.kit.errors import BadInput
from fairstock.kit.files import write_whole
from fairstock.optout import store as optouts
from fairstock.optout.model import Use
from fairstock.training import store
from fairstock.training.model import TrainingProgress, TrainingWork
from flows import _artifacts as artifacts

SECONDS_BETWEEN_LINES = 5.0


class NothingLicensed(BadInput):
    """No contributor has licensed a work for training."""

    def __init__(self) -> None:
        super().__init__(
            "No work in the catalogue is licensed for training.",
            remedy="import a library, or ask contributors first",
        )


@flow(name="train_model", flow_run_name="train_model {release_id}")
def train_model(
    release_id: str,
    max_steps: int = 20_000,
    max_seconds: float | None = None,
    seed: int = 0,
    max_works: int | None = None,
) -> dict[str, Any]:
    """Train ``release_id`` until ``max_steps``, for ``max_seconds`` at most; run again to go on.

    ``max_works`` takes a sample of the licensed works, for trials.

    Returns ``finished``, ``works`` and, once finished, the ``folder`` of the release in ``home/releases``.
    Raises NothingLicensed.

    Args:
        release_id: Id of the new release, such as house-2.
        max_steps: Where the training ends.
        max_seconds: Stop after so long, and go on with the next run; empty: to the end.
        seed: The same seed and works give the same model.
        max_works: A sample of so many works, for trials; empty: all.
    """
    works = choose_works(release_id, max_works)
    finished = train(release_id, works, max_steps, max_seconds, seed)
    summary: dict[str, Any] = {"release": release_id, "works": len(works), "finished": finished}
    if finished:
        summary |= pack(release_id)
    artifacts.table("train-model", [summary], f"Training of {release_id}")
    return summary


@task(name="choose works")
def choose_works(release_id: str, max_works: int | None) -> list[dict[str, Any]]:
    """The works of this training, fixed at its first run: those that were licensed then."""
    app = get_app()
    chosen = _work_dir(release_id) / "works.json"
    if not chosen.is_file():
        with app.transaction() as conn:
            refused = optouts.digests(conn, Use.TRAINING)
            licensed = sorted(store.licensed_works(conn, excluded=refused), key=lambda work: work.sha256)
        rows = [work._asdict() for work in licensed[:max_works]]
        if not rows:
            raise NothingLicensed
        chosen.parent.mkdir(parents=True, exist_ok=True)
        write_whole(chosen, json.dumps(rows))
    works: list[dict[str, Any]] = json.loads(chosen.read_text(encoding="utf-8"))
    people = len({work["handle"] for work in works})
    get_run_logger().info("%d works by %d contributors are licensed for this training.", len(works), people)
    return works


@task(name="train", retries=1)
def train(
    release_id: str, works: list[dict[str, Any]], max_steps: int, max_seconds: float | None, seed: int
) -> bool:
    """Train from the last checkpoint on; true when all steps are done."""
    app, logger = get_app(), get_run_logger()
    last = time.monotonic()

    def tell(progress: TrainingProgress) -> None:
        nonlocal last
        if time.monotonic() - last >= SECONDS_BETWEEN_LINES:
            last = time.monotonic()
            logger.info("Step %d of %d, loss %.3f.", progress.step, progress.steps, progress.loss)

    pictures = [_training_work(row, app.objects.get(row["sha256"])) for row in works]
    finished = app.trainer.train(
        pictures,
        _work_dir(release_id),
        seed=seed,
        max_steps=max_steps,
        max_seconds=max_seconds,
        progress=tell,
    )
    logger.info(
        "Training is finished." if finished else "Time is up: a checkpoint is kept, run again to go on."
    )
    return finished


@task(name="pack the release")
def pack(release_id: str) -> dict[str, Any]:
    """Write weights, manifest and card into ``home/releases``."""
    app = get_app()
    folder = app.home / "releases" / release_id
    info = app.trainer.export(_work_dir(release_id), folder, release_id)
    return {"folder": str(folder), "steps": info.steps, "parameters": info.parameters}


def _work_dir(release_id: str) -> Path:
    return get_app().home / "training" / release_id


def _training_work(row: dict[str, Any], picture: bytes) -> TrainingWork:
    place = row["source"].partition(":")[2].split("/")
    return TrainingWork(
        sha256=row["sha256"],
        contributor=row["name"],
        title=row["title"],
        keywords=(place[-1].replace("_", " "), *row["keywords"]),
        folder=tuple(place[:-1]),
        picture=picture,
        published=row.get("published"),
    )
