"""All works of the bench, as the judge of uploads would find them.

Works, features, alignment and policy are the real ones; the nearest by features are found by numpy instead
of pgvector's index, the nearest by hash by counting all.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from fairstock.asset.model import Asset, AssetKind, AssetState, Fingerprint
from fairstock.screening import local
from fairstock.screening.candidates import Neighbourhood, Subject
from fairstock.screening.catalogue import likenesses
from fairstock.screening.copies import observation
from fairstock.screening.model import Verdict
from fairstock.screening.policy import Policy
from fairstock.screening.rules import decide
from tests.bench.copies.worded import Words
from tests.bench.copies.works import Seen, Work, is_chosen_on

EACH = 10
"""Works of one author that are changed or compared."""


class Library:
    """All works, as the judge of uploads would find them."""

    def __init__(
        self,
        catalogue: Sequence[Work],
        policy: Policy,
        *,
        each: int = EACH,
        below: Sequence[Path] = (),
        everybody: bool = False,
    ) -> None:
        self.works, self.policy, self.each, self.everybody = catalogue, policy, each, everybody
        self.below = tuple(f"{folder}/" for folder in below) or ("",)
        self.vectors = np.stack([work.seen.embedding for work in catalogue])
        self.hashes = np.array([work.seen.phash for work in catalogue], np.int64).view(np.uint64)
        self.authors = np.array([work.author for work in catalogue])
        self.words = Words([work.seen.local.words if work.seen.local else () for work in catalogue])
        self.packed = [work.seen.local.packed if work.seen.local else b"" for work in catalogue]
        self.judging = 0.0
        """Seconds of processor time spent on comparing and judging alone."""
        self.assets = {str(place): _asset(place, work) for place, work in enumerate(catalogue)}

    def sample(self, chance: int) -> list[int]:
        """Places of works of authors on whose works no setting was chosen (those with an odd checksum, or
        ``everybody``), of each author at most ``each``: one drew 1,377 hair-thin stars. Only those ``below``
        some folders.
        """
        places = list(range(len(self.works)))
        random.Random(chance).shuffle(places)
        taken: Counter[str] = Counter()
        chosen = []
        for place in places:
            author, there = self.works[place].author, self.works[place].path.startswith(self.below)
            held = self.everybody or not is_chosen_on(author)
            if there and held and taken[author] < self.each:
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
