"""The books as a text that other people's programs check: beancount's ``bean-check`` and ``hledger``.

Amounts are whole micro-units of commodities such as ``MICROUSD``. That is not for looks: both programs infer
from the digits how much imbalance they tolerate, and ``bean-check`` let 0.002 USD pass between amounts
with two decimals. Between integers nothing is tolerated. After the last day every balance is asserted as
our own database sums it up, so the programs check the export against the books as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection

from fairstock.ledger import store
from fairstock.ledger.store import Sealed

_ROOTS = {"buyer": "Assets", "cash": "Assets", "revenue": "Income", "conversion": "Equity"}
"""First part of an account's name by its family; every other family is what the house owes somebody."""

_ESCAPES = {"-": "-d", "_": "-u", ".": "-p"}
"""Signs of owners that beancount's account names cannot have, and the hyphen that stands for them."""

_OPENED = "1970-01-01"


class Format(StrEnum):
    """Programs that can read an export."""

    beancount = "beancount"
    """``bean-check FILE``."""
    hledger = "hledger"
    """``hledger --strict -f FILE check``."""


def export(conn: Connection, form: Format) -> Iterator[str]:
    """The whole journal, line by line, in bounded memory; read it inside one snapshot."""
    standing = store.standing(conn)
    yield from _head(form, sorted({each.account for each in standing}), {each.currency for each in standing})
    last = date(1970, 1, 1)
    for transaction in store.journal(conn):
        last = max(last, _day(transaction.effective_at))
        yield from _transaction(form, transaction)
    end = (last + timedelta(days=1)).isoformat()
    yield from _balances(form, end, standing)


def account(name: str) -> str:
    """``payable:pty_1`` as ``Liabilities:Payable:Id-pty-u1``: valid in both programs, different for different
    accounts.
    """
    family, _, owner = name.partition(":")
    words = "".join(word.capitalize() for word in family.split("_"))
    escaped = "".join(_ESCAPES.get(sign, sign) for sign in owner)
    return f"{_ROOTS.get(family, 'Liabilities')}:{words}:Id-{escaped}"


def commodity(currency: str) -> str:
    """Micro-units of a currency; letters alone, since hledger would want others in quotes."""
    return f"MICRO{currency}"


def _head(form: Format, accounts: Iterable[str], currencies: Iterable[str]) -> Iterator[str]:
    yield "; The journal of a fairstock house, in whole micro-units (10^-6 of a currency)."
    for each in sorted(currencies):
        if form is Format.beancount:
            yield f"{_OPENED} commodity {commodity(each)}"
        else:
            yield f"commodity 1. {commodity(each)}"
    for each in accounts:
        yield f"{_OPENED} open {account(each)}" if form is Format.beancount else f"account {account(each)}"


def _transaction(form: Format, each: Sealed) -> Iterator[str]:
    day = _day(each.effective_at).isoformat()
    yield ""
    if form is Format.beancount:
        yield f"{day} * {_quoted(each.kind)} {_quoted(each.memo)}"
        yield f"  key: {_quoted(each.key)}"
        yield f"  booked: {_quoted(each.recorded_at.astimezone(UTC).isoformat())}"
    else:
        yield f"{day} * ({each.kind}) {_plain(each.memo) or each.kind}"
        yield f"    ; key: {_plain(each.key)}"
        yield f"    ; booked: {each.recorded_at.astimezone(UTC).isoformat()}"
    for _, name, micros, currency in each.postings:
        yield f"    {account(name)}  {micros} {commodity(currency)}"


def _balances(form: Format, day: str, standing: Iterable[store.Standing]) -> Iterator[str]:
    yield ""
    if form is Format.hledger:
        yield f"{day} * every balance as the database sums it up"
    for each in standing:
        amount = f"{each.micros} {commodity(each.currency)}"
        if form is Format.beancount:
            yield f"{day} balance {account(each.account)}  {amount}"
        else:
            yield f"    {account(each.account)}  0 {commodity(each.currency)} = {amount}"


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()


def _plain(text: str) -> str:
    """A text on one line, without what would begin a comment or a payee."""
    return re.sub(r"[;|()\s\x00-\x1f\x7f\u2028\u2029]+", " ", text).strip()


def _quoted(text: str) -> str:
    """A text as beancount reads it, on one line."""
    flat = re.sub(r"[\s\x00-\x1f\x7f]+", " ", text).strip()
    return '"' + flat.replace("\\", "\\\\").replace('"', '\\"') + '"'
