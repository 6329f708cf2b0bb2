"""A buyer's order for new images: moderated and recorded at once, made by a flow run."""

from dataclasses import dataclass

from sqlalchemy import Connection

from fairstock.bootstrap import App
from fairstock.generation.model import Order, Request, RequestState
from fairstock.generation.orders import row_of
from fairstock.generation.request import request as record
from fairstock.kit.flowruns import FlowServerDown, RunState
from fairstock.moderation.model import Decision
from fairstock.optout import store as optouts
from fairstock.optout.model import NameUse
from fairstock.web.auth import Person

DEPLOYMENT = "generate_images"


@dataclass(frozen=True, slots=True)
class Progress:
    """What is known of the run behind a request; ``trouble`` is one sentence, or ``None``."""

    run: RunState | None
    trouble: str | None


def place(app: App, person: Person, order: Order) -> Request:
    """Record the person's order with moderation's decision; where accepted, start the run that makes it.

    One transaction around both: where no flow server answers, nothing is recorded. The same key is the
    same order and the same run. Raises ``FlowServerDown``, ``DeploymentMissing`` and what
    ``generation.request.request`` raises.
    """
    with app.transaction() as conn:
        recorded = record(conn, order, decision_on(app, conn, order.prompt), app.clock)
        if recorded.state is RequestState.pending:
            job = row_of(order, person.party.handle)
            app.flow_runs.start(DEPLOYMENT, {"requests": [job]}, key=run_key(order.key))
    return recorded


def progress(app: App, request: Request) -> Progress:
    """How the run of a pending request goes."""
    try:
        run = app.flow_runs.find(run_key(request.order.key))
    except FlowServerDown as error:
        return Progress(None, error.sentence)
    if run is not None and run.over:
        return Progress(run, "The run that should make it has ended without pictures; staff can see why.")
    return Progress(run, None)


def run_key(order_key: str) -> str:
    """The key of an order's flow run."""
    return f"{DEPLOYMENT}:{order_key}"


def decision_on(app: App, conn: Connection, prompt: str) -> Decision:
    """What the policy says, with the names of people who opted out."""
    names = optouts.names(conn)
    styles = tuple(sorted(one.name for one in names if one.use is NameUse.STYLE))
    faces = tuple(sorted(one.name for one in names if one.use is NameUse.LIKENESS))
    return app.moderator.decide(prompt, styles, faces)
