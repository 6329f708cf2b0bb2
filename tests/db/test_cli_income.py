"""The commands on the fund's income, as a person types them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from factories.core import add_buyer, add_contributor
from factories.money import add_generated, add_licensed_works, add_release
from typer.testing import CliRunner

from fairstock.bootstrap import App
from fairstock.cli.main import app as program
from fairstock.db.checks import run_checks
from fairstock.fund.sell import sell
from fairstock.kit.errors import FairstockError

Run = Callable[..., str]


@pytest.fixture
def run(app: App) -> Run:
    """Run the program and return what it printed; errors come through as they are."""

    def typed(*words: str) -> str:
        done = CliRunner().invoke(program, words)
        if isinstance(done.exception, FairstockError):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done.output

    return typed


def test_prices_are_agreed_a_picture_sold_and_given_back(app: App, run: Run) -> None:
    with app.transaction() as conn:
        buyer = add_buyer(conn)
        add_release(conn, {"cat": (add_contributor(conn), 1)})
        picture = add_generated(conn, buyer)
    words = ("agree", "a1", "--buyer", "studio", "--first-day", "2026-01-01", "--discount", "0.5")
    assert "version 1 for studio in USD" in run(*words, "--price", "256=0.007")
    with app.transaction() as conn:
        order = {"asset_id": picture, "buyer_id": buyer, "clock": app.clock}
        sales = [sell(conn, key=str(size), size=size, **order) for size in (256, 1024)]  # type: ignore[arg-type]
    assert [str(sale.price) for sale in sales] == ["USD 0.007", "USD 0.01"]
    part = run("refund", sales[1].id, "--reason", "blurred", "--amount", "0.004")
    assert "USD 0.004 given back, USD 0.0012 of it" in part
    assert run("refund", sales[1].id, "--reason", "blurred", "--amount", "0.004") == part
    assert "USD 0.006" in run("refund", sales[1].id, "--reason", "blurred", "--kind", "chargeback")
    with app.transaction() as conn:
        assert run_checks(conn) == []


def test_a_deal_is_booked_and_cancelled(app: App, run: Run, tmp_path: Path) -> None:
    with app.transaction() as conn:
        add_buyer(conn)
        works = add_licensed_works(conn, add_contributor(conn), [1, 2])
    (tmp_path / "works").write_text("\n".join(works))
    words = ("deal", "d1", "--buyer", "studio", "--price", "1000", "--currency", "EUR", "--share", "0.6")
    booked = run(*words, "--works", str(tmp_path / "works"), "--last-day", "2030-12-31")
    assert "2 works for EUR 1000.00, EUR 600.00 to the contributors" in booked
    assert "EUR 1000.00 given back" in run(
        "refund", booked.partition(":")[0], "--reason", "x", "--kind", "cancellation"
    )
    with app.transaction() as conn:
        assert run_checks(conn) == []


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("refund", "sal_none", "--reason", "x"), "sal_none"),
        (("refund", "dea_none", "--reason", "x"), "dea_none"),
        (("agree", "a", "--buyer", "nobody", "--first-day", "2026-01-01"), "nobody"),
        (("agree", "a", "--buyer", "b", "--first-day", "2026-01-01", "--discount", "half"), "'half'"),
        (("agree", "a", "--buyer", "b", "--first-day", "2026-01-01", "--price", "0.01"), "'0.01'"),
    ],
)
def test_what_is_wrong_is_named(run: Run, words: tuple[str, ...], named: str) -> None:
    with pytest.raises(FairstockError, match=named) as caught:
        run(*words)
    assert caught.value.exit_code == 2
