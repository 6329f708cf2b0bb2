"""What is to be noted about the accounts behind a batch of uploads."""

from __future__ import annotations

from collections.abc import Sequence

from fairstock.bootstrap import get_app
from fairstock.db.transaction import Connection
from fairstock.kit.clock import Clock
from fairstock.screening import account_rule, watch
from fairstock.screening.model import Observation
from fairstock.upload import store as uploads
from fairstock.upload.model import Upload


def suspicions(conn: Connection, clock: Clock, batch: Sequence[Upload]) -> dict[str, list[Observation]]:
    """Upload id → the note about its account, for uploads of the batch whose account is flagged.

    Nobody is flagged by a test that was not calibrated on accounts.
    """
    rule = account_rule.calibrated(get_app().pixels.version)
    if not rule.in_force:
        return {}
    ids = {upload.id for upload in batch}
    found: dict[str, list[Observation]] = {}
    for contributor_id in sorted({upload.contributor_id for upload in batch}):
        seen = watch.account(conn, contributor_id, uploads.arrivals(conn, contributor_id), rule.rule)
        noted = watch.suspicions(conn, seen, rule.rule, clock)
        found |= {upload_id: [note] for upload_id, note in noted.items() if upload_id in ids}
    return found
