"""What somebody gains who tries to game the floor rule, measured on real pictures with the clustering in use.

An attacker owns one work of the library. Each attack adds pictures to the training manifest, published later
than all that is there, as if every gate before it had been passed; near-duplicates are then found, and the
floor is divided, by the same code that a training and a close use. The gain is what all of the attacker's
names together get, against before.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from fairstock.adapters.house_model.clusters import Clusters, Looks, plates_of
from fairstock.adapters.house_model.views import bare
from fairstock.fund.model import ClusterVote, Work
from fairstock.fund.rules import by_cluster, first_published
from fairstock.simulate.disguise import COPIES, Picture, disguised, fillers

POOL = 1_000_000_000
"""Micro-units that are divided: large enough that single ones do not show."""
ATTACKER = "attacker"
LATER = datetime(2026, 1, 1, tzinfo=UTC)
"""When the attack's pictures are published; the library's dates are not known, which counts as older."""

Embed = Callable[[Sequence[Picture]], NDArray[np.float32]]
"""Unit feature vectors of pictures."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A picture in the manifest."""

    picture: Picture
    contributor: str


@dataclass(frozen=True, slots=True)
class Gain:
    """What an attack brought under a rule, over all tries."""

    attack: str
    mean_percent: float
    """Of what the attacker got before; 0 = nothing gained."""
    worst_percent: float
    """The attacker's luckiest try."""
    new_clusters: float
    """Votes that the added pictures won, of ``COPIES``."""
    tries: int


@dataclass(frozen=True, slots=True)
class _Try:
    """One attack: the place of the work that is the attacker's own, and what is added."""

    own: int
    added: list[Entry]


def gains(
    library: Sequence[Entry], embed: Embed, *, tries: int, draws: int, seed: int = 1
) -> dict[ClusterVote, list[Gain]]:
    """The gain of each attack under each rule, over ``draws`` draws of ``tries`` works that play the
    attacker's own, with disguises of drawn strength.
    """
    known = _Manifest(embed).with_more(library, None)
    attempts = [
        (dice, own)
        for draw in range(draws)
        for dice in [random.Random(f"{seed} {draw}")]  # noqa: S311  # a simulation, not a secret
        for own in dice.sample(range(len(library)), min(tries, len(library)))
    ]
    found: dict[ClusterVote, list[Gain]] = {vote: [] for vote in ClusterVote}
    for name, attack in _ATTACKS.items():
        made = [_Try(own, attack(library, own, dice)) for dice, own in attempts]
        for vote, outcomes in _outcomes(known, made).items():
            percents = [percent for percent, _ in outcomes]
            votes = fmean(more for _, more in outcomes)
            found[vote].append(Gain(name, fmean(percents), max(percents), votes, len(outcomes)))
    return found


def _outcomes(known: _Manifest, made: Sequence[_Try]) -> dict[ClusterVote, list[tuple[float, int]]]:
    """By rule, for each try: gain in per cent, and clusters that were won."""
    outcomes: dict[ClusterVote, list[tuple[float, int]]] = {vote: [] for vote in ClusterVote}
    for each in made:
        grown = known.with_more(each.added, LATER)
        for vote in ClusterVote:
            before, after = known.income(each.own, vote), grown.income(each.own, vote)
            outcomes[vote].append((100 * (after - before) / before, grown.number - known.number))
    return outcomes


def _copies(picture: Picture, names: Sequence[str], dice: random.Random) -> list[Entry]:
    return [Entry(each, names[n % len(names)]) for n, each in enumerate(disguised(picture, dice))]


_NAMES = [f"{ATTACKER}-{number}" for number in range(COPIES)]
_ATTACKS: dict[str, Callable[[Sequence[Entry], int, random.Random], list[Entry]]] = {
    "ten near-duplicates under one's own name": lambda library, own, dice: _copies(
        library[own].picture, [ATTACKER], dice
    ),
    "one person as ten, each with a near-duplicate": lambda library, own, dice: _copies(
        library[own].picture, _NAMES, dice
    ),
    "ten copies of somebody else's work, had they passed the gate": lambda library, own, dice: _copies(
        library[(own + 1) % len(library)].picture, [ATTACKER], dice
    ),
    "ten different pictures of nothing": lambda _library, _own, dice: [
        Entry(each, ATTACKER) for each in fillers(dice)
    ],
}


@dataclass(frozen=True)
class _Manifest:
    """Works with their clusters, to which later ones can be added."""

    embed: Embed
    owners: tuple[str, ...] = ()
    dates: tuple[datetime | None, ...] = ()
    clusters: Clusters = field(default_factory=Clusters)

    def with_more(self, added: Sequence[Entry], published: datetime | None) -> _Manifest:
        """The same with pictures that were published at that moment, later than all others."""
        views = [bare(entry.picture) for entry in added]
        shown = np.stack([np.asarray(view) for view in views])
        looks = Looks(self.embed(views), shown, [plates_of(entry.picture) for entry in added])
        return _Manifest(
            self.embed,
            (*self.owners, *(entry.contributor for entry in added)),
            (*self.dates, *[published] * len(added)),
            self.clusters.with_more(looks),
        )

    @property
    def number(self) -> int:
        """Clusters."""
        return len(set(self.clusters.first))

    def income(self, own: int, vote: ClusterVote) -> int:
        """What the attacker, who owns the work of index ``own``, gets of the pool."""
        works = list(self._works(own))
        lines = by_cluster("gaming", POOL, first_published(works) if vote is ClusterVote.first else works)
        return sum(line.micros for line in lines if line.contributor_id.startswith(ATTACKER))

    def _works(self, own: int) -> Iterator[Work]:
        for n, (owner, first) in enumerate(zip(self.owners, self.clusters.first, strict=True)):
            yield Work(f"{n:06}", ATTACKER if n == own else owner, str(first), self.dates[n])
