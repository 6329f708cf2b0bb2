"""What buyers do: order pictures, license them, agree on prices, sign deals, and want their money back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fairstock.asset import store as assets
from fairstock.asset.model import AssetKind, NewAsset, NewFingerprint
from fairstock.db.transaction import transaction
from fairstock.fund import store as fund
from fairstock.fund.deals import book_deal
from fairstock.fund.refund import refund, refund_deal
from fairstock.fund.sell import sell
from fairstock.generation import store as generation
from fairstock.generation.model import GeneratedImage, Order, RequestState
from fairstock.kit.clock import FixedClock
from fairstock.kit.ids import derived_id
from fairstock.kit.money import Money
from fairstock.license import store as licenses
from fairstock.license.agree import agree
from fairstock.license.model import AgreedTier, RefundKind
from fairstock.provenance import store as marks
from fairstock.provenance.model import Mark
from fairstock.simulate.model import Message
from fairstock.simulate.policies import policy_at
from fairstock.simulate.world import World, digest, fingerprint_of, owners, party_id, picture_id


def picture(world: World, message: Message, clock: FixedClock) -> None:
    """A buyer's picture, made by a release."""
    facts = message.facts
    with transaction(world.engine) as conn:
        buyer = party_id(conn, facts["buyer"])
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


def agreement(world: World, message: Message, clock: FixedClock) -> None:
    """An enterprise agreement: some prices of its own, and a discount from the twentieth picture on."""
    facts = message.facts
    prices = {256: Money.parse(facts["price"], facts["currency"])}
    with transaction(world.engine) as conn:
        agree(
            conn,
            key=message.key,
            buyer_id=party_id(conn, facts["buyer"]),
            currency=facts["currency"],
            tiers=[
                AgreedTier(0, prices, facts["discount_ppm"]),
                AgreedTier(20, {}, facts["discount_ppm"] + 1),
            ],
            valid_from=clock.now(),
            valid_until=facts["until"],
            clock=clock,
        )


def sale(world: World, message: Message, clock: FixedClock) -> None:
    """A license, in the buyer's agreed currency unless the order names another."""
    facts = message.facts
    with transaction(world.engine) as conn:
        sell(
            conn,
            key=message.key,
            asset_id=picture_id(facts["picture"]),
            buyer_id=party_id(conn, facts["buyer"]),
            size=facts["edge"],
            currency=facts["currency"],
            clock=clock,
            policy=policy_at(world.plan, message.at),
        )


def sale_refund(world: World, message: Message, clock: FixedClock) -> None:
    """Give back a percentage of the price, rounded up; more than is left of it is refused."""
    percent = message.facts["percent"]
    with transaction(world.engine) as conn:
        sold = licenses.find_by_key(conn, f"sale:{message.facts['sale']}")
        if sold is None:  # it was refused, or its message is still under way
            raise licenses.SaleMissing(message.facts["sale"])
        refund(
            conn,
            key=message.key,
            sale_id=sold.id,
            amount=_part(sold.price, percent),
            kind=RefundKind.chargeback if percent == 1 else RefundKind.refund,
            reason="simulated",
            clock=clock,
        )


def deal(world: World, message: Message, clock: FixedClock) -> None:
    """A data deal over a set of works; one with a work that was withdrawn meanwhile is refused."""
    facts = message.facts
    with transaction(world.engine) as conn:
        people = owners(conn, world.plan)
        digests = [digest(name) for name in facts["works"]]
        book_deal(
            conn,
            key=message.key,
            buyer_id=party_id(conn, facts["buyer"]),
            price=Money.parse(facts["price"], facts["currency"]),
            asset_ids=[assets.id_of(people[each], each) for each in digests],
            fund_share_ppm=facts["share_ppm"],
            clock=clock,
            policy=policy_at(world.plan, message.at),
        )


def deal_refund(world: World, message: Message, clock: FixedClock) -> None:
    """A deal is cancelled, wholly or in part."""
    with transaction(world.engine) as conn:
        booked = fund.get_deal(conn, derived_id("dea", message.facts["deal"]))
        refund_deal(
            conn,
            key=message.key,
            deal_id=booked.id,
            amount=_part(booked.price, message.facts["percent"]),
            reason="simulated",
            clock=clock,
        )


def _part(price: Money, percent: int) -> Money:
    return Money(-(-price.micros * percent // 100), price.currency)


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
