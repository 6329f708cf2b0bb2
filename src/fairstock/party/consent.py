"""A contributor's way into training and out of it."""

from __future__ import annotations

from sqlalchemy import Connection

from fairstock.db.locks import advisory
from fairstock.kit.clock import Clock
from fairstock.party import store


def state_training(conn: Connection, party_id: str, clock: Clock, *, granted: bool, evidence: str) -> bool:
    """Note that from now on the party's works may be trained on, or may not; False where that held already,
    so that a form sent twice is one statement.

    It reaches whatever chooses works after it: the next training, the next data deal. Releases that exist
    keep their manifest, and pay by it.
    """
    advisory(conn, f"training:{party_id}")
    if (party_id in store.training_licensed(conn, [party_id])) == granted:
        return False
    store.record_training_license(
        conn, party_id=party_id, granted=granted, since=clock.now(), evidence=evidence
    )
    return True
