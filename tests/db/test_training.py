"""Registering model releases, and which works may be trained on."""

from __future__ import annotations

import dataclasses
import hashlib
from datetime import timedelta

import pytest
from factories.core import NOON, add_asset, add_contributor
from sqlalchemy import Connection, func, select

from fairstock.asset import store as assets
from fairstock.db.checks import run_checks
from fairstock.kit.clock import FixedClock
from fairstock.party import store as parties
from fairstock.party.model import Role
from fairstock.party.tables import party
from fairstock.training import store
from fairstock.training.model import ManifestEntry, ReleaseInfo, ReleaseState
from fairstock.training.register import ManifestIncomplete, ReleaseChanged, known_release, register_release

CLOCK = FixedClock(NOON)


def info(
    entries: list[ManifestEntry], release_id: str = "house-1", created: str = "2026-11-20T10:00:00Z"
) -> ReleaseInfo:
    manifest = "\n".join(entry.sha256 for entry in entries).encode()
    return ReleaseInfo(
        release_id=release_id,
        seed=7,
        steps=100,
        samples=6400,
        trained_on=len(entries),
        manifest_sha256=hashlib.sha256(manifest).hexdigest(),
        created=created,
        parameters=12_345,
    )


def entry(number: int, contributor: str, cluster: int = 0) -> ManifestEntry:
    return ManifestEntry(
        hashlib.sha256(str(number).encode()).hexdigest(), contributor, f"Work {number}", cluster
    )


def count_parties(conn: Connection) -> int:
    return conn.scalar(select(func.count()).select_from(party)) or 0


def test_a_release_brings_its_contributors_and_finds_their_works(conn: Connection) -> None:
    ann = add_contributor(conn, "ann-lee")
    known = add_asset(conn, ann, 1)
    digest = assets.get(conn, known).sha256
    entries = [ManifestEntry(digest, "Ann Lee", "Known", 3), entry(2, "Ann Lee", 3), entry(3, "Bo Ek", 4)]
    release = register_release(conn, info(entries), entries, CLOCK)
    assert (release.id, release.works, release.seed, release.state) == ("house-1", 3, 7, ReleaseState.active)
    assert release.details == {"steps": 100, "samples": 6400, "parameters": 12_345}
    rows = {row.work_sha256: row for row in store.manifest(conn, "house-1")}
    assert set(rows) == {each.sha256 for each in entries}
    assert rows[digest].contributor_id == rows[entries[1].sha256].contributor_id == ann
    bo = parties.find_by_handle(conn, "bo-ek")
    assert bo is not None
    assert bo.name == "Bo Ek"
    assert parties.roles(conn, bo.id) == {Role.contributor}
    assert store.assets_of(conn, "house-1") == {digest: known}
    assert store.clusters_of(conn, [known, "ast_none"]) == {known: "house-1:3"}
    assert run_checks(conn) == []


def test_registering_again_adds_nothing_but_links_new_works(conn: Connection) -> None:
    digest = hashlib.sha256(b"bytes of picture 5").hexdigest()
    entries = [entry(1, "Ann Lee"), ManifestEntry(digest, "Bo Ek", "Later", 1)]
    first = register_release(conn, info(entries), entries, CLOCK)
    parties_before = count_parties(conn)
    assert store.assets_of(conn, "house-1") == {}
    bo = parties.find_by_handle(conn, "bo-ek")
    assert bo is not None
    later = add_asset(conn, bo.id, 5)
    entries[1] = dataclasses.replace(entries[1], sha256=assets.get(conn, later).sha256)
    other = info(entries, "house-2")
    register_release(conn, other, entries, CLOCK)
    assert register_release(conn, other, entries, CLOCK).id == "house-2"
    assert list(store.assets_of(conn, "house-2").values()) == [later]
    assert store.get(conn, "house-1") == first
    assert count_parties(conn) == parties_before


def test_a_work_of_somebody_else_with_the_same_bytes_is_not_linked(conn: Connection) -> None:
    theirs = add_asset(conn, add_contributor(conn, "cy"), 1)
    entries = [ManifestEntry(assets.get(conn, theirs).sha256, "Ann Lee", "Same bytes", 0)]
    register_release(conn, info(entries), entries, CLOCK)
    assert store.assets_of(conn, "house-1") == {}


def test_release_and_manifest_must_belong_together(conn: Connection) -> None:
    entries = [entry(1, "Ann Lee"), entry(2, "Bo Ek")]
    with pytest.raises(ManifestIncomplete, match="2 works"):
        register_release(conn, info(entries), entries[:1], CLOCK)
    register_release(conn, info(entries), entries, CLOCK)
    other = [entry(1, "Ann Lee"), entry(3, "Bo Ek")]
    with pytest.raises(ReleaseChanged, match="house-1"):
        register_release(conn, info(other), other, CLOCK)


def test_a_model_from_elsewhere_is_known_by_name_until_somebody_registers_it(conn: Connection) -> None:
    bare = known_release(conn, "house-1", CLOCK)
    assert (bare.manifest_sha256, bare.works) == (None, 0)
    assert known_release(conn, "house-1", CLOCK) == bare
    assert store.manifest(conn, "house-1") == []
    assert run_checks(conn) == []
    entries = [entry(1, "Ann Lee")]
    assert register_release(conn, info(entries), entries, CLOCK).works == 1
    assert known_release(conn, "house-1", CLOCK).works == 1
    with pytest.raises(store.ReleaseNotFound, match="house-9"):
        store.get(conn, "house-9")


def test_the_newest_release_decides_on_clusters(conn: Connection) -> None:
    asset_id = add_asset(conn, add_contributor(conn, "ann-lee"), 1)
    digest = assets.get(conn, asset_id).sha256
    for release_id, created, cluster in [
        ("old", "2026-01-01T00:00:00Z", 1),
        ("new", "2026-02-01T00:00:00Z", 2),
    ]:
        entries = [ManifestEntry(digest, "Ann Lee", "Work", cluster)]
        register_release(conn, info(entries, release_id, created), entries, CLOCK)
    assert store.clusters_of(conn, [asset_id]) == {asset_id: "new:2"}
    assert [release.id for release in store.releases(conn)] == ["new", "old"]


def test_only_licensed_live_and_consented_works_may_be_trained_on(conn: Connection) -> None:
    granted, silent, withdrew = (add_contributor(conn, name) for name in ("granted", "silent", "withdrew"))
    for party_id, grants in ((granted, [True]), (withdrew, [True, False])):
        for order, grant in enumerate(grants):
            since = NOON - timedelta(days=30 - order)
            parties.record_training_license(
                conn, party_id=party_id, granted=grant, since=since, evidence=f"statement {order}"
            )
    wanted = add_asset(conn, granted, 1)
    opted_out = add_asset(conn, granted, 2)
    taken_back = add_asset(conn, granted, 3)
    assets.withdraw(conn, taken_back)
    add_asset(conn, silent, 4)
    add_asset(conn, withdrew, 5)
    add_asset(conn, None, 6)
    works = store.licensed_works(conn, excluded=frozenset({assets.get(conn, opted_out).sha256}))
    assert [(work.asset_id, work.handle, work.contributor_id) for work in works] == [
        (wanted, "granted", granted)
    ]
    assert len(store.licensed_works(conn)) == 2


def test_six_thousand_works_are_registered_and_again(conn: Connection) -> None:
    entries = [entry(number, f"Author {number % 400}", number // 2) for number in range(6000)]
    register_release(conn, info(entries), entries, CLOCK)
    register_release(conn, info(entries), entries, CLOCK)
    assert len(store.manifest(conn, "house-1")) == 6000
