"""Watches accounts: the sequential test over one contributor's pictures, what it found, and what staff says.

A finding leads people to an account. It blocks nothing and rejects nothing: about pictures that come while it
is open or confirmed evidence is asked for (the policy's rule about ``account``), and a person decides then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from fairstock.kit.clock import Clock
from fairstock.kit.errors import BadInput, NotFound
from fairstock.kit.ids import derived_id
from fairstock.party import store as parties
from fairstock.party.model import Role
from fairstock.screening import store
from fairstock.screening.accounts import AccountPath, AccountRule, walk
from fairstock.screening.cases import Finding, FindingDecision, Standing
from fairstock.screening.model import Observation, ObservationKind
from fairstock.screening.review import NotAReviewer
from fairstock.screening.talk import said

DETECTOR = "account-walk"


class FindingNotFound(NotFound):
    """No finding has this id."""

    def __init__(self, finding_id: str) -> None:
        super().__init__(f"There is no finding {finding_id!r}.", remedy="choose one from the list")


class FindingDecided(BadInput):
    """Somebody decided about the finding before."""

    def __init__(self, decision: FindingDecision) -> None:
        super().__init__(
            f"The finding was decided already: {decision.standing.value} on {decision.decided_at:%Y-%m-%d}.",
            remedy="reload the account's page",
        )


@dataclass(frozen=True, slots=True)
class Account:
    """What is known of one contributor's pictures over time."""

    contributor_id: str
    pictures: tuple[str, ...]
    """Ids of the uploads that count, in order of arrival: opened, looked at, and each file once."""
    tails: tuple[float, ...]
    """Their p-values."""
    start: int
    """Pictures before this one were cleared by a person and count no more."""
    path: AccountPath
    """From ``start`` on."""
    findings: tuple[store.Judged, ...]

    @property
    def finding(self) -> Finding | None:
        """The finding in force: undecided, or confirmed by a person."""
        if not self.findings:
            return None
        found, decision = self.findings[-1]
        return None if decision and decision.standing is Standing.CLEARED else found


def account(
    conn: Connection, contributor_id: str, arrivals: Sequence[tuple[str, str]], rule: AccountRule
) -> Account:
    """The account as its observations tell it now; ``arrivals`` are all its uploads (id, digest) in order.

    The same file sent again counts once: it says nothing new.
    """
    return accounts(conn, {contributor_id: arrivals}, rule)[contributor_id]


def accounts(
    conn: Connection, arrivals: Mapping[str, Sequence[tuple[str, str]]], rule: AccountRule
) -> dict[str, Account]:
    """The same of several, by the ids of their contributors."""
    if not arrivals:
        return {}
    sent = {contributor_id: _first_of_each(each) for contributor_id, each in arrivals.items()}
    tails = store.tails(conn, [upload_id for each in sent.values() for upload_id in each], rule.model)
    judged: dict[str, list[store.Judged]] = {contributor_id: [] for contributor_id in sent}
    for each in store.findings(conn, *sent):
        judged[each[0].contributor_id].append(each)
    return {name: _account(name, each, tails, judged[name], rule) for name, each in sent.items()}


def _first_of_each(arrivals: Sequence[tuple[str, str]]) -> list[str]:
    """Ids of the uploads that came first with their file."""
    first: dict[str, str] = {}
    for upload_id, digest in arrivals:
        first.setdefault(digest, upload_id)
    return list(first.values())


def _account(
    contributor_id: str,
    sent: Sequence[str],
    found: Mapping[str, float],
    judged: Sequence[store.Judged],
    rule: AccountRule,
) -> Account:
    pictures = tuple(upload_id for upload_id in sent if upload_id in found)
    tails = tuple(found[upload_id] for upload_id in pictures)
    cleared = [one for _, one in judged if one is not None and one.standing is Standing.CLEARED]
    start = max((one.pictures for one in cleared), default=0)
    path = walk(tails[start:], rule, cleared=len(cleared))
    return Account(contributor_id, pictures, tails, start, path, tuple(judged))


def suspicions(conn: Connection, seen: Account, rule: AccountRule, clock: Clock) -> dict[str, Observation]:
    """Upload id → what to note about the account, for pictures that came with its finding or after it.

    A path that reached the threshold becomes a finding here; again is a no-op.
    """
    found = seen.finding
    if found is None:
        if seen.path.flagged_at is None:
            return {}
        found = _found(seen, seen.path.flagged_at, rule, clock)
        store.add_finding(conn, found)
    note = _observation(found)
    since = seen.pictures.index(found.upload_id) if found.upload_id in seen.pictures else 0
    return dict.fromkeys(seen.pictures[since:], note)


def _found(seen: Account, flagged_at: int, rule: AccountRule, clock: Clock) -> Finding:
    place, number = seen.start + flagged_at, len(seen.findings) + 1
    return Finding(
        id=derived_id("fnd", seen.contributor_id, str(number)),
        contributor_id=seen.contributor_id,
        number=number,
        rule_version=rule.version,
        model=rule.model,
        pictures=place,
        value=seen.path.values[flagged_at - 1],
        threshold=seen.path.threshold,
        upload_id=seen.pictures[place - 1],
        found_at=clock.now(),
    )


def _observation(found: Finding) -> Observation:
    evidence = {
        "pictures": found.pictures,
        "odds": round(10**found.value),
        "log10": round(found.value, 3),
        "threshold": round(found.threshold, 3),
    }
    return Observation(ObservationKind.ACCOUNT, found.id, evidence, DETECTOR, found.rule_version)


def decide(  # noqa: PLR0917 - the order is the sentence "about this finding, this person decides …"
    conn: Connection,
    finding_id: str,
    staff_id: str,
    standing: Standing,
    note: str,
    pictures: int,
    clock: Clock,
) -> FindingDecision:
    """Record what a reviewer makes of a finding; ``pictures`` is how many the account has now.

    The same by the same person again is a no-op. Raises FindingNotFound, FindingDecided, NotAReviewer and
    NothingSaid: the reasons are kept.
    """
    judged = store.finding(conn, finding_id)
    if judged is None:
        raise FindingNotFound(finding_id)
    found, before = judged
    if Role.reviewer not in parties.roles(conn, staff_id) or found.contributor_id == staff_id:
        raise NotAReviewer("it takes a reviewer whose account it is not")
    if before is not None:
        if (before.staff_id, before.standing) == (staff_id, standing):
            return before
        raise FindingDecided(before)
    made = FindingDecision(
        finding_id, staff_id, standing, said(note, "A decision about an account"), pictures, clock.now()
    )
    store.add_finding_decision(conn, made)
    return made
