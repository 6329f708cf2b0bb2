"""What every implementation of ``FlowRuns`` does: the one over a real Prefect server, and the tests' fake."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from fakes.flow_runs import FakeFlowRuns

from fairstock.kit.flowruns import (
    Deployment,
    DeploymentMissing,
    FlowRuns,
    FlowServerDown,
    ParametersRefused,
    Phase,
    RunArtifact,
    RunMissing,
)

TESTS = Path(__file__).parents[1]


@dataclass(frozen=True)
class Subject:
    """An implementation that has the flow ``greeting`` deployed, and how its runs get executed."""

    runs: FlowRuns
    execute: Callable[[str], None]


def _fake() -> Subject:
    schema = {
        "properties": {"person": {"type": "string"}, "rows": {"type": "integer", "default": 2}},
        "required": ["person"],
    }
    fake = FakeFlowRuns([Deployment("greeting", "Greet somebody.", ("contract",), schema, {"rows": 3})])

    def execute(run_id: str) -> None:
        run = fake.get(run_id)
        rows = run.parameters["rows"]
        lines = [f"Hello {run.parameters['person']}.", f"Writing {rows} rows."]
        if run.parameters["person"] == "nobody":
            fake.finish(run_id, failed="ValueError: There is nobody to greet.", logs=lines[:1])
            return
        table = RunArtifact("rows", "table", "All rows", [{"row": number} for number in range(rows)])
        fake.finish(
            run_id, logs=lines, artifacts=[table, RunArtifact("summary", "markdown", "", f"**{rows} rows**")]
        )

    return Subject(fake, execute)


def _prefect(elsewhere: Path) -> Subject:
    from contracts.greeting_flow import greeting
    from prefect.flows import EntrypointType
    from prefect.settings import PREFECT_API_URL

    from fairstock.adapters.prefect_runs import PrefectRuns

    url = PREFECT_API_URL.value()
    deployment = greeting.to_deployment(
        "greeting", tags=["contract"], parameters={"rows": 3}, entrypoint_type=EntrypointType.MODULE_PATH
    )
    deployment.apply()

    def execute(run_id: str) -> None:
        paths = os.pathsep.join(str(TESTS.parent / each) for each in ("src", ".", "tests"))
        environment = {
            **os.environ,
            "PREFECT_API_URL": url,
            "PREFECT_LOGGING_LEVEL": "INFO",
            "PYTHONPATH": paths,
        }
        command = [sys.executable, "-m", "prefect", "flow-run", "execute", run_id]
        # Elsewhere: Prefect copies the working directory for each run, here the checkout and its environment.
        subprocess.run(command, env=environment, cwd=elsewhere, capture_output=True, check=False, timeout=120)
        time.sleep(2.5)  # Prefect sends the last logs a moment after the run

    return Subject(PrefectRuns(url), execute)


@pytest.fixture(params=["fake", "prefect"])
def subject(request: pytest.FixtureRequest, tmp_path: Path) -> Subject:
    """One implementation after the other."""
    if request.param == "fake":
        return _fake()
    request.getfixturevalue("prefect_harness")
    return _prefect(tmp_path)


def test_deployments_are_listed_with_their_parameters(subject: Subject) -> None:
    (deployment,) = [one for one in subject.runs.deployments() if one.name == "greeting"]
    assert subject.runs.deployment("greeting") == deployment
    assert "Greet somebody." in deployment.description
    assert deployment.tags == ("contract",)
    assert deployment.parameter_schema["required"] == ["person"]
    assert deployment.parameter_schema["properties"]["rows"]["type"] == "integer"
    assert deployment.defaults == {"rows": 3}
    with pytest.raises(DeploymentMissing, match="farewell"):
        subject.runs.deployment("farewell")


def test_a_run_is_started_once_a_key_and_followed_to_its_end(subject: Subject) -> None:
    key = f"contract-{uuid4()}"
    assert subject.runs.find(key) is None
    run_id = subject.runs.start("greeting", {"person": "Ann"}, key=key)
    assert subject.runs.start("greeting", {"person": "Ann"}, key=key) == run_id
    waiting = subject.runs.get(run_id)
    assert (waiting.phase, waiting.over) == (Phase.WAITING, False)
    assert (waiting.flow, waiting.deployment) == ("greeting", "greeting")
    assert waiting.parameters == {"person": "Ann", "rows": 3}
    assert subject.runs.find(key) == waiting
    assert run_id in [run.id for run in subject.runs.recent(5)]

    subject.execute(run_id)
    ended = subject.runs.get(run_id)
    assert (ended.phase, ended.over, ended.state) == (Phase.DONE, True, "Completed")
    assert ended.started is not None
    assert ended.ended is not None
    messages = [line.message for line in subject.runs.logs(run_id)]
    assert messages.index("Hello Ann.") < messages.index("Writing 3 rows.")
    assert len(subject.runs.logs(run_id, limit=1)) == 1
    table, summary = subject.runs.artifacts(run_id)
    assert (table.kind, table.data) == ("table", [{"row": 0}, {"row": 1}, {"row": 2}])
    assert (summary.kind, summary.data) == ("markdown", "**3 rows**")


def test_a_failed_run_says_why(subject: Subject) -> None:
    run_id = subject.runs.start("greeting", {"person": "nobody"})
    subject.execute(run_id)
    run = subject.runs.get(run_id)
    assert run.phase is Phase.FAILED
    assert "There is nobody to greet." in run.message
    assert "exception" not in run.message
    assert subject.runs.artifacts(run_id) == []


def test_wrong_parameters_and_unknown_names_are_refused(subject: Subject) -> None:
    with pytest.raises(ParametersRefused, match="person"):
        subject.runs.start("greeting", {})
    with pytest.raises(DeploymentMissing):
        subject.runs.start("farewell", {})
    for unknown in (str(uuid4()), "not-an-id"):
        with pytest.raises(RunMissing):
            subject.runs.get(unknown)


def test_a_server_that_is_away_gives_one_sentence() -> None:
    from fairstock.adapters.prefect_runs import PrefectRuns

    with pytest.raises(FlowServerDown, match=r"127\.0\.0\.1:9/api does not answer"):
        PrefectRuns("http://127.0.0.1:9/api", timeout_seconds=2).deployments()
