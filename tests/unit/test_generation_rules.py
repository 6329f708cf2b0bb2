"""What may be ordered, and which seeds an order has."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairstock.generation.edit_rules import BadDigest, BadOptions, BadOrderKind, WrongBeginning, strength_of
from fairstock.generation.model import Order, OrderKind
from fairstock.generation.orders import MalformedOrder, UnknownBuyer, orders_of
from fairstock.generation.rules import (
    BadCount,
    BadKey,
    BadPrompt,
    BadSize,
    check_order,
    keywords_of,
    seeds_of,
)
from fairstock.kit.errors import BadInput

ORDER = Order("k", "pty_1", "a red apple", 1, 1024)


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("prompt", "", BadPrompt),
        ("prompt", " \n ", BadPrompt),
        ("prompt", "a" * 1001, BadPrompt),
        ("prompt", "half \ud83d", BadPrompt),
        ("prompt", "zero \x00", BadPrompt),
        ("prompt", 7, BadPrompt),
        ("n", 0, BadCount),
        ("n", 11, BadCount),
        ("n", "2", BadCount),
        ("n", True, BadCount),
        ("n", 1.0, BadCount),
        ("size", 100, BadSize),
        ("size", "1024x1024", BadSize),
        ("size", None, BadSize),
        ("key", "", BadKey),
        ("key", "a\x1fb", BadKey),
        ("key", "k" * 201, BadKey),
        ("key", 5, BadKey),
    ],
)
def test_unusable_orders_say_why(field: str, value: object, error: type[BadInput]) -> None:
    changes: dict[str, Any] = {field: value}
    with pytest.raises(error) as caught:
        check_order(replace(ORDER, **changes))
    assert caught.value.remedy
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("size", [256, 512, 1024])
def test_usable_orders_pass(size: int) -> None:
    order = replace(ORDER, prompt="ä" * 1000, n=10, size=size)
    assert check_order(order) == order


@given(st.text(max_size=50), st.integers(1, 10), st.integers(1, 10))
def test_seeds_depend_on_key_and_place_alone(key: str, few: int, more: int) -> None:
    seeds = seeds_of(key, few)
    assert seeds_of(key, max(few, more))[:few] == seeds
    assert len(set(seeds)) == few
    assert all(0 <= seed < 2**32 for seed in seeds)
    assert seeds_of(key + "x", few) != seeds


def test_orders_are_read_with_defaults() -> None:
    rows = [{"key": "k", "buyer": "studio", "prompt": "a cat"}]
    assert orders_of(rows, {"studio": "pty_1"}) == [Order("k", "pty_1", "a cat", 1, 1024)]


def test_unreadable_orders_name_what_is_missing() -> None:
    with pytest.raises(MalformedOrder, match="prompt"):
        orders_of([{"key": "k", "buyer": "studio"}], {"studio": "pty_1"})
    with pytest.raises(UnknownBuyer, match="nobody"):
        orders_of([{"key": "k", "buyer": "nobody", "prompt": "a cat"}], {})


def test_keywords_are_the_words_of_the_prompt() -> None:
    assert keywords_of("A red apple, a RED house & 42 Äpfel") == ("red", "apple", "house", "äpfel")
    assert (
        len(keywords_of(" ".join(f"word{chr(97 + i)}{chr(97 + j)}" for i in range(6) for j in range(6))))
        == 25
    )


SHA = "ab" * 32
EDIT = replace(ORDER, kind=OrderKind.edit, source_sha256=SHA)
VARIATION = replace(EDIT, kind=OrderKind.variation, prompt="")
REFINED = replace(ORDER, kind=OrderKind.refine, parent_asset_id="ast_1")


@pytest.mark.parametrize(
    "order",
    [
        EDIT,
        replace(EDIT, mask_sha256=SHA, options={"strength": "0.7", "consent_declared": "yes"}),
        VARIATION,
        replace(VARIATION, source_sha256=None, parent_asset_id="ast_1"),
        REFINED,
        replace(REFINED, mask_sha256=SHA),
        replace(REFINED, source_sha256=SHA),
    ],
)
def test_orders_that_begin_with_a_picture_pass_and_survive_the_wire(order: Order) -> None:
    assert check_order(order) is order
    row = asdict(order) | {"buyer": "studio", "kind": order.kind.value}
    assert orders_of([json.loads(json.dumps(row))], {"studio": "pty_1"}) == [order]


@pytest.mark.parametrize(
    ("order", "changes", "error"),
    [
        (ORDER, {"source_sha256": SHA}, WrongBeginning),
        (ORDER, {"parent_asset_id": "ast_1"}, WrongBeginning),
        (ORDER, {"mask_sha256": SHA}, WrongBeginning),
        (ORDER, {"kind": "morph"}, BadOrderKind),
        (EDIT, {"source_sha256": None}, WrongBeginning),
        (EDIT, {"parent_asset_id": "ast_1"}, WrongBeginning),
        (EDIT, {"source_sha256": "../etc/passwd"}, BadDigest),
        (EDIT, {"mask_sha256": SHA.upper()}, BadDigest),
        (EDIT, {"prompt": ""}, BadPrompt),
        (EDIT, {"options": {"strength": "2"}}, BadOptions),
        (EDIT, {"options": {"strength": "nan"}}, BadOptions),
        (EDIT, {"options": {"a": 1}}, BadOptions),
        (EDIT, {"options": {"a": "\ud83d"}}, BadOptions),
        (EDIT, {"options": {str(each): "" for each in range(21)}}, BadOptions),
        (EDIT, {"options": ["a"]}, BadOptions),
        (VARIATION, {"prompt": "a cat"}, BadPrompt),
        (VARIATION, {"mask_sha256": SHA}, WrongBeginning),
        (VARIATION, {"parent_asset_id": "ast_1"}, WrongBeginning),
        (REFINED, {"parent_asset_id": None}, WrongBeginning),
    ],
)
def test_wrong_beginnings_say_why(order: Order, changes: dict[str, Any], error: type[BadInput]) -> None:
    with pytest.raises(error) as caught:
        check_order(replace(order, **changes))
    assert caught.value.remedy


def test_strength_has_a_middle_value_by_itself() -> None:
    assert strength_of({}) == 0.5
    assert strength_of({"strength": "0.25"}) == 0.25


def test_a_row_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(BadOrderKind, match="morph"):
        orders_of([{"key": "k", "buyer": "studio", "prompt": "a", "kind": "morph"}], {"studio": "pty_1"})
