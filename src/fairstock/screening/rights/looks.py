"""The looks for rights and safety at one batch of uploads: cheap ones at all, costly ones where one asks.

    caption   words alone                                     every upload
    faces     some milliseconds                               every picture that is no drawing of flat colours
    nudity    a classifier                                    suspected by a probe, with skin or grey
    text      read for agencies' names                        suspected by another probe

Nothing here decides: observations go to the policy.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import Any

from PIL import Image

from fairstock.screening.model import Observation, ObservationKind
from fairstock.screening.rights import captions
from fairstock.screening.rights.agency import agency_in, shipped
from fairstock.screening.rights.cheap import may_show_skin, nudity_probe, overlay_probe
from fairstock.screening.rights.ports import FaceFinder, NudityScreen, TextReader


@dataclass(frozen=True, slots=True)
class Item:
    """One picture as the looks see it, with what came with it."""

    key: str
    """By which the caller knows it."""
    picture: Image.Image
    """The gate's working picture: RGB, upright, on white."""
    longest: int
    """Longest side of the original in pixels, by which a face's size is told."""
    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """title, keywords and description, keywords one by one."""
    own_names: Sequence[str] = ()
    """Under which the contributor may be named as author."""
    release: str = ""
    """What the contributor says about a model release; empty for none."""
    vector: Sequence[float] = ()
    """Image features, which the probe reads; without them no text is read."""
    vector_version: str = ""
    owners: Sequence[tuple[str, str]] = ()
    """(field, text) of the file's metadata that say whose the picture is."""


class Looks:
    """The looks with what they need; ``asked`` counts what was run, for the profile."""

    def __init__(self, faces: FaceFinder, nudity: NudityScreen, reader: TextReader) -> None:
        self._faces = faces
        self._reader = reader
        self._nudity = nudity
        self.asked = {"seen": 0, "nudity": 0, "text": 0}
        self._counting = Lock()

    def look(self, items: Iterable[Item]) -> dict[str, list[Observation]]:
        """Key → what was seen; keys without anything are there with an empty list."""
        batch = list(items)
        self._count("seen", len(batch))
        if len(batch) == 1:  # whoever looks at many one by one has threads of his own
            return {batch[0].key: self._look(batch[0])}
        return dict(zip((each.key for each in batch), self._threads.map(self._look, batch), strict=True))

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        """One for each core: the models let go of Python while they look."""
        return ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="rights")

    def _count(self, look: str, pictures: int = 1) -> None:
        with self._counting:
            self.asked[look] += pictures

    def _look(self, item: Item) -> list[Observation]:
        return [
            *_caption(item),
            *_owned(item),
            *self._people(item),
            *self._lettering(item),
            *self._sexual(item),
        ]

    def _people(self, item: Item) -> list[Observation]:
        """Faces, noted with the release that was named: the policy says which need one."""
        faces = self._faces.find(item.picture)
        if not faces:
            return []
        evidence = {
            "faces": len(faces),
            "share": faces[0].share,
            "pixels": round(faces[0].share * item.longest),
            "confidence": faces[0].confidence,
            "where": [list(each.box) for each in faces[:8]],
            "released": bool(item.release),
            "release": item.release,
        }
        return [Observation(ObservationKind.FACES, str(len(faces)), evidence, "faces", self._faces.version)]

    def _lettering(self, item: Item) -> list[Observation]:
        """Names of agencies that can be read, each once with its clearest line."""
        if not overlay_probe().asks(item.vector, item.vector_version):
            return []
        self._count("text")
        lines = sorted(self._reader.read(item.picture), key=lambda line: -line.confidence)
        named = [(agency_in(line.text), line) for line in lines]
        found: dict[str, Observation] = {}
        for name, line in named:
            if name is None or name in found:
                continue
            evidence = {
                "agency": name,
                "where": "the picture",
                "quote": line.text[:200],
                "times": sum(other == name for other, _ in named),
                "box": list(line.box),
                "confidence": round(line.confidence, 3),
            }
            found[name] = _agency(name, evidence, self._reader.version)
        return list(found.values())

    def _sexual(self, item: Item) -> list[Observation]:
        """The score, where the cheap looks cannot rule it out and it is worth a note."""
        probe = nudity_probe()
        suspected = probe.asks(item.vector, item.vector_version, unknown=True) and may_show_skin(item.picture)
        if not suspected:
            return []
        self._count("nudity")
        (score,) = self._nudity.look([item.picture])
        return [_nudity(score.nudity, self._nudity.version)] if score.nudity >= NOTED else []


MOST_FIELDS = 64
"""Fields of metadata about the owner that are read; more of them are in no honest file."""
NOTED = 0.3
"""Scores below are not even noted: nearly all pictures have them."""


def _nudity(score: float, version: str) -> Observation:
    rounded = round(score, 3)
    return Observation(ObservationKind.NUDITY, f"{rounded:.2f}", {"score": rounded}, "nudity", version)


def _owned(item: Item) -> list[Observation]:
    """Agencies that the file's own metadata names as its owner."""
    named = [(agency_in(text), key, text) for key, text in item.owners[:MOST_FIELDS]]
    found = {name: (key, text) for name, key, text in reversed(named) if name is not None}
    return [
        _agency(name, {"agency": name, "where": f"the field {key}", "quote": text[:200]}, "metadata")
        for name, (key, text) in found.items()
    ]


def _agency(name: str, evidence: dict[str, Any], detector: str) -> Observation:
    version = f"{detector}, list {shipped().version}"
    return Observation(ObservationKind.AGENCY_TEXT, name, evidence, "agency-text", version)


def _caption(item: Item) -> list[Observation]:
    return captions.observations(captions.claims_in(item.fields, item.own_names))
