"""What a message does: the same use cases that flows and pages call, each in its own transactions."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Engine

from fairstock.asset import store as assets
from fairstock.asset.model import AssetKind, AssetState, Fingerprint, NewAsset, NewFingerprint
from fairstock.attribution import store as attribution
from fairstock.attribution.rules import to_shares
from fairstock.db.transaction import transaction
from fairstock.fund import store as fund
from fairstock.fund.close import close as close_period
from fairstock.fund.deals import book_deal
from fairstock.fund.refund import refund
from fairstock.fund.sell import sell
from fairstock.generation import store as generation
from fairstock.generation.model import GeneratedImage, Order, RequestState
from fairstock.kit.clock import FixedClock
from fairstock.kit.money import Money
from fairstock.kit.months import month_bounds
from fairstock.license import store as licenses
from fairstock.license.model import RefundKind
from fairstock.party import store as parties
from fairstock.payout import store as payouts
from fairstock.payout.model import Account
from fairstock.payout.prepare import prepare
from fairstock.payout.settle import ask, book
from fairstock.provenance import store as marks
from fairstock.provenance.model import Mark
from fairstock.simulate.bank import SimulatedBank
from fairstock.simulate.model import Message, Plan
from fairstock.simulate.policies import policy_at

METHOD = ("simulated", "1")


@dataclass(frozen=True, slots=True)
class World:
    """What a message acts on."""

    engine: Engine
    plan: Plan
    bank: SimulatedBank


def digest(name: str) -> str:
    """Stands for a file's SHA-256."""
    return hashlib.sha256(name.encode()).hexdigest()


def fingerprint_of(name: str) -> Fingerprint:
    """Stands for the hashes of a picture that nobody has drawn."""
    bits = bytes.fromhex(digest(name))
    return Fingerprint(int.from_bytes(bits[:8], signed=True), int.from_bytes(bits[8:16], signed=True))


def act(world: World, message: Message) -> None:
    """Do what the message says; raises the use case's own error where it is refused."""
    world.bank.now = message.at
    _ACTS[message.kind](world, message, FixedClock(message.at))


def _account(world: World, message: Message, clock: FixedClock) -> None:
    facts = message.facts
    with transaction(world.engine) as conn:
        person = parties.ids_by_handle(conn, [facts["contributor"]])[facts["contributor"]]
        until = None if facts["form_days"] < 0 else (clock.at + timedelta(days=facts["form_days"])).date()
        account = Account(
            contributor_id=person, method="simulated", reference=f"SIM-{facts['contributor']}",
            verified=facts["verified"], country=facts["country"], tax_form_valid_until=until,
        )  # fmt: skip
        payouts.put_account(conn, account, clock.now())


def _picture(world: World, message: Message, clock: FixedClock) -> None:
    """A buyer's picture, made by a release, with what the attribution says about it."""
    facts = message.facts
    with transaction(world.engine) as conn:
        buyer = _party(conn, facts["buyer"])
        order = Order(message.key, buyer, f"picture {facts['picture']}", 1, facts["edge"])
        request = generation.add(conn, order, RequestState.pending, {"decision": "allow"}, clock.now())
        if request.state is RequestState.done:
            return
        asset_id = assets.add(conn, _generated(facts))
        assets.add_fingerprint(conn, NewFingerprint(asset_id, fingerprint_of(f"picture {facts['picture']}")))
        image = GeneratedImage(asset_id, request.id, 0, 1, facts["release"], 1, (), None, None)
        generation.add_images(conn, [image])
        marks.add_marks(conn, {asset_id: Mark("none", None, "simulated: it has no pixels")}, clock.now())
        generation.set_state(conn, request.id, RequestState.done, at=clock.now(), release_id=facts["release"])


def _takedown(world: World, message: Message, clock: FixedClock) -> None:
    with transaction(world.engine) as conn:
        assets.withdraw(conn, _picture_id(message.facts["picture"]), AssetState.taken_down)


def _sale(world: World, message: Message, clock: FixedClock) -> None:
    facts = message.facts
    with transaction(world.engine) as conn:
        sell(
            conn,
            key=message.key,
            asset_id=_picture_id(facts["picture"]),
            buyer_id=_party(conn, facts["buyer"]),
            size=facts["edge"],
            clock=clock,
            policy=policy_at(message.at),
        )


def _refund(world: World, message: Message, clock: FixedClock) -> None:
    """Give back a percentage of the price, rounded up, or all that is left where less is."""
    with transaction(world.engine) as conn:
        sale = licenses.find_by_key(conn, f"sale:{message.facts['sale']}")
        if sale is None:  # it was refused, or its message is still under way
            raise licenses.SaleMissing(message.facts["sale"])
        micros = -(-sale.price.micros * message.facts["percent"] // 100)
        kind = RefundKind.chargeback if message.facts["percent"] == 1 else RefundKind.refund
        refund(
            conn,
            key=message.key,
            sale_id=sale.id,
            amount=Money(micros, sale.price.currency),
            kind=kind,
            reason="simulated",
            clock=clock,
        )


def _deal(world: World, message: Message, clock: FixedClock) -> None:
    facts = message.facts
    owners = {work.name: work.contributor for work in world.plan.works}
    with transaction(world.engine) as conn:
        people = parties.ids_by_handle(conn, set(owners.values()))
        works = [assets.id_of(people[owners[name]], digest(name)) for name in facts["works"]]
        price = Money.parse(facts["price"], "USD")
        buyer = _party(conn, facts["buyer"])
        book_deal(
            conn,
            key=message.key,
            buyer_id=buyer,
            price=price,
            asset_ids=works,
            clock=clock,
            policy=policy_at(message.at),
        )


def _attribute(world: World, message: Message, clock: FixedClock) -> None:
    """Shares in every sold picture of the month, as a method of half reliability finds them."""
    owners = {digest(work.name): work.contributor for work in world.plan.works}
    with transaction(world.engine) as conn:
        people = parties.ids_by_handle(conn, set(owners.values()))
        for release, sold in fund.accrued_assets(conn, message.facts["period"]).items():
            names = world.plan.releases[release]
            method = attribution.register_method(
                conn, name=METHOD[0], version=METHOD[1], release_id=release, at=clock.now()
            )
            missing = attribution.missing(conn, method.id, sold)
            shares = {asset_id: to_shares(_weights(world.plan.seed, asset_id, names)) for asset_id in missing}
            holders = {work: people[owner] for work, owner in owners.items()}
            attribution.record(conn, method.id, shares, holders, clock.now())


def _close(world: World, message: Message, clock: FixedClock) -> None:
    period = message.facts["period"]
    rules = policy_at(month_bounds(period)[0])  # the policy of the month's first day divides it
    with transaction(world.engine) as conn:
        close_period(conn, period, clock, policy=rules, allow_unattributed=True)


def _pay(world: World, message: Message, clock: FixedClock) -> None:
    """Order, ask the bank, book its answers: three steps, as the flow makes them."""
    with transaction(world.engine) as conn:
        prepared = prepare(conn, message.facts["period"], clock)
    with transaction(world.engine) as conn:
        ended = payouts.outcomes(conn, prepared.in_transit)
        waiting = payouts.orders(conn, [each for each in prepared.in_transit if each not in ended])
    answers = ask(world.bank, list(waiting.values()))
    with transaction(world.engine) as conn:
        book(conn, waiting, answers, clock)


def _weights(seed: int, asset_id: str, names: tuple[str, ...]) -> list[tuple[str, float]]:
    """Up to eight works with weights, decided by the picture."""
    dice = random.Random(f"{seed}/{asset_id}")  # noqa: S311  # a simulation, not a secret
    chosen = dice.sample(sorted(names), min(8, len(names)))
    return [(digest(name), dice.choice([0.0, 1.0, 1.0, 2.0, 5.0])) for name in chosen]


def _generated(facts: Mapping[str, Any]) -> NewAsset:
    return NewAsset(
        contributor_id=None,
        kind=AssetKind.generated,
        sha256=digest(f"picture {facts['picture']}"),
        mime="image/png",
        width=facts["edge"],
        height=facts["edge"],
        bytes=1,
        title=f"picture {facts['picture']}",
        keywords=(),
        license="house",
        source="simulation",
        training_consent=False,
    )


def _picture_id(number: int) -> str:
    return assets.id_of(None, digest(f"picture {number}"))


def _party(conn: Connection, handle: str) -> str:
    return parties.ids_by_handle(conn, [handle])[handle]


_ACTS: dict[str, Callable[[World, Message, FixedClock], None]] = {
    "account": _account,
    "picture": _picture,
    "takedown": _takedown,
    "sale": _sale,
    "refund": _refund,
    "deal": _deal,
    "attribute": _attribute,
    "close": _close,
    "pay": _pay,
}
