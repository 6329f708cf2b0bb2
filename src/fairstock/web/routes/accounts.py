"""Accounts that their pictures, taken together, lead staff to: their path, the pictures, a decision."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import Connection

from fairstock.kit.errors import BadInput
from fairstock.party import store as parties
from fairstock.party.model import Party, Role
from fairstock.party.store import PartyNotFound
from fairstock.screening import account_rule, watch
from fairstock.screening import store as screening
from fairstock.screening.cases import Standing
from fairstock.upload import store as uploads
from fairstock.web.auth import House, Person, Reviewer
from fairstock.web.chart import chart
from fairstock.web.pages import show

router = APIRouter(prefix="/staff/accounts")
_PICTURES = 60
"""The newest pictures of an account that its page shows."""


@router.get("", response_class=HTMLResponse)
def accounts(request: Request, app: House, person: Reviewer) -> HTMLResponse:
    """Flagged accounts: those that wait for a person first."""
    with app.transaction() as conn:
        found = screening.findings(conn)
        people = parties.many(conn, {finding.contributor_id for finding, _ in found})
    return show(
        request,
        person,
        "accounts.html",
        waiting=[each for each in found if each[1] is None],
        decided=[each for each in found if each[1] is not None][::-1],
        people=people,
        rule=account_rule.calibrated(app.pixels.version),
    )


@router.get("/{handle}", response_class=HTMLResponse)
def account(request: Request, app: House, person: Reviewer, handle: str) -> HTMLResponse:
    """One account: path, pictures, what was found and decided, and the form."""
    with app.transaction() as conn:
        rule = account_rule.calibrated(app.pixels.version)
        return _account(request, conn, person, _contributor(conn, handle), rule)


@router.post("/{handle}", response_class=HTMLResponse)
def decision(
    request: Request,
    app: House,
    person: Reviewer,
    handle: str,
    *,
    finding: Annotated[str, Form()],
    standing: Annotated[Standing, Form()],
    note: Annotated[str, Form()] = "",
) -> Response:
    """Record what a reviewer makes of the finding."""
    with app.transaction() as conn:
        whose = _contributor(conn, handle)
        rule = account_rule.calibrated(app.pixels.version)
        seen = watch.account(conn, whose.id, uploads.arrivals(conn, whose.id), rule.rule)
        try:
            watch.decide(conn, finding, person.id, standing, note, len(seen.pictures), app.clock)
        except BadInput as error:
            return _account(request, conn, person, whose, rule, problem=error.sentence)
    return RedirectResponse(f"/staff/accounts/{handle}", status_code=303)


def _contributor(conn: Connection, handle: str) -> Party:
    found = parties.find_by_handle(conn, handle)
    if found is None or Role.contributor not in parties.roles(conn, found.id):
        raise PartyNotFound(handle)
    return found


def _account(
    request: Request,
    conn: Connection,
    person: Person,
    whose: Party,
    rule: account_rule.Calibrated,
    *,
    problem: str | None = None,
) -> HTMLResponse:
    seen = watch.account(conn, whose.id, uploads.arrivals(conn, whose.id), rule.rule)
    shown = uploads.many(conn, seen.pictures[-_PICTURES:][::-1])
    staff = {decision.staff_id for _, decision in seen.findings if decision}
    counted = seen.tails[seen.start :]
    return show(
        request,
        person,
        "account.html",
        status=400 if problem else 200,
        whose=whose,
        seen=seen,
        chart=chart(seen.path.values, seen.path.threshold, seen.path.flagged_at),
        counted=len(counted),
        rare=sum(tail <= 0.05 for tail in counted),
        odds=10 ** (seen.path.values[-1] if seen.path.values else 0.0),
        needed=10**seen.path.threshold,
        tails=dict(zip(seen.pictures, seen.tails, strict=True)),
        shown=shown,
        rule=rule,
        people=parties.many(conn, staff),
        problem=problem,
    )
