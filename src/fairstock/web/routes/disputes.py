"""A contributor disputes a line of a statement, and finance decides; both read everything that was said."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import Connection

from fairstock.fund import store as fund
from fairstock.kit.errors import BadInput
from fairstock.kit.money import Money
from fairstock.party import store as parties
from fairstock.party.model import Party, Role
from fairstock.payout import store as payouts
from fairstock.payout.dispute import (
    Correction,
    StatementLine,
    answer,
    find,
    lines,
    open_dispute,
    resolve,
)
from fairstock.payout.model import AdjustmentKind, Against, Dispute, DisputeOutcome, SubjectKind
from fairstock.statement import store as statements
from fairstock.web.auth import House, NotYours, Person, SignedIn, having
from fairstock.web.dispute_lines import name_of, offered
from fairstock.web.pages import show
from fairstock.web.routes.statements import readable

router = APIRouter()
Finance = Annotated[Person, Depends(having("Deciding disputes", Role.finance))]


class NoLineNamed(BadInput):
    """A form names a line in no known way."""

    def __init__(self, line: str) -> None:
        said = f"{line!r} names no line of a statement." if line else "Choose the line that is wrong."
        super().__init__(said, remedy="choose a line from the list")


@router.get("/statements/{handle}/{period}/disputes", response_class=HTMLResponse)
def disputes(  # noqa: PLR0917 - a page's address
    request: Request, app: House, person: SignedIn, handle: str, period: str, q: str = ""
) -> HTMLResponse:
    """What is disputed about a statement, with the form to dispute another line, found by the words ``q``;
    its contributor's and finance's only.
    """
    with app.transaction() as conn:
        return _disputes(request, conn, person, readable(conn, handle, person), period, q=q)


@router.post("/statements/{handle}/{period}/disputes", response_class=HTMLResponse)
def new_dispute(
    request: Request,
    app: House,
    person: SignedIn,
    handle: str,
    period: str,
    *,
    line: Annotated[str, Form()] = "",
    text: Annotated[str, Form()] = "",
    q: Annotated[str, Form()] = "",
) -> Response:
    """Dispute a line of one's own statement."""
    kind, _, subject = line.partition(":")
    with app.transaction() as conn:
        whose = readable(conn, handle, person)
        if whose.id != person.id:
            raise NotYours("Disputing this statement")
        try:
            if kind not in set(SubjectKind):
                raise NoLineNamed(line)
            open_dispute(
                conn, whose.id, period, app.clock, kind=SubjectKind(kind), subject=subject, text=text
            )
        except BadInput as error:
            said = {"said": text, "q": q, "picked": line}
            return _disputes(request, conn, person, whose, period, problem=error.sentence, **said)
    return RedirectResponse(f"/statements/{handle}/{period}/disputes", status_code=303)


@router.post("/disputes/{dispute_id}/answers", response_class=HTMLResponse)
def say(app: House, person: SignedIn, dispute_id: str, text: Annotated[str, Form()] = "") -> Response:
    """Add to an open dispute: its contributor, or finance; for anybody else it does not exist."""
    with app.transaction() as conn:
        found = payouts.dispute(conn, dispute_id)
        own = found is not None and found.contributor_id == person.id
        if not own and not person.may(Role.finance):
            raise NotYours("This dispute")
        about = find(conn, dispute_id)
        answer(conn, dispute_id, person.id, text, app.clock)
        handle = parties.get(conn, about.contributor_id).handle
    back = f"/statements/{handle}/{about.period}/disputes" if own else f"/staff/disputes/{dispute_id}"
    return RedirectResponse(back, status_code=303)


@router.get("/staff/disputes", response_class=HTMLResponse)
def staff_disputes(request: Request, app: House, person: Finance) -> HTMLResponse:
    """What waits for a decision, oldest first, and what was decided."""
    with app.transaction() as conn:
        waiting, decided = payouts.disputes(conn, resolved=False), payouts.disputes(conn, resolved=True)
        people = parties.many(conn, {each.contributor_id for each in (*waiting, *decided)})
    return show(request, person, "staff_disputes.html", waiting=waiting, decided=decided[::-1], people=people)


@router.get("/staff/disputes/{dispute_id}", response_class=HTMLResponse)
def staff_dispute(request: Request, app: House, person: Finance, dispute_id: str) -> HTMLResponse:
    """One dispute: the line, what was said, what it came to, and the form to decide."""
    with app.transaction() as conn:
        return _staff_dispute(request, conn, person, find(conn, dispute_id))


@router.post("/staff/disputes/{dispute_id}", response_class=HTMLResponse)
def decide_dispute(
    request: Request,
    app: House,
    person: Finance,
    dispute_id: str,
    *,
    outcome: Annotated[DisputeOutcome, Form()],
    text: Annotated[str, Form()] = "",
    amount: Annotated[str, Form()] = "",
    kind: Annotated[AdjustmentKind, Form()] = AdjustmentKind.dispute_resolution,
    against: Annotated[Against, Form()] = Against.house,
) -> Response:
    """Decide, and book the correction where an amount is given, in one transaction."""
    given = {"text": text, "amount": amount, "kind": kind.value, "against": against.value}
    with app.transaction() as conn:
        found = find(conn, dispute_id)
        savepoint = conn.begin_nested()  # a decision whose correction is refused is not made
        try:
            correction = None
            if amount.strip():
                correction = Correction(Money.parse(amount, found.amount.currency), kind, against)
            resolve(
                conn,
                dispute_id,
                person.id,
                app.clock,
                outcome=outcome,
                text=text,
                correction=correction,
            )
            savepoint.commit()
        except BadInput as error:
            savepoint.rollback()
            return _staff_dispute(request, conn, person, found, problem=error.sentence, given=given)
    return RedirectResponse(f"/staff/disputes/{dispute_id}", status_code=303)


def _disputes(
    request: Request,
    conn: Connection,
    person: Person,
    whose: Party,
    period: str,
    *,
    problem: str | None = None,
    said: str = "",
    q: str = "",
    picked: str = "",
) -> HTMLResponse:
    found = payouts.disputes_of(conn, whose.id, period)
    every = list(lines(conn, whose.id, period))
    titles = _titles(conn, period, every)
    return show(
        request,
        person,
        "disputes.html",
        status=400 if problem else 200,
        whose=whose,
        period=period,
        own=whose.id == person.id,
        disputes=found,
        adjustments=payouts.adjustments_of(conn, [each.id for each in found]),
        people=_speakers(conn, found),
        offered=offered(every, titles, q, picked),
        name_of=name_of,
        titles=titles,
        about={(line.kind, line.subject): line for line in every},
        problem=problem,
        said=said,
    )


def _staff_dispute(
    request: Request,
    conn: Connection,
    person: Person,
    found: Dispute,
    *,
    problem: str | None = None,
    given: Mapping[str, str] | None = None,
) -> HTMLResponse:
    key = (found.subject_kind, found.subject)
    own = lines(conn, found.contributor_id, found.period)
    line = next((each for each in own if (each.kind, each.subject) == key), None)
    return show(
        request,
        person,
        "staff_dispute.html",
        status=400 if problem else 200,
        dispute=found,
        whose=parties.get(conn, found.contributor_id),
        line=line,
        titles=_titles(conn, found.period, [line] if line else []),
        adjustments=payouts.adjustments_of(conn, [found.id]).get(found.id, ()),
        people=_speakers(conn, [found]),
        kinds=list(AdjustmentKind),
        sources=list(Against),
        problem=problem,
        given=given or {"text": "", "amount": "", "kind": "dispute_resolution", "against": "revenue:house"},
    )


def _speakers(conn: Connection, found: Sequence[Dispute]) -> dict[str, Party]:
    return parties.many(conn, {event.party_id for each in found for event in each.events})


def _titles(conn: Connection, period: str, shown: Sequence[StatementLine]) -> dict[str, str]:
    """Digest → title of the works that the lines name."""
    works = sorted({line.work_sha256 for line in shown if line.work_sha256})
    releases = {pool.release_id for pool in fund.pools_of(conn, period) if pool.release_id}
    return statements.titles(conn, works, sorted(releases)) if works else {}
