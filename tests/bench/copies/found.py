"""How many disguised works are found again among all, and how many works are taken for somebody else's."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL import Image

from fairstock.screening.policy import shipped
from tests.bench.copies.disguised import disguised
from tests.bench.copies.disguises import CHANGES
from tests.bench.copies.library import EACH, Library
from tests.bench.copies.works import once, works

FEATURES = 10
"""Local features from which a work is counted apart: with fewer it is a stripe, a dot or an empty frame."""
NOBODY = "somebody who is nobody of the catalogue"


def run(
    folders: Sequence[Path],
    kept: Path | None,
    copied: int,
    strangers: int,
    *,
    each: int = EACH,
    below: Sequence[Path] = (),
    everybody: bool = False,
) -> Iterator[str]:
    """A line for each change with the share found, then the false matches and the pairs to look at."""
    policy = shipped()
    catalogue = once(works(folders, kept), below, policy.phash_radius)
    library = Library(catalogue, policy, each=each, below=below, everybody=everybody)
    yield f"{len(library.works)} works of {len(set(library.authors.tolist()))} authors or folders"
    yield from _disguised(library, copied, kept)
    yield from _strangers(library, strangers)


def _opens(path: str) -> bool:
    """Whether Pillow does not take a picture for a bomb: one of the works has 623 million pixels."""
    try:
        with Image.open(path):
            return True
    except Image.DecompressionBombError:
        return False


def _disguised(library: Library, count: int, kept: Path | None) -> Iterator[str]:
    sample = [place for place in library.sample(2) if _opens(library.works[place].path)][:count]
    telling = {place for place in sample if library.features(place) >= FEATURES}
    copies = disguised({library.works[place].path: place for place in sample}, kept)
    for name in CHANGES:
        outcomes: Counter[str] = Counter()
        right = told = 0
        for place in sample:
            verdict, likeliest = library.verdict(copies[library.works[place].path, name], NOBODY)
            outcomes[verdict.outcome.value] += 1
            noted = verdict.outcome.value != "accept"
            right += noted and likeliest == place
            told += noted and place in telling
        found = len(sample) - outcomes["accept"]
        yield (
            f"{name:<36} found {100 * found / len(sample):5.1f} % (rejected {outcomes['reject']}, review "
            f"{outcomes['review']}, of {len(sample)}; the very work first in {right}); "
            f"of {len(telling)} with {FEATURES} features or more {100 * told / max(1, len(telling)):5.1f} %"
        )


def _strangers(library: Library, count: int) -> Iterator[str]:
    outcomes: Counter[str] = Counter()
    sample = library.sample(3)[:count]
    library.judging, began = 0.0, time.process_time()
    matched = []
    for place in sample:
        work = library.works[place]
        verdict, likeliest = library.verdict(work.seen, work.author)
        outcomes[verdict.outcome.value] += 1
        if verdict.reasons and likeliest is not None:
            matched.append((verdict, work.path, library.works[likeliest].path))
    took = time.process_time() - began
    yield (
        f"{len(sample)} works among those of others: rejected {outcomes['reject']}, "
        f"review {outcomes['review']}; {1000 * took / len(sample):.1f} ms of processor time each, "
        f"{1000 * library.judging / len(sample):.1f} of them after the candidates are found. To look at:"
    )
    for verdict, one, other in matched:
        yield f"  {verdict.outcome.value} ({verdict.reasons[0].rule}): {one} {other}"
