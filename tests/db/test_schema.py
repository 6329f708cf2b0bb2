"""The tables in the code are those that the migrations make."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import BigInteger, CheckConstraint, Connection, Table, inspect

import fairstock
from fairstock.db.metadata import metadata

PACKAGE = Path(fairstock.__file__).parent

for _file in sorted([*PACKAGE.glob("*/tables.py"), *PACKAGE.glob("*/tables")]):
    importlib.import_module(f"fairstock.{_file.parent.name}.tables")


def test_migrations_and_tables_agree(conn: Connection) -> None:
    """Columns, types, nullability, unique and foreign keys, indexes, comments."""
    context = MigrationContext.configure(conn, opts={"compare_type": True, "include_object": _is_ours})
    assert compare_metadata(context, metadata) == []


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=lambda table: table.name)
def test_check_constraints_agree(conn: Connection, table: Table) -> None:
    """Alembic does not compare them; their names tell."""
    declared = {str(each.name) for each in table.constraints if isinstance(each, CheckConstraint)}
    assert {str(each["name"]) for each in inspect(conn).get_check_constraints(table.name)} == declared


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=lambda table: table.name)
def test_money_columns_are_micro_units_of_a_currency(table: Table) -> None:
    """The currency stands beside the amount, or the column's comment says where it stands."""
    for column in (each for each in table.c if each.name.endswith("_micros")):
        assert isinstance(column.type, BigInteger), column
        assert "currency" in table.c or "currency" in (column.comment or ""), column


def _is_ours(_object: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
    """Alembic keeps its own table."""
    return not (kind == "table" and name == "alembic_version")
