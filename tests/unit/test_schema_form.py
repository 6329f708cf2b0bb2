"""Forms made from flow parameters, and what people type into them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairstock.web.schema_form import Control, fields, read

SCHEMA: dict[str, Any] = {
    "properties": {
        "rows": {"type": "integer", "position": 1, "default": 2},
        "person": {"type": "string", "position": 0, "description": "Whom to greet."},
        "share": {"anyOf": [{"type": "number"}, {"type": "null"}], "position": 2, "default": None},
        "force": {"type": "boolean", "position": 3, "default": True},
        "size": {"enum": ["small", "large"], "position": 4, "default": "small"},
        "jobs": {"type": "array", "items": {"type": "object"}, "position": 5, "default": []},
    },
    "required": ["person"],
}


def test_fields_follow_the_signature_and_show_defaults() -> None:
    form = fields(SCHEMA, {"rows": 7})
    assert [field.name for field in form] == ["person", "rows", "share", "force", "size", "jobs"]
    assert [field.control for field in form] == [
        Control.TEXT,
        Control.NUMBER,
        Control.DECIMAL,
        Control.SWITCH,
        Control.CHOICE,
        Control.JSON,
    ]
    assert [field.value for field in form] == ["", "7", "", "yes", "small", "[]"]
    assert [field.required for field in form] == [True, False, False, False, False, False]
    assert form[0].help == "Whom to greet."


def test_values_are_typed_and_empty_fields_leave_the_default() -> None:
    values, seen = read(
        fields(SCHEMA, {}), {"person": " Ann ", "rows": "", "size": "large", "jobs": '[{"a": 1}]'}
    )
    assert values == {"person": "Ann", "share": None, "force": False, "size": "large", "jobs": [{"a": 1}]}
    assert all(field.error is None for field in seen)


@pytest.mark.parametrize(
    ("given_values", "name", "said"),
    [
        ({}, "person", "needed"),
        ({"person": "Ann", "rows": "2.5"}, "rows", "whole number"),
        ({"person": "Ann", "share": "much"}, "share", "number"),
        ({"person": "Ann", "jobs": "[1,"}, "jobs", "JSON"),
    ],
)
def test_what_cannot_be_read_is_said_at_its_field(given_values: dict[str, str], name: str, said: str) -> None:
    _, seen = read(fields(SCHEMA, {}), given_values)
    errors = {field.name: field.error for field in seen if field.error}
    assert list(errors) == [name]
    assert said in str(errors[name])


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=5))
def test_json_comes_back_as_it_was_shown(value: object) -> None:
    form = fields({"properties": {"any": {"type": "array", "default": [value]}}}, {})
    values, _ = read(form, {"any": form[0].value})
    assert values["any"] == json.loads(json.dumps([value]))
