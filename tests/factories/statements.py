"""A closed month with its statements, for tests."""

from __future__ import annotations

from pathlib import Path

from factories.core import add_buyer, add_contributor, usd
from factories.money import (
    AFTER,
    IN_PERIOD,
    PERIOD,
    add_account,
    add_generated,
    add_licensed_works,
    add_release,
    attribute,
    sell_one,
)
from sqlalchemy import Connection

from fairstock.adapters.test_bank import TestBank
from fairstock.fund.close import close
from fairstock.fund.deals import book_deal
from fairstock.fund.model import WHOLE_PPB
from fairstock.kit.objects import ObjectStore
from fairstock.payout import store as payouts
from fairstock.payout.prepare import prepare
from fairstock.payout.settle import ask, book
from fairstock.statement import store
from fairstock.statement.build import build
from fairstock.statement.edition import seal
from fairstock.statement.frame import frame
from fairstock.statement.model import CurrencyStatement
from fairstock.statement.publish import copy_root, copy_to, publish
from fairstock.statement.store.editions import Edition

NOTICE = "The money is invented."


class Month:
    """A closed month: three sales of a picture with measured attribution, and a deal over two works."""

    def __init__(self, conn: Connection) -> None:
        self.conn = conn
        self.buyer = add_buyer(conn)
        self.ann, self.bob = add_contributor(conn, "ann"), add_contributor(conn, "bob")
        add_account(conn, self.ann)
        works = {"=cat()": (self.ann, 1), "dog": (self.bob, 2), "owl": (self.bob, 3)}
        add_release(conn, works)
        picture = add_generated(conn, self.buyer)
        owners = {name: owner for name, (owner, _) in works.items()}
        shares = {"=cat()": WHOLE_PPB // 2, "dog": WHOLE_PPB // 2}
        attribute(conn, picture, shares, owners, reliability_ppb=WHOLE_PPB // 3)
        self.sales = [sell_one(conn, picture, self.buyer, f"sale-{n}") for n in range(3)]
        delivered = [*add_licensed_works(conn, self.ann, [1]), *add_licensed_works(conn, self.bob, [2])]
        book_deal(
            conn, key="deal", buyer_id=self.buyer, price=usd(20_000_001), asset_ids=delivered, clock=IN_PERIOD
        )
        close(conn, PERIOD, AFTER)

    def pay(self, bank: TestBank) -> None:
        prepare(self.conn, PERIOD, AFTER)
        waiting = payouts.in_transit(self.conn, PERIOD)
        answers = ask(bank, list(payouts.orders(self.conn, waiting).values()))
        book(self.conn, waiting, answers, AFTER)

    def usd(self, who: str, period: str = PERIOD) -> CurrencyStatement:
        [found] = build(self.conn, who, period).currencies
        return found


def publish_all(month: Month, objects: ObjectStore, folder: Path) -> Edition:
    people = store.recipients(month.conn, PERIOD)
    shared = frame(month.conn, PERIOD)
    assert publish(month.conn, objects, shared, people, notice=NOTICE, clock=AFTER) == len(people)
    edition = seal(month.conn, objects, shared, notice=NOTICE, clock=AFTER)
    copy_root(objects, folder, edition, ())
    assert copy_to(month.conn, objects, folder, PERIOD, people) == len(people)
    return edition
