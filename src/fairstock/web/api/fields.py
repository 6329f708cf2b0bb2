"""Checks of single fields, with the codes that the public API uses for them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from fairstock.web.api.bodies import Body
from fairstock.web.api.errors import BadField

_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
_DIGITS = re.compile(r"-?[0-9]{1,9}")
_DECIMAL = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,9})?")
_SHOWN = 60
_NAMES = {
    dict: "an object",
    list: "a list",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    str: "text",
}


def text(body: Body, name: str, *, most: int | None = None) -> str | None:
    """The field's text; None where it is missing, null or (in multipart) empty. Raises ``BadField``."""
    value = _value(body, name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise _wrong_type(name, "text", value)
    if _UNSTORABLE.search(value):
        raise BadField(name, f"Invalid '{name}': it holds a zero byte or half a surrogate pair.")
    if most is not None and len(value) > most:
        message = f"Invalid '{name}': string too long. Expected at most {most} characters, got {len(value)}."
        raise BadField(name, message, "string_above_max_length")
    return value


def whole(body: Body, name: str, *, least: int, most: int) -> int | None:
    """The field's whole number, written as digits in multipart; None where it is missing or null. Raises
    ``BadField``.
    """
    value = _value(body, name)
    if value is None:
        return None
    if body.textual and isinstance(value, str) and _DIGITS.fullmatch(value):
        value = int(value)
    elif isinstance(value, float) and value.is_integer():
        value = int(value)  # JSON knows one kind of number: 2.0 is 2
    if type(value) is not int:
        raise _wrong_type(name, "a whole number", value)
    if value < least:
        message = f"Invalid '{name}': expected a value of at least {least}, got {value}."
        raise BadField(name, message, "integer_below_min_value")
    if value > most:
        shown = value if value < 10**12 else "a much larger one"
        message = f"Invalid '{name}': expected a value of at most {most}, got {shown}."
        raise BadField(name, message, "integer_above_max_value")
    return value


def number(body: Body, name: str, *, least: float, most: float) -> float | None:
    """The field's number, written as text in multipart; None where it is missing or null. Raises
    ``BadField``.
    """
    value = _value(body, name)
    if value is None:
        return None
    if body.textual and isinstance(value, str) and _DECIMAL.fullmatch(value):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong_type(name, "a number", value)
    if not least <= value <= most:
        message = f"Invalid '{name}': expected a value from {least} to {most}, got {_short(str(value))}."
        raise BadField(name, message, "decimal_out_of_range")
    return float(value)


def choice(body: Body, name: str, options: Sequence[str]) -> str | None:
    """One of the options; None where it is missing or null. Raises ``BadField``."""
    value = text(body, name)
    if value is not None and value not in options:
        listed = ", ".join(f"'{each}'" for each in options)
        raise BadField(
            name, f"Invalid value: '{_short(value)}'. Supported values for '{name}' are: {listed}."
        )
    return value


def check_known(body: Body, known: frozenset[str], later: Mapping[str, tuple[Any, ...]]) -> None:
    """Refuse what the endpoint does not know, and later parameters unless they say what holds anyway.

    Raises ``BadField``.
    """
    for name in {**body.fields, **body.files}:
        if name in known:
            continue
        if name not in later or name in body.files:
            raise BadField(_short(name), f"Unknown parameter: '{_short(name)}'.", "unknown_parameter")
        value, defaults = body.fields[name], later[name]
        if value is None or any(_says(value, each, textual=body.textual) for each in defaults):
            continue
        listed = ", ".join(f"'{_written(each)}'" for each in defaults)
        message = (
            f"Unsupported value: '{name}' does not support '{_short(_written(value))}' with this model. "
            f"Supported values are: {listed}."
        )
        raise BadField(name, message, "unsupported_value")


def missing(name: str) -> BadField:
    """The error for a field that must be there."""
    return BadField(name, f"Missing required parameter: '{name}'.", "missing_required_parameter")


def _value(body: Body, name: str) -> Any:
    """The field's value; in multipart an empty text is how clients write null."""
    if name in body.files:
        raise BadField(name, f"Invalid '{name}': expected text, got a file.", "invalid_type")
    value = body.fields.get(name)
    return None if body.textual and value == "" else value


def _says(value: object, default: object, *, textual: bool) -> bool:
    """Whether the value is the default; in multipart both are text."""
    if textual:
        return value in ("", _written(default))
    return type(value) is type(default) and value == default


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _short(value: str) -> str:
    return value if len(value) <= _SHOWN else value[: _SHOWN - 1] + "…"


def _wrong_type(name: str, wanted: str, value: object) -> BadField:
    given = f"'{_short(value)}'" if isinstance(value, str) else _NAMES.get(type(value), "something else")
    message = f"Invalid type for '{name}': expected {wanted}, but got {given} instead."
    return BadField(name, message, "invalid_type")
