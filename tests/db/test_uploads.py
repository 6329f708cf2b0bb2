"""Uploads in the database: received once, refused with words, published once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from factories.core import NOON, add_contributor
from factories.intake import CLOCK, keep_looks, looked_at, received, under_review
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from fairstock.asset import store as assets
from fairstock.asset.model import AssetState
from fairstock.db import checks
from fairstock.kit.objects import ObjectMissing, ObjectStore
from fairstock.party import store as parties
from fairstock.screening import store as screening
from fairstock.screening.policy import shipped
from fairstock.screening.rules import decide
from fairstock.upload import store
from fairstock.upload.guard import DecodeGuard
from fairstock.upload.intake import FileVanished, receive
from fairstock.upload.manifest import Line
from fairstock.upload.model import Limits, RefusalCode, UploadState
from fairstock.upload.publish import NotPublishable, publish, turn_down, withdraw


@pytest.fixture(scope="module")
def guard() -> Iterator[DecodeGuard]:
    with DecodeGuard(workers=1) as running:
        yield running


@pytest.fixture
def ann(conn: Connection) -> str:
    return add_contributor(conn)


def test_receiving_twice_is_a_no_op(conn: Connection, objects: ObjectStore, tmp_path: Path, ann: str) -> None:
    first = received(conn, objects, tmp_path, ann)
    assert received(conn, objects, tmp_path, ann) == first
    (upload,) = store.of_contributor(conn, ann)
    assert (upload.id, upload.state, upload.claim) == (first, UploadState.RECEIVED, {"statement": "mine"})
    assert objects.get(upload.sha256) == (tmp_path / "1.png").read_bytes()


def test_a_file_too_large_is_refused_without_keeping_it(
    conn: Connection, objects: ObjectStore, tmp_path: Path, ann: str
) -> None:
    path = tmp_path / "big.png"
    path.write_bytes(bytes(2000))
    line = Line(0, str(path), "big.png", "ann", "Big", (), "")
    (upload_id,) = receive(
        conn,
        objects,
        [line],
        contributors={"ann": ann},
        batch="b",
        limits=Limits(file_bytes=1999),
        clock=CLOCK,
    )
    upload = store.get(conn, upload_id)
    assert upload.refusal is not None
    assert (upload.state, upload.refusal.code) == (UploadState.REFUSED, RefusalCode.TOO_LARGE)
    assert not objects.has(upload.sha256)


def test_a_file_that_vanished_is_named(
    conn: Connection, objects: ObjectStore, tmp_path: Path, ann: str
) -> None:
    line = Line(0, str(tmp_path / "gone.png"), "gone.png", "ann", "Gone", (), "")
    with pytest.raises(FileVanished, match=r"gone\.png"):
        receive(conn, objects, [line], contributors={"ann": ann}, batch="b", limits=Limits(), clock=CLOCK)


def test_looking_keeps_traits_or_a_refusal(
    conn: Connection, objects: ObjectStore, tmp_path: Path, ann: str, guard: DecodeGuard
) -> None:
    good, bad = (received(conn, objects, tmp_path, ann, seed=seed) for seed in (1, 2))
    seen = guard.inspect([objects.get(store.get(conn, good).sha256), b"nothing"])
    keep_looks(conn, list(zip(store.many(conn, [good, bad]), seen, strict=True)))
    traits = store.traits(conn, [good, bad])
    assert set(traits) == {good}
    assert (traits[good].mime, traits[good].width, len(traits[good].sketch)) == (
        "image/png",
        200,
        64 * 64 * 3,
    )
    assert store.get(conn, bad).state is UploadState.REFUSED
    assert [upload.id for upload in store.received(conn, [bad, good])] == [good]
    assert store.unseen(conn, [good, bad]) == []
    assert set(store.sketches(conn, [store.get(conn, good).sha256])) == {store.get(conn, good).sha256}


def test_publishing_makes_one_asset_with_consent_as_it_stands(
    conn: Connection, objects: ObjectStore, tmp_path: Path, ann: str, guard: DecodeGuard
) -> None:
    parties.record_training_license(conn, party_id=ann, granted=True, since=NOON, evidence="form")
    upload_id = received(conn, objects, tmp_path, ann)
    looked_at(conn, objects, guard, upload_id)
    asset_id = publish(conn, objects, upload_id)
    assert publish(conn, objects, upload_id) == asset_id
    asset, upload = assets.get(conn, asset_id), store.get(conn, upload_id)
    assert (asset.sha256, asset.contributor_id, asset.title) == (upload.sha256, ann, "Work 1")
    assert asset.training_consent
    assert (upload.state, upload.asset_id) == (UploadState.ACCEPTED, asset_id)
    assert assets.embeddings(conn, [asset_id])
    assert assets.fingerprint_of(conn, asset_id) is not None


def test_a_work_that_was_withdrawn_is_on_sale_again_when_people_let_it_in_anew(
    conn: Connection, objects: ObjectStore, tmp_path: Path, ann: str, guard: DecodeGuard
) -> None:
    first = received(conn, objects, tmp_path, ann)
    looked_at(conn, objects, guard, first)
    asset_id = publish(conn, objects, first)
    withdraw(conn, first)
    assert assets.get(conn, asset_id).state is AssetState.withdrawn
    second = received(conn, objects, tmp_path, ann, batch="later")
    looked_at(conn, objects, guard, second)
    under_review(conn, second)
    assert publish(conn, objects, second) == asset_id
    assert assets.get(conn, asset_id).state is AssetState.live
    assert store.get(conn, first).state is UploadState.WITHDRAWN


def test_nothing_is_published_unseen_or_without_bytes(
    conn: Connection, objects: ObjectStore, tmp_path: Path, ann: str, guard: DecodeGuard
) -> None:
    upload_id = received(conn, objects, tmp_path, ann)
    with pytest.raises(NotPublishable, match="looked at"):
        publish(conn, objects, upload_id)
    looked_at(conn, objects, guard, upload_id)
    objects.delete(store.get(conn, upload_id).sha256)
    with pytest.raises(ObjectMissing):
        publish(conn, objects, upload_id)
    store.mark(conn, upload_id, UploadState.REJECTED)
    with pytest.raises(NotPublishable, match="rejected"):
        publish(conn, objects, upload_id)


def test_turning_down_after_review(conn: Connection, objects: ObjectStore, tmp_path: Path, ann: str) -> None:
    upload_id = received(conn, objects, tmp_path, ann)
    with pytest.raises(NotPublishable):
        turn_down(conn, upload_id)
    under_review(conn, upload_id)
    turn_down(conn, upload_id)
    turn_down(conn, upload_id)
    assert store.get(conn, upload_id).state is UploadState.REJECTED


def test_unknown_ids_are_named(conn: Connection) -> None:
    with pytest.raises(store.UploadNotFound, match="upl_x"):
        store.get(conn, "upl_x")


@pytest.mark.parametrize(
    "change",
    ["state = 'accepted'", "state = 'refused'", "state = 'lost'", "refusal = '{}'"],
)
def test_the_database_refuses_half_states(
    conn: Connection, objects: ObjectStore, tmp_path: Path, ann: str, change: str
) -> None:
    received(conn, objects, tmp_path, ann)
    with pytest.raises(IntegrityError):
        conn.execute(text(f"UPDATE upload SET {change}"))  # noqa: S608 - the cases are above


CORRUPTIONS = {
    "upload_verdict_or_refusal": "UPDATE upload SET state = 'rejected', asset_id = NULL",
    "upload_accepted_is_its_asset": "UPDATE upload SET sha256 = repeat('0', 64)",
    "upload_state_follows_decision": "UPDATE upload SET state = 'review', asset_id = NULL",
    "upload_published_as_it_was_seen": "UPDATE asset_fingerprint SET phash = phash + 1",
}


@pytest.fixture
def seen(conn: Connection, objects: ObjectStore, tmp_path: Path, ann: str, guard: DecodeGuard) -> str:
    """An upload that was looked at."""
    upload_id = received(conn, objects, tmp_path, ann)
    looked_at(conn, objects, guard, upload_id)
    return upload_id


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_each_rule_notices_its_corruption(
    conn: Connection, objects: ObjectStore, ann: str, seen: str, name: str
) -> None:
    if name != "upload_verdict_or_refusal":
        screening.add_verdict(conn, seen, ann, decide([], shipped()), NOON)
        publish(conn, objects, seen)
    rules = {check.name: check for check in checks.load_checks()}
    ours = [rules[each] for each in CORRUPTIONS]
    assert [found for check in ours if (found := checks.run_check(conn, check))] == []
    conn.execute(text(CORRUPTIONS[name]))
    assert checks.run_check(conn, rules[name]) is not None
