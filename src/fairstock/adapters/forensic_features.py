"""Features of labelled pictures in several views, remembered in a folder so that heads train in seconds."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fairstock.adapters.forensic import ForensicPixels
from fairstock.adapters.forensic_views import EQUALISED, NATIVE, view
from fairstock.kit.errors import BadInput
from fairstock.screening.pixels.cases import Case
from fairstock.upload.picture import full_picture, working_picture

Array = NDArray[np.float32]


class UnreadableCase(BadInput):
    """A labelled picture cannot be opened."""

    def __init__(self, path: Path, cause: Exception) -> None:
        super().__init__(f"{path} cannot be opened ({cause}).", remedy="leave it out of the cases")


@dataclass(frozen=True, slots=True)
class Gathered:
    """Features of n cases in v views: row i · v + j is view j of case i."""

    blocks: dict[str, Array]
    views: tuple[str, ...]

    def of(self, *views: str) -> tuple[dict[str, Array], NDArray[np.intp]]:
        """The rows of some views, and for each row its case."""
        kept = [self.views.index(name) for name in views]
        count = len(next(iter(self.blocks.values()))) // len(self.views)
        cases = np.repeat(np.arange(count), len(kept))
        rows = cases * len(self.views) + np.tile(kept, count)
        return {name: block[rows] for name, block in self.blocks.items()}, cases


def gather(
    cases: Sequence[Case],
    views: Sequence[str],
    look: ForensicPixels,
    cache: Path | None = None,
    progress: Callable[[Case, str], None] = lambda _, __: None,
) -> tuple[list[Case], Gathered]:
    """Features of every view of every case that can be opened, from ``cache`` where they are known already;
    with the cases that could be.

    ``progress`` is told each case and what was wrong with it, mostly nothing.
    """
    rows, opened = [], []
    for number, case in enumerate(cases):
        problem = ""
        try:
            rows.append(_remembered(case, number, views, look, cache))
            opened.append(case)
        except UnreadableCase as error:
            problem = error.sentence
        progress(case, problem)
    names = rows[0] if rows else ()
    return opened, Gathered(
        {name: np.concatenate([row[name] for row in rows]) for name in names}, tuple(views)
    )


def _remembered(
    case: Case, number: int, views: Sequence[str], look: ForensicPixels, cache: Path | None
) -> dict[str, Array]:
    """Features of one case by block, one row a view."""
    if cache is None:
        return _looked(case, number, views, look)
    digest = hashlib.sha256(case.path.read_bytes()).hexdigest()
    names = [f"{digest} {_history(name, number)} {look.features_version}" for name in views]
    files = [cache / f"{hashlib.sha256(name.encode()).hexdigest()[:32]}.npz" for name in names]
    if not all(file.is_file() for file in files):
        cache.mkdir(parents=True, exist_ok=True)
        made = _looked(case, number, views, look)
        for row, file in enumerate(files):
            small: dict[str, Any] = {block: rows[row].astype(np.float16) for block, rows in made.items()}
            np.savez(file, **small)
    rows = [_stored(file) for file in files]
    return {block: np.stack([row[block] for row in rows]) for block in rows[0]}


def _history(view: str, number: int) -> str:
    """Names a view; only random ones depend on the place of the case among all."""
    return view if view in (NATIVE, EQUALISED) else f"{number} {view}"


def _stored(file: Path) -> dict[str, Array]:
    with np.load(file) as stored:
        return {block: stored[block].astype(np.float32) for block in stored.files}


def _looked(case: Case, number: int, views: Sequence[str], look: ForensicPixels) -> dict[str, Array]:
    try:
        with Image.open(case.path) as image:
            picture = full_picture(image)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise UnreadableCase(case.path, error) from error
    return look.blocks([working_picture(view(picture, name, number)) for name in views])
