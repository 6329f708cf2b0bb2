"""Tables of pictures' local features, and SQL that finds pictures by the words that they share.

A word is a number for what one small part of a picture looks like (Sivic and Zisserman, "Video Google").
A table of features has a row for each picture with its words; its companion ``<table>_word`` has a row for
each word of each picture, is kept in step by triggers (0024_local_features.sql), and its key is the index:
the pictures of a word lie side by side in it. So what a query costs grows with the pictures that have its
words, not with all pictures, and a word that very many have is given up after so many.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple, Protocol

import numpy as np
from sqlalchemy import (
    ARRAY,
    Column,
    Connection,
    ForeignKey,
    Identity,
    Integer,
    LargeBinary,
    Table,
    Text,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import insert

from fairstock.db.named import among
from fairstock.db.planning import ALONE, INDEXES_ONLY, planned
from fairstock.db.word_counts import Numbers, Shared, distinct, shared

COMMON = 0.003, 100, 300
"""A word that more than this share of the pictures have tells little and costs much, and is left out; but
none that so few have, and any that so many have.
"""
_AT_ONCE = 4_000_000
"""Rows of the index that are read in one go, at most."""


class Sharing(NamedTuple):
    """A picture that has words in common with another one."""

    name: str
    """Key of its row."""
    words: int
    """How many it has in common."""


class Kept(Protocol):
    """Local features as a row of a table of features has them."""

    @property
    def version(self) -> str:
        """Which extractor and vocabulary made them."""
        ...

    @property
    def packed(self) -> bytes:
        """As that version packs them."""
        ...

    @property
    def words(self) -> Sequence[int]:
        """By which the picture is found."""
        ...


def feature_columns(key: str, owner: str) -> tuple[Column[object], ...]:
    """The columns of a table of features whose rows belong to rows of another table."""
    return (
        Column(key, Text, ForeignKey(owner), primary_key=True),
        Column(
            "number",
            Integer,
            Identity(always=True),
            nullable=False,
            unique=True,
            comment="short name in the index of words",
        ),
        Column("version", Text, nullable=False, comment="which extractor and vocabulary made them"),
        Column("features", LargeBinary, nullable=False, comment="packed, as that version packs"),
        Column(
            "words",
            ARRAY(Integer),
            nullable=False,
            comment="by which the picture is found; a trigger keeps the index of words in step",
        ),
    )


def word_columns(table: str) -> tuple[Column[object], ...]:
    """The columns of the companion of a table of features."""
    return (
        Column("word", Integer, primary_key=True, autoincrement=False),
        Column("work", Integer, primary_key=True, comment=f"number in {table}"),
    )


class WordIndex:
    """The pictures of a table of features, kept once a version and found by their words."""

    def __init__(self, features: Table, key: str) -> None:
        """``key``: the column by which a row is named; both names are this program's own."""
        self._features, self._key, table = features, key, features.name
        self._size = text(f"SELECT max(number) FROM {table}")  # noqa: S608  # the program's own names
        self._holders = text(f"""
            SELECT array_send(array_agg(held.word)), array_send(array_agg(held.work))
            FROM unnest(CAST(:words AS integer[])) AS asked(word)
            CROSS JOIN LATERAL (
                SELECT word, work FROM {table}_word WHERE word = asked.word LIMIT :common + 1
            ) held
        """)  # noqa: S608  # put together from names of the program's own
        self._lengths = text(f"""
            SELECT array_send(array_agg(number)), array_send(array_agg(cardinality(words)))
            FROM {table} WHERE number = ANY (CAST(:works AS integer[])) AND version = :version
        """)  # noqa: S608
        self._names = text(f"""
            SELECT number, {key} FROM {table} WHERE number = ANY (CAST(:works AS integer[]))
        """)  # noqa: S608

    def keep(self, conn: Connection, features: Mapping[str, Kept]) -> None:
        """Keep the local features of pictures by their names; what is there of the same version stays."""
        rows = [
            {self._key: name, "version": each.version, "features": each.packed, "words": list(each.words)}
            for name, each in sorted(features.items())
        ]
        if not rows:
            return
        query = insert(self._features)
        fresh = {name: query.excluded[name] for name in ("version", "features", "words")}
        older = self._features.c.version != query.excluded.version
        conn.execute(query.on_conflict_do_update(index_elements=[self._key], set_=fresh, where=older), rows)

    def packed(self, conn: Connection, names: Iterable[str], version: str) -> dict[str, bytes]:
        """Name → packed local features, for those pictures that have any of this version."""
        key, table = self._features.c[self._key], self._features.c
        query = select(key, table.features).where(among(key, names), table.version == version)
        return {name: bytes(packed) for name, packed in conn.execute(query)}

    def sharing(
        self,
        conn: Connection,
        words: Sequence[Sequence[int]],
        version: str,
        *,
        limit: int,
        least: int,
        common: int | None = None,
    ) -> list[list[Sharing]]:
        """For each picture's words the stored pictures of this version that share at least ``least`` of them,
        at most ``limit``; first those whose shared words are many and rare: the squares of their inverse
        frequencies (Spärck Jones, 1972) are added up, and divided by the root of how many words it has.

        Words that more than ``common`` pictures have do not count (default: by ``COMMON``).
        """
        found: list[list[Sharing]] = [[] for _ in words]
        every = conn.scalar(self._size)
        if every is None or not any(words):
            return found
        common = most_common(every) if common is None else common
        with planned(conn, INDEXES_ONLY | ALONE):
            for first, last in _parts(words, common):
                asked = words[first:last]
                pairs = shared(asked, self._held(conn, asked, common), every, common, least)
                for place, row in self._best(conn, pairs, version, limit):
                    found[first + place] = row
        return found

    def _held(self, conn: Connection, asked: Sequence[Sequence[int]], common: int) -> tuple[Numbers, Numbers]:
        """Word and picture of each row of the index that any of the words have; of a word that more than
        ``common`` have, one row more than that.
        """
        wanted = distinct(np.fromiter(chain.from_iterable(asked), np.int64))
        held = conn.execute(self._holders, {"words": _written(wanted), "common": common}).one()
        return _read(held[0]), _read(held[1])

    def _best(
        self, conn: Connection, pairs: Shared, version: str, limit: int
    ) -> Iterator[tuple[int, list[Sharing]]]:
        """Place of each asked picture with the ``limit`` likeliest of those that share words with it."""
        asked = {"works": _written(distinct(pairs.work)), "version": version}
        numbers, lengths = map(_read, conn.execute(self._lengths, asked).one())
        ranked = pairs.ranked(numbers, lengths, limit)
        found = conn.execute(self._names, {"works": _written(distinct(ranked.work))})
        names: dict[int, str] = {number: name for number, name in found}  # noqa: C416  # rows are no pairs
        rows: dict[int, list[tuple[float, str, int]]] = {}
        for picture, work, words, score in ranked.rows():
            rows.setdefault(picture, []).append((-score, names[work], words))
        for picture, row in rows.items():
            yield picture, [Sharing(name, words) for _, name, words in sorted(row)[:limit]]


def most_common(every: int) -> int:
    """The most pictures that a word may have among so many to be asked for; see ``COMMON``."""
    share, fewest, most = COMMON
    return min(most, max(fewest, int(share * every)))


def _parts(words: Sequence[Sequence[int]], common: int) -> Iterator[tuple[int, int]]:
    """First and end of each part of the asked pictures that is small enough to be counted at once."""
    first = rows = 0
    for place, each in enumerate(words):
        rows += len(each) * (common + 1)
        if place > first and rows > _AT_ONCE:
            yield first, place
            first, rows = place, len(each) * (common + 1)
    yield first, len(words)


def _written(numbers: Numbers) -> str:
    """As PostgreSQL writes an array."""
    return f"{{{','.join(map(str, numbers.tolist()))}}}"


def _read(sent: bytes | None) -> Numbers:
    """An array of integers as ``array_send`` gives it: a head of 20 bytes, then length and number of each."""
    if sent is None:
        return np.zeros(0, np.int64)
    return np.frombuffer(sent, ">i4", offset=20).reshape(-1, 2)[:, 1].astype(np.int64)
