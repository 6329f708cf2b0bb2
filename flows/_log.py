"""The run's log, or the program's where a step is called without Prefect around it."""

from __future__ import annotations

import logging

from prefect import get_run_logger
from prefect.exceptions import MissingContextError


def log() -> logging.Logger | logging.LoggerAdapter[logging.Logger]:
    """Where a step tells staff what it does."""
    try:
        return get_run_logger()
    except MissingContextError:
        return logging.getLogger("fairstock.flows")
