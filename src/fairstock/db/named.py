"""Rows by many names: one array, since psycopg takes a statement with long lists apart anew each time."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement, any_, literal
from sqlalchemy.dialects.postgresql import ARRAY


def among(column: ColumnElement[str], names: Iterable[str]) -> ColumnElement[bool]:
    """Whether the column holds one of the names, as ``column.in_(names)`` says it."""
    return column == any_(literal(list(names), ARRAY(column.type)))
