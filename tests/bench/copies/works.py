"""The works of some folders with what recognises them, for the bench; kept in a file between runs."""

from __future__ import annotations

import hashlib
import json
import random
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from fairstock.adapters.effnet import EffnetFeatures
from fairstock.adapters.openclipart import NotOpenClipArt, read_openclipart
from fairstock.asset.model import LocalFeatures
from fairstock.asset.rules import fingerprint
from fairstock.screening.local import VERSION, look_at_one
from fairstock.screening.overlay import Local, words
from fairstock.upload.picture import SKETCH, sketch_of, working_picture

SMALLEST = 16
BATCH = 8


@dataclass(frozen=True, slots=True)
class Seen:
    """What screening knows of a picture; satisfies ``screening.candidates.Traits``."""

    width: int
    height: int
    phash: int
    phash_mirror: int
    embedding: NDArray[np.float32]
    embedding_version: str
    sketch: bytes
    local: LocalFeatures | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """A picture of the bench's catalogue."""

    path: str
    author: str
    """Or the folder, where nobody is named."""
    seen: Seen


def look(pictures: Sequence[Image.Image], features: EffnetFeatures) -> list[Seen]:
    """What screening would note of pictures that passed the gate."""
    looked = []
    for picture, vector in zip(pictures, features.embed(pictures), strict=True):
        hashes = fingerprint(picture)
        size, sketch = picture.size, sketch_of(picture)
        row = *size, hashes.phash, hashes.phash_mirror, vector, features.version, sketch
        looked.append(Seen(*row, look_at_one(picture)))
    return looked


def works(folders: Sequence[Path], kept: Path | None) -> list[Work]:
    """Every different picture below the folders, in an order of chance that is always the same."""
    if kept is not None and kept.exists() and (known := read(kept)):
        return known
    features, found = EffnetFeatures(), []
    batch: list[tuple[Path, str, Image.Image]] = []
    for path, author in files(folders):
        try:
            with Image.open(path) as image:
                picture = working_picture(image)
        except (OSError, UnidentifiedImageError, Image.DecompressionBombError, ValueError, SyntaxError):
            continue
        if min(picture.size) >= SMALLEST:
            batch.append((path, author, picture))
        if len(batch) == BATCH:
            found += _looked(batch, features)
            batch = []
    found += _looked(batch, features)
    if kept is not None:
        write(kept, found)
    return found


def once(found: Sequence[Work], below: Sequence[Path], bits: int) -> list[Work]:
    """All works, but of those ``below`` some folders whose hashes differ in at most so many bits only the
    first: the same picture lies in several packages, and is found twice as easily then.
    """
    folders, kept = tuple(f"{folder}/" for folder in below), list[Work]()
    known = np.zeros(0, np.uint64)
    for work in found:
        if work.path.startswith(folders):
            hashes = np.array([work.seen.phash, work.seen.phash_mirror], np.int64).view(np.uint64)
            if (np.bitwise_count(known[:, None] ^ hashes) <= bits).any():
                continue
            known = np.append(known, hashes[0])
        kept.append(work)
    return kept


def is_chosen_on(author: str) -> bool:
    """Whether settings may be chosen on an author's works; figures are those of the others."""
    return zlib.crc32(author.encode()) % 2 == 0


def _looked(batch: Sequence[tuple[Path, str, Image.Image]], features: EffnetFeatures) -> list[Work]:
    seen = look([picture for _, _, picture in batch], features)
    return [Work(str(path), author, each) for (path, author, _), each in zip(batch, seen, strict=True)]


def files(folders: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    """Path and author, the same bytes once."""
    listed: list[tuple[Path, str]] = []
    for folder in folders:
        try:
            clips = list(read_openclipart(folder))
            listed += [(each.png, each.author or "/".join(each.folder)) for each in clips]
        except NotOpenClipArt:
            listed += [(path, path.parent.name) for path in sorted(folder.rglob("*")) if path.is_file()]
    random.Random(1).shuffle(listed)
    known: set[bytes] = set()
    for path, author in listed:
        digest = hashlib.sha256(path.read_bytes()).digest()
        if digest not in known:
            known.add(digest)
            yield path, author


def write(kept: Path, found: Sequence[Work]) -> None:
    """Keep pictures with what was seen of them."""
    seen = [work.seen for work in found]
    np.savez(
        kept,
        names=json.dumps([[work.path, work.author] for work in found]),
        version=seen[0].embedding_version,
        size=np.array([[each.width, each.height] for each in seen]),
        hashes=np.array([[each.phash, each.phash_mirror] for each in seen], np.int64),
        vectors=np.stack([each.embedding for each in seen]),
        sketches=np.frombuffer(b"".join(each.sketch for each in seen), np.uint8),
        local_version=VERSION,
        packed=np.frombuffer(b"".join(_packed(each) for each in seen), np.uint8),
        packed_sizes=np.array([len(_packed(each)) for each in seen]),
    )


def _packed(seen: Seen) -> bytes:
    assert seen.local is not None
    return seen.local.packed


def read(kept: Path) -> list[Work]:
    """What was kept; nothing where its local features are not of the present version."""
    with np.load(kept) as file:
        if str(file.get("local_version", "")) != VERSION:
            return []
        names, version = json.loads(str(file["names"])), str(file["version"])
        sketches = file["sketches"].reshape(len(names), SKETCH * SKETCH * 3)
        rows = zip(
            names,
            file["size"].tolist(),
            file["hashes"].tolist(),
            file["vectors"],
            sketches,
            _local(file),
            strict=True,
        )
        return [
            Work(path, author, Seen(*size, *hashes, vector, version, sketch.tobytes(), local))
            for (path, author), size, hashes, vector, sketch, local in rows
        ]


def _local(file: Mapping[str, NDArray[Any]]) -> list[LocalFeatures]:
    data, sizes = file["packed"].tobytes(), file["packed_sizes"].tolist()
    parts = [data[end - size : end] for size, end in zip(sizes, accumulate(sizes), strict=True)]
    return [LocalFeatures(VERSION, part, words(Local.unpacked(part))) for part in parts]
