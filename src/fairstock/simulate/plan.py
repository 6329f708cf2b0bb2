"""From a seed to everything that will happen. Pure."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from fairstock.kit.months import month_bounds, month_of
from fairstock.simulate.model import Message, Plan, Size, Work

BEGIN = datetime(2025, 1, 1, 8, tzinfo=UTC)
COUNTRIES = ("US", "DE", "FR", "JP", "BR", "FI")
SIZES = (256, 512, 1024)
LATE, TWICE = 0.10, 0.08
"""Chances that a message comes up to three days late, and that it comes again within ten days."""
REFUNDED, TAKEN_DOWN = 0.08, 0.04
"""Chances that a sale is paid back some day, and that a picture is taken down."""
PAY_DAYS = (3, 4, 6, 9, 20)
"""Days after the close on which the bank is asked."""


def plan(seed: int, size: Size) -> Plan:
    """The year of this seed and size."""
    dice = random.Random(seed)  # noqa: S311  # a simulation, not a secret
    people = tuple(f"artist-{number:03}" for number in range(size.contributors))
    buyers = {f"buyer-{number}": dice.choice(COUNTRIES) for number in range(max(3, size.sales // 60))}
    works = tuple(_works(dice, people))
    names = [work.name for work in works]
    early = tuple(name for name in names if dice.random() < 0.7) or tuple(names)
    releases = {"sim-1": early, "sim-2": tuple(names)}
    messages = [
        *_accounts(dice, people, size.days),
        *_sales(dice, size, list(buyers)),
        *_deals(dice, size.days, list(buyers), names),
        *_months(size.days),
    ]
    return Plan(seed, size, people, buyers, works, releases, tuple(_delivered(dice, messages)))


def _works(dice: random.Random, people: tuple[str, ...]) -> Iterator[Work]:
    """A long tail of works; some are near-duplicates of an earlier one, also of somebody else's."""
    cluster = 0
    for person in people:
        for number in range(min(30, int(dice.paretovariate(1.1)))):
            copies = cluster and dice.random() < 0.15
            cluster += 0 if copies else 1
            yield Work(f"{person}/{number}", person, dice.randint(1, cluster) if copies else cluster)


def _accounts(dice: random.Random, people: tuple[str, ...], days: int) -> Iterator[Message]:
    """Most name an account some day; some are never verified, some let their tax form expire."""
    for person in people:
        if dice.random() < 0.9:
            facts = {
                "contributor": person,
                "country": dice.choice(COUNTRIES),
                "verified": dice.random() < 0.9,
                "form_days": dice.choice([-1, 40, 1000, 1000, 1000]),
            }
            yield _message("account", person, dice.uniform(0, days / 2), facts)


def _sales(dice: random.Random, size: Size, buyers: list[str]) -> Iterator[Message]:
    """Pictures are made, sold, sometimes taken down, sometimes paid back, whole or in part."""
    made: list[tuple[float, str, int]] = []
    for number in range(max(3, size.sales // 8)):
        day, edge, release = dice.uniform(0, size.days * 0.8), dice.choice(SIZES), "sim-1"
        if day > size.days / 2:
            release = "sim-2"
        facts = {"picture": number, "buyer": dice.choice(buyers), "edge": edge, "release": release}
        yield _message("picture", str(number), day, facts)
        made.append((day, str(number), edge))
        if dice.random() < TAKEN_DOWN:
            yield _message("takedown", str(number), dice.uniform(day, size.days), {"picture": number})
    for number in range(size.sales):
        day, picture, edge = dice.choice(made)
        sold = dice.uniform(day + 0.1, max(day + 0.2, size.days))
        facts = {"picture": int(picture), "buyer": dice.choice(buyers), "edge": edge}
        yield _message("sale", str(number), sold, facts)
        for part in range(2):
            if dice.random() < REFUNDED:
                back = {"sale": str(number), "percent": dice.choice([100, 100, 50, 33, 1])}
                yield _message("refund", f"{number}-{part}", sold + dice.uniform(0.1, 200), back)


def _deals(dice: random.Random, days: int, buyers: list[str], works: list[str]) -> Iterator[Message]:
    for number in range(days // 45 + 1):
        chosen = sorted(dice.sample(works, dice.randint(1, len(works))))
        cents = dice.randint(1, 500_000)
        facts = {"buyer": dice.choice(buyers), "works": chosen, "price": f"{cents // 100}.{cents % 100:02}"}
        yield _message("deal", str(number), dice.uniform(1, days), facts)


def _months(days: int) -> Iterator[Message]:
    """Each month that is over is attributed and closed, and then paid in several tries."""
    month = month_of(BEGIN)
    last = month_of(BEGIN + timedelta(days=days + 210))  # refunds come long after the last sale
    while month <= last:
        _, end = month_bounds(month)
        facts = {"period": month}
        yield Message(f"attribute:{month}", "attribute", end + timedelta(hours=1), facts)
        yield Message(f"close:{month}", "close", end + timedelta(hours=2), facts)
        for day in PAY_DAYS:
            yield Message(f"pay:{month}:{day}", "pay", end + timedelta(days=day), facts)
        month = month_of(end)


def _delivered(dice: random.Random, messages: list[Message]) -> list[Message]:
    """In the order of arrival. Months end when they end; everything else may come late, and again."""
    arrivals = []
    for each in sorted(messages, key=lambda message: (message.at, message.key)):
        staff = each.kind in ("attribute", "close", "pay")
        late = timedelta(days=dice.uniform(0, 3)) if not staff and dice.random() < LATE else timedelta()
        arrivals.append((each.at + late, each))
        if dice.random() < TWICE:
            arrivals.append((each.at + late + timedelta(days=dice.uniform(0, 10)), each))
    return [each for _, each in sorted(arrivals, key=lambda arrival: (arrival[0], arrival[1].key))]


def _message(kind: str, name: str, day: float, facts: dict[str, Any]) -> Message:
    at = BEGIN + timedelta(seconds=int(day * 86_400))
    return Message(f"{kind}:{name}", kind, at, facts)
