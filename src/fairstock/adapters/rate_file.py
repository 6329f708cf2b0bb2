"""Published rates of exchange in a CSV file: date, source, target, rate, published_by; asks nobody."""

from __future__ import annotations

import csv
from bisect import bisect_right
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path

from fairstock.kit.errors import BadInput
from fairstock.payout.model import Rate

OLDEST = timedelta(days=7)
"""A rate counts for this long: banks publish none on weekends and holidays."""


class BadRateFile(BadInput):
    """The file of rates cannot be used."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"The rates in {path} cannot be used: {reason}.",
            remedy="write 2026-11-02,EUR,USD,1.0871,ECB below date,source,target,rate,published_by",
        )


class RateFile:
    """A ``RateSource``; a file that does not exist has no rates. A rate's opposite is not derived from it."""

    def __init__(self, path: Path) -> None:
        self._rates: dict[tuple[str, str], list[Rate]] = {}
        try:
            text = path.read_text(encoding="utf-8") if path.exists() else ""
            for row in csv.DictReader(text.splitlines()):
                rate = _read(row)
                self._rates.setdefault((rate.source_currency, rate.target_currency), []).append(rate)
        except OSError as error:
            raise BadRateFile(path, error.strerror or str(error)) from error
        except (ValueError, KeyError, TypeError, InvalidOperation) as error:
            raise BadRateFile(path, f"{type(error).__name__}: {error}") from error
        for rates in self._rates.values():
            rates.sort(key=lambda rate: rate.on)

    def rate(self, source_currency: str, target_currency: str, on: date) -> Rate | None:
        """See ``RateSource``."""
        rates = self._rates.get((source_currency, target_currency), [])
        until = bisect_right(rates, on, key=lambda rate: rate.on)
        latest = rates[until - 1] if until else None
        return latest if latest and on - latest.on <= OLDEST else None


def _read(row: dict[str, str]) -> Rate:
    value = Decimal(row["rate"])
    if not value.is_finite() or value <= 0:
        message = f"the rate {row['rate']!r} is not above zero"
        raise ValueError(message)
    return Rate(row["source"], row["target"], value, date.fromisoformat(row["date"]), row["published_by"])
