"""The journal's hash chain: each link's digest covers its transaction and the link before it, so that
nothing that was sealed can be changed, removed or put in between unseen, whoever does it.

``digest = SHA-256(previous digest ‖ content)``; the first previous digest is 32 zero bytes, and the
content is the transaction with its postings as canonical JSON (``content``). Posting does not wait for
it: transactions are sealed afterwards, by one process at a time, in the order of booking as far as it is
known then. A transaction that commits later than a younger one is sealed after it; the order of the
chain is the order of sealing. Who keeps a published digest (``root.json`` of each edition of statements
names one) can tell whether the journal up to there is still the same.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC
from itertools import islice

from sqlalchemy import Connection

from fairstock.db.checks import BrokenRule
from fairstock.db.locks import advisory
from fairstock.ledger import store
from fairstock.ledger.store import Link, Sealed

START = bytes(32)
"""Stands before the first link."""

RULE = "Every link of the journal's hash chain holds: nothing that was sealed has changed."

BATCH = 5_000
"""Links in one statement."""


@dataclass(frozen=True, slots=True)
class Head:
    """The last link."""

    links: int
    """How many there are; the head's position."""
    digest: bytes


@dataclass(frozen=True, slots=True)
class BrokenLink:
    """The first link that does not hold."""

    position: int
    transaction_id: str
    key: str
    problem: str


def seal(conn: Connection) -> Head:
    """Append a link for every committed transaction that has none, and return the head; waits for another
    session that is sealing.
    """
    advisory(conn, "ledger:chain")
    position, digest = store.chain_head(conn) or (0, START)
    waiting = store.unsealed(conn)
    while batch := list(islice(waiting, BATCH)):
        links = []
        for each in batch:
            position, digest = position + 1, link_digest(digest, each)
            links.append(Link(position, each.id, digest))
        store.add_links(conn, links)
    return Head(position, digest)


def first_broken(conn: Connection) -> BrokenLink | None:
    """Walk the chain from its start, in bounded memory; None where every link holds."""
    digest, expected = START, 1
    for link, sealed in store.chain(conn):
        problem = _problem(link, sealed, digest, expected)
        if problem:
            return BrokenLink(link.position, link.transaction_id, sealed.key if sealed else "", problem)
        digest, expected = link.digest, expected + 1
    return None


def as_rule(conn: Connection) -> list[BrokenRule]:
    """The chain among the rules of the books: empty where it holds, or its first broken link as evidence."""
    broken = first_broken(conn)
    return [BrokenRule("ledger_chain", RULE, (asdict(broken),))] if broken else []


def link_digest(previous: bytes, sealed: Sealed) -> bytes:
    """Digest of the link that follows ``previous``."""
    return hashlib.sha256(previous + content(sealed)).digest()


def content(sealed: Sealed) -> bytes:
    """A transaction with its postings as JSON with sorted keys and without spaces, in UTF-8."""
    facts = {
        "id": sealed.id,
        "key": sealed.key,
        "kind": sealed.kind,
        "effective_at": sealed.effective_at.astimezone(UTC).isoformat(),
        "recorded_at": sealed.recorded_at.astimezone(UTC).isoformat(),
        "memo": sealed.memo,
        "reverses": sealed.reverses,
        "details": sealed.details,
        "postings": sealed.postings,
    }
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _problem(link: Link, sealed: Sealed | None, previous: bytes, expected: int) -> str:
    """What is wrong with a link, in words; empty where it holds."""
    if link.position != expected:
        return f"link {expected} was removed"
    if sealed is None:
        return "its transaction was removed"
    if link_digest(previous, sealed) != link.digest:
        return "its transaction, or a link before it, was changed after it was sealed"
    return ""
