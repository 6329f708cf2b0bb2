"""All SQL on parties."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, func, select
from sqlalchemy.dialects.postgresql import distinct_on, insert

from fairstock.kit.errors import NotFound
from fairstock.kit.ids import derived_id
from fairstock.party.model import NewParty, Party, PartyKind, Role, TrainingStatement
from fairstock.party.passwords import hashed, matches
from fairstock.party.rules import checked
from fairstock.party.tables import credential, party, party_role, training_license


class PartyNotFound(NotFound):
    """No party has this id or handle."""

    def __init__(self, wanted: str) -> None:
        self.wanted = wanted
        super().__init__(
            f"There is no party {wanted!r}.",
            remedy="check the spelling, or add it with `fairstock people add`",
        )


def add_party(
    conn: Connection,
    *,
    handle: str,
    name: str,
    kind: PartyKind | str,
    roles: Iterable[Role | str] = (),
    country: str | None = None,
    email: str | None = None,
) -> str:
    """Add a party and return its id; where the handle exists already, roles are added and nothing else
    changes.

    Raises ``BadParty``.
    """
    granted = frozenset(Role(role) for role in roles)
    return add_parties(conn, [NewParty(handle, name, PartyKind(kind), granted, country, email)])[handle]


def add_parties(conn: Connection, rows: Sequence[NewParty]) -> dict[str, str]:
    """Add many at once and return handle → id; those that exist keep their data and gain the roles. Raises
    ``BadParty``.
    """
    ids = {row.handle: derived_id("pty", checked(row).handle) for row in rows}
    if not rows:
        return ids
    values = [
        {
            "id": ids[row.handle],
            "handle": row.handle,
            "name": row.name.strip(),
            "kind": row.kind.value,
            "country": row.country,
            "email": row.email,
        }
        for row in sorted(
            rows, key=lambda row: row.handle
        )  # one order everywhere: two batches cannot deadlock
    ]
    conn.execute(insert(party).on_conflict_do_nothing(), values)
    roles = sorted({(ids[row.handle], role.value) for row in rows for role in row.roles})
    if roles:
        values = [{"party_id": party_id, "role": role} for party_id, role in roles]
        conn.execute(insert(party_role).on_conflict_do_nothing(), values)
    return ids


def get(conn: Connection, party_id: str) -> Party:
    """The party of this id; raises ``PartyNotFound``."""
    row = conn.execute(select(party).where(party.c.id == party_id)).mappings().one_or_none()
    if row is None:
        raise PartyNotFound(party_id)
    return _party(row)


def many(conn: Connection, party_ids: Iterable[str]) -> dict[str, Party]:
    """Those of the ids that exist, by id."""
    rows = conn.execute(select(party).where(party.c.id.in_(list(party_ids)))).mappings()
    return {row["id"]: _party(row) for row in rows}


def find_by_handle(conn: Connection, handle: str) -> Party | None:
    """The party of this handle, or ``None``."""
    row = conn.execute(select(party).where(party.c.handle == handle)).mappings().one_or_none()
    return None if row is None else _party(row)


def by_handle(conn: Connection, handle: str) -> Party:
    """The party of this handle; raises ``PartyNotFound``."""
    found = find_by_handle(conn, handle)
    if found is None:
        raise PartyNotFound(handle)
    return found


def ids_by_handle(conn: Connection, handles: Iterable[str]) -> dict[str, str]:
    """Handle → id for those that exist."""
    rows = conn.execute(select(party.c.handle, party.c.id).where(party.c.handle.in_(list(handles))))
    return {row.handle: row.id for row in rows}


def of_kind(conn: Connection, kind: PartyKind) -> list[Party]:
    """All parties of a kind, by handle."""
    query = select(party).where(party.c.kind == kind.value).order_by(party.c.handle)
    return [_party(row) for row in conn.execute(query).mappings()]


def roles(conn: Connection, party_id: str) -> frozenset[Role]:
    """What the party may do; empty where it does not exist."""
    rows = conn.scalars(select(party_role.c.role).where(party_role.c.party_id == party_id))
    return frozenset(Role(role) for role in rows)


def set_password(conn: Connection, party_id: str, password: str) -> None:
    """Give the party a password, replacing the one before; raises ``PasswordTooShort``."""
    statement = insert(credential).values(party_id=party_id, password_hash=hashed(password))
    renewed = {"password_hash": statement.excluded.password_hash, "created_at": func.now()}
    conn.execute(statement.on_conflict_do_update(index_elements=["party_id"], set_=renewed))


def verify_password(conn: Connection, handle: str, password: str) -> Party | None:
    """The party where handle and password belong together, else ``None``."""
    query = (
        select(party, credential.c.password_hash).join_from(credential, party).where(party.c.handle == handle)
    )
    row = conn.execute(query).mappings().one_or_none()
    if not matches(row["password_hash"] if row is not None else None, password):
        return None
    return None if row is None else _party(row)


def password_mark(conn: Connection, party_id: str) -> str | None:
    """What changes with the password and does not tell it, for sessions to remember; ``None`` without one."""
    stored = conn.scalar(select(credential.c.password_hash).where(credential.c.party_id == party_id))
    return None if stored is None else hashlib.sha256(stored.encode()).hexdigest()[:32]


def remove_password(conn: Connection, party_id: str) -> None:
    """Let nobody sign in as the party; every session ends. A new password lets them in again."""
    conn.execute(delete(credential).where(credential.c.party_id == party_id))


def remove_roles(conn: Connection, party_id: str, taken: Iterable[Role]) -> None:
    """Take roles away; those that the party does not have are passed over."""
    mine = party_role.c.party_id == party_id
    conn.execute(delete(party_role).where(mine, party_role.c.role.in_([role.value for role in taken])))


def with_password(conn: Connection) -> list[Party]:
    """Everybody who can sign in, by handle."""
    query = select(party).join(credential).order_by(party.c.handle)
    return [_party(row) for row in conn.execute(query).mappings()]


def record_training_license(
    conn: Connection, *, party_id: str, granted: bool, since: datetime, evidence: str
) -> str:
    """Note that somebody granted or withdrew the license to train on the own works from ``since`` on.

    The statement recorded last counts. The same statement again is a no-op; returns its id.
    """
    identity = derived_id("trl", party_id, str(granted), since.isoformat(), evidence)
    row: dict[str, Any] = {"id": identity, "party_id": party_id, "granted": granted, "since": since}
    conn.execute(insert(training_license).values(**row, evidence=evidence).on_conflict_do_nothing())
    return identity


def training_licensed(
    conn: Connection, party_ids: Iterable[str], at: datetime | None = None
) -> frozenset[str]:
    """Those of the parties whose works may be trained on at the moment ``at`` (default: now)."""
    table = training_license.c
    latest = (
        select(table.party_id, table.granted)
        .where(table.party_id.in_(list(party_ids)), table.since <= (at or func.now()))
        .order_by(table.party_id, table.recorded_at.desc(), table.id)
        .ext(distinct_on(table.party_id))
        .subquery()
    )
    return frozenset(conn.scalars(select(latest.c.party_id).where(latest.c.granted)))


def training_statements(conn: Connection, party_id: str) -> list[TrainingStatement]:
    """Everything that the party stated about training, the latest first."""
    table = training_license.c
    query = (
        select(table.granted, table.since, table.evidence, table.recorded_at)
        .where(table.party_id == party_id)
        .order_by(table.recorded_at.desc(), table.id)
    )
    return [TrainingStatement(*row) for row in conn.execute(query)]


def _party(row: RowMapping) -> Party:
    """A row as a value."""
    return Party(
        id=row["id"],
        handle=row["handle"],
        name=row["name"],
        kind=PartyKind(row["kind"]),
        email=row["email"],
        country=row["country"],
        created_at=row["created_at"],
    )
