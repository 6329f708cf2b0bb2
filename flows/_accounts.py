"""What is to be noted about the accounts behind a batch of uploads."""

from __future__ import annotations

from collections.abc import Sequence, Set

from fairstock.bootstrap import get_app
from fairstock.db.transaction import Connection
from fairstock.kit.clock import Clock
from fairstock.screening import account_rule, watch
from fairstock.screening.model import Observation
from fairstock.upload import store as uploads
from fairstock.upload.model import Upload


def suspicions(conn: Connection, clock: Clock, batch: Sequence[Upload]) -> dict[str, list[Observation]]:
    """Upload id → the note about its account, for uploads of the batch whose account is flagged.

    Nobody is flagged by a test that was not calibrated on accounts. An account is seen as it stood with the
    last picture of the batch: what came after that may be looked at already or not, which is chance.
    """
    rule = account_rule.calibrated(get_app().pixels.version)
    if not rule.in_force:
        return {}
    ids = {upload.id for upload in batch}
    arrived = uploads.arrivals_of(conn, sorted({upload.contributor_id for upload in batch}))
    known = {contributor_id: _up_to(sent, ids) for contributor_id, sent in arrived.items()}
    found: dict[str, list[Observation]] = {}
    for seen in watch.accounts(conn, known, rule.rule).values():
        noted = watch.suspicions(conn, seen, rule.rule, clock)
        found |= {upload_id: [note] for upload_id, note in noted.items() if upload_id in ids}
    return found


def _up_to(sent: Sequence[tuple[str, str]], ids: Set[str]) -> Sequence[tuple[str, str]]:
    """What was sent up to the last of these ids."""
    last = max((place for place, (upload_id, _) in enumerate(sent) if upload_id in ids), default=-1)
    return sent[: last + 1]
