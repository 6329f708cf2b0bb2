"""What makes a transaction fit to be booked."""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC

from fairstock.kit.errors import BadInput, Inconsistent
from fairstock.kit.money import Money
from fairstock.ledger.model import Posting, Transaction

_ACCOUNT = re.compile(r"[a-z][a-z_]*:[A-Za-z0-9._-]+")


class BadTransaction(BadInput):
    """A transaction cannot be booked as it stands."""

    def __init__(self, key: str, reason: str) -> None:
        self.key, self.reason = key, reason
        super().__init__(f"The transaction {key!r} cannot be booked: {reason}.")


class Unbalanced(BadTransaction):
    """The postings do not sum to zero."""

    def __init__(self, key: str, surplus: Money) -> None:
        self.surplus = surplus
        super().__init__(key, f"its postings sum to {surplus} instead of zero")


class TooFewPostings(BadTransaction):
    """Fewer than two postings move money."""

    def __init__(self, key: str) -> None:
        super().__init__(key, "it needs at least two postings that are not zero")


class BadAccount(BadTransaction):
    """An account's name is malformed."""

    def __init__(self, key: str, account: str) -> None:
        self.account = account
        super().__init__(key, f"{account!r} is not an account such as payable:pty_1")


class KeyReused(Inconsistent):
    """A key that is booked came again with another content."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(
            f"The key {key!r} is booked with another content.",
            remedy="find out which of the two is right; book a correction under a key of its own",
        )


class NotAMirror(BadTransaction):
    """A transaction claims to reverse another whose postings it does not mirror."""

    def __init__(self, key: str, reversed_key: str) -> None:
        self.reversed_key = reversed_key
        super().__init__(key, f"its postings are not those of {reversed_key!r} with the signs turned")


class AlreadyReversed(BadTransaction):
    """A transaction was undone before, under another key."""

    def __init__(self, key: str, reversed_key: str) -> None:
        self.reversed_key = reversed_key
        super().__init__(key, f"{reversed_key!r} was undone before")


def tidy(transaction: Transaction) -> tuple[Posting, ...]:
    """The postings without those of zero; raises a ``BadTransaction`` where they cannot be booked."""
    key = transaction.key
    if not key.strip():
        raise BadTransaction(key, "its key is empty")
    if transaction.effective_at.tzinfo is None:
        raise BadTransaction(key, "its time has no time zone")
    postings = tuple(posting for posting in transaction.postings if posting.amount)
    if len(postings) < 2:
        raise TooFewPostings(key)
    sums: dict[str, int] = defaultdict(int)
    for posting in postings:
        if not _ACCOUNT.fullmatch(posting.account):
            raise BadAccount(key, posting.account)
        sums[posting.amount.currency] += posting.amount.micros
    for currency, micros in sums.items():
        if micros:
            raise Unbalanced(key, Money(micros, currency))
    return postings


def content_digest(transaction: Transaction, postings: Sequence[Posting]) -> str:
    """SHA-256 over all that is booked except the key; the order of the postings counts."""
    content = {
        "kind": transaction.kind.value,
        "effective_at": transaction.effective_at.astimezone(UTC).isoformat(),
        "postings": [[each.account, each.amount.micros, each.amount.currency] for each in postings],
        "memo": transaction.memo,
        "reverses": transaction.reverses,
        "details": dict(transaction.details),
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def mirrored(postings: Sequence[Posting]) -> tuple[Posting, ...]:
    """The same postings with their signs turned."""
    return tuple(Posting(posting.account, -posting.amount) for posting in postings)


def is_mirror(postings: Sequence[Posting], original: Sequence[Posting]) -> bool:
    """Whether the postings undo the original exactly, in whatever order."""
    return sorted(map(_sortable, postings)) == sorted(map(_sortable, mirrored(original)))


def _sortable(posting: Posting) -> tuple[str, str, int]:
    return posting.account, posting.amount.currency, posting.amount.micros
