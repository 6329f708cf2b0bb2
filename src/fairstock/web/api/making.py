"""One call for pictures from its admission to its charge.

place (admitted, moderated, recorded, queued; one transaction) → wait → hand over, or let go (cancelled)

The worker sells the licenses and charges the call in the transaction that makes a request done, so nothing is
charged before the pictures are there, and what is there is charged. Who changes both a call and its request
locks the call first. That a call failed is written by its latest try only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import anyio
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from fairstock.access import store as access
from fairstock.access.admit import admit
from fairstock.access.model import Admission, ApiKey, Ask, Call
from fairstock.asset import store as assets
from fairstock.asset.model import Asset
from fairstock.bootstrap import App
from fairstock.generation import queue
from fairstock.generation import store as generation
from fairstock.generation.edit_rules import SENT_FILE
from fairstock.generation.model import Order, OrderKind, RequestState
from fairstock.generation.model import Request as ImageRequest
from fairstock.generation.request import request as record
from fairstock.license.book import price_book_in_force
from fairstock.license.grant import quote_for
from fairstock.license.rules import worth_in
from fairstock.moderation import store as findings
from fairstock.web.api.asks import Endpoint, Wanted
from fairstock.web.api.envelope import gone
from fairstock.web.api.errors import NotMade, PictureRefused, Refused, TookTooLong
from fairstock.web.api.references import Stored
from fairstock.web.ordering import decision_on

_KINDS = {
    Endpoint.generations: OrderKind.create,
    Endpoint.edits: OrderKind.edit,
    Endpoint.variations: OrderKind.variation,
}
MOST_WAITING = 400
"""Calls that one process waits for at once; each holds a sleeping thread."""
SLACK = timedelta(seconds=30)
"""By this much the limits in the database outlive the waiting, so that whoever waits is the one to end it."""
_waiting = anyio.CapacityLimiter(MOST_WAITING)


@dataclass(frozen=True, slots=True)
class Placed:
    """A call that was let in, and the request behind it."""

    admission: Admission
    request: ImageRequest

    @property
    def call(self) -> Call:
        """The call at this try."""
        return self.admission.call


@dataclass(frozen=True, slots=True)
class Made:
    """A request that has ended, and its pictures, which are charged; none where it came to nothing."""

    request: ImageRequest
    pictures: Sequence[Asset]


def place(house: App, key: ApiKey, wanted: Wanted, stored: Stored, ask: Ask) -> Placed:
    """Let the call in and put its request into the queue, or find both again.

    Raises what ``access.admit`` and ``generation.request`` raise; nothing is left behind then.
    """
    patience = timedelta(seconds=house.settings.api_seconds) + SLACK
    with house.transaction(durable=False) as conn:  # whoever asked waits, and asks again after a power cut
        price = quote_for(conn, buyer_id=key.buyer_id, size=wanted.size, clock=house.clock).price
        worth = worth_in(price_book_in_force(), key.budget.currency) if key.budget else None
        admission = admit(conn, key, ask, price * wanted.n, house.clock, patience=patience, worth=worth)
        order = Order(
            key=admission.call.id,
            buyer_id=key.buyer_id,
            prompt=wanted.prompt,
            n=wanted.n,
            size=wanted.size,
            kind=_kind_of(wanted, stored),
            source_sha256=stored.source_sha256,
            mask_sha256=stored.mask_sha256,
            parent_asset_id=stored.parent.id if stored.parent else None,
            options=wanted.options | ({SENT_FILE: stored.sent_sha256} if stored.sent_sha256 else {}),
        )
        request = record(conn, order, decision_on(house, conn, wanted.prompt), house.clock)
        limit = patience.total_seconds()
        queue.submit(conn, request.id, house.clock, sell=True, limit_seconds=limit)
        if request.state in (RequestState.refused, RequestState.review):
            access.fail(conn, admission.call, house.clock.now())
    return Placed(admission, request)


def _kind_of(wanted: Wanted, stored: Stored) -> OrderKind:
    """What is to be made: an edit of the caller's own earlier picture carries that on."""
    kind = _KINDS[wanted.endpoint]
    return OrderKind.refine if stored.parent and kind is not OrderKind.variation else kind


async def finish(http: Request, house: App, placed: Placed) -> Made:
    """Wait for the pictures. Raises ``Refused``, ``NotMade``, ``TookTooLong``, and what
    ``envelope.gone`` is when the client has hung up; nothing is charged then and nothing goes on.
    """
    hung_up = False
    if placed.request.state is RequestState.pending:
        made, hung_up = await _wait(http, house, placed)
    else:  # it had ended before
        made = await run_in_threadpool(_blocking_wait, house, placed)
    if made is None:
        await run_in_threadpool(let_go, house, placed.call, placed.request.id)
        raise gone() if hung_up else TookTooLong(house.settings.api_seconds)
    request = made.request
    if request.state in (RequestState.refused, RequestState.review):
        await run_in_threadpool(_failed, house, placed.call)
        raise Refused(request.decision)
    if request.state is not RequestState.done:
        withheld = await run_in_threadpool(_failed, house, placed.call)
        reason = request.failure or "The pictures could not be made."
        raise PictureRefused(reason) if withheld else NotMade(reason)
    return made


async def _wait(http: Request, house: App, placed: Placed) -> tuple[Made | None, bool]:
    """The request once it has ended, with its pictures, or None; and whether the client hung up first."""
    ended: Made | None = None
    hung_up = False
    async with anyio.create_task_group() as both:

        async def watch() -> None:
            nonlocal hung_up
            while (await http.receive())["type"] != "http.disconnect":
                pass
            hung_up = True
            both.cancel_scope.cancel()

        both.start_soon(watch)
        wait = partial(_blocking_wait, house, placed)
        ended = await anyio.to_thread.run_sync(wait, limiter=_waiting, abandon_on_cancel=True)
        both.cancel_scope.cancel()
    return ended, hung_up


def _blocking_wait(house: App, placed: Placed) -> Made | None:
    """The request as it ended, and what was made; in one thread and, once it has ended, one transaction."""
    if placed.request.state is RequestState.pending:  # else it has ended already
        with house.transaction(durable=False) as conn:  # here, while the worker draws
            _end_abandoned(conn, house, placed.call.key_id)
    limit = house.settings.api_seconds
    try:
        return queue.wait_for(
            house.transaction, house.news, placed.request.id, timeout_seconds=limit, then=_made
        )
    except queue.TookTooLong:
        return None


def let_go(house: App, call: Call, request_id: str) -> None:
    """Nobody waits any more: cancel the request, unless a later try waits for it or it is done."""
    with house.transaction() as conn:
        if access.fail(conn, call, house.clock.now()):
            queue.cancel(conn, request_id, house.clock)


def _end_abandoned(conn: Connection, house: App, key_id: str) -> None:
    """End calls of the key whose process died while it waited, and what is still to be made for them."""
    for call in access.abandoned(conn, key_id, house.clock.now()):
        access.fail(conn, call, house.clock.now())
        queue.cancel(conn, generation.id_of(call.id), house.clock)


def _failed(house: App, call: Call) -> bool:
    """Close the call without a charge; whether its pictures were refused for what they show."""
    with house.transaction() as conn:
        access.fail(conn, call, house.clock.now())
        return findings.refused(conn, generation.id_of(call.id))


def _made(conn: Connection, request: ImageRequest) -> Made:
    ids = generation.asset_ids(conn, request.id) if request.state is RequestState.done else []
    found = {asset.id: asset for asset in assets.many(conn, ids)} if ids else {}
    return Made(request, [found[each] for each in ids])
