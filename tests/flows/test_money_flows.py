"""The four flows of the money: through success, through failures, and through a killed process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from factories.core import add_buyer, add_contributor, usd
from factories.money import (
    AFTER,
    IN_PERIOD,
    PERIOD,
    RELEASE,
    add_account,
    add_generated,
    add_licensed_works,
    add_release,
    sell_one,
    sha,
)
from fakes.attributor import FixedAttributor
from prefect.settings import PREFECT_API_URL
from sqlalchemy import Connection, text

from fairstock.adapters.test_bank import ANYBODY, Behaviour, TestBank
from fairstock.attribution import store as attribution
from fairstock.bootstrap import App
from fairstock.db.checks import run_checks
from fairstock.fund import store as fund
from fairstock.fund.close import NotAttributed
from fairstock.fund.deals import book_deal
from fairstock.kit.objects import ObjectMissing
from fairstock.ledger import store as ledger
from fairstock.payout.prepare import PeriodNotClosed
from fairstock.statement.publish import INVENTED, FolderUnwritable
from flows import pay_contributors as pay_module
from flows.attribute_sales import attribute_sales
from flows.close_period import close_period
from flows.pay_contributors import PaymentsUnsettled, pay_contributors
from flows.publish_statements import publish_statements

pytestmark = pytest.mark.usefixtures("prefect_harness")


class Shop:
    """Two contributors, two pictures sold three times, and a deal; nothing is attributed yet."""

    def __init__(self, app: App, conn: Connection) -> None:
        self.app = app
        self.buyer = add_buyer(conn)
        self.ann, self.bob = add_contributor(conn, "ann"), add_contributor(conn, "bob")
        add_release(conn, {"cat": (self.ann, 1), "dog": (self.bob, 2)})
        self.pictures = [add_generated(conn, self.buyer, seed, objects=app.objects) for seed in (1, 2)]
        for n in range(3):
            sell_one(conn, self.pictures[n % 2], self.buyer, f"sale-{n}")
        works = [*add_licensed_works(conn, self.ann, [1]), *add_licensed_works(conn, self.bob, [2])]
        book_deal(
            conn, key="deal", buyer_id=self.buyer, price=usd(20_000_000), asset_ids=works, clock=IN_PERIOD
        )
        for who in (self.ann, self.bob):
            add_account(conn, who)

    @property
    def bank(self) -> TestBank:
        return TestBank(self.app.home / "test-bank")

    def balance(self, account: str) -> int:
        with self.app.transaction() as conn:
            return ledger.balance(conn, account, "USD").micros

    def assert_books(self) -> None:
        with self.app.transaction() as conn:
            assert run_checks(conn) == []


@pytest.fixture
def shop(app: App, monkeypatch: pytest.MonkeyPatch) -> Shop:
    app.clock = AFTER
    app.__dict__["attributor"] = FixedAttributor(RELEASE, [(sha("cat"), 3.0), (sha("dog"), 1.0)])
    monkeypatch.setattr(pay_module.ask_and_book, "retry_delay_seconds", [0, 0, 0])
    with app.transaction() as conn:
        return Shop(app, conn)


def closed(shop: Shop) -> Shop:
    """The shop with its month closed."""
    attribute_sales(PERIOD)
    close_period(PERIOD)
    return shop


def test_the_whole_month(shop: Shop) -> None:
    assert attribute_sales(PERIOD) == {
        "images": 2,
        "shares": 4,
        "unattributable": 0,
        "sold": 2,
        "other_release": 0,
    }
    closing = close_period(PERIOD)
    assert closing["accrued"] == {"USD": 10_018_000}
    assert (closing["allocated"], closing["reserve"]) == ({"USD": 10_009_000}, {"USD": 9_000})
    assert closing["contributors"] == 2
    assert pay_contributors(PERIOD) == {
        "paid_micros": {"USD": 10_000_000},
        "contributors_paid": 2,
        "held": {},
        "returned": 0,
        "in_transit": 0,
    }
    published = publish_statements(PERIOD)
    assert (published["statements"], published["folder"]) == (2, str(shop.app.home / "statements" / PERIOD))
    statement = json.loads((Path(published["folder"]) / "ann.json").read_text())
    assert statement["currencies"][0]["payout"]["state"] == "paid"
    assert statement["notice"] is None
    shop.assert_books()


def test_every_flow_again_changes_nothing(shop: Shop) -> None:
    closed(shop)
    pay_contributors(PERIOD)
    publish_statements(PERIOD)
    with shop.app.transaction() as conn:
        before = counts(conn)
    assert attribute_sales(PERIOD)["images"] == 0
    again = [close_period(PERIOD), pay_contributors(PERIOD), publish_statements(PERIOD)]
    assert again[1]["paid_micros"] == {"USD": 10_000_000}
    with shop.app.transaction() as conn:
        assert counts(conn) == before
    shop.assert_books()


def counts(conn: Connection) -> Mapping[str, int]:
    """Rows of everything that a second run must not add to."""
    tables = (
        "ledger_transaction",
        "ledger_posting",
        "fund_allocation",
        "payout",
        "payout_outcome",
        "statement_issue",
    )
    return {each: int(conn.scalar(text(f"SELECT count(*) FROM {each}")) or 0) for each in tables}  # noqa: S608


def test_statements_of_invented_money_say_so(shop: Shop) -> None:
    shop.app.settings.demo_marker.parent.mkdir(parents=True)
    shop.app.settings.demo_marker.touch()
    closed(shop)
    folder = Path(publish_statements(PERIOD)["folder"])
    assert json.loads((folder / "bob.json").read_text())["notice"] == INVENTED
    assert all(INVENTED in line for line in (folder / "bob.csv").read_text().splitlines()[1:])
    assert INVENTED in (folder / "_sources.csv").read_text()


def test_attribution_survives_a_method_that_fails_once(shop: Shop) -> None:
    shop.app.__dict__["attributor"].failures = 1
    assert attribute_sales(PERIOD)["images"] == 2


def test_attribution_of_lost_bytes_fails_and_writes_nothing(shop: Shop) -> None:
    for digest in list(shop.app.objects.digests()):
        shop.app.objects.delete(digest)
    with pytest.raises(ObjectMissing):
        attribute_sales(PERIOD)
    with shop.app.transaction() as conn:
        assert attribution.shares_of(conn, shop.pictures) == {each: [] for each in shop.pictures}


def test_pictures_of_another_release_are_left_for_its_own_method(shop: Shop) -> None:
    shop.app.__dict__["attributor"] = FixedAttributor("house-other", [])
    assert attribute_sales(PERIOD) == {
        "images": 0,
        "shares": 0,
        "unattributable": 0,
        "sold": 0,
        "other_release": 2,
    }


def test_a_month_without_sales_needs_no_method(shop: Shop) -> None:
    del shop.app.__dict__["attributor"]
    assert attribute_sales("2026-01")["sold"] == 0


def test_an_unattributed_month_is_not_closed_unless_allowed(shop: Shop) -> None:
    with pytest.raises(NotAttributed):
        close_period(PERIOD)
    assert shop.balance("reserve:fund") == 0
    assert close_period(PERIOD, allow_unattributed=True)["reserve"] == {"USD": 9_000}


KILL_CLOSE = """
import os, signal, sys
from fairstock.fund import close as module
from fairstock.bootstrap import get_app

at = int(sys.argv[1])
steps = [0]

def dying(function):
    def called(*args, **kwargs):
        result = function(*args, **kwargs)
        steps[0] += 1
        if steps[0] == at:
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    return called

for name in ("divide", "_book"):
    setattr(module, name, dying(getattr(module, name)))
module.months.freeze = dying(module.months.freeze)
app = get_app()
with app.transaction() as conn:
    module.close(conn, "2026-10", app.clock)
"""


@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_close_that_is_killed_leaves_the_month_open(shop: Shop, at: int) -> None:
    attribute_sales(PERIOD)
    assert run_and_die(KILL_CLOSE, str(at)) == -signal.SIGKILL
    with shop.app.transaction() as conn:
        assert fund.latest_closed(conn) is None
        assert fund.pools_of(conn, PERIOD) == []
    assert close_period(PERIOD)["allocated"] == {"USD": 10_009_000}
    shop.assert_books()


def test_an_open_month_is_not_paid(shop: Shop) -> None:
    with pytest.raises(PeriodNotClosed):
        pay_contributors(PERIOD)
    assert shop.bank.paid() == {}


def test_a_run_says_that_no_money_leaves_unless_all_of_it_is_invented(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    closed(shop)
    for invented in (False, True):
        shop.app.settings = shop.app.settings.model_copy(update={"demo": invented})
        caplog.clear()
        pay_contributors(PERIOD)
        assert ("no money leaves" in caplog.text) is not invented


@pytest.mark.parametrize(
    "behaviour", [Behaviour.refuse_connection, Behaviour.lose_answer, Behaviour.answer_late]
)
def test_a_bank_that_is_silent_for_a_while(shop: Shop, behaviour: Behaviour) -> None:
    closed(shop)
    shop.bank.tell(ANYBODY, behaviour, times=2)
    assert pay_contributors(PERIOD)["paid_micros"] == {"USD": 10_000_000}
    assert sum(money.micros for money in shop.bank.paid().values()) == 10_000_000
    shop.assert_books()


def test_a_bank_that_stays_silent_fails_the_run_and_the_next_one_goes_on(shop: Shop) -> None:
    closed(shop)
    shop.bank.tell(ANYBODY, Behaviour.refuse_connection, times=99)
    with pytest.raises(PaymentsUnsettled, match="run pay_contributors for 2026-10 again"):
        pay_contributors(PERIOD)
    assert shop.balance("cash:bank") == 0
    assert shop.balance(f"in_transit:{shop.ann}") == -5_000_000
    shop.assert_books()
    shop.bank.tell(ANYBODY, Behaviour.answer_twice, times=2)
    assert pay_contributors(PERIOD)["contributors_paid"] == 2
    assert shop.balance("cash:bank") == -10_000_000
    shop.assert_books()


def test_money_that_comes_back_is_owed_again(shop: Shop) -> None:
    closed(shop)
    shop.bank.tell(f"ACC-{shop.ann}", Behaviour.send_back)
    summary = pay_contributors(PERIOD)
    assert (summary["returned"], summary["contributors_paid"]) == (1, 1)
    assert shop.balance(f"payable:{shop.ann}") == -5_004_500
    statement = json.loads((Path(publish_statements(PERIOD)["folder"]) / "ann.json").read_text())
    assert statement["currencies"][0]["payout"]["state"] == "returned"
    assert statement["currencies"][0]["closing"] == "5.004500"
    shop.assert_books()


def test_the_next_run_hears_that_money_was_taken_back(shop: Shop) -> None:
    closed(shop)
    pay_contributors(PERIOD)
    taken = min(shop.bank.paid())
    shop.bank.take_back(taken)
    assert pay_contributors(PERIOD)["in_transit"] == 0
    assert shop.balance("cash:bank") == -5_000_000
    shop.assert_books()


KILL_PAY = """
import os, signal
from fairstock.bootstrap import get_app
from flows.pay_contributors import pay_contributors

class Dying:
    def __init__(self, rail):
        self.rail = rail
    def send(self, *args):
        return self.rail.send(*args)
    def notices(self, keys):
        self.rail.notices(keys)
        os.kill(os.getpid(), signal.SIGKILL)

app = get_app()
app.__dict__["payment_rail"] = Dying(app.payment_rail)
pay_contributors("2026-10")
"""


def test_a_run_killed_between_bank_and_booking_pays_once(shop: Shop) -> None:
    closed(shop)
    assert run_and_die(KILL_PAY) == -signal.SIGKILL
    assert len(shop.bank.paid()) == 2
    assert shop.balance("cash:bank") == 0
    assert pay_contributors(PERIOD)["paid_micros"] == {"USD": 10_000_000}
    assert shop.balance("cash:bank") == -10_000_000
    assert sum(money.micros for money in shop.bank.paid().values()) == 10_000_000
    shop.assert_books()


def run_and_die(script: str, *arguments: str) -> int:
    """Run a script on the test's own home and database; returns how it ended."""
    environment = {
        **os.environ,
        "PYTHONPATH": f"src{os.pathsep}.",
        "PREFECT_API_URL": str(PREFECT_API_URL.value()),
    }
    command = [sys.executable, "-c", script, *arguments]
    return subprocess.run(command, env=environment, check=False, timeout=120).returncode


def test_a_folder_in_the_way_fails_and_can_be_put_right(shop: Shop) -> None:
    closed(shop)
    blocked = shop.app.home / "statements"
    blocked.write_text("in the way")
    with pytest.raises(FolderUnwritable):
        publish_statements(PERIOD)
    blocked.unlink()
    assert publish_statements(PERIOD)["statements"] == 2
