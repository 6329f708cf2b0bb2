"""What a message does: the same use cases that flows and pages call, each in its own transactions."""

from __future__ import annotations

from collections.abc import Callable

from fairstock.kit.clock import FixedClock
from fairstock.simulate import buyers, office
from fairstock.simulate.model import Message
from fairstock.simulate.world import World


def act(world: World, message: Message) -> None:
    """Do what the message says; raises the use case's own error where it is refused."""
    world.bank.now = message.at
    ACTS[message.kind](world, message, FixedClock(message.at))


ACTS: dict[str, Callable[[World, Message, FixedClock], None]] = {
    "account": office.account,
    "adjust": office.adjust_balance,
    "agreement": buyers.agreement,
    "attribute": office.attribute,
    "clear": office.clear,
    "close": office.close_month,
    "deal": buyers.deal,
    "deal_refund": buyers.deal_refund,
    "dispute": office.dispute,
    "distribute": office.distribute_reserve,
    "pay": office.pay,
    "picture": buyers.picture,
    "publish": office.publish_statements,
    "refund": buyers.sale_refund,
    "resolve": office.resolve_dispute,
    "sale": buyers.sale,
    "takedown": office.takedown,
    "withdraw": office.withdraw,
}
"""By kind of message."""
