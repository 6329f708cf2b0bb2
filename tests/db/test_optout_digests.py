"""Which files a training must leave out."""

from datetime import UTC, datetime

from sqlalchemy import Connection

from fairstock.optout import store
from fairstock.optout.model import NewOptOut, Use

SINCE = datetime(2026, 1, 1, tzinfo=UTC)


def test_only_digests_whose_training_is_refused_are_named(conn: Connection) -> None:
    for digit, uses in (("a", {Use.TRAINING}), ("b", {Use.SALE}), ("c", {Use.SALE, Use.TRAINING})):
        store.add(conn, NewOptOut(digit * 64, None, frozenset(uses), SINCE, "asked by letter"))
    store.add(conn, NewOptOut(None, 12345, frozenset({Use.TRAINING}), SINCE, "known by sight"))
    assert store.digests(conn, Use.TRAINING) == {"a" * 64, "c" * 64}
    assert store.digests(conn, Use.SALE) == {"b" * 64, "c" * 64}
