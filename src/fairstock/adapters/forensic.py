"""Looks at pixels with the project's own model: features of several kinds, one calibrated score.

Two models travel with the package. ``plain`` needs nothing else; ``tower`` also reads the image tower of CLIP
(see ``clip_tower``) where an operator has installed it, and is far better.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fairstock.adapters.clip_tower import ClipTower
from fairstock.screening.pixels import files
from fairstock.screening.pixels.calibration import probability, tail
from fairstock.screening.pixels.model import Sighting
from fairstock.screening.pixels.statistics import statistics

Array = NDArray[np.float32]
Box = tuple[float, float, float, float]

TOWER_FILE = "clip_encoder.int8.onnx"
LOOKED_AT = 2
"""Crops whose statistics are taken: the first and the last, which lie across from each other."""


class Crop(Protocol):
    """A native crop, as the gate cuts it."""

    @property
    def box(self) -> Box:
        """Left, top, width and height as fractions of the picture."""
        ...

    @property
    def picture(self) -> Image.Image:
        """RGB."""
        ...


class Opened(Protocol):
    """A picture behind the gate."""

    @property
    def picture(self) -> Image.Image | None:
        """The working picture; None where the file was refused."""
        ...

    @property
    def crops(self) -> Sequence[Crop]:
        """Native crops."""
        ...


class ForensicPixels:
    """Scores pictures; models and calibration are read at the first use."""

    def __init__(self, folder: Path, embed: Callable[[Sequence[Image.Image]], Array], extras: Path) -> None:
        """``folder`` has models, ``embed`` makes EfficientNet vectors, ``extras`` perhaps CLIP's file."""
        self._folder = folder
        self._embed = embed
        self.tower_file = extras / TOWER_FILE
        """Where CLIP's image tower lies once it is installed."""

    @cached_property
    def tower(self) -> ClipTower | None:
        """CLIP's image tower where it is installed."""
        return ClipTower(self.tower_file) if self.tower_file.is_file() else None

    @cached_property
    def model(self) -> files.PixelModel:
        """The better of the two models that this machine can run. Raises BadPixelModel."""
        return files.load(self._folder, "tower") if self.tower else self.plain

    @cached_property
    def plain(self) -> files.PixelModel:
        """The model without the tower; it also says where, since it can score single crops."""
        return files.load(self._folder, "plain")

    @property
    def features_version(self) -> str:
        """Names what ``blocks`` computes; remembered features of another version are of no use."""
        return f"pixels-1/{'tower' if self.tower else 'plain'}"

    @property
    def version(self) -> str:
        """Names the model; scores of different versions are not comparable."""
        return self.model.version

    def look(self, seen: Sequence[Opened], vectors: Array | None = None) -> list[Sighting]:
        """One sighting for each opened picture, refused ones left out.

        ``vectors`` are the pictures' EfficientNet vectors where the caller has them already.
        """
        opened = [each for each in seen if each.picture is not None]
        if not opened:
            return []
        blocks, alone = self.blocks(opened, vectors)
        scores = self.model.head.score(blocks)
        where = self._where(opened, blocks, alone)
        made = zip(scores, where, strict=True)
        return [self._sighting(round(float(score), 5), boxes) for score, boxes in made]

    def blocks(
        self, opened: Sequence[Opened], vectors: Array | None = None
    ) -> tuple[dict[str, Array], list[Array]]:
        """Features of n opened pictures by block, and the statistics of each single crop."""
        pictures = [each.picture for each in opened if each.picture is not None]
        if self.tower:
            self.tower.prepare()
        with ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="pixels") as pool:
            alone = list(pool.map(_crop_statistics, opened))
            towered = list(pool.map(self.tower.look, pictures)) if self.tower else []
        blocks = {
            "effnet": self._embed(pictures) if vectors is None else vectors,
            "statistics": np.stack([each.mean(axis=0) for each in alone]),
        }
        if towered:
            blocks["tower"] = np.stack(towered)
        return blocks, alone

    def _where(
        self, opened: Sequence[Opened], blocks: Mapping[str, Array], alone: Sequence[Array]
    ) -> list[list[Box]]:
        """For each picture its looked-at crops, the one that speaks most for a generator first."""
        found = []
        for number, (each, rows) in enumerate(zip(opened, alone, strict=True)):
            own = {name: block[number : number + 1].repeat(len(rows), 0) for name, block in blocks.items()}
            scores = self.plain.head.score(own | {"statistics": rows})
            crops = _looked_at(each.crops)
            found.append([crops[place].box for place in np.argsort(-scores, kind="stable")])
        return found

    def _sighting(self, score: float, boxes: Sequence[Box]) -> Sighting:
        calibration = self.model.calibration
        return Sighting(
            ai_score=probability(score, calibration),
            tail=tail(score, calibration.human),
            suspected=score >= calibration.threshold,
            where=boxes,
            model=self.version,
        )


def _looked_at(crops: Sequence[Crop]) -> list[Crop]:
    return [crops[0], crops[-1]] if len(crops) >= LOOKED_AT else list(crops)


def _crop_statistics(opened: Opened) -> Array:
    """Statistics of the crops that are looked at, shape (1 or 2, d)."""
    return np.stack([statistics(np.asarray(crop.picture)) for crop in _looked_at(opened.crops)])
