"""The port of the object store: bytes that are named by their SHA-256.

Bytes go in before the row that names them, so a crash between the two leaves an orphan and never a dangling
row.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from fairstock.kit.errors import Failure, Inconsistent, NotFound
from fairstock.kit.ids import checked_digest


class ObjectMissing(NotFound):
    """The store has no object of this digest."""

    def __init__(self, digest: str, place: str) -> None:
        self.digest, self.place = digest, place
        super().__init__(
            f"The object {digest} is not in {place}.", remedy="check FAIRSTOCK_OBJECTS, or restore a backup"
        )


class ObjectCorrupt(Inconsistent):
    """The stored bytes do not have the digest under which they lie."""

    def __init__(self, digest: str, place: str) -> None:
        self.digest, self.place = digest, place
        super().__init__(
            f"The object {digest} in {place} was changed or damaged.", remedy="restore it from a backup"
        )


class ObjectsUnwritable(Failure):
    """The store does not take or give bytes: no permission, no room, no connection."""

    def __init__(self, place: str, reason: str, remedy: str) -> None:
        self.place, self.reason = place, reason
        super().__init__(f"The object store {place} failed: {reason}.", remedy=remedy)


class ObjectStore(Protocol):
    """Immutable bytes under their own digest; every method may raise ``ObjectsUnwritable``."""

    def put(self, data: bytes) -> str:
        """Store the bytes, whole or not at all, and return their SHA-256 in hex; a second time changes
        nothing.
        """
        ...

    def get(self, digest: str) -> bytes:
        """The bytes; raises ``ObjectMissing``, or ``ObjectCorrupt`` where they no longer match the digest."""
        ...

    def has(self, digest: str) -> bool:
        """Whether the store holds it."""
        ...

    def digests(self) -> Iterator[str]:
        """Every digest in the store, in ascending order."""
        ...

    def delete(self, digest: str) -> None:
        """Remove it; nothing happens where it is not there."""
        ...


def object_path(digest: str) -> str:
    """Where an object lies inside a store: ``sha256/ab/cd/<hex>``; raises ``BadDigest``."""
    checked_digest(digest)
    return f"sha256/{digest[:2]}/{digest[2:4]}/{digest}"


def found_in(objects: ObjectStore, digest: str) -> bytes | None:
    """The bytes, or None where the store does not hold them; raises as ``get`` does otherwise."""
    try:
        return objects.get(digest)
    except ObjectMissing:
        return None
