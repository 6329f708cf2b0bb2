"""Use case: let a call in, once, however often it is repeated and however many processes serve it.

A key's calls are let in one after another (its row in ``api_rate`` is locked), so two copies of a call that
come at the same moment are one call, and two calls cannot spend the same rest of a budget.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from functools import partial

from sqlalchemy import Connection

from fairstock.access import store
from fairstock.access.model import Admission, Allowance, ApiKey, Ask, Call, CallState
from fairstock.access.rules import REPEAT_WINDOW, allowance, check_budget, counted, take
from fairstock.kit.clock import Clock
from fairstock.kit.errors import BadInput
from fairstock.kit.ids import new_id
from fairstock.kit.money import Money
from fairstock.kit.months import month_bounds, month_of


class IdempotencyKeyReused(BadInput):
    """An idempotency key came again with another call."""

    def __init__(self, idempotency_key: str) -> None:
        self.idempotency_key = idempotency_key
        super().__init__(
            f"The Idempotency-Key {idempotency_key!r} belongs to another request.",
            remedy="use a new key for each request, and the same one only to retry",
        )


def count_request(conn: Connection, key: ApiKey, clock: Clock) -> Allowance:
    """Take one request off the key's limit and say what is left. Raises ``RateLimited``."""
    now, rate = clock.now(), store.lock_rate(conn, key.id)
    full_at = take("requests", key.requests_per_minute, rate.requests_full_at, 1, now)
    store.set_rate(conn, key.id, replace(rate, requests_full_at=full_at))
    return allowance(key.requests_per_minute, full_at, now)


def admit(
    conn: Connection,
    key: ApiKey,
    ask: Ask,
    price: Money,
    clock: Clock,
    *,
    patience: timedelta,
    worth: Mapping[str, Fraction] | None = None,
) -> Admission:
    """The call that ``ask`` is, new or repeated; ``price`` is that of all its pictures together.

    A new call, or one that failed before, takes its pictures off the limit and holds its price against the
    budget for ``patience``; a repetition of one that is open or done takes nothing. ``worth`` is what a unit
    of each currency is worth in the budget's. Raises ``IdempotencyKeyReused``, ``RateLimited``,
    ``BudgetSpent``, and ``CurrencyMismatch`` where the worth of a currency is needed and not given.
    """
    now, rate = clock.now(), store.lock_rate(conn, key.id)
    earlier = _earlier(conn, key, ask, now)
    until = now + patience
    if earlier is not None and earlier.state is not CallState.failed:
        call = store.attach(conn, earlier, ask, now=now, until=until)
        return Admission(call, True, allowance(key.images_per_minute, rate.images_full_at, now))
    full_at = take("pictures", key.images_per_minute, rate.images_full_at, ask.images, now)
    call_id = earlier.id if earlier else new_id("api")
    if key.budget is not None:
        month, _ = month_bounds(month_of(now))
        spent = store.used(conn, key.id, month, now, apart_from=call_id)
        in_budget = partial(counted, currency=key.budget.currency, worth=worth or {})
        check_budget(key.budget, in_budget(spent), in_budget([price]))
    store.set_rate(conn, key.id, replace(rate, images_full_at=full_at))
    if earlier is not None:
        call = store.attach(conn, earlier, ask, now=now, until=until)
    else:
        call = store.add_call(conn, call_id, key.id, ask, price, now=now, until=until)
    return Admission(call, earlier is not None, allowance(key.images_per_minute, full_at, now))


def _earlier(conn: Connection, key: ApiKey, ask: Ask, now: datetime) -> Call | None:
    """The call that this one repeats, if any."""
    if ask.idempotency_key is not None:
        named = store.idempotent(conn, key.id, ask.idempotency_key)
        if named is not None and named.body_sha256 != ask.body_sha256:
            raise IdempotencyKeyReused(ask.idempotency_key)
        return named
    if ask.retry_count > 0:
        return store.retried(conn, key.id, ask, now - REPEAT_WINDOW)
    return None
