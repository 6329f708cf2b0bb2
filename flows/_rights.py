"""Rights and safety in flows: what uploads are looked at beside their origin, and refused pictures."""

from __future__ import annotations

from collections.abc import Sequence

from fairstock.bootstrap import App
from fairstock.db.transaction import Connection
from fairstock.generation.model import Request
from fairstock.moderation import store as findings
from fairstock.moderation.consent import Outcome
from fairstock.moderation.pictures import NUDITY, PictureWithheld, ReferenceRefused
from fairstock.moderation.store import PictureFinding
from fairstock.party import store as parties
from fairstock.party.model import Party
from fairstock.screening import store as screening
from fairstock.screening.rights.agency import names_owner
from fairstock.screening.rights.looks import Item
from fairstock.upload import store as uploads
from fairstock.upload.model import Inspection, Traits, Upload


def note_rights(conn: Connection, app: App, seen: Sequence[tuple[Upload, Inspection]]) -> None:
    """Note faces, nudity, agencies' names and claims of captions for every upload whose traits are kept."""
    opened = [(upload, each) for upload, each in seen if each.picture is not None]
    people = parties.many(conn, {upload.contributor_id for upload, _ in opened})
    traits = uploads.traits(conn, [upload.id for upload, _ in opened])
    items = [_item(upload, each, people[upload.contributor_id], traits[upload.id]) for upload, each in opened]
    for upload_id, found in app.rights.look(items).items():
        screening.add_observations(conn, upload_id, found)


def note_refused(app: App, request: Request, refused: ReferenceRefused | PictureWithheld) -> None:
    """Keep what was found in a picture that was sent or made, and that is not delivered."""
    sent = isinstance(refused, ReferenceRefused)
    seen = refused.finding
    finding = PictureFinding(
        ask=request.id,
        buyer_id=request.order.buyer_id,
        sha256=request.order.source_sha256 if sent else None,
        kind="nudity",
        outcome=Outcome.refused,
        evidence={
            "score": round(seen.nudity, 3),
            "detector": seen.detector,
            "picture": "sent" if sent else "made",
        },
        policy_version=f"at {NUDITY}",
        found_at=app.clock.now(),
    )
    with app.transaction() as conn:
        findings.add(conn, finding)


def _item(upload: Upload, inspection: Inspection, contributor: Party, traits: Traits) -> Item:
    assert inspection.picture is not None  # noqa: S101  # what the caller filtered by
    return Item(
        upload_id=upload.id,
        picture=inspection.picture,
        longest=max(inspection.width, inspection.height),
        fields={
            "title": [upload.title],
            "keywords": upload.keywords,
            "description": [upload.claim.get("description", "")],
        },
        own_names=(contributor.handle, contributor.name),
        release=upload.claim.get("model_release", ""),
        vector=traits.embedding,
        vector_version=traits.embedding_version,
        owners=[(text.key, text.text) for text in inspection.texts if names_owner(text.key)],
    )
