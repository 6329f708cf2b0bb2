"""The official clients, each in an environment of its own, unchanged, against the real server."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest
from web.api.conftest import Studio, mask_file, picture_file

CLIENTS = {"0.28.1": "openai==0.28.1", "1.99.9": "openai==1.99.9", "3": "openai>=3,<4"}
MODERN = ["1.99.9", "3"]
SCRIPTS = Path(__file__).parent / "clients"


@pytest.fixture(scope="session")
def cache() -> Path:
    """Where the environments stay from run to run."""
    home = os.environ.get("XDG_CACHE_HOME") or Path(tempfile.gettempdir()) / "fairstock-cache"
    folder = Path(home) / "openai-clients"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def python_with(requirement: str, folder: Path) -> str:
    """The interpreter of an environment with the client; made once, by one of the tests' processes."""
    marker = folder / "ready"
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not marker.exists():
            subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
            pip = [folder / "bin/python", "-m", "pip", "install", "-q", "--disable-pip-version-check"]
            done = subprocess.run([*pip, requirement], capture_output=True, text=True, check=False)
            if done.returncode != 0:
                pytest.skip(f"{requirement} cannot be installed here: {done.stderr.strip()[-200:]}")
            marker.touch()
    return str(folder / "bin/python")


@pytest.fixture(params=CLIENTS)
def version(request: pytest.FixtureRequest) -> str:
    """Each client in turn."""
    return str(request.param)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder with a picture, a mask and a photo."""
    for name, data in {
        "image.png": picture_file(mode="RGBA"),
        "mask.png": mask_file(),
        "image.jpg": picture_file("JPEG"),
    }.items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


class Client:
    """Runs a case of a client's script."""

    def __init__(self, studio: Studio, version: str, cache: Path, pictures: Path) -> None:
        self.studio, self.pictures = studio, pictures
        self.python = python_with(CLIENTS[version], cache / version)
        self.script = SCRIPTS / ("first.py" if version.startswith("0.") else "modern.py")

    def run(self, case: str, secret: str) -> list[tuple[str, Any]]:
        """(name, value) of what the script told."""
        base = f"{self.studio.url}/v1"
        environment = {
            "OPENAI_BASE_URL": base,
            "OPENAI_API_BASE": base,
            "OPENAI_API_KEY": secret,
            "PATH": os.environ["PATH"],
        }
        done = subprocess.run(
            [self.python, self.script, case, self.pictures],
            env=environment, capture_output=True, text=True, check=False, timeout=240,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
        return [(each["name"], each["value"]) for each in map(json.loads, done.stdout.splitlines())]


@pytest.fixture
def client(studio: Studio, version: str, cache: Path, pictures: Path) -> Client:
    """The client of the test's version."""
    return Client(studio, version, cache, pictures)


def test_everything_that_should_work_does(client: Client, studio: Studio, version: str) -> None:
    told = dict(client.run("good", studio.key()))
    assert told["created"] is told["downloaded"] is told["category"] is True
    assert told["inline"] == [True, True]
    assert (told["edited"], told["varied"]) == (1, 2)
    assert told["refined"] == [1, 1]
    assert told["converted"] == [{"param": "image", "what": "JPEG to PNG"}]
    assert told["moderated"] == [False, True]
    assert told["score"] == 0
    assert told["models"] == ["dall-e-2", "house-1"]
    assert told["model"] == "dall-e-2"
    if version in MODERN:
        assert (told["edited from a list"], told["own option"]) == (1, 1)
    assert studio.checks() == []


ERRORS = {
    "size": (400, "size", "invalid_value"),
    "n": (400, "n", "integer_above_max_value"),
    "prompt": (400, "prompt", "string_above_max_length"),
    "policy": (400, None, "content_policy_violation"),
    "model": (404, "model", "model_not_found"),
    "later": (400, "quality", "unsupported_value"),
    "image": (400, "image", "invalid_image"),
    "unknown model": (404, "model", "model_not_found"),
    "moderation": (400, "input", "empty_array"),
    "key": (401, None, "invalid_api_key"),
    "url": (404, None, "unknown_url"),
}
OLD_NAMES = {400: "InvalidRequestError", 401: "AuthenticationError", 404: "InvalidRequestError"}
NAMES = {400: "BadRequestError", 401: "AuthenticationError", 404: "NotFoundError"}


def test_every_error_arrives_as_the_client_means_it(client: Client, studio: Studio, version: str) -> None:
    told = dict(client.run("errors", studio.key()))
    names = NAMES if version in MODERN else OLD_NAMES
    assert told == {
        case: [names[status], status, "invalid_request_error", param, code, True]
        for case, (status, param, code) in ERRORS.items()
    }
    assert studio.count("license_sale") == 0


def test_a_spent_budget_is_told_at_once(client: Client, studio: Studio) -> None:
    secret = studio.key(budget=1)
    ((_, told),) = client.run("refused", secret)
    assert told[:3] == ["RateLimitError", 429, "insufficient_quota"]
    with studio.app.transaction() as conn:
        from sqlalchemy import text

        used = conn.scalar(text("SELECT requests_full_at - now() < interval '0.1 seconds' FROM api_rate"))
    assert used  # one request of 1000 a minute: 60 ms; it was not repeated


@pytest.mark.parametrize("version", MODERN)
def test_a_named_order_is_billed_once(client: Client, studio: Studio) -> None:
    (_, first), (_, second) = client.run("named", studio.key())
    assert first == second
    assert studio.count("license_sale") == 1


@pytest.mark.parametrize("version", MODERN)
def test_a_failure_is_repeated_by_the_client_and_billed_once(client: Client, studio: Studio) -> None:
    failures = iter([RuntimeError("no paint")])

    def first_fails(_: str) -> None:
        for failure in failures:
            raise failure

    studio.generator.before = first_fails
    ((_, made),) = client.run("once", studio.key())
    assert len(made) == studio.count("license_sale") == 2
    assert studio.count("api_call WHERE attempt = 2 AND state = 'done'") == studio.count("api_call") == 1
    assert studio.checks() == []


@pytest.mark.parametrize("version", MODERN)
def test_a_client_that_lost_patience_is_billed_once(client: Client, studio: Studio) -> None:
    slow = iter([3.0])
    studio.generator.before = lambda _: [time.sleep(each) for each in slow]
    ((_, made),) = client.run("impatient", studio.key())
    assert len(made) == studio.count("license_sale") == 1
    assert studio.count("api_call WHERE attempt > 1 AND state = 'done'") == studio.count("api_call") == 1
    assert studio.checks() == []


@pytest.mark.parametrize("version", MODERN)
def test_a_client_over_its_rate_waits_as_long_as_it_is_told(client: Client, studio: Studio) -> None:
    secret = studio.key(requests_per_minute=60)
    with studio.app.transaction() as conn:
        conn.exec_driver_sql("UPDATE api_rate SET requests_full_at = now() + interval '70 seconds'")
    ((_, made),) = client.run("once", secret)
    assert len(made) == 2
    assert studio.count("api_call") == 1
