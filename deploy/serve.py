"""Serves every deployment of ``prefect.yaml`` from this process: what ``fairstock up`` starts.

In production, ``prefect deploy --all`` registers the same file and workers run the flows; here one
process polls the server and runs each flow in a process of its own. Needs PREFECT_API_URL.
"""

import importlib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy
import yaml
from prefect import serve
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.schedules import CronSchedule
from prefect.deployments.runner import RunnerDeployment
from prefect.flows import EntrypointType

MOST_RUNS = 3
"""Runs at the same time: each holds a process of its own, some of them a model."""


def main() -> None:
    """Register all deployments, then run what is started until stopped."""
    described = yaml.safe_load((Path(__file__).parent / "prefect.yaml").read_text(encoding="utf-8"))
    with TemporaryDirectory(prefix="fairstock-flows-") as empty:
        os.chdir(empty)  # Prefect copies it into every run's own: a checkout with its .venv takes a minute
        _serve([deployment_of(entry) for entry in described["deployments"]])


def _serve(deployments: Sequence[RunnerDeployment]) -> None:
    for deployment in deployments:
        deployment.apply()
    print(f"{len(deployments)} deployments ready", flush=True)  # `fairstock up` waits for this line
    serve(*deployments, limit=MOST_RUNS, print_starting_message=False)


def deployment_of(entry: Mapping[str, Any]) -> RunnerDeployment:
    """One entry of ``prefect.yaml``; its flow is found by module, so any working directory will do."""
    path, _, function = entry["entrypoint"].partition(":")
    module = path.removesuffix(".py").replace("/", ".")
    flow = getattr(importlib.import_module(module), function)
    deployment: RunnerDeployment = flow.to_deployment(
        name=entry["name"],
        description=entry["description"],
        tags=entry["tags"],
        parameters=entry.get("parameters", {}),
        schedules=list(_schedules(entry)),
        concurrency_limit=entry.get("concurrency_limit"),
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    return deployment


def _schedules(entry: Mapping[str, Any]) -> Iterator[DeploymentScheduleCreate]:
    """The entry's schedules, where the server of this environment can keep them.

    With SQLAlchemy 2.1, Prefect 3.8.8's server fails to insert scheduled runs (hybrid ``FlowRun.state`` in a
    bulk insert) and repeats the attempt for ever. The image of deploy/Dockerfile has a server without it.
    """
    if sqlalchemy.__version__.startswith("2.1"):
        return
    for each in entry.get("schedules", ()):
        schedule = CronSchedule(cron=each["cron"], timezone=each["timezone"])
        yield DeploymentScheduleCreate(
            schedule=schedule, active=each["active"], parameters=each.get("parameters", {})
        )


if __name__ == "__main__":
    main()
