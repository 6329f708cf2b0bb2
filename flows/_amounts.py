"""Sums by currency, as summaries hold them and as staff read them."""

from __future__ import annotations

from collections.abc import Mapping

from fairstock.kit.money import Money


def micros(amounts: Mapping[str, Money]) -> dict[str, int]:
    """Micro-units by currency, for a summary in JSON."""
    return {currency: amount.micros for currency, amount in amounts.items()}


def said(amounts: Mapping[str, int]) -> str:
    """Micro-units by currency in words, ``nothing`` where there are none."""
    return ", ".join(str(Money(each, currency)) for currency, each in amounts.items()) or "nothing"
