"""From a seed to everything that will happen. Pure."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from fairstock.payout.model import Rate
from fairstock.simulate.dates import Calendar
from fairstock.simulate.model import Message, Plan, Size, Work
from fairstock.simulate.plan_office import PUNCTUAL, office
from fairstock.simulate.plan_trade import trade

COUNTRIES = ("US", "US", "DE", "FR", "JP", "BR", "FI", "IN")
LATE, TWICE = 0.10, 0.08
"""Chances that a message comes up to three days late, and that it comes again within ten days."""
WORTH = {"USD": 1.0, "EUR": 1.1, "GBP": 1.3, "JPY": 0.007}
"""Around what the rates of exchange wander, in USD."""
NO_RATE = 0.15
"""Chance that a rate is not published in a week; an older one holds for seven days only."""
LISTED = 0.10
"""Chance that a sanction list names a contributor some day."""


def plan(seed: int, size: Size) -> Plan:
    """The year of this seed and size."""
    dice = random.Random(seed)  # noqa: S311  # a simulation, not a secret
    calendar = Calendar.of(size.days)
    people = tuple(f"artist-{number:03}" for number in range(size.contributors))
    buyers = {f"buyer-{number}": dice.choice(COUNTRIES) for number in range(max(3, size.sales // 60))}
    works = tuple(_works(dice, people, calendar.begin))
    names = [work.name for work in works]
    early = tuple(name for name in names if dice.random() < 0.7) or tuple(names)
    listed = tuple(person for person in people if dice.random() < LISTED)
    messages = [
        *trade(dice, calendar, size.sales, list(buyers), names),
        *office(dice, calendar, people, works=names, listed=listed, countries=COUNTRIES),
    ]
    return Plan(
        seed=seed,
        size=size,
        begin=calendar.begin,
        contributors=people,
        listed=listed,
        buyers=buyers,
        works=works,
        releases={"sim-1": early, "sim-2": tuple(names)},
        rates=tuple(_rates(dice, calendar)),
        deliveries=tuple(_delivered(dice, messages)),
    )


def _works(dice: random.Random, people: tuple[str, ...], begin: datetime) -> Iterator[Work]:
    """A long tail of works; some are near-duplicates of another one, also of somebody else's, and not always
    the later ones.
    """
    cluster = 0
    for person in people:
        for number in range(min(30, int(dice.paretovariate(1.1)))):
            copies = cluster and dice.random() < 0.15
            cluster += 0 if copies else 1
            group = dice.randint(1, cluster) if copies else cluster
            days_before = (7 * len(person) + 5 * int(person[-3:]) + 3 * number) % 11
            yield Work(f"{person}/{number}", person, group, begin - timedelta(days=1 + days_before))


def _rates(dice: random.Random, calendar: Calendar) -> Iterator[Rate]:
    """One a week for each pair, with gaps."""
    for week in range((calendar.days + calendar.tail) // 7 + 9):
        on = (calendar.begin + timedelta(weeks=week)).date()
        for source, worth in WORTH.items():
            for target, price in WORTH.items():
                if source != target and dice.random() >= NO_RATE:
                    value = Decimal(f"{worth / price * dice.uniform(0.9, 1.1):.6f}")
                    yield Rate(source, target, value, on, "simulated")


def _delivered(dice: random.Random, messages: list[Message]) -> list[Message]:
    """In the order of arrival. Months end when they end; everything else may come late, and again."""
    arrivals = []
    for each in sorted(messages, key=lambda message: (message.at, message.key)):
        slow = each.kind not in PUNCTUAL and dice.random() < LATE
        late = timedelta(days=dice.uniform(0, 3)) if slow else timedelta()
        arrivals.append((each.at + late, each))
        if dice.random() < TWICE:
            again = each.at + late + timedelta(days=dice.uniform(0, 10))
            # A flow that is started again runs later; a message that comes again tells of the same moment.
            arrivals.append((again, replace(each, at=again) if each.kind in PUNCTUAL else each))
    return [each for _, each in sorted(arrivals, key=lambda arrival: (arrival[0], arrival[1].key))]
