"""How many disguised works are found again among all, and how many works are taken for somebody else's.

Works, features, alignment and policy are the real ones; the nearest by features are found by numpy instead
of pgvector's index, the nearest by hash by counting all.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from PIL import Image

from fairstock.adapters.effnet import EffnetFeatures
from fairstock.asset.model import Asset, AssetKind, AssetState, Fingerprint
from fairstock.asset.rules import flattened
from fairstock.screening import local
from fairstock.screening.candidates import Neighbourhood, Subject
from fairstock.screening.catalogue import likenesses
from fairstock.screening.copies import observation
from fairstock.screening.model import Verdict
from fairstock.screening.policy import Policy, shipped
from fairstock.screening.rules import decide
from fairstock.upload.picture import working_picture
from tests.bench.copies.disguises import CHANGES
from tests.bench.copies.worded import Words
from tests.bench.copies.works import BATCH, Seen, Work, is_chosen_on, look, works

LARGEST = 1024
EACH = 10
"""Works of one author that are changed or compared."""
FEATURES = 10
"""Local features from which a work is counted apart: with fewer it is a stripe, a dot or an empty frame."""
NOBODY = "somebody who is nobody of the catalogue"


class Library:
    """All works, as the judge of uploads would find them."""

    def __init__(
        self, catalogue: Sequence[Work], policy: Policy, *, each: int = EACH, below: str = ""
    ) -> None:
        self.works, self.policy, self.each, self.below = catalogue, policy, each, below
        self.vectors = np.stack([work.seen.embedding for work in catalogue])
        self.hashes = np.array([work.seen.phash for work in catalogue], np.int64).view(np.uint64)
        self.authors = np.array([work.author for work in catalogue])
        self.words = Words([work.seen.local.words if work.seen.local else () for work in catalogue])
        self.packed = [work.seen.local.packed if work.seen.local else b"" for work in catalogue]
        self.judging = 0.0
        """Seconds of processor time spent on comparing and judging alone."""
        self.assets = {str(place): _asset(place, work) for place, work in enumerate(catalogue)}

    def sample(self, chance: int) -> list[int]:
        """Places of works of authors on whose works no setting was chosen (those with an odd checksum), of
        each author at most ``each``: one drew 1,377 hair-thin stars. Only those ``below`` a folder.
        """
        places = list(range(len(self.works)))
        random.Random(chance).shuffle(places)
        taken: Counter[str] = Counter()
        chosen = []
        for place in places:
            author, there = self.works[place].author, self.works[place].path.startswith(self.below)
            if there and not is_chosen_on(author) and taken[author] < self.each:
                taken[author] += 1
                chosen.append(place)
        return chosen

    def verdict(self, seen: Seen, author: str) -> tuple[Verdict, int | None]:
        """The policy's word on a picture by somebody beside others' works, and the likeliest of them."""
        near = self.vectors @ seen.embedding
        near[self.authors == author] = -1
        best = np.argsort(-near)[: self.policy.candidates]
        cosines = {
            str(place): float(near[place]) for place in best if near[place] >= self.policy.candidate_cosine
        }
        apart = np.minimum(
            *(
                np.bitwise_count(self.hashes ^ np.uint64(each % 2**64))
                for each in (seen.phash, seen.phash_mirror)
            )
        )
        hashed = np.flatnonzero((apart <= self.policy.phash_radius) & (self.authors != author))
        for place in sorted(hashed, key=lambda place: int(apart[place]))[: self.policy.candidates]:
            cosines.setdefault(str(place), float(near[place]))
        asked = local.asked(seen.local)
        shared = self._sharing(asked, author)
        for each in shared:
            cosines.setdefault(each, float(near[int(each)]))
        found = Neighbourhood(
            self.policy,
            {"": cosines},
            {each: self.assets[each] for each in cosines},
            {each: _hashes(self.works[int(each)].seen) for each in cosines},
            {"": shared},
            {"": asked},
            {each: self.packed[int(each)] for each in cosines},
        )
        began = time.process_time()
        alike = likenesses(Subject("upload", "", seen), found, self._sketches)
        verdict = decide([observation(each) for each in alike], self.policy)
        self.judging += time.process_time() - began
        return verdict, int(alike[0].asset_id) if alike else None

    def features(self, place: int) -> int:
        """How many local features a work has."""
        kept = local.unpacked(self.works[place].seen.local)
        return len(kept.places) if kept else 0

    def _sharing(self, asked: Sequence[int], author: str) -> dict[str, int]:
        """Works of others that share words, likeliest first."""
        policy, own = self.policy, self.authors == author
        found = self.words.sharing(asked, own, policy.sharing, policy.shared_words)
        return {str(place): count for place, count in found.items()}

    def _sketches(self, digests: Sequence[str]) -> dict[str, bytes]:
        return {each: self.works[int(each)].seen.sketch for each in digests}


def _opens(path: str) -> bool:
    """Whether Pillow does not take a picture for a bomb: one of the works has 623 million pixels."""
    try:
        with Image.open(path):
            return True
    except Image.DecompressionBombError:
        return False


def _hashes(seen: Seen) -> Fingerprint:
    return Fingerprint(seen.phash, seen.phash_mirror)


def _asset(place: int, work: Work) -> Asset:
    """The record of a work; its digest is its number, by which its sketch is found."""
    return Asset(
        id=str(place),
        contributor_id=work.author,
        kind=AssetKind.human,
        sha256=str(place),
        mime="image/png",
        width=work.seen.width,
        height=work.seen.height,
        bytes=1,
        title=Path(work.path).stem,
        keywords=(),
        license="bench",
        source="bench",
        state=AssetState.live,
        training_consent=False,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def run(
    folders: Sequence[Path],
    kept: Path | None,
    disguised: int,
    strangers: int,
    *,
    each: int = EACH,
    below: str = "",
) -> Iterator[str]:
    """A line for each change with the share found, then the false matches and the pairs to look at."""
    library = Library(works(folders, kept), shipped(), each=each, below=below)
    yield f"{len(library.works)} works of {len(set(library.authors.tolist()))} authors or folders"
    yield from _disguised(library, disguised)
    yield from _strangers(library, strangers)


def _disguised(library: Library, count: int) -> Iterator[str]:
    features = EffnetFeatures()
    sample = [place for place in library.sample(2) if _opens(library.works[place].path)][:count]
    telling = {place for place in sample if library.features(place) >= FEATURES}
    for name, change in CHANGES.items():
        outcomes: Counter[str] = Counter()
        right = told = 0
        for start in range(0, len(sample), BATCH):
            part = sample[start : start + BATCH]
            pictures = []
            for place in part:
                with Image.open(library.works[place].path) as image:
                    plain = flattened(image).copy()
                plain.thumbnail((LARGEST, LARGEST))
                pictures.append(working_picture(change(plain, random.Random(f"{place} {name}"))))
            for place, seen in zip(part, look(pictures, features), strict=True):
                verdict, likeliest = library.verdict(seen, NOBODY)
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
