"""What a run leaves in Prefect for people: tables and texts, under keys that stay the same from run to
run.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from prefect.artifacts import create_markdown_artifact, create_table_artifact

LONGEST_TABLE = 500
"""Rows that an artifact shows; Prefect keeps artifacts in its own database, which is no place for a whole
catalogue.
"""


def slug(text: str) -> str:
    """A key that Prefect takes: lower-case ASCII letters and digits joined by single hyphens."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "artifact"


def table(key: str, rows: Sequence[Mapping[str, object]], description: str) -> None:
    """Show rows as a table; an empty one is shown as such, and a long one is cut with a note in the
    description.
    """
    shown = [{name: _plain(value) for name, value in row.items()} for row in rows[:LONGEST_TABLE]]
    if len(rows) > LONGEST_TABLE:
        description = f"{description} (the first {LONGEST_TABLE} of {len(rows)} rows)"
    if not shown:
        markdown(key, f"{description}\n\n*Nothing to list.*")
        return
    create_table_artifact(table=shown, key=slug(key), description=description)


def markdown(key: str, text: str) -> None:
    """Show a text in Markdown."""
    create_markdown_artifact(markdown=text, key=slug(key))


def _plain(value: object) -> Any:
    """A value as JSON has it; everything that JSON lacks (money, times, enums) as its text."""
    return value if value is None or type(value) in (bool, int, float, str) else str(value)
