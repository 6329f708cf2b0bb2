"""Local features as they are kept with uploads, works and opted-out pictures, and how they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from PIL import Image

from fairstock.asset.model import LocalFeatures
from fairstock.screening.examine import threads
from fairstock.screening.overlay import Local, asked_words, local_features, words
from fairstock.screening.overlay.local import VERSION

__all__ = ["VERSION", "asked", "look", "look_at_one", "read", "unpacked"]


def look_at_one(picture: Image.Image) -> LocalFeatures:
    """What is kept of a working picture."""
    found = local_features(picture)
    return LocalFeatures(VERSION, found.packed(), tuple(words(found)))


def look(pictures: Sequence[Image.Image]) -> list[LocalFeatures]:
    """The same of many, in their order, beside each other."""
    return list(threads().map(look_at_one, pictures))


def read(packed: bytes | None) -> Local | None:
    """Stored features of the present version as they are compared; None where there are none."""
    return None if packed is None else Local.unpacked(packed)


def unpacked(kept: LocalFeatures | None) -> Local | None:
    """Kept features as they are compared; None of another version, or where there are none."""
    return Local.unpacked(kept.packed) if kept is not None and kept.version == VERSION else None


def asked(kept: LocalFeatures | None) -> list[int]:
    """The words by which works are sought that a picture, or its mirror image, could be a part of."""
    return [] if kept is None or kept.version != VERSION else _asked(kept.packed)


@lru_cache(256)
def _asked(packed: bytes) -> list[int]:
    """Remembered, since the catalogue and the registry are asked for the same."""
    return asked_words(Local.unpacked(packed))
