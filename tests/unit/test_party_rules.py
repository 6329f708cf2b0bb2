"""Handles of contributors."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairstock.party.model import NewParty, PartyKind
from fairstock.party.rules import BadParty, checked, handle_of

HANDLE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@pytest.mark.parametrize(
    ("name", "handle"),
    [
        ("Ada Lovelace", "ada-lovelace"),
        ("  Ada   LOVELACE ", "ada-lovelace"),
        ("Jérôme d'Été", "jerome-d-ete"),
        ("Łukasz Żółć", "lukasz-zolc"),
        ("Андрей", "andrei"),
        ("AJ", "aj"),
    ],
)
def test_handles_of_names(name: str, handle: str) -> None:
    assert handle_of(name) == handle


@given(st.text())
def test_every_name_has_a_handle_that_is_accepted(name: str) -> None:
    handle = handle_of(name)
    assert HANDLE.fullmatch(handle)
    assert handle_of(name) == handle
    assert checked(NewParty(handle, "x", PartyKind.contributor)).handle == handle


def test_long_and_empty_names_stay_apart() -> None:
    assert handle_of("a" * 100) != handle_of("a" * 101)
    assert handle_of("!!!") != handle_of("???")
    assert handle_of("!!!").startswith("contributor-")


@pytest.mark.parametrize(
    ("party", "words"),
    [
        (NewParty("Ann", "Ann", PartyKind.buyer), "handle is malformed"),
        (NewParty("a--b", "Ann", PartyKind.buyer), "handle is malformed"),
        (NewParty("ann", "  ", PartyKind.buyer), "name is empty"),
        (NewParty("ann", "Ann", PartyKind.buyer, country="Germany"), "'Germany' is no country code"),
    ],
)
def test_malformed_parties_are_refused(party: NewParty, words: str) -> None:
    with pytest.raises(BadParty, match=words):
        checked(party)
