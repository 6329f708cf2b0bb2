"""Programs of our own that a test kills."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from prefect.settings import PREFECT_API_URL

ROOT = Path(__file__).parents[2]


def run_until_killed(script: str) -> None:
    """Run Python code beside the test, over the same home, database and Prefect server; it must end by
    SIGKILL.
    """
    environment = {
        **os.environ,
        "PREFECT_API_URL": PREFECT_API_URL.value() or "",
        "PYTHONPATH": os.pathsep.join(str(ROOT / part) for part in ("src", "", "tests")),
    }
    killed = subprocess.run(
        [sys.executable, "-c", script],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
