"""Runs a flow in this process, by name.

The layers put flows above the package, so the command line finds them as Prefect itself does: by their
module and name, at run time.
"""

import importlib
import logging
import os
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from fairstock.bootstrap import get_app

FLOWS = (
    "import_library",
    "ingest_uploads",
    "rescreen_catalogue",
    "index_catalogue",
    "generate_images",
    "serve_generation",
    "train_model",
    "attribute_sales",
    "close_period",
    "pay_contributors",
    "publish_statements",
    "distribute_reserve",
    "check_books",
    "demo",
)
"""Every flow by name; each lies in ``flows/<name>.py`` and is a deployment in ``deploy/prefect.yaml``."""


def run_flow(name: str, *, on_line: Callable[[str], None] | None = None, **parameters: Any) -> Any:
    """Run ``name`` to its end and return what it returns.

    Without PREFECT_API_URL Prefect starts a temporary server for this process. ``on_line`` receives each
    log line of the run instead of the terminal.
    """
    _prepare_prefect(get_app().home, quiet=on_line is not None)
    flow = getattr(importlib.import_module(f"flows.{name}"), name)
    with ExitStack() as stack:
        for kind in ("flow", "task"):
            logger = logging.getLogger(f"prefect.{kind}_runs")
            logger.addFilter(_without_trace)
            stack.callback(logger.removeFilter, _without_trace)
            if on_line is not None:
                handler = _Lines(on_line)
                logger.addHandler(handler)
                stack.callback(logger.removeHandler, handler)
        return flow(**parameters)


def _without_trace(record: logging.LogRecord) -> bool:
    """Log what went wrong as its sentence: whoever runs the command gets the error itself, and a trace in a
    file where nobody foresaw it (``cli.errors``).
    """
    if record.exc_info and record.exc_info[1] is not None:
        record.msg, record.args, record.exc_info = "%s", (str(record.exc_info[1]),), None
    return True


def _prepare_prefect(home: Path, *, quiet: bool) -> None:
    """Keep Prefect's own files in our home and its telemetry off; must run before prefect is imported."""
    defaults = {
        "DO_NOT_TRACK": "1",
        "PREFECT_HOME": str(home / "prefect"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "300",
        "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "ERROR" if quiet else "INFO",
    }
    for name, value in defaults.items():
        os.environ.setdefault(name, value)


class _Lines(logging.Handler):
    """Hands each staff-level line to a callback."""

    def __init__(self, on_line: Callable[[str], None]) -> None:
        super().__init__(logging.INFO)
        self._on_line = on_line

    def emit(self, record: logging.LogRecord) -> None:
        if not record.getMessage().startswith(("Finished in state", "Beginning ", "Created ")):
            self._on_line(record.getMessage())
