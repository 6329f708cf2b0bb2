"""What the Prefect API answers, as the values of ``kit.flowruns``."""

from collections.abc import Mapping
from uuid import UUID

import httpx
import orjson
from prefect.client.schemas.objects import Artifact, FlowRun, Log, StateType
from prefect.client.schemas.responses import DeploymentResponse

from fairstock.kit.flowruns import Deployment, LogLine, Phase, RunArtifact, RunState

_LEVELS = {10: "DEBUG", 20: "INFO", 30: "WARNING", 40: "ERROR", 50: "CRITICAL"}
_PHASES = {
    StateType.SCHEDULED: Phase.WAITING,
    StateType.PENDING: Phase.WAITING,
    StateType.RUNNING: Phase.RUNNING,
    StateType.PAUSED: Phase.RUNNING,
    StateType.CANCELLING: Phase.RUNNING,
    StateType.COMPLETED: Phase.DONE,
    StateType.FAILED: Phase.FAILED,
    StateType.CRASHED: Phase.FAILED,
    StateType.CANCELLED: Phase.STOPPED,
}


def deployment(one: DeploymentResponse) -> Deployment:
    """A registered deployment."""
    return Deployment(
        name=one.name,
        description=(one.description or "").strip(),
        tags=tuple(one.tags),
        parameter_schema=one.parameter_openapi_schema or {},
        defaults=one.parameters or {},
    )


def run_state(run: FlowRun, names: Mapping[UUID, str]) -> RunState:
    """A run as it stands; ``names`` are those of flows and deployments, by id."""
    state = run.state
    return RunState(
        id=str(run.id),
        name=run.name,
        flow=names.get(run.flow_id, ""),
        deployment=names.get(run.deployment_id) if run.deployment_id else None,
        phase=_PHASES[state.type] if state else Phase.WAITING,
        state=(state.name or state.type.value.title()) if state else "Created",
        message=said((state.message or "") if state else ""),
        parameters=run.parameters,
        created=run.created,
        started=run.start_time,
        ended=run.end_time,
        seconds=run.estimated_run_time.total_seconds(),
    )


def said(message: str) -> str:
    """The sentence of an error of ours without the words that Prefect puts before it; where nobody foresaw
    the error, its kind stays.
    """
    _, found, rest = message.partition("run encountered an exception")
    if not found:
        return message
    kind, colon, sentence = rest.removeprefix(":").strip().partition(": ")
    ours = colon and kind.isidentifier() and not kind.endswith(("Error", "Exception", "Exit"))
    return sentence if ours else rest.removeprefix(":").strip()


def log(one: Log) -> LogLine:
    """One line of a run's log."""
    return LogLine(one.timestamp, _LEVELS.get(one.level, str(one.level)), one.message)


def artifact(one: Artifact) -> RunArtifact:
    """One summary; a table's rows travel as JSON text inside JSON, everything else is used as it comes."""
    data = orjson.loads(one.data) if one.type == "table" and isinstance(one.data, str) else one.data
    return RunArtifact(one.key, one.type or "unknown", one.description or "", data)


def detail(response: httpx.Response) -> str:
    """Why the server refused a request, in its own words."""
    try:
        return str(response.json().get("detail", response.text))
    except ValueError:
        return response.text
