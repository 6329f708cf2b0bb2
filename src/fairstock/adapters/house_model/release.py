"""A release directory: the pipeline, the works it looks up, and the manifest of what went into it.

model_index.json, unet/, condition/, scheduler/, sharpener/   a diffusers pipeline in float16
works.safetensors     text, image features and their projection, series: row by row as in the manifest
works.png             the works at 32 × 32, COLUMNS to a row
manifest.csv.gz       sha256, contributor, title, cluster, caption, published
release.json          what ReleaseInfo says, and how it was trained
README.md             the model card
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from safetensors.numpy import load_file, save_file

from fairstock.adapters.effnet import EffnetFeatures
from fairstock.adapters.house_model.errors import ManifestChanged, NotARelease
from fairstock.adapters.house_model.pictures import SMALL, frame
from fairstock.adapters.house_model.prepare import Prepared, project
from fairstock.training.model import ManifestEntry, ReleaseInfo

COLUMNS = 64
"""Works in a row of ``works.png``."""

FIELDS = ("sha256", "contributor", "title", "cluster", "caption", "published")
"""Columns of the manifest; releases from before the last one was kept have no dates."""

Projector = Callable[[Sequence[Image.Image]], NDArray[np.float32]]
"""Pictures → unit image features (m, 128) comparable with those of the works."""


@dataclass(frozen=True, slots=True)
class ReleaseWorks:
    """The N works of a release, in the order of the manifest."""

    entries: tuple[ManifestEntry, ...]
    captions: tuple[str, ...]
    small: NDArray[np.uint8]
    """(N, 32, 32, 3)"""
    text: NDArray[np.float32]
    """(N, 512) unit."""
    image: NDArray[np.float32]
    """(N, 128) unit."""
    image_mean: NDArray[np.float32]
    """(1280,)"""
    image_basis: NDArray[np.float32]
    """(1280, 128)"""
    cluster: NDArray[np.int64]
    """(N,)"""
    series: NDArray[np.int64]
    """(N,)"""


def write_works(prepared: Prepared, release_dir: Path) -> str:
    """Write works and manifest; returns the digest of the manifest's uncompressed bytes."""
    unit = np.rint(prepared.text / np.abs(prepared.text).max(axis=1, keepdims=True) * 127).astype(np.int8)
    tensors = {
        "text": unit,
        "image": prepared.image.astype(np.float16),
        "image_mean": prepared.image_mean.astype(np.float16),
        "image_basis": prepared.image_basis.astype(np.float16),
        "series": prepared.series.astype(np.int32),
    }
    save_file(
        {name: np.ascontiguousarray(array) for name, array in tensors.items()},
        release_dir / "works.safetensors",
    )
    _atlas(prepared.small).save(release_dir / "works.png", optimize=True)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(FIELDS)
    for entry, caption in zip(prepared.entries, prepared.captions, strict=True):
        told = (entry.sha256, entry.contributor, entry.title, entry.cluster, caption, entry.published)
        writer.writerow(told)
    data = text.getvalue().encode()
    (release_dir / "manifest.csv.gz").write_bytes(gzip.compress(data, mtime=0))
    return hashlib.sha256(data).hexdigest()


def read_works(release_dir: Path) -> ReleaseWorks:
    """Everything the generator looks up; raises NotARelease or ManifestChanged."""
    rows = _manifest_rows(release_dir)
    tensors = load_file(release_dir / "works.safetensors")
    text = tensors["text"].astype(np.float32)
    with Image.open(release_dir / "works.png") as atlas:
        small = _cut(np.asarray(atlas.convert("RGB")), len(rows))
    entries = tuple(_entry(row) for row in rows)
    return ReleaseWorks(
        entries=entries,
        captions=tuple(row["caption"] for row in rows),
        small=small,
        text=text / np.linalg.norm(text, axis=1, keepdims=True),
        image=_unit(tensors["image"].astype(np.float32)),
        image_mean=tensors["image_mean"].astype(np.float32),
        image_basis=tensors["image_basis"].astype(np.float32),
        cluster=np.array([entry.cluster for entry in entries], dtype=np.int64),
        series=tensors["series"].astype(np.int64),
    )


def manifest(release_dir: Path) -> list[ManifestEntry]:
    """Every work that went into the release; raises NotARelease, or ManifestChanged where its digest
    differs.
    """
    return [_entry(row) for row in _manifest_rows(release_dir)]


def release_info(release_dir: Path) -> ReleaseInfo:
    """What the release says about itself; raises NotARelease."""
    record = _record(release_dir)
    try:
        return ReleaseInfo(**{name: record[name] for name in ReleaseInfo.__slots__})
    except KeyError as error:
        raise NotARelease(release_dir, f"release.json lacks {error.args[0]}") from error


def make_projector(works: ReleaseWorks, features: EffnetFeatures) -> Projector:
    """Frames pictures as the works were framed, then projects their features; blank pictures get zeros."""

    def projector(images: Sequence[Image.Image]) -> NDArray[np.float32]:
        framed = [frame(image) for image in images]
        visible = [number for number, one in enumerate(framed) if one is not None]
        vectors = np.zeros((len(images), works.image.shape[1]), dtype=np.float32)
        squares = [Image.fromarray(one.large) for one in framed if one is not None]
        vectors[visible] = project(features.embed(squares), works.image_mean, works.image_basis)
        return vectors

    return projector


def _record(release_dir: Path) -> dict[str, Any]:
    try:
        record = json.loads((release_dir / "release.json").read_text())
    except (OSError, ValueError) as error:
        raise NotARelease(release_dir, "its release.json cannot be read") from error
    if not isinstance(record, dict):
        raise NotARelease(release_dir, "its release.json is not an object")
    return record


def _manifest_rows(release_dir: Path) -> list[dict[str, str]]:
    expected = release_info(release_dir).manifest_sha256
    try:
        data = gzip.decompress((release_dir / "manifest.csv.gz").read_bytes())
    except (OSError, EOFError) as error:
        raise NotARelease(release_dir, "its manifest.csv.gz cannot be read") from error
    if hashlib.sha256(data).hexdigest() != expected:
        raise ManifestChanged(release_dir)
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


def _entry(row: dict[str, str]) -> ManifestEntry:
    cluster, published = int(row["cluster"]), row.get("published") or None
    return ManifestEntry(row["sha256"], row["contributor"], row["title"], cluster, published)


def _atlas(small: NDArray[np.uint8]) -> Image.Image:
    rows = -(-len(small) // COLUMNS)
    padded = np.full((rows * COLUMNS, SMALL, SMALL, 3), 255, dtype=np.uint8)
    padded[: len(small)] = small
    grid = padded.reshape(rows, COLUMNS, SMALL, SMALL, 3).swapaxes(1, 2)
    return Image.fromarray(grid.reshape(rows * SMALL, COLUMNS * SMALL, 3))


def _cut(atlas: NDArray[np.uint8], count: int) -> NDArray[np.uint8]:
    rows = atlas.shape[0] // SMALL
    grid = atlas.reshape(rows, SMALL, COLUMNS, SMALL, 3).swapaxes(1, 2)
    return np.ascontiguousarray(grid.reshape(-1, SMALL, SMALL, 3)[:count])


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    unit: NDArray[np.float32] = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return unit
