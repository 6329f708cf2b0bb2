"""The catalogue: added once, found by bytes, by hash and by likeness."""

from __future__ import annotations

import math
from dataclasses import fields

import pytest
from factories.core import add_asset, add_contributor, picture
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import ImageOps
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from fairstock.asset import store
from fairstock.asset.model import (
    EMBEDDING_DIMENSIONS,
    AssetKind,
    AssetState,
    Fingerprint,
    NewAsset,
    NewFingerprint,
)
from fairstock.asset.rules import distance, fingerprint
from fairstock.db import near_hashes
from fairstock.db.planning import ALONE, INDEXES_ONLY, TOGETHER, planned
from fairstock.kit.ids import derived_id


def pointing(degrees: float) -> list[float]:
    """A unit vector in the plane of the first two dimensions."""
    angle = math.radians(degrees)
    return [math.cos(angle), math.sin(angle)] + [0.0] * (EMBEDDING_DIMENSIONS - 2)


def test_adding_twice_is_a_no_op(conn: Connection) -> None:
    ann = add_contributor(conn)
    first = add_asset(conn, ann, title="first")
    assert add_asset(conn, ann, title="second") == first
    stored = store.get(conn, first)
    assert stored.title == "first"
    assert stored.id == derived_id("ast", ann, stored.sha256)
    assert (stored.kind, stored.state) == (AssetKind.human, AssetState.live)
    assert stored.keywords == ("test", "drawing")


def test_what_an_asset_will_be_is_known_before_it_is_stored(conn: Connection) -> None:
    stored = store.get(conn, add_asset(conn, add_contributor(conn)))
    names = {field.name for field in fields(NewAsset)}
    new = NewAsset(**{name: getattr(stored, name) for name in names})
    assert store.as_added(new, stored.created_at) == stored


def test_generated_pictures_have_no_contributor(conn: Connection) -> None:
    stored = store.get(conn, add_asset(conn, None))
    assert stored.kind is AssetKind.generated
    assert stored.contributor_id is None
    assert stored.id == derived_id("ast", "house", stored.sha256)
    with pytest.raises(IntegrityError, match="ck_asset_owner"):
        conn.execute(text("UPDATE asset SET kind = 'human'"))


def test_found_by_id_and_by_bytes(conn: Connection) -> None:
    ann = add_contributor(conn)
    ids = [add_asset(conn, ann, seed) for seed in range(4)]
    assert [asset.id for asset in store.many(conn, [ids[2], "nothing", ids[0]])] == [ids[2], ids[0]]
    digest = store.get(conn, ids[1]).sha256
    assert [asset.id for asset in store.by_sha(conn, digest)] == [ids[1]]
    assert store.ids_by_sha(conn, [digest, "0" * 64]) == {digest: [ids[1]]}
    assert {asset.id for asset in store.of_contributor(conn, ann)} == set(ids)
    with pytest.raises(store.AssetNotFound, match="no asset 'nothing'"):
        store.get(conn, "nothing")


def test_withdrawing(conn: Connection) -> None:
    asset_id = add_asset(conn, add_contributor(conn))
    store.withdraw(conn, asset_id)
    assert store.get(conn, asset_id).state is AssetState.withdrawn
    store.withdraw(conn, asset_id, AssetState.taken_down)
    assert store.get(conn, asset_id).state is AssetState.taken_down
    with pytest.raises(store.AssetNotFound):
        store.withdraw(conn, "nothing")


def test_near_copies_are_found_and_mirror_images_are_told_apart(conn: Connection) -> None:
    ann = add_contributor(conn)
    ids = [add_asset(conn, ann, seed) for seed in range(6)]
    small = fingerprint(picture(3).resize((100, 80)))
    [found] = store.within(conn, small, 6)
    assert (found.asset_id, found.mirrored) == (ids[3], False)
    assert found.distance <= 6
    [mirrored] = store.within(conn, fingerprint(ImageOps.mirror(picture(3))), 6)
    assert (mirrored.asset_id, mirrored.mirrored) == (ids[3], True)


HASHES = st.integers(-(2**63), 2**63 - 1)
PAIRS = st.builds(Fingerprint, HASHES, HASHES)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    asked=st.lists(PAIRS, min_size=1, max_size=4),
    changes=st.lists(st.tuples(st.integers(0, 3), st.sets(st.integers(0, 63), max_size=11)), max_size=8),
    strangers=st.lists(HASHES, max_size=3),
    radius=st.integers(0, store.MOST_RADIUS),
)
def test_within_agrees_with_counting_bits_in_python(
    conn: Connection,
    asked: list[Fingerprint],
    changes: list[tuple[int, set[int]]],
    strangers: list[int],
    radius: int,
) -> None:
    """Stored are hashes that differ from the asked ones in chosen bits, within the radius and beyond."""
    stored = [*strangers]
    for number, bits in changes:
        hashes = asked[number % len(asked)]
        stored.append(flipped(hashes.phash if number % 2 else hashes.phash_mirror, bits))
    with conn.begin_nested() as savepoint:
        ann = add_contributor(conn)
        known = {}
        for seed, phash in enumerate(stored):
            known[add_asset(conn, ann, seed)] = phash
        rows = [NewFingerprint(identity, Fingerprint(phash, 0)) for identity, phash in known.items()]
        store.add_fingerprints(conn, rows)
        for hashes, found in zip(asked, store.within_many(conn, asked, radius), strict=True):
            expected = set()
            for identity, phash in known.items():
                straight, mirrored = distance(phash, hashes.phash), distance(phash, hashes.phash_mirror)
                if min(straight, mirrored) <= radius:
                    expected.add((identity, min(straight, mirrored), mirrored < straight))
            assert set(found) == expected
            assert [match.distance for match in found] == sorted(match.distance for match in found)
            assert found == store.within(conn, hashes, radius)
        savepoint.rollback()


def flipped(value: int, bits: set[int]) -> int:
    """A signed 64-bit number with these bits changed."""
    changed = (value & (2**64 - 1)) ^ sum(1 << bit for bit in bits)
    return int.from_bytes(changed.to_bytes(8), signed=True)


@pytest.mark.parametrize("radius", [-1, store.MOST_RADIUS + 1])
def test_a_radius_beyond_the_index_is_refused(conn: Connection, radius: int) -> None:
    with pytest.raises(store.RadiusTooLarge, match=f"0 to 8 bits, not {radius}"):
        store.within(conn, Fingerprint(0, 0), radius)


def test_many_at_once_are_found_too_and_planning_is_as_before(conn: Connection) -> None:
    """A hundred hashes are worth other processes of the server, which must see what is not committed yet."""
    before = conn.execute(text("SELECT name, setting FROM pg_settings ORDER BY name")).all()
    ann = add_contributor(conn)
    stored = {add_asset(conn, ann, seed): seed * 0x0123_4567_89AB_CDEF % 2**62 for seed in range(120)}
    rows = [NewFingerprint(identity, Fingerprint(phash, 0)) for identity, phash in stored.items()]
    store.add_fingerprints(conn, rows)
    asked = list(stored.values())
    found = store.alike(conn, asked, 8)
    assert found == [
        (place, identity, distance(hashed, phash))
        for place, hashed in enumerate(asked)
        for identity, phash in sorted(stored.items())
        if distance(hashed, phash) <= 8
    ]
    assert len(found) >= 120
    assert conn.execute(text("SELECT name, setting FROM pg_settings ORDER BY name")).all() == before


def test_a_search_for_many_hashes_is_shared_by_the_servers_processes(conn: Connection) -> None:
    index, several = near_hashes.HashIndex("asset_fingerprint", "asset_id"), near_hashes._SEVERAL
    flips = {f"flips_{number}": list(each) for number, each in enumerate(near_hashes._flips(8), 1)}
    asked = {"hashes": list(range(several)), "radius": 8, **flips}
    for many in (True, False):
        with planned(conn, INDEXES_ONLY | (TOGETHER if many else ALONE)):
            plan = "\n".join(conn.scalars(text(f"EXPLAIN {index._query.text}"), asked))
        assert ("Parallel Append" in plan) == many
        assert plan.count("using ix_asset_fingerprint_band") == 4  # the three bands, then the rows' names


def test_nothing_asked_is_nothing_found(conn: Connection) -> None:
    assert store.within_many(conn, [], 8) == []


def test_nearest_by_cosine(conn: Connection) -> None:
    ann = add_contributor(conn)
    ids = [add_asset(conn, ann, seed, embedding=pointing(10.0 * seed)) for seed in range(5)]
    generated = add_asset(conn, None, embedding=pointing(1))
    add_asset(conn, ann, 99)  # has no vector
    found = store.nearest(conn, pointing(2), limit=3)
    assert [each.asset_id for each in found] == [generated, ids[0], ids[1]]
    assert found[0].similarity == pytest.approx(math.cos(math.radians(1)), abs=1e-5)
    human = store.nearest(conn, pointing(2), limit=10, kind=AssetKind.human)
    assert [each.asset_id for each in human] == ids
    store.withdraw(conn, ids[0])
    live = store.nearest(conn, pointing(2), limit=2, live_only=True, version="test/1")
    assert [each.asset_id for each in live] == [generated, ids[1]]
    assert store.nearest(conn, pointing(2), limit=2, version="other/1") == []


def test_many_vectors_are_searched_at_once(conn: Connection) -> None:
    ann = add_contributor(conn)
    for seed in range(5):
        add_asset(conn, ann, seed, embedding=pointing(10.0 * seed))
    generated = add_asset(conn, None, embedding=pointing(1))
    asked = [pointing(2), pointing(33)]
    many = store.nearest_many(conn, asked, limit=2, kind=AssetKind.human, version="test/1")
    assert many == [
        store.nearest(conn, each, limit=2, kind=AssetKind.human, version="test/1") for each in asked
    ]
    made = store.nearest_many(conn, asked, limit=9, kind=AssetKind.generated, version="test/1")
    assert [[near.asset_id for near in each] for each in made] == [[generated], [generated]]
    assert store.nearest_many(conn, [], limit=2, kind=AssetKind.human, version="test/1") == []


def test_cosines_of_named_works_are_those_of_the_search(conn: Connection) -> None:
    ann = add_contributor(conn)
    ids = [add_asset(conn, ann, seed, embedding=pointing(20.0 * seed)) for seed in range(3)]
    without = add_asset(conn, ann, 9)
    first, second, nothing = store.cosines_many(
        conn, [pointing(0), pointing(20), pointing(0)], [ids, [ids[2], without, "x"], []]
    )
    assert first == pytest.approx({name: math.cos(math.radians(20 * seed)) for seed, name in enumerate(ids)})
    assert second == pytest.approx({ids[2]: math.cos(math.radians(20))})
    assert nothing == {}
    assert store.cosines_many(conn, [pointing(0)], [[]]) == [{}]


def test_vectors_can_be_read_back_and_replaced(conn: Connection) -> None:
    asset_id = add_asset(conn, add_contributor(conn), embedding=pointing(0))
    assert store.embeddings(conn, [asset_id, "x"])[asset_id] == pytest.approx(pointing(0))
    hashes = Fingerprint(-1, 5)
    store.add_fingerprint(conn, NewFingerprint(asset_id, hashes, pointing(90), "test/2"))
    assert store.fingerprint_of(conn, asset_id) == hashes
    assert store.embeddings(conn, [asset_id])[asset_id] == pytest.approx(pointing(90), abs=1e-6)
    assert store.fingerprint_of(conn, "x") is None


def test_a_vector_of_the_wrong_length_is_refused(conn: Connection) -> None:
    asset_id = add_asset(conn, add_contributor(conn))
    with pytest.raises(store.BadEmbedding, match="has 1280 numbers, this one 2"):
        store.nearest(conn, [1.0, 0.0], limit=1)
    with pytest.raises(store.BadEmbedding):
        store.add_fingerprint(conn, NewFingerprint(asset_id, Fingerprint(0, 0), [1.0, 0.0], "x"))


def test_more_than_the_index_gives_by_default(conn: Connection) -> None:
    """pgvector's index stops at 40 results unless it is told to go on."""
    ann = add_contributor(conn)
    for seed in range(120):
        add_asset(conn, ann, seed, embedding=pointing(seed / 10))
    conn.execute(text("SET LOCAL enable_seqscan = off"))
    assert len(store.nearest(conn, pointing(0), limit=100)) == 100
