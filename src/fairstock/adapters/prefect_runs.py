"""``FlowRuns`` over the REST API of a Prefect 3 server (driven and tested with 3.8.8).

A client is opened for each call: calls are rare (a person looks at a page), and an open client would
keep a connection to a server that may be restarted at any time.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas import filters as f
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.sorting import ArtifactSort, DeploymentSort, FlowRunSort, LogSort
from prefect.exceptions import ObjectNotFound
from prefect.settings import PREFECT_API_KEY, PREFECT_API_URL

from fairstock.adapters import prefect_values as values
from fairstock.kit.flowruns import (
    Deployment,
    DeploymentMissing,
    FlowServerDown,
    LogLine,
    ParametersRefused,
    RunArtifact,
    RunMissing,
    RunState,
)

#: A page must not hang on a dead server; a healthy one on loopback answers in milliseconds.
TIMEOUT_SECONDS = 10.0
INFO = 20
_PAGE = 200  # the server's own limit of rows a request
_MOST_LOG_LINES = 5000


class PrefectRuns:
    """Flow runs of the Prefect server at ``api_url`` (for example ``http://127.0.0.1:4200/api``).

    Without an ``api_url`` the address is Prefect's own: PREFECT_API_URL, or that of the active profile.
    """

    def __init__(self, api_url: str | None = None, *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self.api_url = (api_url or PREFECT_API_URL.value() or "").rstrip("/")
        self._timeout = timeout_seconds

    @contextmanager
    def _client(self) -> Iterator[SyncPrefectClient]:
        """An open client whose transport errors come out as one sentence."""
        if not self.api_url:
            raise FlowServerDown(None)
        key = PREFECT_API_KEY.value()
        settings = {"timeout": httpx.Timeout(self._timeout)}
        try:
            with SyncPrefectClient(self.api_url, api_key=key, httpx_settings=settings) as client:
                yield client
        except httpx.HTTPStatusError as error:
            if error.response.status_code < 500:
                raise
            raise FlowServerDown(self.api_url) from error
        except (httpx.TransportError, RuntimeError) as error:
            raise FlowServerDown(self.api_url) from error

    def deployments(self) -> Sequence[Deployment]:
        """All deployed flows, by name."""
        with self._client() as client:
            found = client.read_deployments(sort=DeploymentSort.NAME_ASC)
            return [values.deployment(one) for one in found]

    def deployment(self, name: str) -> Deployment:
        """The deployment called ``name``; raises ``DeploymentMissing``."""
        with self._client() as client:
            return values.deployment(_find(client, name))

    def start(self, name: str, parameters: Mapping[str, Any], *, key: str | None = None) -> str:
        """Start a run and return its id; the same ``key`` always means the same run."""
        with self._client() as client:
            deployment = _find(client, name)
            try:
                run = client.create_flow_run_from_deployment(
                    deployment.id, parameters=dict(parameters), idempotency_key=key
                )
            except httpx.HTTPStatusError as error:
                if error.response.status_code in (409, 422):
                    raise ParametersRefused(name, values.detail(error.response)) from error
                raise
            return str(run.id)

    def get(self, run_id: str) -> RunState:
        """One run; raises ``RunMissing``."""
        with self._client() as client:
            try:
                run = client.read_flow_run(_uuid(run_id))
            except ObjectNotFound as error:
                raise RunMissing(run_id) from error
            return values.run_state(run, _names(client, [run]))

    def find(self, key: str) -> RunState | None:
        """The run that was started with this ``key``, or ``None``."""
        wanted = f.FlowRunFilter(idempotency_key=f.FlowRunFilterIdempotencyKey(any_=[key]))
        with self._client() as client:
            runs = client.read_flow_runs(flow_run_filter=wanted, limit=1)
            return values.run_state(runs[0], _names(client, runs)) if runs else None

    def recent(self, limit: int = 20) -> Sequence[RunState]:
        """The newest runs first, without those that a schedule plans for later."""
        soon = datetime.now(UTC) + timedelta(seconds=30)
        due = f.FlowRunFilterExpectedStartTime.model_validate({"before_": soon})
        with self._client() as client:
            runs = client.read_flow_runs(
                flow_run_filter=f.FlowRunFilter(expected_start_time=due),
                sort=FlowRunSort.EXPECTED_START_TIME_DESC,
                limit=limit,
            )
            names = _names(client, runs)
            return [values.run_state(run, names) for run in runs]

    def logs(self, run_id: str, *, limit: int = 500) -> Sequence[LogLine]:
        """The last ``limit`` lines at INFO and above, oldest first."""
        wanted = f.LogFilter(
            flow_run_id=f.LogFilterFlowRunId(any_=[_uuid(run_id)]),
            level=f.LogFilterLevel(ge_=INFO),
        )
        with self._client() as client:
            return list(reversed(_last_logs(client, wanted, min(limit, _MOST_LOG_LINES))))

    def artifacts(self, run_id: str) -> Sequence[RunArtifact]:
        """The summaries that the run left, in the order of their making."""
        wanted = f.FlowRunFilter(id=f.FlowRunFilterId(any_=[_uuid(run_id)]))
        with self._client() as client:
            found = client.read_artifacts(flow_run_filter=wanted, sort=ArtifactSort.CREATED_DESC, limit=_PAGE)
        return [
            values.artifact(one)
            for one in reversed(found)
            if one.key  # others are Prefect's own bookkeeping of return values and errors
        ]


def _last_logs(client: SyncPrefectClient, wanted: f.LogFilter, limit: int) -> list[LogLine]:
    """The newest lines first, by several requests, since the server gives at most ``_PAGE`` at a time."""
    rows: list[LogLine] = []
    while len(rows) < limit:
        size = min(_PAGE, limit - len(rows))
        fresh = client.read_logs(wanted, limit=size, offset=len(rows), sort=LogSort.TIMESTAMP_DESC)
        rows += [values.log(one) for one in fresh]
        if len(fresh) < size:
            break
    return rows


def _find(client: SyncPrefectClient, name: str) -> DeploymentResponse:
    wanted = f.DeploymentFilter(name=f.DeploymentFilterName(any_=[name]))
    found = client.read_deployments(deployment_filter=wanted, limit=1)
    if not found:
        raise DeploymentMissing(name)
    return found[0]


def _names(client: SyncPrefectClient, runs: Sequence[FlowRun]) -> dict[UUID, str]:
    """Names of the runs' flows and deployments by id."""
    if not runs:
        return {}
    flows = f.FlowFilter(id=f.FlowFilterId(any_=list({run.flow_id for run in runs})))
    names = {one.id: one.name for one in client.read_flows(flow_filter=flows)}
    ids = list({run.deployment_id for run in runs if run.deployment_id})
    if ids:
        wanted = f.DeploymentFilter(id=f.DeploymentFilterId(any_=ids))
        names |= {one.id: one.name for one in client.read_deployments(deployment_filter=wanted)}
    return names


def _uuid(run_id: str) -> UUID:
    try:
        return UUID(run_id)
    except ValueError:
        raise RunMissing(run_id) from None
