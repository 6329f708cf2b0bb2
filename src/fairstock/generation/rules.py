"""Pure rules of generation: what may be ordered, and which seeds an order has."""

from __future__ import annotations

import hashlib
import re

from fairstock.generation.edit_rules import check_kind
from fairstock.generation.model import Order, OrderKind
from fairstock.kit.errors import BadInput

SIZES = (256, 512, 1024)
"""Widths and heights that the price book knows, in pixels."""
MOST_PICTURES = 10
PROMPT_LIMIT = 1000
"""Characters (code points) of the longest prompt."""
KEYWORD_LIMIT = 25
_KEY_LIMIT = 200
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
_SEEDS = 2**32
"""Seeds are below this: every generator takes 32 bits."""


class BadPrompt(BadInput):
    """The prompt is empty, too long, or no text."""


class BadCount(BadInput):
    """The number of pictures is out of range."""

    def __init__(self, n: object) -> None:
        super().__init__(
            f"{n!r} is not a number of pictures that can be ordered.", remedy=f"ask for 1 to {MOST_PICTURES}"
        )


class BadSize(BadInput):
    """The size is not sold."""

    def __init__(self, size: object, sizes: tuple[int, ...]) -> None:
        super().__init__(
            f"Pictures of size {size!r} are not made.",
            remedy=f"ask for one of {', '.join(str(each) for each in sizes)} pixels",
        )


class BadKey(BadInput):
    """The request key cannot name a request."""

    def __init__(self, key: object) -> None:
        super().__init__(
            f"{key!r} cannot be a request key.",
            remedy=f"use 1 to {_KEY_LIMIT} printable characters, the same for every retry",
        )


def check_order(order: Order) -> Order:
    """The order itself; raises ``BadKey``, ``BadPrompt``, ``BadCount``, ``BadSize`` and what ``check_kind``
    raises.
    """
    if not isinstance(order.key, str) or not 0 < len(order.key) <= _KEY_LIMIT or not order.key.isprintable():
        raise BadKey(order.key)
    _check_prompt(order)
    if type(order.n) is not int or not 1 <= order.n <= MOST_PICTURES:
        raise BadCount(order.n)
    if type(order.size) is not int or order.size not in SIZES:
        raise BadSize(order.size, SIZES)
    return check_kind(order)


def _check_prompt(order: Order) -> None:
    """Variations come without words, everything else with some."""
    wordless = order.kind is OrderKind.variation
    if not isinstance(order.prompt, str) or not (order.prompt.strip() or wordless):
        raise BadPrompt("The prompt is empty.", remedy="say in words what the picture shows")
    if wordless and order.prompt:
        raise BadPrompt("A variation takes no words.", remedy="leave the prompt out, or order an edit")
    if len(order.prompt) > PROMPT_LIMIT:
        raise BadPrompt(
            f"The prompt has {len(order.prompt)} characters.", remedy=f"use at most {PROMPT_LIMIT}"
        )
    if _UNSTORABLE.search(order.prompt):
        raise BadPrompt(
            "The prompt contains a zero byte or half a surrogate pair.", remedy="send valid Unicode text"
        )


def seeds_of(key: str, n: int) -> list[int]:
    """One seed a picture, derived from the request's key, so that a run that starts again makes the same
    pictures.
    """
    return [
        int.from_bytes(hashlib.sha256(f"{key}\x1f{index}".encode()).digest()[:8]) % _SEEDS
        for index in range(n)
    ]


def picture_id(request_id: str, index: int) -> str:
    """The name of a picture that stays the same however often it is made."""
    return f"{request_id}-{index}"


def keywords_of(prompt: str) -> tuple[str, ...]:
    """The prompt's words of three letters and more, lower case, each once."""
    words = (word.lower() for word in re.findall(r"[^\W\d_]{3,}", prompt))
    return tuple(dict.fromkeys(words))[:KEYWORD_LIMIT]


def sale_key(asset_id: str) -> str:
    """The key of the sale of a generated picture to the buyer who ordered it."""
    return f"generation:{asset_id}"
