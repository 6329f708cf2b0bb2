"""Works → the arrays that training, retrieval and attribution read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from safetensors.numpy import load_file, save_file

from fairstock.adapters.effnet import EffnetFeatures
from fairstock.adapters.house_model.captions import full_caption, title_caption
from fairstock.adapters.house_model.clusters import Looks, near_duplicates, plates_of
from fairstock.adapters.house_model.colours import colour_shares, dominant_colours
from fairstock.adapters.house_model.errors import TooFewWorks
from fairstock.adapters.house_model.files import replace_file
from fairstock.adapters.house_model.pictures import decode, frame, shrink
from fairstock.adapters.house_model.sampling import sampling_weights
from fairstock.adapters.house_model.texts import embed_texts
from fairstock.adapters.house_model.views import bare
from fairstock.training.model import ManifestEntry, TrainingWork

IMAGE_DIMENSIONS = 128
"""Principal components kept of the 1280 image features."""

VERSION = "prepared/4"
"""Changes when the same works give other arrays, so that old ones are not used again."""

FEWEST = 8
"""Works without which there is nothing to retrieve from."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """N usable works, row by row in the order of their digests."""

    entries: tuple[ManifestEntry, ...]
    captions: tuple[str, ...]
    small: NDArray[np.uint8]
    """(N, 32, 32, 3)"""
    large: NDArray[np.uint8]
    """(N, 128, 128, 3)"""
    detailed: NDArray[np.bool_]
    """(N,) whether ``large`` shows true edges."""
    text: NDArray[np.float32]
    """(N, 512) unit sentence embeddings of the captions."""
    title: NDArray[np.float32]
    """(N, 512) unit sentence embeddings of the titles alone, behind the colour that rules the picture, if
    one does.
    """
    image: NDArray[np.float32]
    """(N, 128) unit image features."""
    image_mean: NDArray[np.float32]
    """(1280,) subtracted from EfficientNet's features before the projection."""
    image_basis: NDArray[np.float32]
    """(1280, 128) principal components."""
    cluster: NDArray[np.int64]
    """(N,) near-duplicate cluster."""
    series: NDArray[np.int64]
    """(N,) number of the contributor's folder that the work comes from."""
    weight: NDArray[np.float64]
    """(N,) probability of being drawn, sums to 1."""


ARRAYS = tuple(field.name for field in fields(Prepared) if field.name not in ("entries", "captions"))


def prepare(works: Sequence[TrainingWork], work_dir: Path) -> Prepared:
    """Prepare works, or read what an earlier call with the same works left in ``work_dir``.

    Works that cannot be read, are blank on white or occur twice (same digest) are left out. Raises
    TooFewWorks.
    """
    arrays, records = work_dir / "prepared.safetensors", work_dir / "prepared.json"
    digest = digest_of(works)
    if records.is_file() and json.loads(records.read_text())["works"] == digest:
        return load_prepared(work_dir)
    prepared = _prepare(works)
    work_dir.mkdir(parents=True, exist_ok=True)
    tensors = {name: np.ascontiguousarray(getattr(prepared, name)) for name in ARRAYS}
    replace_file(arrays, lambda path: save_file(tensors, path))
    entries = [[e.sha256, e.contributor, e.title, e.cluster, e.published] for e in prepared.entries]
    text = json.dumps({"works": digest, "captions": prepared.captions, "entries": entries})
    replace_file(records, lambda path: path.write_text(text))
    return prepared


def digest_of(works: Sequence[TrainingWork]) -> str:
    """Names a set of works and the way they are prepared, whatever their order; hex."""
    lines = sorted({f"{work.sha256} {work.contributor} {work.published}" for work in works})
    return hashlib.sha256("\n".join([VERSION, *lines]).encode()).hexdigest()


def load_prepared(work_dir: Path) -> Prepared:
    """What ``prepare`` left in ``work_dir``; FileNotFoundError where it never ran."""
    record = json.loads((work_dir / "prepared.json").read_text())
    arrays = load_file(work_dir / "prepared.safetensors")
    entries = tuple(ManifestEntry(*row) for row in record["entries"])
    return Prepared(entries=entries, captions=tuple(record["captions"]), **arrays)


def _prepare(works: Sequence[TrainingWork]) -> Prepared:
    distinct = sorted({work.sha256: work for work in reversed(works)}.values(), key=lambda work: work.sha256)
    framed = [
        (work, square, bare(picture), plates_of(picture))
        for work in distinct
        if (picture := decode(work.picture)) is not None and (square := frame(picture)) is not None
    ]
    if len(framed) < FEWEST:
        raise TooFewWorks(len(framed), FEWEST)
    used = [work for work, *_ in framed]
    large = np.stack([square.large for _, square, *_ in framed])
    small = shrink(large)
    features = EffnetFeatures()
    raw = features.embed([Image.fromarray(picture) for picture in large])
    mean, basis = principal_components(raw, IMAGE_DIMENSIONS)
    views = [view for _, _, view, _ in framed]
    looks = Looks(
        features.embed(views),
        np.stack([np.asarray(view) for view in views]),
        [plates for *_, plates in framed],
    )
    cluster = near_duplicates(looks, [work.published for work in used])
    captions = tuple(full_caption(work) for work in used)
    return Prepared(
        entries=tuple(
            ManifestEntry(work.sha256, work.contributor, work.title, int(number), work.published)
            for work, number in zip(used, cluster, strict=True)
        ),
        captions=captions,
        small=small,
        large=large,
        detailed=np.array([square.detailed for _, square, *_ in framed]),
        text=embed_texts(captions),
        title=embed_texts(coloured_titles(used, captions, small)),
        image=project(raw, mean, basis),
        image_mean=mean,
        image_basis=basis,
        cluster=cluster,
        series=series_of(used),
        weight=sampling_weights(
            cluster, captions, [w.contributor for w in used], ["/".join(w.folder) or w.sha256 for w in used]
        ),
    )


def series_of(works: Sequence[TrainingWork]) -> NDArray[np.int64]:
    """A number (n,) for each contributor's folder."""
    labels = ["/".join((work.contributor, *work.folder)) for work in works]
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)


def coloured_titles(
    works: Sequence[TrainingWork], captions: Sequence[str], small: NDArray[np.uint8]
) -> list[str]:
    """Titles as a buyer would ask for them: "red apple"; the caption stands in where a title says nothing."""
    colours = dominant_colours(colour_shares(small))
    titles = [title_caption(work) or caption for work, caption in zip(works, captions, strict=True)]
    return [
        title if not colour or colour in title.split() else f"{colour} {title}"
        for colour, title in zip(colours, titles, strict=True)
    ]


def principal_components(
    raw: NDArray[np.float32], dimensions: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean (d,) and the first components (d, dimensions); zero columns where there are fewer works than
    dimensions.
    """
    mean = raw.mean(axis=0)
    _, _, rows = np.linalg.svd(raw - mean, full_matrices=False)
    basis = np.zeros((raw.shape[1], dimensions), dtype=np.float32)
    kept = rows[:dimensions].T
    basis[:, : kept.shape[1]] = kept
    return mean.astype(np.float32), basis


def project(
    raw: NDArray[np.float32], mean: NDArray[np.float32], basis: NDArray[np.float32]
) -> NDArray[np.float32]:
    """EfficientNet's features (m, 1280) as unit vectors (m, 128)."""
    vectors = (raw - mean) @ basis
    unit: NDArray[np.float32] = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return unit.astype(np.float32)
