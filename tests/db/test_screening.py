"""Screening in the database: observations and verdicts stay, people decide beside them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from factories.core import NOON, add_asset, add_contributor, picture
from factories.files import encoded
from factories.intake import CLOCK, SIGHT, SUSPICION, Colours, looked_at, received, under_review
from PIL import ImageOps
from sqlalchemy import Connection, func, select, text

from fairstock.asset import store as assets
from fairstock.asset.rules import fingerprint
from fairstock.kit.objects import ObjectStore
from fairstock.optout import store as optouts
from fairstock.optout.model import NameUse, NewOptOut, Use
from fairstock.party import store as parties
from fairstock.screening import review, store
from fairstock.screening.candidates import Subject, neighbourhood
from fairstock.screening.catalogue import likenesses
from fairstock.screening.model import Outcome, ReasonCode, Verdict
from fairstock.screening.policy import shipped
from fairstock.upload import store as uploads
from fairstock.upload.guard import DecodeGuard
from fairstock.upload.model import Traits
from fairstock.upload.picture import sketch_of
from fairstock.upload.publish import publish
from fairstock.upload.sketches import Sketches


@pytest.fixture(scope="module")
def guard() -> Iterator[DecodeGuard]:
    with DecodeGuard(workers=1) as running:
        yield running


@pytest.fixture
def waiting(conn: Connection, objects: ObjectStore, tmp_path: Path, guard: DecodeGuard) -> str:
    upload_id = received(conn, objects, tmp_path, add_contributor(conn))
    looked_at(conn, objects, guard, upload_id)
    under_review(conn, upload_id)
    return upload_id


@pytest.fixture
def robin(conn: Connection) -> str:
    return parties.add_party(conn, handle="robin", name="Robin", kind="staff", roles=["reviewer"])


def test_sights_and_verdicts_are_stored_once(conn: Connection, waiting: str) -> None:
    under_review(conn, waiting)
    assert store.observations(conn, [waiting]) == {waiting: (SIGHT,)}
    assert store.verdicts(conn, [waiting]) == {waiting: Verdict(Outcome.REVIEW, (SUSPICION,), "test-1")}
    assert conn.scalar(text("SELECT count(*) FROM screening_verdict")) == 1


def test_the_queue_shows_what_was_seen_until_somebody_decides(
    conn: Connection, waiting: str, robin: str
) -> None:
    (item,) = store.queue(conn, 10)
    assert (item.upload_id, item.reasons, item.observations) == (waiting, (SUSPICION,), (SIGHT,))
    review.decide(conn, waiting, robin, Outcome.ACCEPT, [], "Looks different to me.", CLOCK)
    assert store.queue(conn, 10) == []
    kept = store.review_of(conn, waiting)
    assert kept is not None
    assert (kept.outcome, kept.reviewer_id, kept.note) == (Outcome.ACCEPT, robin, "Looks different to me.")
    assert store.verdicts(conn, [waiting])[waiting].outcome is Outcome.REVIEW


def test_an_accepting_review_is_followed_by_publishing(
    conn: Connection, objects: ObjectStore, waiting: str, robin: str
) -> None:
    review.decide(conn, waiting, robin, Outcome.ACCEPT, [], "", CLOCK)
    assert assets.get(conn, publish(conn, objects, waiting)).sha256 == uploads.get(conn, waiting).sha256


def test_deciding_again_is_a_no_op_for_the_same_and_an_error_for_another(
    conn: Connection, waiting: str, robin: str
) -> None:
    codes = [ReasonCode.SIMILAR_WORK, ReasonCode.SIMILAR_WORK]
    first = review.decide(conn, waiting, robin, Outcome.REJECT, codes, "", CLOCK)
    assert first.reason_codes == ("similar_work",)
    assert review.decide(conn, waiting, robin, Outcome.REJECT, codes, "", CLOCK) == first
    with pytest.raises(review.AlreadyDecided):
        review.decide(conn, waiting, robin, Outcome.ACCEPT, [], "", CLOCK)


def test_only_reviewers_decide_and_nobody_about_the_own_work(conn: Connection, waiting: str) -> None:
    ann = uploads.get(conn, waiting).contributor_id
    with pytest.raises(review.NotAReviewer, match="role"):
        review.decide(conn, waiting, ann, Outcome.ACCEPT, [], "", CLOCK)
    parties.add_party(conn, handle="ann", name="Ann", kind="contributor", roles=["reviewer"])
    with pytest.raises(review.NotAReviewer, match="your own"):
        review.decide(conn, waiting, ann, Outcome.ACCEPT, [], "", CLOCK)


def test_decisions_that_are_none(conn: Connection, waiting: str, robin: str) -> None:
    with pytest.raises(review.BadDecision, match="reason"):
        review.decide(conn, waiting, robin, Outcome.REJECT, [], "", CLOCK)
    with pytest.raises(review.BadDecision, match="ugly"):
        review.decide(conn, waiting, robin, Outcome.REJECT, ["ugly"], "", CLOCK)
    with pytest.raises(review.BadDecision, match="accept or reject"):
        review.decide(conn, waiting, robin, Outcome.REVIEW, [], "", CLOCK)
    with pytest.raises(review.NotWaiting):
        review.decide(conn, "upl_other", robin, Outcome.ACCEPT, [], "", CLOCK)


def traits_of(seed: int, *, mirrored: bool = False) -> Traits:
    image = ImageOps.mirror(picture(seed)) if mirrored else picture(seed)
    hashes, vector = fingerprint(image), Colours().embed([image])[0]
    return Traits(
        upload_id="upl_x",
        mime="image/png",
        width=image.width,
        height=image.height,
        phash=hashes.phash,
        phash_mirror=hashes.phash_mirror,
        embedding=[float(number) for number in vector],
        embedding_version=Colours.version,
        sketch=sketch_of(image),
    )


def test_the_catalogue_is_searched_by_bytes_features_and_hash(
    conn: Connection, objects: ObjectStore, tmp_path: Path, guard: DecodeGuard
) -> None:
    ann, bob = add_contributor(conn), add_contributor(conn, "bob")
    for seed in range(3):
        upload_id = received(conn, objects, tmp_path, ann, seed=seed)
        looked_at(conn, objects, guard, upload_id)
        publish(conn, objects, upload_id)
    sketches = Sketches(objects, guard)
    subject = Subject(bob, "0" * 64, traits_of(1, mirrored=True))
    near = neighbourhood(conn, [subject], shipped())
    (found,) = [each for each in likenesses(subject, near, sketches.of) if each.difference < 0.35]
    assert (found.mirrored, found.exact, found.relation, found.title) == (
        True,
        False,
        "somebody_else",
        "Work 1",
    )
    assert found.phash_distance <= 2
    digest = objects.put(encoded(picture(1), "PNG"))
    own = Subject(ann, digest, traits_of(1))
    exact = likenesses(own, neighbourhood(conn, [own], shipped()), sketches.of)[0]
    assert (exact.exact, exact.relation, exact.mirrored) == (True, "same_contributor", False)


def test_a_work_whose_file_is_lost_does_not_stop_screening(
    conn: Connection, objects: ObjectStore, guard: DecodeGuard
) -> None:
    add_asset(conn, add_contributor(conn), 1)
    subject = Subject("pty_x", "0" * 64, traits_of(1))
    near = neighbourhood(conn, [subject], shipped())
    assert likenesses(subject, near, Sketches(objects, guard).of) == []


def entry(sha256: str | None, phash: int | None, *uses: Use) -> NewOptOut:
    return NewOptOut(sha256, phash, frozenset(uses), datetime(2026, 1, 1, tzinfo=UTC), "asked by letter")


def test_the_registry_matches_bytes_and_looks_for_the_use_asked(conn: Connection) -> None:
    hashes = fingerprint(picture(1))
    digest = "a" * 64
    exact = optouts.add(conn, entry(digest, None, Use.SALE))
    looks = optouts.add(conn, entry(None, hashes.phash, Use.SALE, Use.TRAINING))
    training = optouts.add(conn, entry("b" * 64, None, Use.TRAINING))
    assert optouts.add(conn, entry(digest, None, Use.SALE)) == exact
    found = optouts.match(conn, digest, hashes.phash ^ 1)
    assert [(each.id, each.exact, each.distance) for each in found] == [(exact, True, 0), (looks, False, 1)]
    mirrored = optouts.match(conn, "c" * 64, hashes.phash_mirror, hashes.phash)
    assert [each.id for each in mirrored] == [looks]
    assert optouts.match(conn, "b" * 64) == []
    assert [each.id for each in optouts.match(conn, "b" * 64, use=Use.TRAINING)] == [training]


def test_entries_need_a_picture_and_a_use(conn: Connection) -> None:
    with pytest.raises(optouts.NothingOptedOut):
        optouts.add(conn, entry(None, None, Use.SALE))
    with pytest.raises(optouts.NothingOptedOut):
        optouts.add(conn, entry("a" * 64, None))


def test_names_are_listed_once(conn: Connection) -> None:
    for _ in range(2):
        optouts.add_name(conn, name="Ilse M.", use=NameUse.STYLE, since=NOON, evidence="asked")
    optouts.add_name(conn, name="Ilse M.", use=NameUse.LIKENESS, since=NOON, evidence="asked")
    assert [(each.name, each.use) for each in optouts.names(conn)] == [
        ("Ilse M.", NameUse.LIKENESS),
        ("Ilse M.", NameUse.STYLE),
    ]
    assert conn.scalar(select(func.count()).select_from(text("optout_name"))) == 2
