"""Works in every disguise, as screening sees them; kept in a file, so that a next run only judges."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from PIL import Image

from fairstock.adapters.effnet import EffnetFeatures
from fairstock.asset.rules import flattened
from fairstock.upload.picture import working_picture
from tests.bench.copies.disguises import CHANGES
from tests.bench.copies.works import Seen, Work, look, read, write

LARGEST = 1024
"""Pixels along the longer side from which a work is made smaller before it is changed."""
PART = 400
"""Pictures after which what was seen is kept."""
Disguised = dict[tuple[str, str], Seen]
"""Path of a work and name of a change → what was seen."""


def disguised(paths: Mapping[str, int], kept: Path | None) -> Disguised:
    """Works in every disguise. ``paths``: path → number of the work, by which chance is chosen.

    ``kept``: the file of the works; what is seen here is kept beside it.
    """
    beside = kept.with_suffix(".disguised.npz") if kept is not None else None
    known: Disguised = {}
    if beside is not None and beside.exists():
        known = {(work.path, work.author): work.seen for work in read(beside)}
    made = 0
    for path, number in paths.items():
        missing = [name for name in CHANGES if (path, name) not in known]
        if missing:
            known |= _made(path, number, missing)
            made += len(missing)
            if made >= PART:
                _keep(beside, known)
                made = 0
    if made:
        _keep(beside, known)
    return known


def _keep(beside: Path | None, known: Disguised) -> None:
    if beside is not None:
        write(beside, [Work(path, name, seen) for (path, name), seen in known.items()])


def _made(path: str, number: int, names: Sequence[str]) -> Iterator[tuple[tuple[str, str], Seen]]:
    with Image.open(path) as image:
        plain = flattened(image).copy()
    plain.thumbnail((LARGEST, LARGEST))
    features = _features()
    for name in names:
        picture = working_picture(CHANGES[name](plain, random.Random(f"{number} {name}")))
        yield (path, name), look([picture], features)[0]


@cache
def _features() -> EffnetFeatures:
    return EffnetFeatures()
