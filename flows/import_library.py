"""Brings a licensed library into the catalogue: authors, their training licenses, their works.

folder → records → contributors and licenses → pictures into the object store → assets with fingerprints
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from prefect import flow, get_run_logger, task

from fairstock.bootstrap import get_app
from fairstock.screening import local
from fairstock.upload import library
from flows import _artifacts
from flows._retry import unless_hopeless

BATCH = 64
"""Works in one task: enough that Prefect's milliseconds do not count, few enough to lose little to a kill."""


@flow(name="import_library", flow_run_name="import_library {folder}")
def import_library(folder: str, source: Literal["folder", "openclipart"] = "folder") -> dict[str, Any]:
    """Import every work of ``folder`` (``source``: folder with works.csv, or openclipart). Safe to repeat.

    Args:
        folder: A path where the flow runs.
        source: “folder”: works.csv and pictures; “openclipart”: Debian's packages, unpacked.
    """
    logger = get_run_logger()
    contributors = register_contributors(source, folder)
    keys = missing_works(source, folder)
    logger.info("%d contributors known; %d works are new to the catalogue.", contributors, len(keys))
    begun = get_app().clock.now()
    added = sum(import_batch(source, folder, keys[i : i + BATCH], begun) for i in range(0, len(keys), BATCH))
    summary = {"contributors": contributors, "new_works": added}
    _artifacts.table("import-library", [summary], f"Import of {folder}")
    return summary


@task(name="register contributors", retries=2, retry_delay_seconds=2, retry_condition_fn=unless_hopeless)
def register_contributors(source: str, folder: str) -> int:
    """Every named author becomes a contributor, with the training license that the record states."""
    app = get_app()
    with app.transaction() as conn:
        return library.register_contributors(conn, app.library(source, folder))


@task(name="find missing works", retries=2, retry_delay_seconds=2, retry_condition_fn=unless_hopeless)
def missing_works(source: str, folder: str) -> list[str]:
    """Hashes of works by named authors that the catalogue does not hold yet, in the library's order."""
    app = get_app()
    with app.transaction() as conn:
        return library.missing(conn, app.library(source, folder))


@task(name="import works", retries=2, retry_delay_seconds=2, retry_condition_fn=unless_hopeless)
def import_batch(source: str, folder: str, hashes: Sequence[str], published: datetime) -> int:
    """Bytes first, then rows; one transaction a batch. All works of an import are published at one moment."""
    app = get_app()
    wanted = set(hashes)
    works = [work for work in app.library(source, folder) if work.sha256 in wanted]
    with app.transaction() as conn:
        added = library.add_works(
            conn, app.objects, app.decode_guard, app.features, works, local=local.look, published=published
        )
    get_run_logger().info("Imported %d works.", added)
    return added
