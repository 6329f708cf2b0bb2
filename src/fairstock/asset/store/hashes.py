"""SQL on perceptual hashes: everything within some bits of a hash, exactly, through an index.

Multi-index hashing (Norouzi, Punjani, Fleet: "Fast exact search in Hamming space with multi-index hashing",
2014) with the general pigeonhole principle (Qin et al., "GPH: similarity search in Hamming space", 2018).
The 64 bits are three bands with an index each (``ix_asset_fingerprint_band_1`` … ``_3``). Say band i is
searched for all keys within eᵢ bits, and Σ(eᵢ + 1) = radius + 1. A hash that no search met would differ in
at least eᵢ + 1 bits in every band, hence in more than ``radius`` altogether. So nothing within the radius is
missed, and what a search meets is counted out in full before it is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import combinations
from typing import NamedTuple

from sqlalchemy import Connection, text

from fairstock.asset.model import Fingerprint, HashMatch
from fairstock.kit.errors import BadInput

MOST_RADIUS = 8
"""Bits: at nine, the searches for one hash are 2,308 and no longer quick."""


class Band(NamedTuple):
    """Some neighbouring bits of a hash."""

    shift: int
    """Bits below it."""
    bits: int
    """How many bits it has."""


BANDS = (Band(43, 21), Band(22, 21), Band(0, 22))
"""Highest first; the widest, which the fewest hashes share, is searched furthest."""


class RadiusTooLarge(BadInput):
    """The index is not made for so many differing bits."""

    def __init__(self, radius: int) -> None:
        self.radius = radius
        super().__init__(
            f"Perceptual hashes are searched within 0 to {MOST_RADIUS} bits, not {radius}.",
            remedy="ask for fewer bits; further away, hashes say nothing",
        )


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
    if not 0 <= radius <= MOST_RADIUS:
        raise RadiusTooLarge(radius)
    if not hashes:
        return []
    conn.execute(_SETTINGS)
    flips = {f"flips_{number}": list(each) for number, each in enumerate(_flips(radius), 1)}
    rows = conn.execute(_ALIKE, {"hashes": list(hashes), "radius": radius, **flips})
    return [(number - 1, asset_id, distance) for number, asset_id, distance in rows]


@cache
def _flips(radius: int) -> tuple[tuple[int, ...], ...]:
    """For each band what a key may be XORed with: every number of its bits within the band's share."""
    errors = [-1] * len(BANDS)
    for step in range(radius + 1):
        errors[-1 - step % len(BANDS)] += 1
    return tuple(
        tuple(
            sum(1 << place for place in places)
            for flipped in range(most + 1)
            for places in combinations(range(band.bits), flipped)
        )
        for band, most in zip(BANDS, errors, strict=True)
    )


def _key(number: int, column: str) -> str:
    """The expression of a band's index on a column."""
    band = BANDS[number - 1]
    return f"((({column} >> {band.shift}) & {(1 << band.bits) - 1})::integer)"


def _searched(number: int) -> str:
    """The hashes that one band's index gives; in order of the keys, so that its pages are read once.

    ``OFFSET 0`` keeps the planner from reading the whole table once instead of a page here and there.
    """
    return f"""
        SELECT key.number, key.hash, met.phash
        FROM (
            SELECT asked.number, asked.hash, {_key(number, "asked.hash")} # flip AS value
            FROM asked CROSS JOIN unnest(CAST(:flips_{number} AS integer[])) AS flip
            ORDER BY value
        ) key
        CROSS JOIN LATERAL (
            SELECT phash FROM asset_fingerprint WHERE {_key(number, "phash")} = key.value OFFSET 0
        ) met
        WHERE bit_count((met.phash # key.hash)::bit(64)) <= :radius
    """  # noqa: S608  # put together from this file's own numbers


_SETTINGS = text("SELECT set_config('work_mem', '64MB', true), set_config('jit', 'off', true)")
"""Until the transaction ends: the keys are sorted in memory, and nothing is compiled for a quick search."""

_ALIKE = text(f"""
    WITH asked AS (
        SELECT hash, number FROM unnest(CAST(:hashes AS bigint[])) WITH ORDINALITY AS asked(hash, number)
    ),
    met AS ({" UNION ".join(_searched(number) for number in (1, 2, 3))})
    SELECT met.number, of_work.asset_id, bit_count((met.phash # met.hash)::bit(64)) AS distance
    FROM met
    CROSS JOIN LATERAL (
        SELECT asset_id FROM asset_fingerprint
        WHERE {_key(1, "phash")} = {_key(1, "met.phash")} AND phash = met.phash OFFSET 0
    ) of_work
    ORDER BY met.number, of_work.asset_id
""")  # noqa: S608  # put together from this file's own numbers
