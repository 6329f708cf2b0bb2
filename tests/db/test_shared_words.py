"""Pictures by the words of their local features: as counted, as the rows stand, never of another version."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import pytest
from factories.core import NOON, add_asset, add_contributor
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from fairstock.asset import store
from fairstock.asset.model import LocalFeatures
from fairstock.asset.tables import asset_local
from fairstock.db import shared_words
from fairstock.db.checks import load_checks, run_check
from fairstock.db.planning import ALONE, INDEXES_ONLY, planned
from fairstock.optout import store as optouts
from fairstock.optout.model import NewOptOut, Use

WORDS = st.sets(st.integers(0, 30), max_size=12)


def features(words: Sequence[int], version: str = "v1") -> LocalFeatures:
    return LocalFeatures(version, bytes(words), tuple(words))


def works(conn: Connection, words: Sequence[Sequence[int]], version: str = "v1") -> list[str]:
    """Works with these words; their ids."""
    ann = add_contributor(conn)
    ids = [add_asset(conn, ann, seed) for seed in range(len(words))]
    store.add_local(conn, dict(zip(ids, (features(each, version) for each in words), strict=True)))
    return ids


def index(conn: Connection) -> set[tuple[str, int]]:
    """(work, word) as the index of words has them."""
    query = text("SELECT asset_id, word FROM asset_local_word JOIN asset_local ON number = work")
    return {(work, word) for work, word in conn.execute(query)}


def in_python(
    stored: Mapping[str, set[int]], asked: set[int], every: int, least: int, common: int
) -> dict[str, tuple[int, float]]:
    """Work → words in common and what they weigh, by counting."""
    pictures = Counter(word for words in stored.values() for word in words)
    found = {}
    for identity, words in stored.items():
        both = [word for word in words & asked if pictures[word] <= common]
        if len(both) >= least:
            weight = sum(math.log(1 + every / pictures[word]) ** 2 for word in both)
            found[identity] = (len(both), weight / math.sqrt(len(words) + 30))
    return found


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    stored=st.lists(WORDS, max_size=8),
    asked=st.lists(WORDS, max_size=4),
    limit=st.integers(1, 4),
    least=st.integers(1, 4),
    common=st.integers(1, 6),
)
def test_the_same_is_found_as_by_counting(  # noqa: PLR0917 - given by name
    conn: Connection, stored: list[set[int]], asked: list[set[int]], limit: int, least: int, common: int
) -> None:
    """Sums of logarithms may round otherwise there, so works of nearly one weight come in either order."""
    word_index = shared_words.WordIndex(asset_local, "asset_id")
    with conn.begin_nested() as savepoint:
        ids = works(conn, [sorted(each) for each in stored])
        known = dict(zip(ids, stored, strict=True))
        every = conn.scalar(text("SELECT max(number) FROM asset_local")) or 0
        rows = [sorted(each) for each in asked]
        found = word_index.sharing(conn, rows, "v1", limit=limit, least=least, common=common)
        for words, row in zip(asked, found, strict=True):
            expected = in_python(known, words, every, least, common)
            assert len(row) == min(limit, len(expected))
            assert all(expected[each.name][0] == each.words for each in row)
            given_up = expected.keys() - {each.name for each in row}
            least_kept = min((expected[each.name][1] for each in row), default=0.0)
            assert all(expected[name][1] <= least_kept + 1e-9 for name in given_up)
        savepoint.rollback()


def test_the_work_that_shares_the_rarest_words_comes_first(conn: Connection) -> None:
    common, rare = list(range(10, 14)), [1, 2, 3, 4]
    ids = works(conn, [common, common, common, rare, [*common[:2], *rare]])
    (found,) = store.sharing_many(conn, [[*common, *rare]], "v1", limit=3, least=4)
    assert [(each.name, each.words) for each in found[:2]] == [(ids[4], 6), (ids[3], 4)]
    assert found[2].name in ids[:3]


def test_a_word_that_very_many_have_tells_nothing(conn: Connection) -> None:
    ids = works(conn, [[7, 8, number] for number in range(100, 112)])
    word_index = shared_words.WordIndex(asset_local, "asset_id")
    assert word_index.sharing(conn, [[7, 8]], "v1", limit=20, least=1, common=11) == [[]]
    (found,) = word_index.sharing(conn, [[7, 8]], "v1", limit=20, least=1, common=12)
    assert sorted(each.name for each in found) == sorted(ids)


def test_another_version_is_neither_found_nor_given(conn: Connection) -> None:
    (old,) = works(conn, [[1, 2, 3, 4, 5]], "v0")
    assert store.sharing_many(conn, [[1, 2, 3, 4, 5]], "v1", limit=8, least=1) == [[]]
    assert store.local_features(conn, [old], "v1") == {}
    assert store.without_local(conn, "v1", limit=5) == [(old, store.get(conn, old).sha256)]
    store.add_local(conn, {old: features([3, 4, 9], "v1")})
    assert index(conn) == {(old, 3), (old, 4), (old, 9)}, "the words of the version before are gone"
    assert store.local_features(conn, [old], "v1") == {old: bytes([3, 4, 9])}
    assert store.without_local(conn, "v1", limit=5) == []


def test_adding_again_changes_nothing(conn: Connection) -> None:
    (work,) = works(conn, [[1, 2]])
    store.add_local(conn, {work: features([5, 6])})
    assert store.local_of(conn, [work]) == {work: features([1, 2])}
    assert index(conn) == {(work, 1), (work, 2)}


def test_works_without_are_listed_by_id_from_any_on(conn: Connection) -> None:
    ann = add_contributor(conn)
    ids = sorted(add_asset(conn, ann, seed) for seed in range(5))
    store.add_local(conn, {ids[1]: features([1])})
    assert [identity for identity, _ in store.without_local(conn, "v1", limit=2)] == [ids[0], ids[2]]
    assert [identity for identity, _ in store.without_local(conn, "v1", after=ids[2], limit=9)] == ids[3:]


def entries(conn: Connection, words: list[list[int]]) -> None:
    """Opted-out works with these words."""
    uses = frozenset({Use.SALE})
    named = [NewOptOut(None, place, uses, NOON, "a letter") for place in range(len(words))]
    ids = [optouts.add(conn, each) for each in named]
    optouts.add_local(conn, {name: features(each) for name, each in zip(ids, words, strict=True)})


@pytest.mark.parametrize(("context", "stored"), [("asset", works), ("optout", entries)])
def test_an_index_that_lost_a_word_is_named_by_the_check(
    conn: Connection, context: str, stored: Callable[[Connection, list[list[int]]], object]
) -> None:
    (check,) = [each for each in load_checks() if each.name == f"{context}_words_are_those_of_features"]
    stored(conn, [[1, 2], [2, 3], []])
    assert run_check(conn, check) is None
    conn.execute(text(f"DELETE FROM {context}_local_word WHERE word = 3"))  # noqa: S608  # names of this file
    broken = run_check(conn, check)
    assert broken is not None
    assert [(row["meant"], row["held"]) for row in broken.rows] == [(2, 1)]


def test_the_index_alone_is_read_and_planning_is_as_before(conn: Connection) -> None:
    before = conn.execute(text("SELECT name, setting FROM pg_settings ORDER BY name")).all()
    works(conn, [[1, 2, 3]])
    assert len(store.sharing_many(conn, [[1, 2], [], [3]], "v1", limit=8, least=1)) == 3
    assert conn.execute(text("SELECT name, setting FROM pg_settings ORDER BY name")).all() == before
    query = shared_words.WordIndex(asset_local, "asset_id")._holders.text
    with planned(conn, INDEXES_ONLY | ALONE):
        plan = "\n".join(conn.scalars(text(f"EXPLAIN {query}"), {"words": [1], "common": 1000}))
    assert "Index Only Scan using pk_asset_local_word" in plan
    assert "Seq Scan" not in plan


@pytest.mark.parametrize("asked", [[], [[]], [[], []]])
def test_nothing_asked_is_nothing_found(conn: Connection, asked: list[list[int]]) -> None:
    assert store.sharing_many(conn, asked, "v1", limit=8, least=1) == [[] for _ in asked]
