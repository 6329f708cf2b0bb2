"""What messages act on, and how invented things are named."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine

from fairstock.adapters.objects_local import LocalObjects
from fairstock.adapters.rate_file import RateFile
from fairstock.adapters.sanction_file import SanctionFile
from fairstock.asset import store as assets
from fairstock.asset.model import Fingerprint
from fairstock.party import store as parties
from fairstock.simulate.bank import SimulatedBank
from fairstock.simulate.model import Plan

METHOD = ("simulated", "1")
"""Name and version of the attribution."""


@dataclass(frozen=True, slots=True)
class World:
    """What a message acts on."""

    engine: Engine
    plan: Plan
    bank: SimulatedBank
    objects: LocalObjects
    rates: RateFile
    lists: tuple[SanctionFile, SanctionFile]
    """The sanction list before and after its change."""

    def sanctions_at(self, moment: datetime) -> SanctionFile:
        """The list in force at the moment."""
        return self.lists[moment >= self.plan.list_changes]


def digest(name: str) -> str:
    """Stands for a file's SHA-256."""
    return hashlib.sha256(name.encode()).hexdigest()


def fingerprint_of(name: str) -> Fingerprint:
    """Stands for the hashes of a picture that nobody has drawn."""
    bits = bytes.fromhex(digest(name))
    return Fingerprint(int.from_bytes(bits[:8], signed=True), int.from_bytes(bits[8:16], signed=True))


def picture_id(number: int) -> str:
    """The asset of a generated picture."""
    return assets.id_of(None, digest(f"picture {number}"))


def party_id(conn: Connection, handle: str) -> str:
    """The party of this handle."""
    return parties.ids_by_handle(conn, [handle])[handle]


def owners(conn: Connection, plan: Plan) -> Mapping[str, str]:
    """Digest of a work → the contributor's id."""
    people = parties.ids_by_handle(conn, plan.contributors)
    return {digest(work.name): people[work.contributor] for work in plan.works}


def write_papers(plan: Plan, home: Path) -> None:
    """Put rates of exchange and both sanction lists where ``papers`` reads them."""
    rows = [
        f"{each.on},{each.source_currency},{each.target_currency},{each.value},{each.published_by}"
        for each in plan.rates
    ]
    (home / "rates.csv").write_text(
        "\n".join(["date,source,target,rate,published_by", *rows]), encoding="utf-8"
    )
    people = "".join(f'[[person]]\nid = "X-{name}"\nname = "{name}"\n' for name in plan.listed)
    (home / "sanctions-1.toml").write_text('version = "1"\n', encoding="utf-8")
    (home / "sanctions-2.toml").write_text(f'version = "2"\n{people}', encoding="utf-8")


def enter(engine: Engine, plan: Plan, home: Path, bank: SimulatedBank) -> World:
    """The world whose files lie in ``home``."""
    lists = (SanctionFile(home / "sanctions-1.toml"), SanctionFile(home / "sanctions-2.toml"))
    return World(engine, plan, bank, LocalObjects(home / "objects"), RateFile(home / "rates.csv"), lists)
