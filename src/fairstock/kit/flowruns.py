"""The port through which pages start and watch flow runs, whoever executes them.

A *deployment* is a flow that somebody serves under a name; a *run* is one execution of it. Every
function raises :class:`FlowServerDown` when the server does not answer, so a page can say so in one
sentence instead of failing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from fairstock.kit.errors import BadInput, Failure, NotFound


class FlowServerDown(Failure):
    """The flow server does not answer at its address, or no address is set (``address`` is ``None``)."""

    def __init__(self, address: str | None) -> None:
        self.address = address
        super().__init__(
            f"The flow server at {address} does not answer." if address else "No flow server is set up here.",
            remedy="start one with `fairstock up`, or point PREFECT_API_URL at a running Prefect server",
        )


class DeploymentMissing(NotFound):
    """No deployment is served under this name."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            f"No flow is deployed as {name!r}.", remedy="run `fairstock up` or `prefect deploy --all`"
        )


class RunMissing(NotFound):
    """The flow server knows no run with this id."""

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        super().__init__(f"There is no flow run {run_id!r}.", remedy="pick one from the list of recent runs")


class ParametersRefused(BadInput):
    """The flow server refused the parameters of a run."""

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        super().__init__(f"The parameters do not fit the flow {name!r}: {reason}")


class Phase(StrEnum):
    """Where a run stands, coarse enough for a page; the exact state's name is in ``RunState.state``."""

    WAITING = "waiting"  #: scheduled or pending; no work was done yet
    RUNNING = "running"  #: at work, or retrying
    DONE = "done"  #: ended well
    FAILED = "failed"  #: ended with an error, or its process died
    STOPPED = "stopped"  #: a person cancelled it


@dataclass(frozen=True, slots=True)
class Deployment:
    """A flow that can be started.

    ``parameter_schema`` is the JSON schema (an object) of the flow's parameters and ``defaults`` the
    values that the deployment itself sets, which win over the flow's own defaults.
    """

    name: str
    description: str
    tags: tuple[str, ...] = ()
    parameter_schema: Mapping[str, Any] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunState:
    """One run as it stands now; times are aware and UTC, ``seconds`` is the time it worked so far."""

    id: str
    name: str
    flow: str
    """The flow's name, such as ``close_period``."""
    deployment: str | None
    """None: it was started from a terminal, or inside another run."""
    phase: Phase
    state: str
    message: str
    parameters: Mapping[str, Any]
    created: datetime | None
    started: datetime | None
    ended: datetime | None
    seconds: float

    @property
    def over(self) -> bool:
        """Whether the run will not change any more."""
        return self.phase in (Phase.DONE, Phase.FAILED, Phase.STOPPED)


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line that a run logged; ``level`` is DEBUG, INFO, WARNING, ERROR or CRITICAL."""

    at: datetime
    level: str
    message: str


@dataclass(frozen=True, slots=True)
class RunArtifact:
    """A summary that a run left: ``kind`` is ``markdown``, ``table``, ``link``, ``progress`` or another type.

    A table's ``data`` is a list of rows (mappings of column to value); markdown's is its text.
    """

    key: str | None
    kind: str
    description: str
    data: Any


class FlowRuns(Protocol):
    """Start deployed flows and follow their runs."""

    def deployments(self) -> Sequence[Deployment]:
        """All deployed flows, by name."""

    def deployment(self, name: str) -> Deployment:
        """The deployment called ``name``; raises :class:`DeploymentMissing`."""

    def start(self, name: str, parameters: Mapping[str, Any], *, key: str | None = None) -> str:
        """Start a run of the deployment ``name`` and return the run's id.

        The same ``key`` always means the same run, so a repeated call starts nothing new. Raises
        :class:`DeploymentMissing` and :class:`ParametersRefused`.
        """

    def get(self, run_id: str) -> RunState:
        """One run; raises :class:`RunMissing`."""

    def find(self, key: str) -> RunState | None:
        """The run that was started with this ``key``, or ``None``."""

    def recent(self, limit: int = 20) -> Sequence[RunState]:
        """The newest runs first."""

    def logs(self, run_id: str, *, limit: int = 500) -> Sequence[LogLine]:
        """What the run logged at INFO and above, oldest first; the last ``limit`` lines (at most 5,000)."""

    def artifacts(self, run_id: str) -> Sequence[RunArtifact]:
        """The summaries that the run left, in the order of their making."""
