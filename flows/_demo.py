"""The demo's own steps: people, uploads, sales and accounts that a real marketplace would have anyway."""

import json
from pathlib import Path
from typing import Any

from prefect import get_run_logger, task

from fairstock.adapters import demo_uploads
from fairstock.asset import store as assets
from fairstock.bootstrap import get_app
from fairstock.db.transaction import Connection
from fairstock.fund import store as fund
from fairstock.fund.deals import book_deal
from fairstock.fund.sell import sell
from fairstock.generation import store as generation
from fairstock.kit.clock import FixedClock
from fairstock.kit.files import write_whole
from fairstock.kit.money import Money
from fairstock.optout import store as optouts
from fairstock.optout.model import NameUse
from fairstock.party import store as parties
from fairstock.party.model import PartyKind, Role
from fairstock.payout import store as payouts
from fairstock.payout.model import Account, TaxForm
from fairstock.payout.rules import form_valid_until
from fairstock.training import store as training
from fairstock.training.register import register_release
from fairstock.upload.library import register_contributors
from flows._scenario import open_scenario
from flows.train_model import train_model

MONEY = (
    "sales",
    "sales_micros",
    "deals",
    "deals_micros",
    "fund_accrued_micros",
    "payable_micros",
    "paid_micros",
    "reserve_micros",
    "contributors",
    "contributors_paid",
)
"""Figures of the period that the summary repeats."""

RETURNING = ("demo-apple", "demo-house", "demo-flower")
"""Requests whose pictures somebody strips and uploads as their own."""


def _made_for(conn: Connection, key: str) -> list[str]:
    """Assets made for a request; none where it was refused."""
    return generation.asset_ids(conn, generation.id_of(key))


def library_folder() -> Path:
    """The committed selection of Open Clip Art."""
    return get_app().package_data / "demo-library"


@task
def register_people() -> int:
    """Invented buyers and staff with their passwords, and the invented artist who opted out."""
    app, plan = get_app(), open_scenario().plan
    with app.transaction() as conn:
        for person in plan["people"]:
            roles = frozenset(Role(role) for role in person["roles"])
            identity = parties.add_party(
                conn,
                handle=person["handle"],
                name=person["name"],
                kind=PartyKind(person["kind"]),
                roles=roles,
                country=person.get("country"),
            )
            parties.set_password(conn, identity, person["password"])
        for name in plan["optout_names"]:
            use = NameUse(name["use"])
            optouts.add_name(
                conn, name=name["name"], use=use, since=open_scenario().day(0), evidence=name["evidence"]
            )
    return len(plan["people"])


def train_and_resume() -> dict[str, Any]:
    """Train on the library for a few seconds, be interrupted, and go on to the end of the short run."""
    short = open_scenario().plan["training"]
    common = {"max_steps": short["steps"], "max_works": short["works"], "seed": 7}
    first = train_model("demo-training", max_seconds=short["first_seconds"], **common)
    second = train_model("demo-training", max_seconds=None, **common)
    return {"interrupted": first, "resumed": second}


@task
def register_committed_release() -> dict[str, Any]:
    """Put the release that the project ships into the database, with everybody in its manifest."""
    app = get_app()
    info, entries = app.committed_release
    with app.transaction() as conn:
        release = register_release(conn, info, entries, app.clock)
    people = len({entry.contributor for entry in entries})
    get_run_logger().info(
        "Release %s: trained on %d works by %d contributors.", release.id, release.works, people
    )
    return {"release": release.id, "works": release.works, "contributors": people}


@task
def write_uploads() -> str:
    """The folder of uploads: honest ones, copies, marked pictures, our own output, hostile files."""
    app = get_app()
    folder = app.home / "demo" / "uploads"
    library = app.library("folder", str(library_folder()))
    honest = app.library("uploads", str(library_folder()))
    with app.transaction() as conn:
        register_contributors(conn, honest)
        made = assets.many(conn, [identity for key in RETURNING for identity in _made_for(conn, key)])
        outputs = [app.objects.get(asset.sha256) for asset in made]
        opted_out = demo_uploads.write(folder, library, honest, outputs)
        optouts.add(conn, opted_out)
    return str(folder)


@task
def open_payout_accounts() -> int:
    """Most contributors gave a verified test account; some are unverified and some gave none."""
    app, rules = get_app(), open_scenario().plan["payouts"]
    countries = rules["countries"]
    with app.transaction() as conn:
        people = sorted(parties.of_kind(conn, PartyKind.contributor), key=lambda person: person.handle)
        accounts = [
            Account(
                contributor_id=person.id, method="test-bank", reference=f"TEST-{person.id[-10:].upper()}",
                verified=number % rules["unverified_every"] != 0, country=country,
                tax_form=form, tax_form_valid_until=form_valid_until(form, app.clock.now().date()),
            )
            for number, person in enumerate(people, 1)
            for country in [countries[number % len(countries)]]
            for form in [TaxForm.w9 if country == "US" else TaxForm.w8ben]
            if number % rules["no_account_every"] != 0
        ]  # fmt: skip
        payouts.put_accounts(conn, accounts, app.clock.now())
    return len(accounts)


@task
def sell_licenses() -> int:
    """Each generated picture is licensed several times, spread over buyers, and days of the period."""
    app, scenario = get_app(), open_scenario()
    plan, sizes = scenario.plan["sales"], {request["key"]: request["size"] for request in scenario.requests}
    number = 0
    with app.transaction() as conn:
        buyers = parties.ids_by_handle(conn, plan["buyers"])
        for key, size in sizes.items():
            for asset_id in _made_for(conn, key):
                for turn in range(plan["per_picture"]):
                    buyer = buyers[plan["buyers"][turn % len(plan["buyers"])]]
                    clock = FixedClock(scenario.day(number))
                    sell(
                        conn,
                        key=f"demo-sale:{key}:{asset_id}:{turn}",
                        asset_id=asset_id,
                        buyer_id=buyer,
                        size=size,
                        clock=clock,
                    )
                    number += 1
    get_run_logger().info("%d licenses sold.", number)
    return number


@task
def book_the_deal() -> str:
    """One model maker licenses every library work whose contributor allows training."""
    app, scenario = get_app(), open_scenario()
    plan = scenario.plan["deal"]
    with app.transaction() as conn:
        works = [
            work.asset_id for work in training.licensed_works(conn) if work.source.startswith("library:")
        ]
        buyer = parties.ids_by_handle(conn, [plan["buyer"]])[plan["buyer"]]
        deal = book_deal(
            conn, key=plan["key"], buyer_id=buyer, price=Money.parse(plan["price"], plan["currency"]),
            asset_ids=works, clock=FixedClock(scenario.day(14)),
        )  # fmt: skip
    get_run_logger().info("Deal of %s over %d works booked.", deal.price, len(works))
    return deal.id


@task
def summarise(period: str, parts: dict[str, dict[str, Any]], seconds: float) -> dict[str, Any]:
    """The demo in figures, written to ``home/demo/summary.json`` in one step.

    Counts and sums come from the database, so that a second run, which does nothing new, reports the same.
    """
    app, scenario = get_app(), open_scenario()
    with app.transaction() as conn:
        money = fund.period_totals(conn, period)
        earners = fund.top_earners(conn, period, limit=12)
        _let_read_statement(conn, earners[0]["handle"], scenario.plan["contributor"]["password"])
    uploads, generation_run = parts["uploads_run"], parts["generation"]
    summary = {
        **{
            name: uploads[name]
            for name in (
                "uploads",
                "accepted",
                "rejected",
                "review",
                "evidence_wanted",
                "refused",
                "refused_by",
            )
        },
        "generated": sum(len(each["asset_ids"]) for each in generation_run["requests"]),
        "refused_prompts": sum(each["state"] == "refused" for each in generation_run["requests"]),
        **{name: money[name] for name in MONEY},
        "statements": parts["publishing"]["statements"],
        "books_balanced": parts["books"]["broken"] == 0,
        "seconds": round(seconds, 1),
        "period": period,
        "money": "invented",
        "top_earners": earners,
        "runs": parts,
    }
    write_whole(app.home / "demo" / "summary.json", json.dumps(summary, indent=2, default=str) + "\n")
    return summary


def _let_read_statement(conn: Connection, handle: str, password: str) -> None:
    """Give a contributor the demo's password, so that a statement can be read in a browser."""
    person = parties.find_by_handle(conn, handle)
    if person is not None:
        parties.set_password(conn, person.id, password)
