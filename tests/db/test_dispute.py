"""Disputes about lines of statements, the adjustments they come to, and hits on sanction lists."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from factories.core import add_contributor, usd
from factories.money import AFTER, PERIOD, add_account
from factories.payouts import assert_books, balance, due, earn, pay
from sqlalchemy import Connection, text
from sqlalchemy.exc import DatabaseError

from fairstock.adapters.sanction_file import BadSanctionList, SanctionFile, normalised
from fairstock.adapters.test_bank import TestBank
from fairstock.fund import store as fund
from fairstock.fund.close import close
from fairstock.kit.clock import FixedClock
from fairstock.kit.money import Money
from fairstock.party import store as parties
from fairstock.party.model import PartyKind, Role
from fairstock.payout import store
from fairstock.payout.adjust import NothingToAdjust, ReserveTooSmall, adjust
from fairstock.payout.dispute import (
    AlreadyDisputed,
    BadResolution,
    BadWords,
    Correction,
    DisputeOver,
    NoSuchDispute,
    NoSuchLine,
    StatementLine,
    answer,
    find,
    lines,
    open_dispute,
    resolve,
)
from fairstock.payout.model import (
    AdjustmentKind,
    Against,
    DisputeOutcome,
    EventKind,
    Hold,
    MovementKind,
    SubjectKind,
)
from fairstock.payout.prepare import prepare
from fairstock.settings import PACKAGE_DATA
from fairstock.statement.build import build
from fairstock.statement.write import as_csv

LIST = """
version = "test"
[[person]]
id = "P1"
name = "MÜLLER, Jörg"
aliases = ["J. Mueller"]
[[country]]
id = "C1"
code = "KP"
why = "embargo"
"""


@pytest.fixture
def bank(tmp_path: Path) -> TestBank:
    return TestBank(tmp_path / "bank")


@pytest.fixture
def staff(conn: Connection) -> str:
    kind, roles = PartyKind.staff, {Role.finance}
    return parties.add_party(conn, handle="fin", name="Fin", kind=kind, roles=roles, country="IE")


def first(conn: Connection, who: str, kind: SubjectKind = SubjectKind.allocation) -> StatementLine:
    return next(line for line in lines(conn, who, PERIOD) if line.kind is kind)


def complain(conn: Connection, who: str, line: StatementLine) -> str:
    return open_dispute(
        conn, who, PERIOD, AFTER, kind=line.kind, subject=line.subject, text="That is not right."
    )


def decide(conn: Connection, dispute_id: str, staff: str, correction: Correction | None = None) -> None:
    outcome = DisputeOutcome.upheld if correction else DisputeOutcome.rejected
    resolve(conn, dispute_id, staff, AFTER, outcome=outcome, text="We looked at it.", correction=correction)


def backpay(micros: int, against: Against = Against.house) -> Correction:
    return Correction(usd(micros), AdjustmentKind.backpay, against)


def test_the_disputed_sum_stays_and_the_rest_is_paid(conn: Connection, bank: TestBank, staff: str) -> None:
    [ann] = due(conn, 5_000_000)
    line = first(conn, ann)
    complain(conn, ann, line)
    assert prepare(conn, PERIOD, AFTER).held == {Hold.below_threshold: 1, Hold.dispute_open: 1}
    assert balance(conn, f"payable:{ann}") == -5_000_000
    adjust(
        conn,
        key="bonus",
        contributor_id=ann,
        amount=usd(3_000_000),
        kind=AdjustmentKind.revenue_correction,
        against=Against.house,
        reason="A sale was missed",
        decided_by=staff,
        at=AFTER.at,
    )
    prepared = prepare(conn, PERIOD, AFTER)
    assert (prepared.new, dict(prepared.held)) == (1, {Hold.dispute_open: 1})
    pay(conn, bank)
    assert bank.paid()[prepared.in_transit[0]] == usd(3_000_000)
    assert_books(conn)


def test_a_decision_books_an_adjustment_and_both_stay_visible(
    conn: Connection, bank: TestBank, staff: str
) -> None:
    [ann] = due(conn, 5_000_000)
    dispute_id = complain(conn, ann, first(conn, ann))
    answer(conn, dispute_id, staff, "Which work do you mean?", AFTER)
    answer(conn, dispute_id, ann, "The lake.", AFTER)
    decide(conn, dispute_id, staff, backpay(1_000_000))
    found = find(conn, dispute_id)
    assert [event.kind for event in found.events] == [
        EventKind.opened,
        EventKind.answered,
        EventKind.answered,
        EventKind.resolved,
    ]
    assert found.outcome is DisputeOutcome.upheld
    [adjustment] = store.adjustments_of(conn, [dispute_id])[dispute_id]
    assert (adjustment.amount, adjustment.kind) == (usd(1_000_000), AdjustmentKind.backpay)
    [moved] = store.movements(conn, [ann], PERIOD)[ann]
    assert (moved.kind, moved.amount) == (MovementKind.adjustment, usd(1_000_000))
    assert moved.reason == "Backpay: We looked at it."
    assert balance(conn, f"payable:{ann}") == -6_000_000
    assert prepare(conn, PERIOD, AFTER).held == {}
    pay(conn, bank)
    assert balance(conn, "cash:bank") == -6_000_000
    assert_books(conn)


def test_dispute_and_adjustment_stand_on_the_statements_of_their_months(conn: Connection, staff: str) -> None:
    """The line's month shows the dispute and what it came to, the month of the decision the adjustment."""
    [ann] = due(conn, 5_000_000)
    line = first(conn, ann)
    dispute_id = complain(conn, ann, line)
    [section] = build(conn, ann, PERIOD).currencies
    assert [(each.id, each.subject, each.outcome) for each in section.disputes] == [
        (dispute_id, line.subject, None)
    ]
    november = FixedClock(datetime(2026, 12, 2, tzinfo=UTC))
    close(conn, "2026-11", november)
    correction = Correction(usd(9), AdjustmentKind.dispute_resolution, Against.house)
    upheld = DisputeOutcome.upheld
    resolve(conn, dispute_id, staff, november, outcome=upheld, text="Yes.", correction=correction)
    [before], [after] = (build(conn, ann, period).currencies for period in (PERIOD, "2026-11"))
    [shown], [made] = before.disputes, after.adjustments
    assert (shown.outcome, shown.decided) == ("upheld", "2026-12-02")
    assert shown.came_to == (("dispute_resolution", "0.000009", "2026-11"),)
    assert (made.kind, made.dispute, made.amount) == ("dispute_resolution", dispute_id, usd(9))
    rows = as_csv(build(conn, ann, PERIOD)).decode()
    assert f"dispute,{PERIOD}" in rows
    assert ": upheld" in rows


def test_a_rejected_dispute_moves_nothing_and_frees_the_balance(conn: Connection, staff: str) -> None:
    [ann] = due(conn, 5_000_000)
    line = first(conn, ann)
    dispute_id = complain(conn, ann, line)
    with pytest.raises(BadResolution, match="moves no money"):
        resolve(
            conn,
            dispute_id,
            staff,
            AFTER,
            outcome=DisputeOutcome.rejected,
            text="No.",
            correction=backpay(1),
        )
    decide(conn, dispute_id, staff)
    assert prepare(conn, PERIOD, AFTER).new == 1
    again = complain(conn, ann, line)
    assert again != dispute_id
    assert [each.id for each in store.disputes(conn, resolved=False)] == [again]
    assert {each.id for each in store.disputes_of(conn, ann)} == {dispute_id, again}


def test_a_dispute_takes_nothing_after_its_decision(conn: Connection, staff: str) -> None:
    [ann] = due(conn, 5_000_000)
    dispute_id = complain(conn, ann, first(conn, ann))
    decide(conn, dispute_id, staff, backpay(1_000_000))
    with pytest.raises(DisputeOver):
        decide(conn, dispute_id, staff, backpay(1_000_000))
    with pytest.raises(DisputeOver):
        answer(conn, dispute_id, ann, "But", AFTER)
    for change in (
        "UPDATE payout_dispute_event SET text = 'x'",
        "DELETE FROM payout_dispute_event",
        """INSERT INTO payout_dispute_event SELECT dispute_id, 9, kind, party_id, text, outcome, at
        FROM payout_dispute_event WHERE kind = 'resolved'""",
    ):
        with pytest.raises(DatabaseError), conn.begin_nested():
            conn.execute(text(change))
    assert balance(conn, f"payable:{ann}") == -6_000_000


def test_only_lines_of_the_own_statement_can_be_disputed_and_once_at_a_time(conn: Connection) -> None:
    ann, bob = due(conn, 5_000_000, 5_000_000)
    line = first(conn, ann)
    with pytest.raises(NoSuchLine):
        complain(conn, bob, line)
    dispute_id = complain(conn, ann, line)
    with pytest.raises(AlreadyDisputed, match=dispute_id):
        complain(conn, ann, line)
    with pytest.raises(BadWords):
        answer(conn, dispute_id, ann, "  ", AFTER)
    with pytest.raises(NoSuchDispute):
        find(conn, "dsp_none")


def test_a_dispute_about_a_payment_holds_nothing(conn: Connection, bank: TestBank, staff: str) -> None:
    [ann] = due(conn, 5_000_000)
    add_account(conn, ann, country="BR")
    prepare(conn, PERIOD, AFTER)
    pay(conn, bank)
    dispute_id = complain(conn, ann, first(conn, ann, SubjectKind.payout))
    assert store.disputed(conn) == {}
    euros = Correction(Money(1, "EUR"), AdjustmentKind.refund, Against.house)
    with pytest.raises(BadResolution, match="in USD"):
        decide(conn, dispute_id, staff, euros)
    decide(conn, dispute_id, staff, Correction(usd(1), AdjustmentKind.refund, Against.house))


def test_the_reserve_gives_no_more_than_it_has(conn: Connection, staff: str) -> None:
    [ann] = due(conn, 5_000_000)
    dispute_id = complain(conn, ann, first(conn, ann))
    with pytest.raises(ReserveTooSmall, match=r"USD 0\.00"), conn.begin_nested():
        decide(conn, dispute_id, staff, backpay(1, Against.reserve))
    assert find(conn, dispute_id).outcome is None
    with pytest.raises(NothingToAdjust), conn.begin_nested():
        decide(conn, dispute_id, staff, backpay(0))


def test_a_negative_adjustment_may_leave_a_debt_that_later_earnings_settle(
    conn: Connection, staff: str
) -> None:
    [ann] = due(conn, 5_000_000)
    given = {"contributor_id": ann, "kind": AdjustmentKind.revenue_correction, "decided_by": staff}
    for _ in range(2):  # the same key again is a no-op
        adjust(
            conn, key="x", amount=usd(-7_000_000), against=Against.house, reason="a sale was false",
            at=AFTER.at, **given,
        )  # type: ignore[arg-type]  # fmt: skip
    assert balance(conn, f"payable:{ann}") == 2_000_000
    assert prepare(conn, PERIOD, AFTER).held == {Hold.negative_balance: 1}
    assert_books(conn)


def test_a_hit_on_a_sanction_list_holds_until_staff_clears_it(
    conn: Connection, staff: str, tmp_path: Path
) -> None:
    (tmp_path / "list.toml").write_text(LIST)
    sanctions = SanctionFile(tmp_path / "list.toml")
    jorg = parties.add_party(
        conn,
        handle="jorg",
        name="jorg  Müller",
        kind=PartyKind.contributor,
        roles={Role.contributor},
        country="DE",
    )
    earn(conn, jorg, 5_000_000)
    add_account(conn, jorg)
    due(conn, 5_000_000)
    prepared = prepare(conn, PERIOD, AFTER, sanctions=sanctions)
    assert (prepared.new, dict(prepared.held)) == (1, {Hold.sanction_hit: 1})
    assert prepare(conn, PERIOD, AFTER).held == {Hold.sanction_hit: 1}, "found before"
    [hit] = store.open_hits(conn)
    assert (hit.contributor_id, hit.entry, hit.listed) == (jorg, "P1", "MÜLLER, Jörg")
    assert store.clear_hit(conn, hit.id, staff, "born in another year", AFTER.at)
    assert not store.clear_hit(conn, hit.id, staff, "again", AFTER.at)
    assert prepare(conn, PERIOD, AFTER, sanctions=sanctions).new == 1
    with pytest.raises(store.NoSuchHit):
        store.clear_hit(conn, "hit_none", staff, "?", AFTER.at)
    assert_books(conn)


def test_a_country_on_the_list_is_a_hit(conn: Connection, tmp_path: Path) -> None:
    (tmp_path / "list.toml").write_text(LIST)
    [ann] = due(conn, 5_000_000)
    add_account(conn, ann, country="KP")
    prepare(conn, PERIOD, AFTER, sanctions=SanctionFile(tmp_path / "list.toml"))
    assert [hit.listed for hit in store.open_hits(conn)] == ["country KP: embargo"]


def test_names_are_alike_whatever_their_spelling(tmp_path: Path) -> None:
    (tmp_path / "list.toml").write_text(LIST)
    sanctions = SanctionFile(tmp_path / "list.toml")
    for name in ("Jörg Müller", "MULLER JORG", "müller-jörg", "Mu\u0308ller, Jo\u0308rg", "J Mueller"):
        assert [hit.entry for hit in sanctions.hits(name, ())] == ["P1"], name
    for name in ("Jörg Müller-Schmidt", "Jorg", "", "Mühler Jörg"):
        assert sanctions.hits(name, ("DE",)) == [], name
    assert normalised("Straße Søren Łódź") == {"strasse", "soren", "lodz"}


@pytest.mark.parametrize(
    "body", ["", 'version = "1"\n[[person]]\nid = "x"', 'version = "1"\n[[person]]\nid="x"\nname="-"']
)
def test_a_list_that_cannot_be_read_is_refused(tmp_path: Path, body: str) -> None:
    (tmp_path / "list.toml").write_text(body)
    with pytest.raises(BadSanctionList):
        SanctionFile(tmp_path / "list.toml")
    with pytest.raises(BadSanctionList):
        SanctionFile(tmp_path / "none.toml")


def test_the_example_list_can_be_read_and_names_no_demo_contributor(conn: Connection) -> None:
    sanctions = SanctionFile(PACKAGE_DATA / "sanctions.toml")
    assert sanctions.version.startswith("example-")
    assert sanctions.hits("Vorgan Invented Example", {"IR"})
    assert add_contributor(conn)
    assert fund.latest_closed(conn) is None
