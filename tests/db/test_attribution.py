"""Attribution of stored pictures, with a method that a test dictates."""

from collections.abc import Mapping, Sequence

import pytest
from factories.core import add_buyer, add_contributor
from factories.money import IN_PERIOD, RELEASE, add_generated, add_release, sha
from fakes.attributor import FixedAttributor
from sqlalchemy import Connection, text
from sqlalchemy.exc import DatabaseError

from fairstock.attribution import store
from fairstock.attribution.attribute import WorkNotInManifest, attribute_pictures
from fairstock.attribution.model import WHOLE, AttributionReport
from fairstock.attribution.rules import BadWeight
from fairstock.kit.objects import ObjectMissing, ObjectStore


@pytest.fixture
def pictures(conn: Connection, objects: ObjectStore) -> list[str]:
    """Two pictures of a release that was trained on three works by two people."""
    ann, bob = add_contributor(conn, "ann"), add_contributor(conn, "bob")
    add_release(conn, {"cat": (ann, 1), "dog": (ann, 2), "owl": (bob, 3)})
    buyer = add_buyer(conn)
    return [add_generated(conn, buyer, seed, objects=objects) for seed in (1, 2)]


def attribute(
    conn: Connection, objects: ObjectStore, pictures: Sequence[str], weights: Mapping[str, float]
) -> AttributionReport:
    method = FixedAttributor(RELEASE, [(sha(name), weight) for name, weight in weights.items()])
    return attribute_pictures(conn, objects, method, pictures, IN_PERIOD)


def test_shares_sum_to_one_and_name_the_contributors(
    conn: Connection, objects: ObjectStore, pictures: list[str]
) -> None:
    report = attribute(conn, objects, pictures, {"cat": 3.0, "owl": 1.0, "dog": 0.0})
    assert report == AttributionReport(images=2, shares=4, unattributable=0)
    shares = store.shares_of(conn, pictures)[pictures[0]]
    assert [(each.work_sha256, each.ppb) for each in shares] == [
        (sha("cat"), 750_000_000),
        (sha("owl"), WHOLE // 4),
    ]
    assert {each.reliability_ppb for each in shares} == {None}


def test_attributing_again_changes_nothing(
    conn: Connection, objects: ObjectStore, pictures: list[str]
) -> None:
    attribute(conn, objects, pictures[:1], {"cat": 1.0})
    report = attribute(conn, objects, pictures, {"owl": 1.0})
    assert report.images == 1
    assert store.shares_of(conn, pictures)[pictures[0]][0].work_sha256 == sha("cat")


def test_a_picture_without_a_work_is_recorded_as_such(
    conn: Connection, objects: ObjectStore, pictures: list[str]
) -> None:
    assert attribute(conn, objects, pictures, {}).unattributable == 2
    assert attribute(conn, objects, pictures, {"cat": 1.0}).images == 0


def test_what_a_method_must_not_do(conn: Connection, objects: ObjectStore, pictures: list[str]) -> None:
    with pytest.raises(WorkNotInManifest):
        attribute(conn, objects, pictures, {"fox": 1.0})
    with pytest.raises(BadWeight):
        attribute(conn, objects, pictures, {"cat": -1.0})


def test_a_picture_whose_bytes_are_gone(conn: Connection, objects: ObjectStore, pictures: list[str]) -> None:
    for digest in objects.digests():
        objects.delete(digest)
    with pytest.raises(ObjectMissing):
        attribute(conn, objects, pictures, {"cat": 1.0})


def test_the_database_refuses_changes(conn: Connection, objects: ObjectStore, pictures: list[str]) -> None:
    attribute(conn, objects, pictures, {"cat": 1.0})
    with pytest.raises(DatabaseError, match="append-only"):
        conn.execute(text("UPDATE attribution_share SET share_ppb = 1"))
