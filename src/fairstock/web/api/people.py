"""People in a picture that was sent along: no face without a declared consent, nobody who opted out."""

from __future__ import annotations

from typing import Any

from PIL import Image

from fairstock.asset.rules import fingerprint
from fairstock.bootstrap import App
from fairstock.generation.sources import decoded
from fairstock.kit.ids import derived_id
from fairstock.moderation import store as findings
from fairstock.moderation.consent import Outcome, shipped
from fairstock.moderation.store import PictureFinding
from fairstock.optout import store as optouts
from fairstock.optout.model import OptOut, Use
from fairstock.web.api.asks import CONSENT, Wanted
from fairstock.web.api.errors import BadField


def check_people(house: App, buyer_id: str, wanted: Wanted, source_sha256: str | None) -> None:
    """Note who can be recognised in the picture that was sent, and refuse it where that may not be worked on.

    Costs nothing; a request without a picture, or with nobody in it, leaves no trace. Raises ``BadField``.
    """
    if source_sha256 is None or wanted.image is None:
        return
    policy = shipped()
    picture = decoded(house.objects, source_sha256)
    faces = policy.recognisable(house.faces.find(picture))
    with house.transaction() as conn:
        entry = _opted_out(conn, picture, source_sha256, policy.radius)
        if not faces and entry is None:
            return
        ask = derived_id("ask", buyer_id, wanted.digest)
        declared = wanted.options.get(CONSENT) == "true"
        outcome = policy.outcome(ask, declared=declared, opted_out=entry is not None)
        evidence = {
            "faces": len(faces),
            "where": [list(face.box) for face in faces[:8]],
            "consent_declared": declared,
            "entry": entry.id if entry else None,
            "detector": house.faces.version,
        }
        kind = "likeness" if entry else "faces"
        now = house.clock.now()
        finding = PictureFinding(ask, buyer_id, source_sha256, kind, outcome, evidence, policy.version, now)
        findings.add(conn, finding)
    if entry is not None:
        message = (
            "Invalid 'image': somebody in it is on the likeness opt-out list. Nothing was made or charged."
        )
        raise BadField("image", message, "likeness_opted_out")
    if outcome is Outcome.refused:
        message = (
            f"Invalid 'image': it shows {len(faces)} face(s) to be recognised. Send '{CONSENT}': 'true' "
            "if everybody shown consents to what you ask. Nothing was made or charged."
        )
        raise BadField(CONSENT, message, "consent_required")


def _opted_out(conn: Any, picture: Image.Image, sha256: str, radius: int) -> OptOut | None:
    """The entry of the likeness list that the picture is a copy of."""
    looks = fingerprint(picture)
    matches = optouts.match(conn, sha256, looks.phash, looks.phash_mirror, use=Use.LIKENESS, radius=radius)
    return matches[0] if matches else None
