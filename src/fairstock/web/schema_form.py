"""HTML forms out of a flow's parameter schema, and the way back. Pure."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

_NOTHING = object()


class Control(StrEnum):
    """How a parameter is asked for."""

    TEXT = "text"  #: one line
    NUMBER = "number"  #: a whole number
    DECIMAL = "decimal"  #: any number
    SWITCH = "switch"  #: yes or no
    CHOICE = "choice"  #: one of a few values
    JSON = "json"  #: anything else, as JSON in a text area


@dataclass(frozen=True, slots=True)
class Field:
    """One parameter of a flow."""

    name: str
    control: Control
    required: bool
    optional: bool
    """Whether an empty field means "no value" (null)."""
    help: str
    choices: tuple[str, ...] = ()
    value: str = ""
    """As text, the way the control shows it."""
    error: str | None = None


def fields(schema: Mapping[str, Any], defaults: Mapping[str, Any]) -> list[Field]:
    """The fields of a JSON schema of an object, in the order of the flow's signature.

    ``defaults`` are the deployment's own values, which win over those in the schema.
    """
    properties: Mapping[str, Any] = schema.get("properties", {})
    required = set(schema.get("required", ()))
    ordered = sorted(properties.items(), key=lambda item: item[1].get("position", 0))
    return [_field(name, spec, name in required, defaults.get(name, _NOTHING)) for name, spec in ordered]


def read(form: list[Field], given: Mapping[str, str]) -> tuple[dict[str, Any], list[Field]]:
    """Typed parameters out of what a person sent, and the form with what they typed and what is wrong.

    An empty field that is not required is left out, so that the flow's own default holds. The
    parameters are usable only when no field carries an ``error``.
    """
    values: dict[str, Any] = {}
    seen: list[Field] = []
    for field in form:
        text = given.get(field.name, "").strip()
        try:
            value = _value(field, text)
        except ValueError as error:
            seen.append(replace(field, value=text, error=str(error)))
            continue
        if value is not _NOTHING:
            values[field.name] = value
        seen.append(replace(field, value=text))
    return values, seen


def _field(name: str, spec: Mapping[str, Any], required: bool, given: object) -> Field:
    spec, optional = _without_null(spec)
    default = spec.get("default", _NOTHING) if given is _NOTHING else given
    control = _control(spec)
    return Field(
        name=name,
        control=control,
        required=required and default is _NOTHING,
        optional=optional,
        help=str(spec.get("description", "")),
        choices=tuple(str(each) for each in spec.get("enum", ())),
        value=_text(control, default),
    )


def _without_null(spec: Mapping[str, Any]) -> tuple[Mapping[str, Any], bool]:
    """``anyOf: [X, null]`` as X, and whether null was among them."""
    branches = [each for each in spec.get("anyOf", ()) if each.get("type") != "null"]
    if len(branches) == 1 and len(spec["anyOf"]) == 2:
        return {**{key: value for key, value in spec.items() if key != "anyOf"}, **branches[0]}, True
    return spec, any(each.get("type") == "null" for each in spec.get("anyOf", ()))


def _control(spec: Mapping[str, Any]) -> Control:
    if spec.get("enum"):
        return Control.CHOICE
    simple = {
        "string": Control.TEXT,
        "integer": Control.NUMBER,
        "number": Control.DECIMAL,
        "boolean": Control.SWITCH,
    }
    return simple.get(str(spec.get("type")), Control.JSON)


def _text(control: Control, value: object) -> str:
    if value is _NOTHING or value is None:
        return ""
    if control is Control.SWITCH:
        return "yes" if value else ""
    return json.dumps(value, indent=2, ensure_ascii=False) if control is Control.JSON else str(value)


def _value(field: Field, text: str) -> Any:
    """The typed value of a field's text; ``_NOTHING`` when it is left to the flow's default."""
    if field.control is Control.SWITCH:
        return text == "yes"
    if not text:
        if field.required:
            raise ValueError("This is needed.")
        return None if field.optional else _NOTHING
    try:
        return _READERS[field.control](text)
    except ValueError as error:
        reasons = {
            Control.NUMBER: "Write a whole number.",
            Control.DECIMAL: "Write a number.",
            Control.JSON: f"This is not valid JSON ({error}).",
        }
        raise ValueError(reasons.get(field.control, str(error))) from error


_READERS: dict[Control, Callable[[str], Any]] = {
    Control.TEXT: str,
    Control.CHOICE: str,
    Control.NUMBER: int,
    Control.DECIMAL: float,
    Control.JSON: json.loads,
}
