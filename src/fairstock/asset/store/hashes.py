"""Works by the likeness of their perceptual hashes; ``db.near_hashes`` says how they are searched."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from fairstock.asset.model import Fingerprint, HashMatch
from fairstock.db.near_hashes import MOST_RADIUS, HashIndex, RadiusTooLarge

__all__ = ["MOST_RADIUS", "RadiusTooLarge", "alike", "within", "within_many"]

_INDEX = HashIndex("asset_fingerprint", "asset_id")


def within(conn: Connection, hashes: Fingerprint, radius: int) -> list[HashMatch]:
    """Assets in any state whose pHash differs from the picture's, or from that of its mirror image, in at
    most ``radius`` bits.

    Closest first; an asset appears once, as ``mirrored`` where the mirror image is strictly closer. Raises
    RadiusTooLarge.
    """
    return within_many(conn, [hashes], radius)[0]


def within_many(conn: Connection, asked: Sequence[Fingerprint], radius: int) -> list[list[HashMatch]]:
    """For each picture what ``within`` finds, in one statement."""
    both = [each for hashes in asked for each in (hashes.phash, hashes.phash_mirror)]
    found: list[dict[str, HashMatch]] = [{} for _ in asked]
    for number, asset_id, distance in alike(conn, both, radius):
        picture, mirrored = divmod(number, 2)
        known = found[picture].get(asset_id)
        if known is None or distance < known.distance:  # the straight one comes first
            found[picture][asset_id] = HashMatch(asset_id, distance, bool(mirrored))
    return [sorted(each.values(), key=lambda match: (match.distance, match.asset_id)) for each in found]


def alike(conn: Connection, hashes: Sequence[int], radius: int) -> list[tuple[int, str, int]]:
    """(position in ``hashes``, asset id, differing bits) of every stored pHash within ``radius`` bits of
    them, by position; raises RadiusTooLarge.
    """
    return _INDEX.alike(conn, hashes, radius)
