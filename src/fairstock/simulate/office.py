"""What contributors and staff do: accounts, takedowns, the months' ends, payments, disputes, corrections."""

from __future__ import annotations

import random
from datetime import timedelta

from fairstock.asset import store as assets
from fairstock.asset.model import AssetState
from fairstock.attribution import store as attribution
from fairstock.attribution.rules import to_shares
from fairstock.db.transaction import transaction
from fairstock.fund import store as fund
from fairstock.fund.close import close as close_period
from fairstock.fund.reserve import distribute
from fairstock.kit.clock import FixedClock
from fairstock.kit.errors import BadInput, NotFound
from fairstock.kit.money import Money
from fairstock.kit.months import month_bounds
from fairstock.payout import store as payouts
from fairstock.payout.adjust import adjust
from fairstock.payout.dispute import Correction, lines, open_dispute, resolve
from fairstock.payout.model import Account, AdjustmentKind, Against, DisputeOutcome, TaxForm
from fairstock.payout.prepare import prepare
from fairstock.payout.settle import ask, book, hear
from fairstock.simulate.model import Message
from fairstock.simulate.policies import policy_at
from fairstock.simulate.world import METHOD, World, digest, owners, party_id, picture_id
from fairstock.statement import store as statements
from fairstock.statement.edition import seal
from fairstock.statement.frame import frame
from fairstock.statement.large import publish_inputs
from fairstock.statement.publish import INVENTED, publish

STAFF = "finance"
"""Handle of the one who decides."""

RECALL = timedelta(days=120)
"""For so long the bank is asked whether it took a payment back."""


class NoSuchDisputeYet(NotFound):
    """A decision came before the dispute that it decides."""

    def __init__(self, key: str) -> None:
        super().__init__(f"The dispute {key} has not come in.")


class NothingToDispute(BadInput):
    """A contributor's statement has no line."""

    def __init__(self, handle: str) -> None:
        super().__init__(f"{handle} has nothing to dispute.")


def account(world: World, message: Message, clock: FixedClock) -> None:
    """A contributor names an account, or changes it."""
    facts = message.facts
    until = None if facts["form_days"] is None else (clock.at + timedelta(days=facts["form_days"])).date()
    with transaction(world.engine) as conn:
        new = Account(
            contributor_id=party_id(conn, facts["contributor"]),
            method="simulated",
            reference=f"SIM-{message.key}",
            verified=facts["verified"],
            country=facts["country"],
            tax_form_valid_until=until,
            tax_form=TaxForm(facts["form"]) if facts["form"] else None,
            currency=facts["currency"],
        )
        payouts.put_account(conn, new, clock.now())


def takedown(world: World, message: Message, clock: FixedClock) -> None:
    """A generated picture is sold no more."""
    with transaction(world.engine) as conn:
        assets.withdraw(conn, picture_id(message.facts["picture"]), AssetState.taken_down)


def withdraw(world: World, message: Message, clock: FixedClock) -> None:
    """A contributor takes a work back: no deal may have it from now on."""
    name = digest(message.facts["work"])
    with transaction(world.engine) as conn:
        assets.withdraw(conn, assets.id_of(owners(conn, world.plan)[name], name), AssetState.withdrawn)


def attribute(world: World, message: Message, clock: FixedClock) -> None:
    """Shares in every sold picture of the month, as a method of half reliability finds them."""
    with transaction(world.engine) as conn:
        holders = owners(conn, world.plan)
        for release, sold in fund.accrued_assets(conn, message.facts["period"]).items():
            names = world.plan.releases[release]
            method = attribution.register_method(
                conn, name=METHOD[0], version=METHOD[1], release_id=release, at=clock.now()
            )
            missing = attribution.missing(conn, method.id, sold)
            shares = {asset_id: to_shares(_weights(world.plan.seed, asset_id, names)) for asset_id in missing}
            attribution.record(conn, method.id, shares, holders, clock.now())


def close_month(world: World, message: Message, clock: FixedClock) -> None:
    """Divide the month by the policy of its first day."""
    period = message.facts["period"]
    rules = policy_at(world.plan, month_bounds(period)[0])
    with transaction(world.engine) as conn:
        close_period(conn, period, clock, policy=rules, allow_unattributed=True)


def distribute_reserve(world: World, message: Message, clock: FixedClock) -> None:
    """Give the year's reserve to the contributors."""
    with transaction(world.engine) as conn:
        distribute(conn, message.facts["year"], clock)


def pay(world: World, message: Message, clock: FixedClock) -> None:
    """Hear what was taken back, order, ask the bank, book its answers: in steps, as the flow makes them."""
    now = clock.now()
    with transaction(world.engine) as conn:
        earlier = payouts.paid_since(conn, now - RECALL)
    if earlier:
        said = hear(world.bank, earlier)
        with transaction(world.engine) as conn:
            book(conn, earlier, said, clock)
    lists = world.sanctions_at(now)
    with transaction(world.engine) as conn:
        prepared = prepare(conn, message.facts["period"], clock, sanctions=lists, rates=world.rates)
        waiting = payouts.orders(conn, prepared.in_transit)
    if waiting:
        answers = ask(world.bank, list(waiting.values()))
        with transaction(world.engine) as conn:
            book(conn, waiting, answers, clock)


def clear(world: World, message: Message, clock: FixedClock) -> None:
    """Staff finds that somebody is not the one on the sanction list."""
    with transaction(world.engine) as conn:
        person, staff = (party_id(conn, handle) for handle in (message.facts["contributor"], STAFF))
        for hit in payouts.open_hits(conn, [person]):
            payouts.clear_hit(conn, hit.id, staff, "somebody else", clock.now())


def dispute(world: World, message: Message, clock: FixedClock) -> None:
    """A contributor disputes one line of a statement; delivered again, it is the same dispute."""
    facts = message.facts
    with transaction(world.engine) as conn:
        person = party_id(conn, facts["contributor"])
        if any(each.opened_at == message.at for each in payouts.disputes_of(conn, person)):
            return
        found = sorted(lines(conn, person, facts["period"]), key=lambda line: (line.kind, line.subject))
        if not found:
            raise NothingToDispute(facts["contributor"])
        line = found[int(facts["pick"] * len(found))]
        open_dispute(
            conn, person, facts["period"], clock, kind=line.kind, subject=line.subject, text="Simulated."
        )


def resolve_dispute(world: World, message: Message, clock: FixedClock) -> None:
    """Staff decides; a correction is a percentage of the disputed line, or a cent where that is nothing."""
    facts = message.facts
    with transaction(world.engine) as conn:
        person, staff = (party_id(conn, handle) for handle in (facts["contributor"], STAFF))
        theirs = [each for each in payouts.disputes_of(conn, person) if each.opened_at == facts["opened"]]
        if not theirs:
            raise NoSuchDisputeYet(message.key)
        whole, correction = theirs[0].amount, None
        if facts["percent"]:
            part = Money(whole.micros * facts["percent"] // 100 or 10_000, whole.currency)
            correction = Correction(part, AdjustmentKind(facts["why"]), Against(facts["against"]))
        outcome = DisputeOutcome.upheld if correction else DisputeOutcome.rejected
        resolve(conn, theirs[0].id, staff, clock, outcome=outcome, text="Decided.", correction=correction)


def adjust_balance(world: World, message: Message, clock: FixedClock) -> None:
    """Staff corrects a balance without a dispute."""
    facts = message.facts
    with transaction(world.engine) as conn:
        person, staff = (party_id(conn, handle) for handle in (facts["contributor"], STAFF))
        adjust(
            conn,
            key=message.key,
            contributor_id=person,
            amount=Money(facts["micros"], facts["currency"]),
            kind=AdjustmentKind(facts["why"]),
            against=Against(facts["against"]),
            reason="simulated",
            decided_by=staff,
            at=clock.now(),
        )


def publish_statements(world: World, message: Message, clock: FixedClock) -> None:
    """Everybody's statement of the month, in an edition under one root; the steps of the flow."""
    period = message.facts["period"]
    with transaction(world.engine) as conn:
        publish_inputs(conn, world.objects, frame(conn, period))
    with transaction(world.engine) as conn:
        people = statements.recipients(conn, period)
        shared = frame(conn, period)
        publish(conn, world.objects, shared, people, notice=INVENTED, clock=clock)
    with transaction(world.engine) as conn:
        seal(conn, world.objects, shared, notice=INVENTED, clock=clock)


def _weights(seed: int, asset_id: str, names: tuple[str, ...]) -> list[tuple[str, float]]:
    """Up to eight works with weights, decided by the picture."""
    dice = random.Random(f"{seed}/{asset_id}")  # noqa: S311  # a simulation, not a secret
    chosen = dice.sample(sorted(names), min(8, len(names)))
    return [(digest(name), dice.choice([0.0, 1.0, 1.0, 2.0, 5.0])) for name in chosen]
