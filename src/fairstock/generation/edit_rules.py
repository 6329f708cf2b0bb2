"""Pure rules of orders that begin with a picture: edits, variations, refinements."""

from __future__ import annotations

import re
from collections.abc import Mapping

from fairstock.generation.model import Order, OrderKind
from fairstock.kit.errors import BadInput

STRENGTHS = (0.1, 0.95)
"""How much of a guiding picture may be given up, least and most: a share of noise."""
USUAL_STRENGTH = 0.5
"""Keeps the layout and the main colours."""
SENT_FILE = "sent_sha256"
"""Option, set by the house: digest of the buyer's file as it came, where that has content credentials of its
own, which the record then keeps. ``source_sha256`` is its pixels alone.
"""

_DIGEST = re.compile(r"[0-9a-f]{64}")
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
_OPTIONS, _NAME_LIMIT, _VALUE_LIMIT = 20, 64, 500
_BEGINS_WITH: Mapping[OrderKind, str] = {
    OrderKind.create: "words alone",
    OrderKind.edit: "a picture of the buyer's",
    OrderKind.variation: "either a picture of the buyer's or one of the catalogue",
    OrderKind.refine: "an earlier picture of the catalogue",
}


class BadOrderKind(BadInput):
    """The kind of an order is none that is made."""

    def __init__(self, kind: object) -> None:
        super().__init__(
            f"{kind!r} is no kind of order.",
            remedy=f"use one of {', '.join(each.value for each in OrderKind)}",
        )


class WrongBeginning(BadInput):
    """An order has pictures that its kind does not take, or lacks one."""

    def __init__(self, kind: OrderKind) -> None:
        super().__init__(
            f"An order of the kind {kind.value} begins with {_BEGINS_WITH[kind]}.",
            remedy="give exactly that picture, and a mask for an edit or a refinement only",
        )


class BadDigest(BadInput):
    """A picture is not named by its SHA-256."""

    def __init__(self, field: str, value: object) -> None:
        super().__init__(
            f"{value!r} is no SHA-256 in hex, which {field} must be.", remedy="store the picture first"
        )


class BadOptions(BadInput):
    """The options of an order are not what they should be."""

    def __init__(self, reason: str, remedy: str = "leave it out, or send short texts by name") -> None:
        super().__init__(reason, remedy=remedy)


def check_kind(order: Order) -> Order:
    """The order itself; raises ``BadOrderKind``, ``WrongBeginning``, ``BadDigest`` or ``BadOptions``."""
    if not isinstance(order.kind, OrderKind):
        raise BadOrderKind(order.kind)
    for field in ("source_sha256", "mask_sha256"):
        digest = getattr(order, field)
        if digest is not None and not (isinstance(digest, str) and _DIGEST.fullmatch(digest)):
            raise BadDigest(field, digest)
    source, parent = order.source_sha256 is not None, order.parent_asset_id is not None
    fits = {
        OrderKind.create: not source and not parent,
        OrderKind.edit: source and not parent,
        OrderKind.variation: source != parent,
        OrderKind.refine: parent,
    }[order.kind]
    masked = order.mask_sha256 is not None and order.kind not in (OrderKind.edit, OrderKind.refine)
    if not fits or masked:
        raise WrongBeginning(order.kind)
    _check_options(order.options)
    return order


def strength_of(options: Mapping[str, str]) -> float:
    """How far an edit without a mask may leave its picture; raises ``BadOptions``."""
    text = options.get("strength", str(USUAL_STRENGTH))
    try:
        strength = float(text)
    except ValueError:
        strength = float("nan")
    least, most = STRENGTHS
    if not least <= strength <= most:
        raise BadOptions(f"The strength {text!r} is out of range.", f"send a number from {least} to {most}")
    return strength


def _check_options(options: object) -> None:
    if not isinstance(options, Mapping) or len(options) > _OPTIONS:
        raise BadOptions(f"Options are at most {_OPTIONS} texts by name.")
    for name, value in options.items():
        if not isinstance(name, str) or not isinstance(value, str):
            raise BadOptions(f"The option {name!r} is no text.")
        if len(name) > _NAME_LIMIT or len(value) > _VALUE_LIMIT or _UNSTORABLE.search(name + value):
            raise BadOptions(f"The option {name[:_NAME_LIMIT]!r} is too long or no valid Unicode text.")
    strength_of(options)
