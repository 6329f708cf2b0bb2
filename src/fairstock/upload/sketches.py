"""Sketches of catalogue pictures by their digest, for laying an upload on them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fairstock.kit.objects import ObjectStore, found_in
from fairstock.upload.guard import DecodeGuard
from fairstock.upload.picture import sketch_of

_KEPT = 2000
"""Sketches kept in memory, 12 kB each."""


class Sketches:
    """Makes sketches from stored bytes behind the guard, and remembers them."""

    def __init__(self, objects: ObjectStore, guard: DecodeGuard) -> None:
        self._objects = objects
        self._guard = guard
        self._known: dict[str, bytes] = {}

    def learn(self, sketches: Mapping[str, bytes]) -> None:
        """Take sketches that are known from elsewhere."""
        self._known.update(sketches)

    def of(self, digests: Iterable[str]) -> dict[str, bytes]:
        """Digest → sketch; a file that is missing or cannot be opened any more has none."""
        wanted = list(dict.fromkeys(digests))
        if len(self._known) + len(wanted) > _KEPT:
            self._known = {digest: self._known[digest] for digest in wanted if digest in self._known}
        missing = [digest for digest in wanted if digest not in self._known]
        found = {digest: data for digest in missing if (data := found_in(self._objects, digest)) is not None}
        for digest, seen in zip(found, self._guard.inspect(list(found.values())), strict=True):
            if seen.picture is not None:
                self._known[digest] = sketch_of(seen.picture)
        return {digest: self._known[digest] for digest in wanted if digest in self._known}
