"""Orders as callers write them, turned into checked values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fairstock.generation.model import Order
from fairstock.generation.rules import check_order
from fairstock.kit.errors import BadInput, NotFound


class UnknownBuyer(NotFound):
    """An order names a buyer who does not exist."""

    def __init__(self, handles: Sequence[str]) -> None:
        self.handles = tuple(handles)
        super().__init__(
            f"There is no buyer {', '.join(handles)}.", remedy="check the handle, or add the buyer first"
        )


class MalformedOrder(BadInput):
    """An order lacks a field."""

    def __init__(self, order: Mapping[str, Any], field: str) -> None:
        super().__init__(f"The order {dict(order)!r} lacks its {field}.", remedy="give key, buyer and prompt")


def orders_of(rows: Sequence[Mapping[str, Any]], buyers: Mapping[str, str]) -> list[Order]:
    """Checked orders in the same order; ``buyers`` maps handles to ids, ``n`` is 1 and ``size`` 1024 by
    default.

    Raises ``MalformedOrder``, ``UnknownBuyer`` and what ``check_order`` raises.
    """
    for row in rows:
        for field in ("key", "buyer", "prompt"):
            if row.get(field) is None:
                raise MalformedOrder(row, field)
    unknown = sorted({str(row["buyer"]) for row in rows} - set(buyers))
    if unknown:
        raise UnknownBuyer(unknown)
    return [
        check_order(
            Order(row["key"], buyers[row["buyer"]], row["prompt"], row.get("n", 1), row.get("size", 1024))
        )
        for row in rows
    ]
