"""What every source of exchange rates keeps to."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from fairstock.adapters.rate_file import BadRateFile, RateFile
from fairstock.payout.ports import RateSource

HEAD = "date,source,target,rate,published_by\n"


@pytest.fixture
def source(tmp_path: Path) -> RateSource:
    (tmp_path / "rates.csv").write_text(
        HEAD + "2026-11-06,EUR,USD,1.0900,ECB\n2026-11-02,EUR,USD,1.0871,ECB\n2026-11-02,USD,EUR,0.91,ECB\n"
    )
    return RateFile(tmp_path / "rates.csv")


@pytest.mark.parametrize(
    ("on", "rate"),
    [
        (date(2026, 11, 1), None),
        (date(2026, 11, 2), Decimal("1.0871")),
        (date(2026, 11, 5), Decimal("1.0871")),
        (date(2026, 11, 6), Decimal("1.09")),
        (date(2026, 11, 13), Decimal("1.09")),
        (date(2026, 11, 14), None),
    ],
)
def test_the_latest_rate_counts_for_a_week(source: RateSource, on: date, rate: Decimal | None) -> None:
    found = source.rate("EUR", "USD", on)
    assert (found.value if found else None) == rate


def test_a_rate_says_where_it_is_from_and_its_opposite_is_another(source: RateSource) -> None:
    found = source.rate("USD", "EUR", date(2026, 11, 3))
    assert found is not None
    assert (found.value, found.on, found.published_by) == (Decimal("0.91"), date(2026, 11, 2), "ECB")
    assert source.rate("USD", "GBP", date(2026, 11, 3)) is None


@pytest.mark.parametrize(
    "line", ["2026-11-02,EUR,USD,0,ECB", "2026-11-02,EUR,USD,x,ECB", "2026-13-02,EUR,USD,1,ECB", "1,2"]
)
def test_a_file_with_a_bad_line_is_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / "rates.csv").write_text(HEAD + line + "\n")
    with pytest.raises(BadRateFile):
        RateFile(tmp_path / "rates.csv")


def test_no_file_means_no_rates(tmp_path: Path) -> None:
    assert RateFile(tmp_path / "none.csv").rate("EUR", "USD", date(2026, 11, 2)) is None
