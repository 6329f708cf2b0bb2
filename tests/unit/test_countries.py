"""Codes of countries."""

import pytest

from fairstock.kit.countries import COUNTRIES, NotACountry, checked_country


def test_all_countries_of_the_standard_are_known() -> None:
    assert len(COUNTRIES) == 249
    assert all(len(code) == 2 and code.isascii() and code.isupper() for code in COUNTRIES)


def test_a_code_is_read_in_either_case() -> None:
    assert checked_country(" pt") == "PT"


@pytest.mark.parametrize("text", ["", "D", "DEU", "UK", "EU", "XX", "ZZ", "\u0130T"])
def test_what_is_no_country_is_refused(text: str) -> None:
    with pytest.raises(NotACountry, match="two letters"):
        checked_country(text)
