"""A contributor disputes a line of a statement; both sides may speak; staff decides once, and both stay
visible.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection

from fairstock.db.locks import advisory
from fairstock.fund import store as fund
from fairstock.kit.clock import Clock
from fairstock.kit.errors import BadInput, NotFound
from fairstock.kit.ids import derived_id
from fairstock.kit.money import Money
from fairstock.payout import store
from fairstock.payout.adjust import adjust
from fairstock.payout.model import (
    AdjustmentKind,
    Against,
    Dispute,
    DisputeEvent,
    DisputeOutcome,
    EventKind,
    SubjectKind,
)

LONGEST_TEXT = 4_000
"""Characters of one thing said; more is refused."""


class NoSuchLine(NotFound):
    """The statement has no such line."""

    def __init__(self, period: str, kind: SubjectKind, subject: str) -> None:
        self.period, self.kind, self.subject = period, kind, subject
        super().__init__(
            f"The statement for {period} has no {kind.value} {subject!r}.",
            remedy="choose a line of the statement",
        )


class NoSuchDispute(NotFound):
    """No dispute has this id."""

    def __init__(self, dispute_id: str) -> None:
        self.dispute_id = dispute_id
        super().__init__(
            f"There is no dispute {dispute_id!r}.", remedy="list them with fairstock disputes list"
        )


class AlreadyDisputed(BadInput):
    """The line is disputed already and nobody has decided."""

    def __init__(self, dispute_id: str) -> None:
        self.dispute_id = dispute_id
        super().__init__(
            f"This line is disputed already ({dispute_id}).", remedy="add to that dispute; staff will answer"
        )


class DisputeOver(BadInput):
    """A dispute that was decided takes nothing more."""

    def __init__(self, dispute_id: str) -> None:
        self.dispute_id = dispute_id
        super().__init__(
            f"The dispute {dispute_id} was decided.", remedy="a new dispute about the line may be opened"
        )


class BadWords(BadInput):
    """What was said is empty or too long."""

    def __init__(self) -> None:
        super().__init__(f"Say what is wrong, in at most {LONGEST_TEXT:,} characters.")


class BadResolution(BadInput):
    """A decision contradicts itself."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"This cannot be decided so: {reason}.")


@dataclass(frozen=True, slots=True)
class Correction:
    """The money that a decision moves."""

    amount: Money
    """Positive: the contributor gets it."""
    kind: AdjustmentKind
    against: Against


@dataclass(frozen=True, slots=True)
class StatementLine:
    """A line that can be disputed."""

    kind: SubjectKind
    subject: str
    amount: Money
    about: str
    """By what it was earned, the payment's state, or the tax's reason."""
    work_sha256: str | None = None
    """Of an earning."""


def lines(conn: Connection, contributor_id: str, period: str) -> Iterator[StatementLine]:
    """Everything on a contributor's statement that can be disputed: earnings, payments, what was withheld."""
    pools = {pool.id: pool for pool in fund.pools_of(conn, period)}
    for line in fund.allocations_of(conn, period, [contributor_id])[contributor_id]:
        name = f"{line.pool_id}|{line.source_id}|{line.work_sha256}"
        pool = pools[line.pool_id]
        amount = Money(line.amount_micros, pool.amount.currency)
        about = f"{pool.part.value} of {line.source_id}"
        yield StatementLine(SubjectKind.allocation, name, amount, about, line.work_sha256)
    paid = store.payouts_of(conn, period, [contributor_id])
    withheld = store.withheld_from(conn, [each.payout_id for each in paid])
    for each in paid:
        yield StatementLine(SubjectKind.payout, each.payout_id, each.amount, each.state)
        for tax in withheld.get(each.payout_id, ()):
            name = f"{each.payout_id}|{tax.authority}|{tax.country}"
            yield StatementLine(SubjectKind.withholding, name, tax.amount, tax.reason)


def open_dispute(
    conn: Connection,
    contributor_id: str,
    period: str,
    clock: Clock,
    *,
    kind: SubjectKind,
    subject: str,
    text: str,
) -> str:
    """Dispute a line of the contributor's own statement; returns the dispute's id.

    While it is open, the sum of a disputed earning stays on the balance and the rest is paid. Raises
    ``NoSuchLine``, ``AlreadyDisputed``, ``BadWords`` and ``NotAMonth``.
    """
    said = _words(text)
    advisory(conn, f"dispute:{contributor_id}")
    line = next(
        (
            each
            for each in lines(conn, contributor_id, period)
            if (each.kind, each.subject) == (kind, subject)
        ),
        None,
    )
    if line is None:
        raise NoSuchLine(period, kind, subject)
    still_open, resolved = store.open_dispute_of(conn, contributor_id, kind, subject)
    if still_open:
        raise AlreadyDisputed(still_open)
    now = clock.now()
    new = Dispute(
        id=derived_id("dsp", contributor_id, kind.value, subject, str(resolved)),
        contributor_id=contributor_id,
        period=period,
        subject_kind=kind,
        subject=subject,
        amount=line.amount,
        opened_at=now,
        events=(DisputeEvent(1, EventKind.opened, contributor_id, said, None, now),),
    )
    store.add_dispute(conn, new)
    return new.id


def find(conn: Connection, dispute_id: str) -> Dispute:
    """The dispute; raises ``NoSuchDispute``."""
    found = store.dispute(conn, dispute_id)
    if found is None:
        raise NoSuchDispute(dispute_id)
    return found


def answer(conn: Connection, dispute_id: str, party_id: str, text: str, clock: Clock) -> None:
    """Say something about an open dispute; what the same party said last adds nothing: a form was sent twice.

    Raises ``NoSuchDispute``, ``DisputeOver`` and ``BadWords``.
    """
    found, said = _open(conn, dispute_id), _words(text)
    last = found.events[-1]
    if (last.party_id, last.text) == (party_id, said):
        return
    event = DisputeEvent(len(found.events) + 1, EventKind.answered, party_id, said, None, clock.now())
    store.add_event(conn, dispute_id, event)


def resolve(
    conn: Connection,
    dispute_id: str,
    staff_id: str,
    clock: Clock,
    *,
    outcome: DisputeOutcome,
    text: str,
    correction: Correction | None = None,
) -> None:
    """Decide a dispute, and book its correction in the same transaction.

    Where a line stands, no money moves. Raises ``NoSuchDispute``, ``DisputeOver``, ``BadWords``,
    ``BadResolution``, ``NothingToAdjust`` and ``ReserveTooSmall``; then nothing is decided.
    """
    if outcome is DisputeOutcome.rejected and correction is not None:
        raise BadResolution("a rejected dispute moves no money")
    found = _open(conn, dispute_id)
    if correction is not None and correction.amount.currency != found.amount.currency:
        raise BadResolution(f"the line is in {found.amount.currency}")
    said, now = _words(text), clock.now()
    event = DisputeEvent(len(found.events) + 1, EventKind.resolved, staff_id, said, outcome, now)
    store.add_event(conn, dispute_id, event)
    if correction is not None:
        adjust(
            conn,
            key=f"dispute:{dispute_id}",
            contributor_id=found.contributor_id,
            amount=correction.amount,
            kind=correction.kind,
            against=correction.against,
            reason=said,
            decided_by=staff_id,
            at=now,
            dispute_id=dispute_id,
        )


def _open(conn: Connection, dispute_id: str) -> Dispute:
    """The dispute, locked; raises ``NoSuchDispute`` and ``DisputeOver``."""
    found = store.dispute(conn, dispute_id, lock=True)
    if found is None:
        raise NoSuchDispute(dispute_id)
    if found.outcome is not None:
        raise DisputeOver(dispute_id)
    return found


def _words(text: str) -> str:
    said = text.strip()
    if not said or len(said) > LONGEST_TEXT:
        raise BadWords
    return said
