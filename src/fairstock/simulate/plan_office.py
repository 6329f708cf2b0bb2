"""What contributors and staff will do: accounts, withdrawals, months' ends, disputes, corrections. Pure."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import timedelta

from fairstock.payout.model import AdjustmentKind, Against
from fairstock.simulate.dates import TURN_OF_THE_YEAR, Calendar
from fairstock.simulate.model import Message

PUNCTUAL = frozenset({"attribute", "close", "distribute", "pay", "publish"})
"""Kinds of messages that are never late: staff sends them when the month is over."""
PAY_DAYS = (3, 7, 20)
"""Days after the close on which the bank is asked; by the last it answers."""
PUBLISHED = 0.4
"""Chance that a month's statements are published; a whole year of them would tell no more."""
WITHDRAWN = 0.02
"""Chance that a contributor takes a work back."""
CURRENCIES = (None, None, "USD", "EUR", "GBP", "JPY")
"""In which contributors want their money; None: as it was earned."""


def office(
    dice: random.Random,
    calendar: Calendar,
    people: Sequence[str],
    *,
    works: Sequence[str],
    listed: Sequence[str],
    countries: Sequence[str],
) -> Iterator[Message]:
    """All messages of contributors and staff."""
    for person in people:
        yield from _accounts(dice, calendar, person, countries)
    for work in works:
        if dice.random() < WITHDRAWN:
            yield calendar.message("withdraw", work, dice.uniform(0, calendar.days), {"work": work})
    for person in listed:
        if dice.random() < 0.5:
            day = dice.uniform(calendar.days / 2, calendar.days + calendar.tail)
            yield calendar.message("clear", person, day, {"contributor": person})
    yield from _months(dice, calendar)
    yield from _disputes(dice, calendar, people)
    yield from _adjustments(dice, calendar, people)


def _accounts(
    dice: random.Random, calendar: Calendar, person: str, countries: Sequence[str]
) -> Iterator[Message]:
    """Most name an account some day, and some another one later; some are never verified, some have no tax
    form or let it expire.
    """
    for number in range(dice.choice([0, 1, 1, 1, 1, 2])):
        country = dice.choice(countries)
        form = "W-9" if country == "US" else "W-8BEN"
        facts = {
            "contributor": person,
            "country": country,
            "verified": dice.random() < 0.93,
            "form": form if dice.random() < 0.93 else None,
            "form_days": dice.choice([40, 1000, 1000, 1000]) if form == "W-8BEN" else None,
            "currency": dice.choice(CURRENCIES),
        }
        yield calendar.message("account", f"{person}/{number}", dice.uniform(0, calendar.days / 2), facts)


def _months(dice: random.Random, calendar: Calendar) -> Iterator[Message]:
    """Each month that is over is attributed and closed, and then paid in several tries; some are published.
    In January last year's reserve goes out.
    """
    for month, end in calendar.months():
        facts = {"period": month}
        yield Message(f"attribute:{month}", "attribute", end + timedelta(hours=1), facts)
        yield Message(f"close:{month}", "close", end + timedelta(hours=2), facts)
        if end.year == TURN_OF_THE_YEAR.year and end.month == 1:
            year = {"year": end.year - 1}
            yield Message(f"distribute:{month}", "distribute", end + timedelta(hours=3), year)
        for day in PAY_DAYS:
            yield Message(f"pay:{month}:{day}", "pay", end + timedelta(days=day), facts)
        if dice.random() < PUBLISHED:
            yield Message(f"publish:{month}", "publish", end + timedelta(days=22), facts)


def _disputes(dice: random.Random, calendar: Calendar, people: Sequence[str]) -> Iterator[Message]:
    """Contributors dispute lines of closed months; staff decides later, or not at all."""
    months = list(calendar.months())
    for number in range(max(3, len(people) // 2)):
        person, (month, end) = dice.choice(people), dice.choice(months)
        opened = end + timedelta(seconds=int(dice.uniform(1, 25) * 86_400))
        facts = {"contributor": person, "period": month, "pick": dice.random()}
        yield Message(f"dispute:{number}", "dispute", opened, facts)
        if dice.random() < 0.85:
            decision = {
                "contributor": person,
                "opened": opened,
                "percent": dice.choice([0, 0, 100, 33, -50]),
                "why": dice.choice([kind.value for kind in AdjustmentKind]),
                "against": dice.choice([each.value for each in Against]),
            }
            later = opened + timedelta(days=dice.randint(1, 45))
            yield Message(f"resolve:{number}", "resolve", later, decision)


def _adjustments(dice: random.Random, calendar: Calendar, people: Sequence[str]) -> Iterator[Message]:
    """Typed corrections of both signs; the reserve cannot give more than is in it."""
    for number in range(max(2, len(people) // 4)):
        facts = {
            "contributor": dice.choice(people),
            "micros": dice.choice([1, 999_999, 4_500_001, -1_250_000]),
            "currency": dice.choice(["USD", "USD", "EUR", "JPY"]),
            "why": dice.choice([kind.value for kind in AdjustmentKind]),
            "against": dice.choice([each.value for each in Against]),
        }
        yield calendar.message("adjust", str(number), dice.uniform(5, calendar.days + calendar.tail), facts)
