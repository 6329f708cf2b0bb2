"""What earlier uploads of a contributor add to the evidence of one."""

from __future__ import annotations

from pathlib import Path

from factories.core import add_contributor
from factories.intake import CLOCK, received, under_review
from sqlalchemy import Connection

from fairstock.kit.objects import ObjectStore
from fairstock.party import store as parties
from fairstock.screening import observe, origin, review, store
from fairstock.screening.model import Observation, Outcome
from fairstock.upload.capture import Capture


def from_history(conn: Connection, upload_id: str, contributor_id: str) -> list[Observation]:
    seen = store.observations(conn, [upload_id]).get(upload_id, ())
    return observe.from_history(conn, upload_id, contributor_id, seen)


def photographed(
    conn: Connection,
    objects: ObjectStore,
    folder: Path,
    who: str,
    *,
    seed: int,
    taken: str,
    body: str = "b0d1",
) -> str:
    """An upload that waits for a person, with a camera's traces."""
    upload_id = received(conn, objects, folder, who, seed=seed)
    seen = origin.of_file(Capture("NIKON", "D90", "", body, taken, True, "fits", "own", None, ""), None)
    assert seen is not None
    store.add_observations(conn, upload_id, [seen])
    under_review(conn, upload_id)
    return upload_id


def test_neighbours_are_of_the_same_person_camera_and_minutes(
    conn: Connection, objects: ObjectStore, tmp_path: Path
) -> None:
    ann, ben = add_contributor(conn), add_contributor(conn, handle="ben")
    cases = [
        (ann, "2026:11:22 09:25:00", "b0d1"),
        (ann, "2026:11:22 09:39:59", "b0d1"),
        (ann, "2026:11:22 09:30:00", "another"),
        (ann, "2026:11:22 11:30:00", "b0d1"),
        (ben, "2026:11:22 09:30:00", "b0d1"),
    ]
    for seed, (who, taken, body) in enumerate(cases, 2):
        photographed(conn, objects, tmp_path, who, seed=seed, taken=taken, body=body)
    own = photographed(conn, objects, tmp_path, ann, seed=1, taken="2026:11:22 09:30:00")
    assert store.burst_neighbours(conn, own, ann, "b0d1", "2026:11:22 09:30:00") == 2
    assert store.burst_neighbours(conn, own, ann, "b0d1", "yesterday") == 0
    (added,) = from_history(conn, own, ann)
    file = store.observations(conn, [own])[own][0]
    assert added.evidence["strength"] > file.evidence["strength"]
    store.add_observations(conn, own, [added])
    assert from_history(conn, own, ann) == [added], "what was added does not add to itself"


def test_works_that_passed_a_person_count(conn: Connection, objects: ObjectStore, tmp_path: Path) -> None:
    ann = add_contributor(conn)
    robin = parties.add_party(conn, handle="robin", name="Robin", kind="staff", roles=["reviewer"])
    earlier = photographed(conn, objects, tmp_path, ann, seed=2, taken="2026:10:01 09:30:00")
    own = photographed(conn, objects, tmp_path, ann, seed=1, taken="2026:11:22 09:30:00")
    assert from_history(conn, own, ann) == []
    review.decide(conn, earlier, robin, Outcome.ACCEPT, [], "A photograph.", CLOCK)
    assert store.verified_works(conn, ann) == 1
    assert len(from_history(conn, own, ann)) == 1
