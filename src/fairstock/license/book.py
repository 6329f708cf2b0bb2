"""The price book in force: the file that travels with this package."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from fairstock.license.model import PriceBook
from fairstock.license.rules import read_price_book


@lru_cache(maxsize=1)
def price_book_in_force() -> PriceBook:
    """The price book of this version of fairstock; raises ``BadPriceBook``."""
    return read_price_book((Path(__file__).parent / "price_book.toml").read_text(encoding="utf-8"))
