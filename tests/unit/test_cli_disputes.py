"""Disputes on the command line."""

from __future__ import annotations

from factories.money import AFTER, PERIOD
from factories.payouts import due
from typer.testing import CliRunner

from fairstock.bootstrap import App
from fairstock.cli.disputes import MayNotDecide
from fairstock.cli.disputes import app as commands
from fairstock.ledger import store as ledger
from fairstock.party import store as parties
from fairstock.party.model import PartyKind, Role
from fairstock.payout.dispute import DisputeOver, lines, open_dispute


def run(*words: str) -> tuple[int, str, BaseException | None]:
    result = CliRunner().invoke(commands, list(words), env={"COLUMNS": "300"})
    return result.exit_code, result.output, result.exception


def test_disputes_are_listed_and_decided(app: App) -> None:
    with app.transaction() as conn:
        [ann] = due(conn, 5_000_000)
        for handle, role in (("fin", Role.finance), ("rev", Role.reviewer)):
            kind = PartyKind.staff
            parties.add_party(conn, handle=handle, name=handle, kind=kind, roles={role}, country="IE")
        line = next(iter(lines(conn, ann, PERIOD)))
        dispute = open_dispute(
            conn, ann, PERIOD, AFTER, kind=line.kind, subject=line.subject, text="Too little."
        )
    assert dispute in run("list")[1]
    decision = ("resolve", dispute, "upheld", "--reason", "Right.", "--amount", "1.50", "--kind", "backpay")
    assert isinstance(run(*decision, "--by", "rev")[2], MayNotDecide)
    assert run(*decision, "--by", "fin") == (0, f"{dispute} is upheld; USD 1.50 booked.\n", None)
    assert isinstance(run(*decision, "--by", "fin")[2], DisputeOver)
    assert "Nothing is disputed." in run("list")[1]
    assert "upheld" in run("list", "--all")[1]
    with app.transaction() as conn:
        assert ledger.balance(conn, f"payable:{ann}", "USD").micros == -6_500_000
