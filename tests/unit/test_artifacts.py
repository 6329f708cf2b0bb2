"""Keys and values of artifacts."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairstock.kit.money import Money
from flows import _artifacts


@given(st.text())
def test_every_text_becomes_a_key_that_prefect_takes(text: str) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", _artifacts.slug(text))


def test_keys_are_readable() -> None:
    assert _artifacts.slug("Période 2026-11: Übersicht") == "periode-2026-11-ubersicht"


def test_tables_hold_what_json_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[str, Any] = {}
    monkeypatch.setattr(_artifacts, "create_table_artifact", lambda **given: kept.update(given))
    row = {"money": Money(16_000, "USD"), "at": datetime(2026, 1, 1, tzinfo=UTC), "n": 1, "none": None}
    _artifacts.table("Sales_1", [row] * 600, "Sales")
    assert kept["key"] == "sales-1"
    assert kept["table"][0] == {"money": "USD 0.016", "at": "2026-01-01 00:00:00+00:00", "n": 1, "none": None}
    assert len(kept["table"]) == _artifacts.LONGEST_TABLE
    assert kept["description"] == "Sales (the first 500 of 600 rows)"


def test_an_empty_table_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[str, Any] = {}
    monkeypatch.setattr(_artifacts, "create_markdown_artifact", lambda **given: kept.update(given))
    _artifacts.table("sales", [], "Sales")
    assert "Nothing to list" in kept["markdown"]
