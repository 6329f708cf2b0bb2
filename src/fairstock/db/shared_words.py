"""Tables of pictures' local features, and SQL that finds pictures by the words that they share.

A word is a number for what one small part of a picture looks like (Sivic and Zisserman, "Video Google").
A table of features has a row for each picture with its words; its companion ``<table>_word`` has a row for
each word of each picture, is kept in step by triggers (0024_local_features.sql), and its key is the index:
the pictures of a word lie side by side in it. So what a query costs grows with the pictures that have its
words, not with all pictures, and a word that very many have is given up after so many.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

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

from fairstock.db.planning import ALONE, INDEXES_ONLY, planned

COMMON = 0.003, 100, 300
"""A word that more than this share of the pictures have tells little and costs much, and is left out; but
none that so few have, and any that so many have.
"""
SHORT = 30
"""Words that are added to a picture's own: without them, one with three words would need to share two."""


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
        self._query = text(f"""
            SELECT ranked.picture, ranked.{key}, ranked.shared
            FROM (
                SELECT counted.picture, kept.{key}, counted.shared, row_number() OVER (
                    PARTITION BY counted.picture
                    ORDER BY counted.weight / sqrt(cardinality(kept.words) + {SHORT}) DESC, kept.{key}
                ) AS place
                FROM (
                    SELECT asked.picture, met.work, count(*) AS shared, sum(met.weight) AS weight
                    FROM unnest(CAST(:pictures AS integer[]), CAST(:words AS integer[]))
                        AS asked(picture, word)
                    CROSS JOIN LATERAL (
                        SELECT held.work, count(*) OVER () AS pictures,
                            ln(1 + CAST(:every AS float8) / count(*) OVER ()) ^ 2 AS weight
                        FROM (
                            SELECT work FROM {table}_word WHERE word = asked.word LIMIT :common + 1
                        ) held
                    ) met
                    WHERE met.pictures <= :common
                    GROUP BY asked.picture, met.work
                    HAVING count(*) >= :least
                ) counted
                JOIN {table} kept ON kept.number = counted.work AND kept.version = :version
            ) ranked
            WHERE ranked.place <= :limit
            ORDER BY ranked.picture, ranked.place
        """)  # noqa: S608  # put together from names of the program's own

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
        query = select(key, table.features).where(key.in_(list(names)), table.version == version)
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
        flat = np.array([word for each in words for word in each], np.int32)
        if not len(flat):
            return found
        places = np.repeat(np.arange(len(words)), [len(each) for each in words])
        ordered = np.argsort(flat, kind="stable")  # the index is read in order
        parameters: dict[str, Any] = {
            "pictures": f"{{{','.join(map(str, places[ordered].tolist()))}}}",
            "words": f"{{{','.join(map(str, flat[ordered].tolist()))}}}",
            "version": version,
            "limit": limit,
            "least": least,
            "every": conn.scalar(self._size) or 0,
        }
        parameters["common"] = most_common(parameters["every"]) if common is None else common
        with planned(conn, INDEXES_ONLY | ALONE):
            for place, name, shared in conn.execute(self._query, parameters):
                found[place].append(Sharing(name, shared))
        return found


def most_common(every: int) -> int:
    """The most pictures that a word may have among so many to be asked for; see ``COMMON``."""
    share, fewest, most = COMMON
    return min(most, max(fewest, int(share * every)))
