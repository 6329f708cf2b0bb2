"""Tables of screening, for its store only: ``records`` and ``people``."""

from fairstock.screening.tables.people import (
    screening_answer,
    screening_appeal,
    screening_finding,
    screening_finding_decision,
    screening_request,
    screening_withdrawal,
)
from fairstock.screening.tables.records import screening_observation, screening_review, screening_verdict

__all__ = [
    "screening_answer",
    "screening_appeal",
    "screening_finding",
    "screening_finding_decision",
    "screening_observation",
    "screening_request",
    "screening_review",
    "screening_verdict",
    "screening_withdrawal",
]
