"""What somebody gains who tries to game the floor rule, measured on real pictures with the clustering in use.

An attacker owns one work of the library. Each attack adds pictures to the training manifest as if every gate
before it had been passed; near-duplicates are then found, and the floor is divided, by the same code that a
training and a close use. The gain is what all of the attacker's names together get, against before.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageEnhance, ImageOps

from fairstock.adapters.house_model.clusters import near_duplicates
from fairstock.adapters.house_model.pictures import shrink
from fairstock.adapters.house_model.views import bare
from fairstock.asset.rules import flattened
from fairstock.fund.model import Work
from fairstock.fund.rules import by_cluster

POOL = 1_000_000_000
"""Micro-units that are divided: large enough that single ones do not show."""
COPIES = 10
ATTACKER = "attacker"

Picture = Image.Image
Embed = Callable[[Sequence[Picture]], NDArray[np.float32]]
"""Unit feature vectors of pictures."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A picture in the manifest."""

    picture: Picture
    contributor: str


@dataclass(frozen=True, slots=True)
class Gain:
    """What an attack brought, over all works that were tried."""

    attack: str
    mean_percent: float
    """Of what the attacker got before; 0 = nothing gained."""
    worst_percent: float
    """The attacker's luckiest work."""
    new_clusters: float
    """Votes that the added pictures won, of ``COPIES``."""


def variants(picture: Picture) -> list[Picture]:
    """Ten ways in which people disguise a copy."""
    plain = flattened(picture)
    width, height = plain.size
    turned = plain.rotate(4, Image.Resampling.BICUBIC, fillcolor="white")
    bordered = ImageOps.expand(plain, border=max(2, width // 12), fill="black")
    written = plain.copy()
    ImageDraw.Draw(written).text((width // 8, height // 2), "© me", fill="red")
    noise = np.random.default_rng(1).normal(0, 6, (height, width, 3))
    noisy = Image.fromarray(np.clip(np.asarray(plain) + noise, 0, 255).astype(np.uint8))
    return [
        ImageOps.mirror(plain),
        plain.resize((max(8, width * 7 // 10), max(8, height * 7 // 10))),
        plain.crop((width // 20, height // 20, width - width // 20, height - height // 20)),
        turned,
        bordered,
        written,
        noisy,
        ImageEnhance.Brightness(plain).enhance(0.85),
        ImageEnhance.Color(plain).enhance(0.5),
        plain.quantize(32).convert("RGB"),
    ]


def fillers(seed: int) -> list[Picture]:
    """Ten quick drawings of nothing: what somebody makes who wants votes and not pictures."""
    dice = random.Random(seed)  # noqa: S311  # a simulation, not a secret
    made = []
    for _ in range(COPIES):
        picture = Image.new("RGB", (256, 256), "white")
        draw = ImageDraw.Draw(picture)
        for _ in range(3):
            corners = sorted(dice.sample(range(256), 2)), sorted(dice.sample(range(256), 2))
            colour = tuple(dice.randrange(230) for _ in range(3))
            draw.ellipse((corners[0][0], corners[1][0], corners[0][1], corners[1][1]), fill=colour)
        made.append(picture)
    return made


def gains(library: Sequence[Entry], targets: Sequence[int], embed: Embed) -> list[Gain]:
    """The gain of each attack, each tried with the library's works of these indexes as the attacker's own."""
    known = _Manifest(library, embed)
    attacks: list[tuple[str, Callable[[int], list[Entry]]]] = [
        ("ten near-duplicates under one's own name", lambda own: _copies(library[own].picture, [ATTACKER])),
        (
            "one person as ten, each with a near-duplicate",
            lambda own: _copies(library[own].picture, _names()),
        ),
        (
            "ten copies of somebody else's work, had they passed the gate",
            lambda own: _copies(library[(own + 1) % len(library)].picture, [ATTACKER]),
        ),
        ("ten different pictures of nothing", lambda own: [Entry(each, ATTACKER) for each in fillers(own)]),
    ]
    return [_gain(name, known, [(own, attack(own)) for own in targets]) for name, attack in attacks]


def _gain(name: str, known: _Manifest, tries: Sequence[tuple[int, list[Entry]]]) -> Gain:
    percents, votes = [], []
    for own, added in tries:
        before, clusters = known.income(own, [])
        after, more = known.income(own, added)
        percents.append(100 * (after - before) / before)
        votes.append(more - clusters)
    return Gain(name, fmean(percents), max(percents), fmean(votes))


def _copies(picture: Picture, names: Sequence[str]) -> list[Entry]:
    return [Entry(each, names[n % len(names)]) for n, each in enumerate(variants(picture))]


def _names() -> list[str]:
    return [f"{ATTACKER}-{number}" for number in range(COPIES)]


class _Manifest:
    """The library with its features, to which pictures can be added."""

    def __init__(self, library: Sequence[Entry], embed: Embed) -> None:
        self._embed = embed
        self._owners = [entry.contributor for entry in library]
        self._features, self._small = self._look([entry.picture for entry in library])

    def income(self, own: int, added: Sequence[Entry]) -> tuple[int, int]:
        """What the attacker, who owns the work of index ``own``, gets of the pool, and the clusters."""
        features, small = self._features, self._small
        if added:
            more, pixels = self._look([entry.picture for entry in added])
            features, small = np.concatenate([features, more]), np.concatenate([small, pixels])
        owners = [*self._owners, *(entry.contributor for entry in added)]
        owners[own] = ATTACKER
        clusters = near_duplicates(features, small)
        works = [
            Work(f"{n:06}", owner, str(c)) for n, (owner, c) in enumerate(zip(owners, clusters, strict=True))
        ]
        lines = by_cluster("gaming", POOL, works)
        mine = sum(line.micros for line in lines if line.contributor_id.startswith(ATTACKER))
        return mine, int(clusters.max()) + 1

    def _look(self, pictures: Sequence[Picture]) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        """As a training looks for near-duplicates: (n, 1280) and (n, 32, 32, 3)."""
        views = [bare(picture) for picture in pictures]
        return self._embed(views), shrink(np.stack([np.asarray(view) for view in views]))
