"""Asks a decoding process whether a raw or layered file shows the same as a picture."""

from __future__ import annotations

from fairstock.upload.guard import DecodeGuard
from fairstock.upload.layers import Support
from fairstock.upload.model import Refusal
from fairstock.upload.rules import refuse_size


def supports(guard: DecodeGuard, picture: bytes, evidence: bytes) -> Support:
    """How ``evidence`` compares with ``picture``; hostile bytes on either side give a Support too."""
    refusal = refuse_size(len(evidence), guard.limits)
    if refusal is not None:
        return Support("none", False, 1.0, (refusal.sentence,))
    answer = guard.ask({"want": "supports"}, picture, evidence)
    if isinstance(answer, Refusal):
        return Support("none", False, 1.0, (answer.sentence,))
    try:
        values = answer[0]
        notes = tuple(str(note)[:300] for note in values["notes"][:20])
        difference = min(1.0, max(0.0, float(values["difference"])))
        return Support(str(values["kind"])[:20], bool(values["matches"]), difference, notes)
    except (KeyError, TypeError, ValueError):
        return Support("none", False, 1.0, ("The process that compares gave no sensible answer.",))
