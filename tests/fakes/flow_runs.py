"""Flow runs in memory; passes the same contract test as the Prefect adapter."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from fairstock.kit.flowruns import (
    Deployment,
    DeploymentMissing,
    FlowServerDown,
    LogLine,
    ParametersRefused,
    Phase,
    RunArtifact,
    RunMissing,
    RunState,
)


class FakeFlowRuns:
    """Deployments and runs in memory; tests end runs by ``finish`` and take the server away by ``down``."""

    def __init__(self, deployments: Sequence[Deployment] = ()) -> None:
        self._deployments = {one.name: one for one in deployments}
        self._runs: dict[str, RunState] = {}
        self._by_key: dict[str, str] = {}
        self._logs: dict[str, list[LogLine]] = {}
        self._artifacts: dict[str, list[RunArtifact]] = {}
        self.down = False

    def deployments(self) -> Sequence[Deployment]:
        self._answer()
        return sorted(self._deployments.values(), key=lambda one: one.name)

    def deployment(self, name: str) -> Deployment:
        self._answer()
        if name not in self._deployments:
            raise DeploymentMissing(name)
        return self._deployments[name]

    def start(self, name: str, parameters: Mapping[str, Any], *, key: str | None = None) -> str:
        deployment = self.deployment(name)
        if key is not None and key in self._by_key:
            return self._by_key[key]
        given = {**deployment.defaults, **parameters}
        for required in deployment.parameter_schema.get("required", ()):
            if required not in given:
                raise ParametersRefused(name, f"'{required}' is a required property")
        run_id = str(uuid4())
        now = datetime.now(UTC)
        self._runs[run_id] = RunState(
            run_id,
            f"run-{len(self._runs)}",
            name,
            name,
            Phase.WAITING,
            "Scheduled",
            "",
            given,
            now,
            None,
            None,
            0.0,
        )
        if key is not None:
            self._by_key[key] = run_id
        return run_id

    def get(self, run_id: str) -> RunState:
        self._answer()
        if run_id not in self._runs:
            raise RunMissing(run_id)
        return self._runs[run_id]

    def find(self, key: str) -> RunState | None:
        self._answer()
        return self._runs.get(self._by_key.get(key, ""))

    def recent(self, limit: int = 20) -> Sequence[RunState]:
        self._answer()
        return list(reversed(self._runs.values()))[:limit]

    def logs(self, run_id: str, *, limit: int = 500) -> Sequence[LogLine]:
        self._answer()
        return self._logs.get(run_id, [])[-limit:]

    def artifacts(self, run_id: str) -> Sequence[RunArtifact]:
        self._answer()
        return self._artifacts.get(run_id, [])

    def finish(
        self,
        run_id: str,
        *,
        failed: str = "",
        logs: Sequence[str] = (),
        artifacts: Sequence[RunArtifact] = (),
    ) -> None:
        """End a run as its flow would, with what it logged and left."""
        now = datetime.now(UTC)
        self._runs[run_id] = replace(
            self._runs[run_id],
            phase=Phase.FAILED if failed else Phase.DONE,
            state="Failed" if failed else "Completed",
            message=failed,
            started=now,
            ended=now,
            seconds=1.5,
        )
        self._logs[run_id] = [LogLine(now, "INFO", line) for line in logs]
        self._artifacts[run_id] = list(artifacts)

    def _answer(self) -> None:
        if self.down:
            raise FlowServerDown("http://127.0.0.1:4200/api")
