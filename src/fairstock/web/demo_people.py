"""Who can sign in on a machine where the demo ran, with the passwords that the demo gave them."""

import tomllib
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from fairstock.party import store as parties
from fairstock.party.model import PartyKind
from fairstock.settings import PACKAGE_DATA


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody of the demo, as the terminal lists them."""

    handle: str
    password: str
    name: str
    what: str
    """What they are: buyer, contributor or staff."""


def demo_people(conn: Connection) -> list[DemoPerson]:
    """Everybody of the demo whose password is still the demo's: staff, buyers, then contributors.

    Empty where the demo never ran or its passwords were changed.
    """
    with (PACKAGE_DATA / "demo-scenario.toml").open("rb") as file:
        scenario: dict[str, Any] = tomllib.load(file)
    named = {one["handle"]: one["password"] for one in scenario["people"]}
    people = []
    for party in parties.with_password(conn):
        # Besides the people of the scenario, the contributor who earns most has a password.
        password = named.get(party.handle, scenario["contributor"]["password"])
        if parties.verify_password(conn, party.handle, password) is not None:
            people.append(DemoPerson(party.handle, password, party.name, party.kind.value))
    order = [PartyKind.staff.value, PartyKind.buyer.value, PartyKind.contributor.value]
    return sorted(people, key=lambda one: order.index(one.what))
