"""A trained model on disk: ``NAME.npz`` holds its numbers, ``NAME.toml`` what they mean, for people."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from fairstock.kit.errors import BadInput
from fairstock.screening.pixels.model import Array, Block, Calibration, Cascade, Head


class BadPixelModel(BadInput):
    """A stored model of pixels cannot be read."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(
            f"The pixel model {path} is not usable: {problem}.",
            remedy="run `fairstock screening train`, or restore the file that came with the package",
        )


@dataclass(frozen=True, slots=True)
class PixelModel:
    """A head with its calibration."""

    version: str
    head: Head
    calibration: Calibration
    cascade: Cascade | None = None
    """Which pictures are looked at; None: all are."""


_ARRAYS = ("frequencies", "phases", "weights")
_NUMBERS = tuple(field.name for field in fields(Calibration) if field.name != "human")
_CASCADE = tuple(field.name for field in fields(Cascade) if field.name != "asking")
_ASKING = "asking."
"""Begins the names of the arrays of the head that decides about asking."""


def save(model: PixelModel, folder: Path, name: str) -> None:
    """Write both files, replacing older ones; bases and frequencies as float16."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays = _arrays(model.head) | {"human": model.calibration.human}
    if model.cascade is not None:
        arrays |= {f"{_ASKING}{key}": array for key, array in _arrays(model.cascade.asking).items()}
    np.savez_compressed(folder / f"{name}.npz", **arrays)
    lines = [
        "# Written by `fairstock screening train` and `calibrate`; see README.md beside it.",
        f'version = "{model.version}"',
        f"blocks = {json.dumps(list(model.head.blocks))}",
        f"bias = {model.head.bias!r}",
        "",
        "# of n human pictures k reach the threshold; upper is the exact bound of their true share",
        "[calibration]",
        *(f"{key} = {getattr(model.calibration, key)!r}" for key in _NUMBERS),
    ]
    if model.cascade is not None:
        asking = model.cascade.asking
        lines += ["", "# asked only where the score of the asking head is at least gate", "[cascade]"]
        lines += [f"{key} = {getattr(model.cascade, key)!r}" for key in _CASCADE]
        lines += [f"blocks = {json.dumps(list(asking.blocks))}", f"bias = {asking.bias!r}"]
    (folder / f"{name}.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _arrays(head: Head) -> dict[str, Any]:
    arrays: dict[str, Any] = {key: getattr(head, key) for key in _ARRAYS}
    for block, shape in head.blocks.items():
        arrays |= {f"{block}.centre": shape.centre, f"{block}.scale": shape.scale}
        arrays[f"{block}.basis"] = shape.basis.astype(np.float16)
    return arrays | {"frequencies": head.frequencies.astype(np.float16)}


def load(folder: Path, name: str) -> PixelModel:
    """Read both files. Raises BadPixelModel."""
    path = folder / f"{name}.npz"
    try:
        table = tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))
        with np.load(path, allow_pickle=False) as stored:
            arrays = {key: np.asarray(stored[key], dtype=np.float32) for key in stored.files}
        numbers = table["calibration"]
        calibration = Calibration(human=arrays["human"], **{key: numbers[key] for key in _NUMBERS})
        head, cascade = _head(table, arrays, ""), None
        if told := table.get("cascade"):
            numbers = {key: float(told[key]) for key in _CASCADE}
            cascade = Cascade(_head(told, arrays, _ASKING), **numbers)
        return PixelModel(str(table["version"]), head, calibration, cascade)
    except (OSError, ValueError, KeyError, TypeError, tomllib.TOMLDecodeError) as error:
        raise BadPixelModel(path, str(error)) from error


def _head(table: Mapping[str, Any], arrays: Mapping[str, Array], prefix: str) -> Head:
    """The head whose arrays' names begin with ``prefix``."""
    blocks = {
        name: Block(*(arrays[f"{prefix}{name}.{part}"] for part in ("centre", "scale", "basis")))
        for name in table["blocks"]
    }
    frequencies, phases, weights = (arrays[f"{prefix}{key}"] for key in _ARRAYS)
    return Head(blocks, frequencies, phases, weights, float(table["bias"]))


def rounded(head: Head) -> Head:
    """The head as it comes back from disk, so that calibration sees the very numbers that will score."""
    blocks = {
        name: Block(block.centre, block.scale, block.basis.astype(np.float16).astype(np.float32))
        for name, block in head.blocks.items()
    }
    frequencies = head.frequencies.astype(np.float16).astype(np.float32)
    return Head(blocks, frequencies, head.phases, head.weights, head.bias)
