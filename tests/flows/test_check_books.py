"""The flow that checks the books, once through honest and once through corrupted ones."""

from __future__ import annotations

import pytest
from factories.core import add_buyer, sale
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from sqlalchemy import text

from fairstock.bootstrap import App
from fairstock.db.checks import load_checks
from fairstock.ledger.post import post
from flows.check_books import BooksBroken, check_books

pytestmark = pytest.mark.usefixtures("prefect_harness")


@pytest.fixture
def booked(app: App) -> App:
    with app.transaction() as conn:
        post(conn, sale(buyer=add_buyer(conn), fund=0))
    return app


def latest_artifact(key: str) -> str:
    """The data of the newest artifact with this key."""
    wanted = ArtifactFilter(key=ArtifactFilterKey(any_=[key]))
    with get_client(sync_client=True) as client:
        found = client.read_artifacts(artifact_filter=wanted)
    return str(max(found, key=lambda artifact: str(artifact.created)).data)


def test_honest_books_pass(booked: App) -> None:
    rules = len(load_checks())
    assert check_books() == {"rules": rules, "broken": 0, "links": 1}
    data = latest_artifact("check-books")
    assert "sum to zero in each currency" in data
    assert '"holds": "no"' not in data


def test_corrupted_books_fail_and_show_the_rows(booked: App) -> None:
    with booked.transaction() as conn:  # what only a superuser can do
        conn.execute(text("SET LOCAL session_replication_role = replica"))
        conn.execute(text("UPDATE ledger_posting SET amount_micros = amount_micros + 7 WHERE position = 1"))
    with pytest.raises(BooksBroken, match="ledger_totals_zero") as caught:
        check_books()
    assert caught.value.exit_code == 1
    assert {rule.name for rule in caught.value.broken} == {
        "ledger_totals_zero",
        "ledger_transaction_balances",
    }
    assert "sale:1" in latest_artifact("check-books-ledger-transaction-balances")
