"""Makes the pictures that buyers ask for in words.

prompt → moderation, with the names of artists and people who opted out → request recorded → pictures by the
model → watermark → XMP record → C2PA signature → object store → catalogue, with hashes and features

A refused prompt is recorded and costs nothing. Selling a license is another step, after this one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from prefect import flow, get_run_logger, task

from fairstock.access import store as calls
from fairstock.bootstrap import get_app
from fairstock.db.transaction import Connection
from fairstock.fund.sell import sell
from fairstock.generation import store
from fairstock.generation.fulfil import NotAccepted, fulfil, give_up
from fairstock.generation.model import Order, RequestState
from fairstock.generation.orders import orders_of
from fairstock.generation.produce import NotWanted, produce
from fairstock.generation.report import news, outcome, summary_of
from fairstock.generation.request import request as record
from fairstock.generation.rules import sale_key
from fairstock.generation.sources import check_stored, parent_file
from fairstock.generation.store import queue
from fairstock.kit.errors import Failure
from fairstock.moderation.pictures import PictureWithheld, ReferenceRefused
from fairstock.optout import store as optout
from fairstock.party import store as parties
from fairstock.provenance.model import House
from fairstock.training.register import known_release
from flows import _artifacts as artifacts
from flows._log import log
from flows._retry import unless_hopeless
from flows._rights import note_refused

BATCH_PICTURES = 16
"""Pictures in one task: Prefect's milliseconds do not count, and little is lost to a kill."""
RETRIES = 2


class NothingMade(Failure):
    """Requests were accepted, and not one of them could be fulfilled."""


class PicturesMissing(Failure):
    """Some requests of a batch could not be fulfilled."""

    def __init__(self, causes: Mapping[str, Exception]) -> None:
        self.causes = dict(causes)
        first = next(iter(causes.values()))
        super().__init__(f"{len(causes)} request(s) were not fulfilled; the first: {first}")


@flow(name="generate_images")
def generate_images(requests: list[dict[str, Any]]) -> dict[str, Any]:
    """Fulfil orders and say what became of each.

    An order has ``key``, ``buyer`` (handle), ``prompt``, ``n`` (default 1) and ``size`` (default 1024); one
    that begins with a picture has ``kind`` (edit, variation or refine) and ``source_sha256``,
    ``mask_sha256``, ``parent_asset_id`` and ``options`` as ``generation.model.Order`` has them. Safe to
    repeat: the same key is the same request with the same pictures. All orders are checked before any is
    recorded. A request that fails for good is noted as failed and the others go on; raises ``NothingMade``
    where all of them fail.

    Args:
        requests: Such as [{"key": "order-1", "buyer": "blue-door-travel", "prompt": "a tree", "n": 2,
            "size": 512}]; the same key is made once.
    """
    accepted = moderate_and_record(requests)
    for batch in _batches(accepted):
        made = make_pictures(batch, return_state=True)
        trouble = made.result(raise_on_failure=False)
        if isinstance(trouble, Exception):
            note_failures(batch, trouble)
    summary = summary_of(outcomes(requests))
    _show(summary)
    if accepted and summary["failed"] == len(accepted):
        raise NothingMade(next(row["sentence"] for row in summary["requests"] if row["state"] == "failed"))
    return summary


@task(name="moderate and record", retries=RETRIES, retry_delay_seconds=1, retry_condition_fn=unless_hopeless)
def moderate_and_record(requests: list[dict[str, Any]]) -> list[tuple[str, int]]:
    """(id, pictures) of requests that still need pictures; every order leaves a row with its decision."""
    logger, app = get_run_logger(), get_app()
    with app.transaction() as conn:
        buyers = parties.ids_by_handle(conn, [str(each.get("buyer")) for each in requests])
        refused = optout.refused_names(conn)
    orders = orders_of(requests, buyers)
    check_stored(app.objects, orders)
    decisions = list(app.moderator.decide_all([order.prompt for order in orders], *refused))
    waiting = {}
    with app.transaction() as conn:
        for order, decision in zip(orders, decisions, strict=True):
            recorded = record(conn, order, decision, app.clock)
            logger.info(news(recorded))
            if recorded.state is RequestState.pending:
                waiting[recorded.id] = order.n
    return list(waiting.items())


@task(name="make pictures", retries=RETRIES, retry_delay_seconds=1, retry_condition_fn=unless_hopeless)
def make_pictures(request_ids: list[str]) -> int:
    """Make, mark, sign, store and enter the pictures of each request; those already done are skipped.

    One transaction a request, begun when its bytes are in the object store. Raises ``PicturesMissing`` after
    all requests of the batch were tried.
    """
    causes: dict[str, Exception] = {}
    made = 0
    for request_id in request_ids:
        try:
            made += make_one(request_id)
        except (
            Exception
        ) as cause:  # whatever a model or driver raises, the other buyers of the batch get theirs
            get_run_logger().warning("Request %s was not fulfilled this time: %s", request_id, cause)
            causes[request_id] = cause
    if causes:
        raise PicturesMissing(causes)
    return made


def make_one(request_id: str) -> int:
    """The story of one accepted request; gives the number of pictures entered, 0 where nobody waits for them
    any more.
    """
    app = get_app()
    release_id = app.generator.release_id
    with app.transaction() as conn:
        request = store.get(conn, request_id)
        release = known_release(conn, release_id, app.clock)
        parent = parent_file(conn, request.order)
        queued = queue.get(conn, request_id)
    if request.state is not RequestState.pending:
        return 0
    try:
        pictures = produce(
            request,
            generator=app.generator,
            signer=app.signer,
            watermark=app.watermark,
            screen=app.picture_screen,
            features=app.features,
            objects=app.objects,
            house=House(url=app.settings.public_url),
            model_name=release.name,
            parent_sha256=parent,
            wanted=partial(_still_wanted, request_id) if queued else lambda _made: True,
        )
    except NotWanted:
        return 0
    except (ReferenceRefused, PictureWithheld) as refused:
        note_refused(app, request, refused)
        raise
    order = request.order
    with app.transaction() as conn:
        if queued and queued.sell:
            calls.lock(conn, order.key)
        try:
            ids = fulfil(conn, request_id, pictures, release_id=release_id, clock=app.clock)
        except NotAccepted:  # given up meanwhile
            return 0
        if queued and queued.sell:
            _sell(conn, order, ids)
    log().info("Made and signed %d picture(s) of “%s”, %d px.", order.n, order.prompt, order.size)
    return order.n


def _still_wanted(request_id: str, made: int) -> bool:
    """Note the progress for whoever waits; False where the request was given up meanwhile."""
    with get_app().transaction(durable=False) as conn:
        return queue.note_made(conn, request_id, made)


def _sell(conn: Connection, order: Order, asset_ids: Sequence[str]) -> None:
    """License each picture to whom it was made for, and charge the call of the API that ordered them, if one
    did: when they are there, and not before.
    """
    clock = get_app().clock
    prices = [
        sell(
            conn,
            key=sale_key(asset_id),
            asset_id=asset_id,
            buyer_id=order.buyer_id,
            size=order.size,
            clock=clock,
        ).price
        for asset_id in asset_ids
    ]
    calls.charge(conn, order.key, sum(prices[1:], prices[0]), clock.now())


@task(name="note failures", retries=RETRIES, retry_delay_seconds=1)
def note_failures(request_ids: list[str], trouble: Exception) -> None:
    """Mark what is still pending as failed, with its cause; nothing of it is in the catalogue."""
    causes = trouble.causes if isinstance(trouble, PicturesMissing) else {}
    app = get_app()
    with app.transaction() as conn:
        for request_id in request_ids:
            cause = str(causes.get(request_id, trouble))
            give_up(conn, request_id, cause, app.clock)
            get_run_logger().error("Gave up on request %s: %s", request_id, cause)


@task(name="collect outcomes")
def outcomes(requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What became of each order, in order."""
    with get_app().transaction() as conn:
        found = [store.get(conn, store.id_of(each["key"])) for each in requests]
        return [outcome(each, store.asset_ids(conn, each.id)) for each in found]


def _batches(accepted: Sequence[tuple[str, int]]) -> Iterator[list[str]]:
    """Request ids in batches of about ``BATCH_PICTURES`` pictures."""
    batch: list[str] = []
    pictures = 0
    for request_id, n in accepted:
        if batch and pictures + n > BATCH_PICTURES:
            yield batch
            batch, pictures = [], 0
        batch.append(request_id)
        pictures += n
    if batch:
        yield batch


def _show(summary: Mapping[str, Any]) -> None:
    """Leave the outcome as artifacts and one closing line."""
    rows = [
        {
            "prompt": row["prompt"],
            "outcome": row["state"],
            "pictures": len(row["asset_ids"]),
            "why": row["sentence"],
        }
        for row in summary["requests"]
    ]
    artifacts.table("generate-images", rows, "What buyers asked for, and what became of it")
    counts = {name: summary[name] for name in ("generated", "fulfilled", "refused", "waiting", "failed")}
    artifacts.markdown(
        "generate-images-summary",
        f"**{counts['generated']} pictures** for {counts['fulfilled']} requests; {counts['refused']} refused,"
        f" {counts['waiting']} waiting for a person, {counts['failed']} failed.",
    )
    get_run_logger().info(
        "%(generated)d pictures for %(fulfilled)d requests; %(refused)d refused, %(waiting)d waiting,"
        " %(failed)d failed.",
        counts,
    )
