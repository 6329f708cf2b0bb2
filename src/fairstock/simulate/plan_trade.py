"""What buyers will do: pictures, sales, agreements, deals, and all that goes back. Pure."""

from __future__ import annotations

import random
from collections.abc import Iterator

from fairstock.simulate.dates import Calendar
from fairstock.simulate.model import Message

SIZES = (256, 512, 1024)
ABROAD = ("EUR", "GBP", "JPY")
AGREED = {"USD": "7.25", "EUR": "12.345678", "GBP": "0.000001", "JPY": "1500"}
"""Prices that agreements name for the smallest size, by currency."""
REFUNDED, CANCELLED, TAKEN_DOWN = 0.08, 0.25, 0.04
"""Chances that a sale is paid back some day, that a deal is, and that a picture is taken down."""


def trade(
    dice: random.Random, calendar: Calendar, sales: int, buyers: list[str], works: list[str]
) -> Iterator[Message]:
    """All messages of buyers."""
    yield from _sales(dice, calendar, sales, buyers)
    yield from _agreements(dice, calendar, buyers)
    yield from _deals(dice, calendar, buyers, works)


def _sales(dice: random.Random, calendar: Calendar, sales: int, buyers: list[str]) -> Iterator[Message]:
    """Pictures are made, sold, sometimes taken down, sometimes paid back, whole or in part."""
    made: list[tuple[float, int, int]] = []
    for number in range(max(3, sales // 8)):
        day, edge = dice.uniform(0, calendar.days * 0.8), dice.choice(SIZES)
        release = "sim-2" if day > calendar.days / 2 else "sim-1"
        facts = {"picture": number, "buyer": dice.choice(buyers), "edge": edge, "release": release}
        yield calendar.message("picture", str(number), day, facts)
        made.append((day, number, edge))
        if dice.random() < TAKEN_DOWN:
            gone = dice.uniform(day, calendar.days)
            yield calendar.message("takedown", str(number), gone, {"picture": number})
    for number in range(sales):
        day, picture, edge = dice.choice(made)
        sold = dice.uniform(day + 0.1, max(day + 0.2, calendar.days))
        currency = dice.choice(ABROAD) if dice.random() < 0.3 else None
        facts = {"picture": picture, "buyer": dice.choice(buyers), "edge": edge, "currency": currency}
        yield calendar.message("sale", str(number), sold, facts)
        for part in range(2):
            if dice.random() < REFUNDED:
                back = {"sale": str(number), "percent": dice.choice([100, 100, 50, 33, 1])}
                day = sold + dice.uniform(0.1, calendar.tail)
                yield calendar.message("refund", f"{number}-{part}", day, back)


def _agreements(dice: random.Random, calendar: Calendar, buyers: list[str]) -> Iterator[Message]:
    """About every other buyer agrees on prices once, for a time or for good."""
    for buyer in buyers:
        if dice.random() < 0.5:
            day, currency = dice.uniform(0, calendar.days / 2), dice.choice(sorted(AGREED))
            until = calendar.moment(day + dice.uniform(5, calendar.days)) if dice.random() < 0.5 else None
            facts = {
                "buyer": buyer,
                "currency": currency,
                "price": AGREED[currency],
                "discount_ppm": dice.choice([0, 123_457, 500_000]),
                "until": until,
            }
            yield calendar.message("agreement", buyer, day, facts)


def _deals(dice: random.Random, calendar: Calendar, buyers: list[str], works: list[str]) -> Iterator[Message]:
    """Sets of works at a price, a third of them in another currency, some with a better split; some are
    cancelled.
    """
    for number in range(max(4, calendar.days // 30)):
        day, cents = dice.uniform(1, calendar.days), dice.randint(1, 500_000)
        most = min(len(works), dice.choice([3, 8, len(works)]))
        facts = {
            "buyer": dice.choice(buyers),
            "works": sorted(dice.sample(works, dice.randint(1, most))),
            "price": f"{cents // 100}.{cents % 100:02}",
            "currency": dice.choice(ABROAD) if dice.random() < 0.35 else "USD",
            "share_ppm": dice.choice([None, None, 912_345]),
        }
        yield calendar.message("deal", str(number), day, facts)
        for part in range(2):
            if dice.random() < CANCELLED:
                back = {"deal": f"deal:{number}", "percent": dice.choice([100, 50, 7])}
                later = day + dice.uniform(0.1, calendar.tail)
                yield calendar.message("deal_refund", f"{number}-{part}", later, back)
