"""Gather what decides about each contributor's balances, in a handful of readings for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from fairstock.fund import store as fund
from fairstock.fund.model import PeriodState
from fairstock.kit.money import Money
from fairstock.ledger import store as ledger
from fairstock.party import store as parties
from fairstock.payout import store
from fairstock.payout.model import Account
from fairstock.payout.ports import SanctionList
from fairstock.payout.rules.pay import Circumstances

BATCH = 5_000
"""Contributors whose names are read at once."""


@dataclass(frozen=True, slots=True)
class Case:
    """A contributor with balances to decide about."""

    contributor_id: str
    account: Account | None
    owed: Mapping[str, Money]
    """By currency; none is zero, and those of which the period was paid already are left out."""
    also: Mapping[str, Circumstances]
    """By the same currencies."""
    ordered: frozenset[str]
    """Currencies in which the period was paid already."""


def cases(conn: Connection, period: str, now: datetime, sanctions: SanctionList | None) -> Iterator[Case]:
    """Everybody whose balance is not zero, by id; notes likenesses with the sanction list on the way."""
    closed = [each.id for each in fund.periods(conn) if each.state is PeriodState.closed]
    store.record_sources(conn, sorted(closed), now)
    accounts, ordered = store.accounts(conn), _by_contributor(store.ordered(conn, period))
    sourced, disputed = store.sourced(conn), store.disputed(conn)
    owed = _owed(conn, accounts)
    everybody = sorted(owed)
    for start in range(0, len(everybody), BATCH):
        batch = everybody[start : start + BATCH]
        sanctioned = _sanctioned(conn, batch, accounts, sanctions, now)
        for who in batch:
            done = ordered.get(who, frozenset())
            open_ones = {code: money for code, money in owed[who].items() if code not in done}
            also = {
                code: Circumstances(
                    who in sanctioned, disputed.get((who, code), 0), sourced.get((who, code), {})
                )
                for code in open_ones
            }
            yield Case(who, accounts.get(who), open_ones, also, done)


def _by_contributor(pairs: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for who, currency in pairs:
        found.setdefault(who, set()).add(currency)
    return {who: frozenset(currencies) for who, currencies in found.items()}


def _owed(conn: Connection, accounts: Mapping[str, Account]) -> dict[str, dict[str, Money]]:
    """Contributor → currency → balance; positive: owed by the house."""
    wanted = {account.currency for account in accounts.values() if account.currency}
    found: dict[str, dict[str, Money]] = {}
    for currency in sorted({*fund.currencies(conn), *wanted}):
        for name, balance in ledger.balances(conn, "payable:", currency).items():
            if balance:
                found.setdefault(name.partition(":")[2], {})[currency] = -balance
    return found


def _sanctioned(
    conn: Connection,
    batch: Sequence[str],
    accounts: Mapping[str, Account],
    sanctions: SanctionList | None,
    now: datetime,
) -> frozenset[str]:
    """Those of the batch with a likeness that nobody has cleared, new or found before."""
    if sanctions is not None:
        found = {}
        for who, person in parties.many(conn, batch).items():
            account = accounts.get(who)
            countries = {country for country in (person.country, account and account.country) if country}
            if hits := sanctions.hits(person.name, countries):
                found[who] = hits
        store.add_hits(conn, found, sanctions.version, now)
    return frozenset(hit.contributor_id for hit in store.open_hits(conn, batch))
