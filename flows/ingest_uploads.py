"""Takes in what contributors send, and decides about each image.

The story of one image, top to bottom:

    bytes and row stored → opened behind the guard → marks, credentials and features noted → compared with the
    catalogue and the opt-out registry → verdict by the policy → published | turned down | left to a person |
    its contributor asked for evidence

Bytes are stored before the rows that name them, each step is one transaction over a batch, and nothing
that is decided is decided again: the flow can be killed anywhere and run again with the same result.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from prefect import flow, get_run_logger, task
from prefect.futures import PrefectFuture

from fairstock.asset import store as assets
from fairstock.bootstrap import get_app
from fairstock.db.locks import advisory, all_held
from fairstock.party import store as parties
from fairstock.screening import observe
from fairstock.screening import store as screening
from fairstock.screening.candidates import Known
from fairstock.screening.model import Outcome
from fairstock.upload import store as uploads
from fairstock.upload.intake import receive
from fairstock.upload.manifest import Line, UnknownContributors, read_manifest
from fairstock.upload.model import UploadState
from fairstock.upload.publish import as_asset, publish_many
from flows import _artifacts as artifacts
from flows import _outcomes as outcomes
from flows._accounts import suspicions
from flows._comparing import Comparisons, subject_of
from flows._deciding import Decisions
from flows._looking import look, note
from flows._optouts import learn_looks
from flows._retry import unless_hopeless

T = TypeVar("T")
BATCH = 24
"""Images in one task: enough that Prefect's milliseconds do not count, few enough to lose little to a
kill.
"""


@flow(name="ingest_uploads")
def ingest_uploads(
    folder: str | None = None, contributor: str | None = None, batch: str | None = None
) -> dict[str, Any]:
    """Screen the files that ``folder``'s uploads.csv names, and publish those that pass.

    Without ``folder`` it goes on with what was received and waits: what a killed run left, what came through
    the pages, and what people sent back to the gate. The same file in the same batch is the same upload.
    Returns counts: uploads, accepted, review, evidence_wanted, rejected (by reason), refused, refused_by
    (reason). Raises BadManifest and UnknownContributors before anything is stored.

    Args:
        folder: A path where the flow runs, with pictures and uploads.csv; empty: go on with what waits.
        contributor: Handle of whoever sent them, where uploads.csv does not say.
        batch: Name of the delivery, by default the folder's; a file counts once in each.
    """
    if folder is None:
        return report(go_on())
    lines = read_manifest(Path(folder), contributor)
    people = known_contributors(lines)
    learn_opted_out()
    name = batch or Path(folder).resolve().name
    ids: list[str] = []
    for part in _screened(take_in(each, people, name) for each in _batches(lines)):
        ids += part
        get_run_logger().info("%d of %d files are through screening.", len(ids), len(lines))
    return report(ids)


def go_on() -> list[str]:
    """Look at and judge everything that waits; its ids."""
    learn_opted_out()
    with get_app().transaction() as conn:
        ids = uploads.at(conn, UploadState.RECEIVED)
    return [each for part in _screened(_batches(ids)) for each in part]


def _screened(parts: Iterable[list[str]]) -> Iterator[list[str]]:
    """Look at and judge batches in their order; each is given back when it is judged.

    One is judged while the next one is looked at: looks are arithmetic on all cores, judging asks the
    database and lays small pictures on each other, one after the other.
    """
    waiting: tuple[list[str], PrefectFuture[int]] | None = None
    for part in parts:
        look_at(part)
        if waiting is not None:
            yield _judged(*waiting)
        waiting = part, judge.submit(part)
    if waiting is not None:
        yield _judged(*waiting)


def _judged(part: list[str], judging: PrefectFuture[int]) -> list[str]:
    """The batch, once it is judged; raises what judging it raised."""
    judging.result()
    return part


@task(name="learn opted-out works", retries=2, retry_delay_seconds=2, retry_condition_fn=unless_hopeless)
def learn_opted_out() -> int:
    """Let the opt-out registry know the pictures of those of its works that the catalogue has or had."""
    return learn_looks(get_app())


@task(name="find contributors", retries=2, retry_delay_seconds=2, retry_condition_fn=unless_hopeless)
def known_contributors(lines: list[Line]) -> dict[str, str]:
    """Handle → party id for everybody who sends something; raises UnknownContributors."""
    handles = {line.contributor for line in lines}
    with get_app().transaction() as conn:
        known = parties.ids_by_handle(conn, handles)
    if handles - known.keys():
        raise UnknownContributors(sorted(handles - known.keys()))
    return known


@task(name="take in", retries=2, retry_delay_seconds=2, retry_condition_fn=unless_hopeless)
def take_in(lines: list[Line], people: dict[str, str], batch: str) -> list[str]:
    """Store the bytes as they came, then the rows; returns upload ids, each once, in the order of the
    manifest.
    """
    app = get_app()
    with app.transaction() as conn:
        ids = receive(
            conn,
            app.objects,
            lines,
            contributors=people,
            batch=batch,
            limits=app.decode_guard.limits,
            clock=app.clock,
        )
    return list(dict.fromkeys(ids))


@task(name="look at", retries=2, retry_delay_seconds=2, retry_condition_fn=unless_hopeless)
def look_at(upload_ids: list[str]) -> int:
    """Open each file behind the guard and note what it is, what it carries and how it looks.

    A file that cannot be opened is refused here, with the reason; returns how many were looked at. Of several
    runs one looks at a file: the others wait for it, and take the file over where that run dies.
    """
    app, logger = get_app(), get_run_logger()
    with all_held(app.engine, (f"look at {upload_id}" for upload_id in upload_ids)):
        with app.transaction() as conn:
            waiting = uploads.unseen(conn, upload_ids)
        looks = look(app, waiting)
        with app.transaction() as conn:  # its contributor may have withdrawn some meanwhile
            unseen = {upload.id for upload in uploads.unseen(conn, upload_ids)}
            looks = [each for each in looks if each.upload.id in unseen]
            note(conn, looks)
    for each in looks:
        if each.inspection.refusal is not None:
            logger.info("Refused “%s”: %s", each.upload.filename, each.inspection.refusal.sentence)
    return len(looks)


@task(name="judge", retries=2, retry_delay_seconds=2, retry_condition_fn=unless_hopeless)
def judge(upload_ids: list[str]) -> int:
    """Decide about each upload in the order of arrival, and act on it; returns how many were decided.

    One batch at a time in the whole house: what one contributor sends must see what another has just
    published.
    """
    app = get_app()
    comparisons = Comparisons(app)
    comparisons.prepare(upload_ids)
    with app.transaction() as conn:
        advisory(conn, "screening.judge")
        waiting = uploads.received(conn, upload_ids)
        traits = comparisons.traits(conn, waiting)
        screening.add_observations_many(conn, suspicions(conn, app.clock, waiting))
        subjects = [subject_of(each, traits) for each in waiting]
        near = comparisons.neighbours(conn, subjects)
        opted_out = comparisons.opted_out(conn, waiting, traits)
        decisions = Decisions(conn, app.clock, waiting)
        for upload, subject in zip(waiting, subjects, strict=True):
            alike = observe.from_catalogue(comparisons.likenesses(subject, near))
            listed = observe.from_registry(opted_out[upload.id])
            if decisions.on(upload, [*alike, *listed]).outcome is Outcome.ACCEPT:
                new = as_asset(upload, traits[upload.id], licensed=False)  # which no comparison asks about
                near.learn(assets.as_added(new, app.clock.now()), Known.of(subject.traits))
        decisions.keep()
        publish_many(conn, app.objects, [(each, traits[each.id]) for each in decisions.accepted])
    for line in decisions.told():
        get_run_logger().info(line)
    return len(waiting)


@task(name="report", retries=2, retry_delay_seconds=2, retry_condition_fn=unless_hopeless)
def report(upload_ids: list[str]) -> dict[str, Any]:
    """Count the outcomes, and leave a table of every upload with its verdict and reasons."""
    with get_app().transaction() as conn:
        found = uploads.many(conn, dict.fromkeys(upload_ids))
        verdicts = screening.verdicts(conn, [upload.id for upload in found])
        people = parties.many(conn, {upload.contributor_id for upload in found})
    rows = outcomes.rows(found, verdicts, people)
    artifacts.table("ingest-uploads", rows, "Uploads of this run, what was decided, and why")
    return outcomes.counted(rows)


def _batches(things: Sequence[T]) -> Iterator[list[T]]:
    """Lines or ids in groups of ``BATCH``."""
    return (list(things[start : start + BATCH]) for start in range(0, len(things), BATCH))
