"""Looks at pixels with the project's own model: features of several kinds, one calibrated score.

Two models travel with the package. ``tower`` reads the image tower of CLIP (see ``clip_tower``), whose file
``make`` fetches; it is asked only about pictures that may be made by a machine or painted by hand, as far as
EfficientNet's layers tell. ``plain`` reads what the middle ones saw, which ingestion has computed anyway, and
does without the file.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fairstock.adapters import tower_file
from fairstock.adapters.clip_tower import PARTS, ClipTower
from fairstock.screening.pixels import files
from fairstock.screening.pixels.calibration import probability, tail
from fairstock.screening.pixels.model import Sighting

Array = NDArray[np.float32]
Box = tuple[float, float, float, float]

CLOSER = 0.02
"""Pictures whose tail is at most this are looked at in parts, to say where."""
_PART = 0.6
"""Side of a part, as a fraction of the picture's; parts lie in the four corners and overlap."""
_PARTS: tuple[Box, ...] = tuple((x, y, _PART, _PART) for y in (0.0, 1 - _PART) for x in (0.0, 1 - _PART))
_SHOWN = 2
"""How many parts are named."""


class Opened(Protocol):
    """A picture behind the gate."""

    @property
    def picture(self) -> Image.Image | None:
        """The working picture; None where the file was refused."""
        ...


class Layers(Protocol):
    """A network whose middle layers can be read; ``effnet.EffnetFeatures`` as it is."""

    dimensions: int

    def inner(self, images: Sequence[Image.Image]) -> Array:
        """What they saw, shape (n, d), the last ``dimensions`` of it the picture's vector."""
        ...


class ForensicPixels:
    """Scores pictures; models and calibration are read at the first use."""

    def __init__(self, folder: Path, layers: Layers, towers: Sequence[Path]) -> None:
        """``folder`` has models; CLIP's image tower is looked for in ``towers``."""
        self._folder, self._layers = folder, layers
        file = tower_file.found(towers)
        self.tower = ClipTower(file) if file else None
        """CLIP's image tower where it is installed."""

    @cached_property
    def model(self) -> files.PixelModel:
        """The better of the two models that this machine can run. Raises BadPixelModel."""
        return files.load(self._folder, "tower") if self.tower else self.plain

    @cached_property
    def plain(self) -> files.PixelModel:
        """The model without the tower; it also says where."""
        return files.load(self._folder, "plain")

    def prepare(self) -> None:
        """Read the models now. Raises BadPixelModel."""
        _ = self.model, self.plain
        if self.tower is not None:
            self.tower.prepare()

    @property
    def features_version(self) -> str:
        """Names what ``blocks`` computes; remembered features of another version are of no use."""
        return "pixels-4/tower" if self.tower else "pixels-4/plain"

    @property
    def version(self) -> str:
        """Names the model; scores of different versions are not comparable."""
        return self.model.version

    def look(self, seen: Sequence[Opened]) -> list[Sighting]:
        """One sighting for each opened picture, refused ones left out.

        Pictures that went through the features just before are not looked at by that network again.
        """
        pictures = [each.picture for each in seen if each.picture is not None]
        made = zip(pictures, self._scores(pictures), strict=True)
        return [self._sighting(picture, score) for picture, score in made]

    def blocks(self, pictures: Sequence[Image.Image]) -> dict[str, Array]:
        """All features of n pictures by block, for training; ``look`` asks the tower about fewer."""
        blocks = self._layered(pictures)
        return blocks | self._towered(self.tower, pictures) if self.tower else blocks

    def _layered(self, pictures: Sequence[Image.Image]) -> dict[str, Array]:
        """What costs next to nothing: ``inner``, and the picture's vector as ``pooled``."""
        inner, length = self._layers.inner(pictures), self._layers.dimensions
        return {"inner": inner[:, :-length], "pooled": inner[:, -length:]}

    def _scores(self, pictures: Sequence[Image.Image]) -> Array:
        """The score of each picture by the cascade."""
        if not pictures:
            return np.zeros(0, dtype=np.float32)
        layers = self._layered(pictures)
        cheap = self.plain.head.score(layers)
        if self.tower is None:
            return cheap
        dear, cascade = cheap.copy(), self.model.cascade
        asked = cascade.asks(layers) if cascade else np.ones(len(pictures), dtype=np.bool_)
        if asked.any():
            read = self._towered(self.tower, [pictures[int(place)] for place in np.flatnonzero(asked)])
            dear[asked] = self.model.head.score(read)
        return cascade.joined(asked, cheap, dear) if cascade else dear

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        """One for each core, kept: memory of threads that come and go does not all come back."""
        return ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="pixels")

    def _towered(self, tower: ClipTower, pictures: Sequence[Image.Image]) -> dict[str, Array]:
        tower.prepare()
        if len(pictures) == 1:
            return {part: seen[None] for part, seen in tower.look(pictures[0]).items()}
        seen = list(self._threads.map(tower.look, pictures))
        return {part: np.stack([each[part] for each in seen]) for part in PARTS}

    def _sighting(self, picture: Image.Image, scored: np.float32) -> Sighting:
        score, calibration = round(float(scored), 5), self.model.calibration
        rare = tail(score, calibration.human)
        return Sighting(
            ai_score=probability(score, calibration),
            tail=rare,
            suspected=score >= calibration.threshold,
            where=self._where(picture) if rare <= CLOSER else (),
            model=self.version,
        )

    def _where(self, picture: Image.Image) -> list[Box]:
        """The parts that speak most for a generator, the worst first."""
        width, height = max(2, picture.width), max(2, picture.height)
        parts = [
            picture.crop((int(x * width), int(y * height), int((x + w) * width), int((y + h) * height)))
            for x, y, w, h in _PARTS
        ]
        scores = self.plain.head.score(self._layered(parts))
        return [_PARTS[place] for place in np.argsort(-scores, kind="stable")[:_SHOWN]]
