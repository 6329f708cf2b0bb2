"""Staff start flows with parameters and watch their runs, all through the flow server's API."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from fairstock.kit.flowruns import Deployment, ParametersRefused
from fairstock.kit.ids import derived_id, new_id
from fairstock.party.model import Role
from fairstock.web import schema_form
from fairstock.web.auth import House, NotYours, Person, having
from fairstock.web.pages import show
from fairstock.web.permissions import may_start, startable

router = APIRouter(prefix="/staff")
_RECENT = 15
_LAST_LOGS = timedelta(seconds=15)
"""A run's last lines reach the server some seconds after its end, so its page goes on renewing that long."""
FlowStaff = Annotated[Person, Depends(having("Starting flows", Role.operator, Role.finance))]


@router.get("/flows", response_class=HTMLResponse)
def flows(request: Request, app: House, person: FlowStaff) -> HTMLResponse:
    """What can be started, and what ran lately."""
    deployments = app.flow_runs.deployments()
    return show(
        request,
        person,
        "flows.html",
        startable=startable(person.roles, deployments),
        others=[one for one in deployments if not may_start(person.roles, one)],
        runs=app.flow_runs.recent(_RECENT),
        summary=summary,
    )


@router.get("/flows/{name}", response_class=HTMLResponse)
def flow_form(request: Request, app: House, person: FlowStaff, name: str) -> HTMLResponse:
    """A form made from the flow's parameters."""
    deployment = _startable(app.flow_runs.deployment(name), person)
    fields = schema_form.fields(deployment.parameter_schema, deployment.defaults)
    return _form(request, person, deployment, fields, order=new_id("run"))


@router.post("/flows/{name}", response_class=HTMLResponse)
async def start_flow(request: Request, app: House, person: FlowStaff, name: str) -> Response:
    """Start a run; sending the same form twice starts one run only."""
    given = {key: value for key, value in (await request.form()).items() if isinstance(value, str)}
    return await run_in_threadpool(_start, request, app, person, name, given)


def _start(request: Request, app: House, person: Person, name: str, given: dict[str, str]) -> Response:
    deployment = _startable(app.flow_runs.deployment(name), person)
    fields = schema_form.fields(deployment.parameter_schema, deployment.defaults)
    parameters, seen = schema_form.read(
        fields, {key[2:]: value for key, value in given.items() if key[:2] == "p."}
    )
    order = given.get("order") or new_id("run")
    if any(field.error for field in seen):
        return _form(request, person, deployment, seen, order=order, status=400)
    try:
        key = derived_id("web", person.id, name, order)
        run_id = app.flow_runs.start(name, parameters, key=key)
    except ParametersRefused as error:
        return _form(request, person, deployment, seen, order=order, status=400, problem=error.sentence)
    return RedirectResponse(f"/staff/runs/{run_id}", status_code=303)


@router.get("/runs/{run_id}", response_class=HTMLResponse)
def run(request: Request, app: House, person: FlowStaff, run_id: str) -> HTMLResponse:
    """One run: state, parameters, logs and the summaries that it left."""
    found = app.flow_runs.get(run_id)
    return show(
        request,
        person,
        "run.html",
        run=found,
        settled=found.over and (found.ended is None or app.clock.now() - found.ended > _LAST_LOGS),
        logs=app.flow_runs.logs(run_id),
        artifacts=app.flow_runs.artifacts(run_id),
    )


def summary(deployment: Deployment) -> str:
    """The first sentence of a deployment's description."""
    return deployment.description.split("\n\n")[0].replace("\n", " ")


def _startable(deployment: Deployment, person: Person) -> Deployment:
    if not may_start(person.roles, deployment):
        raise NotYours(f"Starting {deployment.name}")
    return deployment


def _form(
    request: Request,
    person: Person,
    deployment: Deployment,
    fields: list[schema_form.Field],
    *,
    order: str,
    status: int = 200,
    problem: str | None = None,
) -> HTMLResponse:
    return show(
        request,
        person,
        "flow_form.html",
        status=status,
        deployment=deployment,
        fields=fields,
        order=order,
        problem=problem,
    )
