"""Makes the pictures that buyers ask for in words.

prompt → moderation, with the names of artists and people who opted out → request recorded → pictures by the
model
→ XMP record → C2PA signature → object store → catalogue, with hashes and features, so that search finds them

A refused prompt is recorded and costs nothing. Selling a license is another step, after this one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from prefect import flow, get_run_logger, task

from fairstock.bootstrap import get_app
from fairstock.generation import store
from fairstock.generation.fulfil import fulfil, give_up
from fairstock.generation.model import Order, Request, RequestState
from fairstock.generation.produce import produce
from fairstock.generation.request import request as record
from fairstock.generation.rules import check_order
from fairstock.kit.errors import BadInput, Failure, NotFound
from fairstock.moderation.model import Decision
from fairstock.moderation.policy import load_policy
from fairstock.moderation.rules import decide
from fairstock.optout import store as optout
from fairstock.optout.model import NameUse
from fairstock.party import store as parties
from fairstock.provenance.model import House
from fairstock.training.register import known_release
from flows import _artifacts as artifacts

BATCH_PICTURES = 16
"""Pictures in one task: Prefect's milliseconds do not count, and little is lost to a kill."""
RETRIES = 2


class UnknownBuyer(NotFound):
    """An order names a buyer who does not exist."""

    def __init__(self, handles: Sequence[str]) -> None:
        super().__init__(
            f"There is no buyer {', '.join(handles)}.", remedy="check the handle, or add the buyer first"
        )


class MalformedOrder(BadInput):
    """An order lacks a field."""

    def __init__(self, order: Mapping[str, Any], field: object) -> None:
        super().__init__(f"The order {dict(order)!r} lacks {field}.", remedy="give key, buyer and prompt")


class NothingMade(Failure):
    """Requests were accepted, and not one of them could be fulfilled."""


class PicturesMissing(Failure):
    """Some requests of a batch could not be fulfilled."""

    def __init__(self, failures: Mapping[str, str]) -> None:
        self.failures = dict(failures)
        super().__init__(
            f"{len(failures)} request(s) were not fulfilled; the first: {next(iter(failures.values()))}"
        )


@flow(name="generate_images")
def generate_images(requests: list[dict[str, Any]]) -> dict[str, Any]:
    """Fulfil orders (``key``, ``buyer``: handle, ``prompt``, ``n`` = 1, ``size`` = 1024) and say what became
    of each.

    Safe to repeat: the same key is the same request with the same pictures. All orders are checked before any
    is
    recorded. A request that fails for good is noted as failed and the others go on; raises ``NothingMade``
    where all of
    them fail.
    """
    accepted = moderate_and_record(requests)
    for batch in _batches(accepted):
        made = make_pictures(batch, return_state=True)
        if made.is_failed():
            note_failures(batch, str(made.message))
    summary = _summary(outcomes(requests))
    _show(summary)
    if accepted and summary["failed"] == len(accepted):
        raise NothingMade(summary["requests"][-1]["sentence"] or "No picture was made.")
    return summary


@task(name="moderate and record")
def moderate_and_record(requests: list[dict[str, Any]]) -> list[tuple[str, int]]:
    """(id, pictures) of the requests that still need pictures; every order leaves a row with moderation's
    decision.
    """
    logger, app = get_run_logger(), get_app()
    waiting = []
    with app.transaction() as conn:
        orders = _orders(requests, parties.ids_by_handle(conn, [str(each.get("buyer")) for each in requests]))
        names = optout.names(conn)
        styles = tuple(sorted(each.name for each in names if each.use is NameUse.STYLE))
        faces = tuple(sorted(each.name for each in names if each.use is NameUse.LIKENESS))
        for order in orders:
            decision = decide(order.prompt, load_policy(), styles, likeness=faces)
            recorded = record(conn, order, decision, app.clock)
            logger.info(_news(recorded, decision))
            if recorded.state is RequestState.pending:
                waiting.append((recorded.id, order.n))
    return waiting


def _worth_retrying(_task: object, _run: object, state: Any) -> bool:
    """Whether a machine's trouble failed the task; unusable input stays unusable."""
    return not isinstance(state.result(raise_on_failure=False), BadInput)


@task(name="make pictures", retries=RETRIES, retry_delay_seconds=1, retry_condition_fn=_worth_retrying)
def make_pictures(request_ids: list[str]) -> int:
    """Make, mark, sign, store and enter the pictures of each request; those already done are skipped.

    One transaction a request, begun when its bytes are in the object store. Raises ``PicturesMissing`` after
    all
    requests of the batch were tried.
    """
    failures: dict[str, str] = {}
    made = 0
    for request_id in request_ids:
        try:
            made += _make(request_id)
        except (
            Exception
        ) as trouble:  # whatever a model or a driver raises, the batch's other buyers get theirs
            get_run_logger().warning("Request %s was not fulfilled this time: %s", request_id, trouble)
            failures[request_id] = str(trouble)
    if failures:
        raise PicturesMissing(failures)
    return made


def _make(request_id: str) -> int:
    """The story of one accepted request; gives the number of pictures entered."""
    app = get_app()
    with app.transaction() as conn:
        request = store.get(conn, request_id)
        release = known_release(conn, app.generator.release_id, app.clock)
    if request.state is not RequestState.pending:
        return 0
    pictures = produce(
        request,
        generator=app.generator,
        signer=app.signer,
        features=app.features,
        objects=app.objects,
        house=House(url=app.settings.public_url),
        model_name=release.name,
    )
    with app.transaction() as conn:
        fulfil(conn, request_id, pictures, release_id=release.id, clock=app.clock)
    order = request.order
    get_run_logger().info("Made and signed %d picture(s) of “%s”, %d px.", order.n, order.prompt, order.size)
    return order.n


@task(name="note failures", retries=RETRIES, retry_delay_seconds=1)
def note_failures(request_ids: list[str], reason: str) -> None:
    """Mark what is still pending as failed; nothing of it is in the catalogue."""
    app = get_app()
    with app.transaction() as conn:
        for request_id in request_ids:
            give_up(conn, request_id, reason, app.clock)


@task(name="collect outcomes")
def outcomes(requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What became of each order, in order."""
    with get_app().transaction() as conn:
        found = [store.get(conn, store.id_of(each["key"])) for each in requests]
        return [_outcome(each, store.asset_ids(conn, each.id)) for each in found]


def _orders(requests: Sequence[Mapping[str, Any]], buyers: Mapping[str, str]) -> list[Order]:
    """Checked orders; raises ``MalformedOrder``, ``UnknownBuyer`` and what ``check_order`` raises."""
    for each in requests:
        for field in ("key", "buyer", "prompt"):
            if each.get(field) is None:
                raise MalformedOrder(each, field)
    unknown = sorted({str(each["buyer"]) for each in requests} - set(buyers))
    if unknown:
        raise UnknownBuyer(unknown)
    return [
        check_order(
            Order(
                each["key"], buyers[each["buyer"]], each["prompt"], each.get("n", 1), each.get("size", 1024)
            )
        )
        for each in requests
    ]


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


def _news(request: Request, decision: Decision) -> str:
    """What staff read about a recorded request."""
    prompt = request.order.prompt
    if request.state is RequestState.done:
        return f"“{prompt}” was fulfilled before; its pictures are kept."
    if request.state is RequestState.refused:
        return f"Refused “{prompt}”: {decision.sentence}"
    if request.state is RequestState.review:
        return f"“{prompt}” waits for a person: {decision.sentence}"
    return f"Accepted “{prompt}”: {request.order.n} picture(s) of {request.order.size} px."


def _outcome(request: Request, asset_ids: list[str]) -> dict[str, Any]:
    """One order's line of the summary."""
    allowed = request.decision["decision"] == "allow"
    return {
        "key": request.order.key,
        "request_id": request.id,
        "prompt": request.order.prompt,
        "state": request.state.value,
        "asset_ids": asset_ids,
        "decision": dict(request.decision),
        "sentence": request.failure or ("" if allowed else request.decision["sentence"]),
    }


def _summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Counts, and every order's outcome."""
    states = [row["state"] for row in rows]
    return {
        "requests": rows,
        "generated": sum(len(row["asset_ids"]) for row in rows),
        "fulfilled": states.count("done"),
        "refused": states.count("refused"),
        "waiting": states.count("review"),
        "failed": states.count("failed"),
    }


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
        "%(generated)d pictures for %(fulfilled)d requests; %(refused)d refused, %(waiting)d waiting, %(failed)d failed.",
        counts,
    )
