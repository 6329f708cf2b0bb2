"""What may be booked, and what counts as the same content."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from factories.core import NOON, sale, usd
from hypothesis import given
from hypothesis import strategies as st

from fairstock.kit.money import Money
from fairstock.ledger.model import Posting, Transaction, TransactionKind
from fairstock.ledger.rules import (
    BadAccount,
    BadTransaction,
    TooFewPostings,
    Unbalanced,
    content_digest,
    is_mirror,
    mirrored,
    tidy,
)

AMOUNTS = st.lists(st.integers(-(10**12), 10**12).filter(bool), min_size=1, max_size=8)


def booked(*postings: Posting) -> Transaction:
    return Transaction("key:1", TransactionKind.adjustment, NOON, postings)


@given(AMOUNTS)
def test_only_sums_of_zero_pass(amounts: list[int]) -> None:
    postings = [Posting("cash:bank", usd(amount)) for amount in amounts]
    surplus = sum(amounts)
    if len(amounts) < 2:
        with pytest.raises(TooFewPostings):
            tidy(booked(*postings))
    elif surplus:
        with pytest.raises(Unbalanced) as caught:
            tidy(booked(*postings))
        assert caught.value.surplus == usd(surplus)
    if surplus:
        balanced = booked(*postings, Posting("revenue:house", usd(-surplus)))
        assert tidy(balanced) == balanced.postings


def test_each_currency_must_sum_to_zero() -> None:
    euro = Money(5, "EUR")
    with pytest.raises(Unbalanced, match=r"sum to (USD|EUR) -?0\.000005"):
        tidy(booked(Posting("cash:bank", usd(5)), Posting("cash:bank", -euro)))
    both = booked(
        Posting("cash:bank", usd(5)),
        Posting("conversion:usd", usd(-5)),
        Posting("cash:bank", -euro),
        Posting("conversion:eur", euro),
    )
    assert len(tidy(both)) == 4


def test_postings_of_zero_are_left_out() -> None:
    lines = tidy(replace(sale(), postings=(*sale().postings, Posting("reserve:fund", usd(0)))))
    assert lines == sale().postings
    with pytest.raises(TooFewPostings):
        tidy(booked(Posting("cash:bank", usd(0)), Posting("revenue:house", usd(0))))


@pytest.mark.parametrize(
    "account", ["cash", "cash:", ":bank", "Cash:bank", "cash:a b", "cash:a:b", "cash:ä", ""]
)
def test_malformed_accounts(account: str) -> None:
    with pytest.raises(BadAccount):
        tidy(booked(Posting(account, usd(1)), Posting("cash:bank", usd(-1))))


def test_a_key_and_a_time_zone_are_needed() -> None:
    with pytest.raises(BadTransaction, match="key is empty"):
        tidy(replace(sale(), key=" "))
    with pytest.raises(BadTransaction, match="no time zone"):
        tidy(replace(sale(), effective_at=datetime(2026, 1, 1)))  # noqa: DTZ001 - that is the point


def test_the_digest_sees_every_part_of_the_content() -> None:
    base = sale()
    others = [
        replace(base, kind=TransactionKind.deal),
        replace(base, effective_at=NOON + timedelta(microseconds=1)),
        replace(base, postings=base.postings[::-1]),
        replace(base, memo="another"),
        replace(base, reverses="sale:0"),
        replace(base, details={}),
    ]
    digests = {content_digest(each, each.postings) for each in [base, *others]}
    assert len(digests) == 7


def test_the_digest_does_not_see_the_key_or_the_time_zone() -> None:
    elsewhere = NOON.astimezone(timezone(timedelta(hours=9)))
    same = replace(sale(), key="another", effective_at=elsewhere)
    assert content_digest(same, same.postings) == content_digest(sale(), sale().postings)


def test_mirrors() -> None:
    lines = sale().postings
    assert is_mirror(mirrored(lines)[::-1], lines)
    assert not is_mirror(lines, lines)
    assert not is_mirror(mirrored(lines)[:2], lines)
