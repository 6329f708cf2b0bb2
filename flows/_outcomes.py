"""What became of the uploads of a run: counts, and a table for staff."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from fairstock.party.model import Party
from fairstock.screening.model import Verdict
from fairstock.upload.model import Upload, UploadState


def rows(
    found: Sequence[Upload], verdicts: Mapping[str, Verdict], people: Mapping[str, Party]
) -> list[dict[str, str]]:
    """A line for each upload: what was decided, and why."""
    return [_row(each, verdicts.get(each.id), people[each.contributor_id].handle) for each in found]


def counted(rows: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """How many uploads there are, and how many of each outcome; rejected and refused ones by their reason."""
    states = Counter(row["outcome"] for row in rows)
    rejected, refused = (
        Counter(row["reasons"].split(", ")[0] for row in rows if row["outcome"] == state)
        for state in (UploadState.REJECTED, UploadState.REFUSED)
    )
    return {
        "uploads": len(rows),
        "accepted": states[UploadState.ACCEPTED],
        "review": states[UploadState.REVIEW],
        "evidence_wanted": states[UploadState.EVIDENCE_WANTED],
        "rejected": dict(sorted(rejected.items())),
        "refused": states[UploadState.REFUSED],
        "refused_by": dict(sorted(refused.items())),
    }


def _row(upload: Upload, verdict: Verdict | None, contributor: str) -> dict[str, str]:
    reasons, sentences = ", ".join(verdict.codes) if verdict else "", ""
    if upload.refusal is not None:
        reasons, sentences = upload.refusal.code.value, upload.refusal.sentence
    elif verdict is not None:
        sentences = " ".join(reason.sentence for reason in verdict.reasons)
    return {
        "file": upload.filename,
        "contributor": contributor,
        "outcome": upload.state.value,
        "reasons": reasons,
        "what was found": sentences,
        "upload": upload.id,
    }
