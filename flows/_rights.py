"""Rights and safety in flows: what was found in pictures that buyers sent, or that were made for them."""

from __future__ import annotations

from fairstock.bootstrap import App
from fairstock.generation.model import Request
from fairstock.moderation import store as findings
from fairstock.moderation.consent import Outcome
from fairstock.moderation.pictures import NUDITY, PictureWithheld, ReferenceRefused
from fairstock.moderation.store import PictureFinding


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
