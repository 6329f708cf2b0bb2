"""SQL on perceptual hashes: everything within some bits of a hash, exactly, through indexes.

Multi-index hashing (Norouzi, Punjani, Fleet: "Fast exact search in Hamming space with multi-index hashing",
2014) with the general pigeonhole principle (Qin et al., "GPH: similarity search in Hamming space", 2018).
The 64 bits are three bands with an index each (``ix_<table>_band_1`` … ``_3``). Say band i is searched for
all keys within eᵢ bits, and Σ(eᵢ + 1) = radius + 1. A hash that no search met would differ in at least
eᵢ + 1 bits in every band, hence in more than ``radius`` altogether. So nothing within the radius is missed,
and what a search meets is counted out in full before it is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import combinations
from typing import NamedTuple

from sqlalchemy import Connection, text

from fairstock.db.planning import ALONE, INDEXES_ONLY, TOGETHER, planned
from fairstock.kit.errors import BadInput

MOST_RADIUS = 8
"""Bits: at nine, the searches for one hash are 2,308 and no longer quick."""
_SEVERAL = 100
"""From so many hashes on, processes of the server may share a search; for fewer it would be over before
they have started.
"""


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


class HashIndex:
    """The indexes on a table's column ``phash``, 64 bits as BIGINT; rows without a hash are never near."""

    def __init__(self, table: str, identity: str) -> None:
        """``identity``: the column by which a row is named; both names are this program's own."""
        searches = " UNION ALL ".join(_searched(number, table) for number in (1, 2, 3))
        self._query = text(f"""
            SELECT near.number, named.{identity}, bit_count(near.apart::bit(64)) AS distance
            FROM (SELECT DISTINCT number, phash, apart FROM ({searches}) met) near
            JOIN {table} named ON {_key(1, "named.phash")} = {_key(1, "near.phash")}
                AND named.phash = near.phash
            ORDER BY near.number, named.{identity}
        """)  # noqa: S608  # put together from this file's own numbers, and names of the program's own

    def alike(self, conn: Connection, hashes: Sequence[int], radius: int) -> list[tuple[int, str, int]]:
        """(position in ``hashes``, the row's name, differing bits) of every stored hash within ``radius``
        bits of them, by position; raises RadiusTooLarge.
        """
        if not 0 <= radius <= MOST_RADIUS:
            raise RadiusTooLarge(radius)
        if not hashes:
            return []
        flips = {f"flips_{number}": each for number, each in enumerate(_written(radius), 1)}
        processes = TOGETHER if len(hashes) >= _SEVERAL else ALONE
        # The planner expects a third of what the indexes give to be near, and would rather read all rows.
        with planned(conn, INDEXES_ONLY | processes):
            rows = conn.execute(self._query, {"hashes": list(hashes), "radius": radius, **flips}).all()
        return [(number - 1, name, distance) for number, name, distance in rows]


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


@cache
def _written(radius: int) -> tuple[str, ...]:
    """The same as PostgreSQL writes arrays: thousands of numbers that need not be written each time."""
    return tuple(f"{{{','.join(map(str, each))}}}" for each in _flips(radius))


def band_keys(column: str) -> tuple[str, ...]:
    """The expressions of the indexes that a table needs on its column, each to include the column itself."""
    return tuple(_key(number, column) for number in range(1, len(BANDS) + 1))


def _key(number: int, column: str) -> str:
    """The expression of a band's index on a column."""
    band = BANDS[number - 1]
    return f"((({column} >> {band.shift}) & {(1 << band.bits) - 1})::integer)"


def _searched(number: int, table: str) -> str:
    """What one band's index gives that is near; in order of the keys, so that its pages are read once.

    Key and position are one number, which sorts three times as fast as a row of two, and the hash is looked
    up behind the sort. No ``OFFSET 0`` here: it would keep the bands from being searched beside each other.
    """
    return f"""
        SELECT key.number, works.phash, works.phash # key.hash AS apart
        FROM (
            SELECT (packed.pack >> 32)::integer AS value, packed.pack & 4294967295 AS number,
                (CAST(:hashes AS bigint[]))[packed.pack & 4294967295] AS hash
            FROM (
                SELECT (({_key(number, "asked.hash")} # flip)::bigint << 32) | asked.number AS pack
                FROM unnest(CAST(:hashes AS bigint[])) WITH ORDINALITY AS asked(hash, number)
                CROSS JOIN unnest(CAST(:flips_{number} AS integer[])) AS flip
                ORDER BY pack
            ) packed
        ) key
        JOIN {table} works ON {_key(number, "works.phash")} = key.value
            AND bit_count((works.phash # key.hash)::bit(64)) <= :radius
    """  # noqa: S608  # put together from this file's own numbers, and names of the program's own
