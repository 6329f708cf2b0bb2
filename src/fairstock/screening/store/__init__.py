"""All SQL of screening: ``records`` of the machine, the ``queue`` of people, their ``words``,
``findings`` about accounts, and the ``past`` of an account.
"""

from fairstock.screening.store.findings import (
    Judged,
    add_finding,
    add_finding_decision,
    finding,
    findings,
)
from fairstock.screening.store.past import burst_neighbours, verified_works
from fairstock.screening.store.queue import (
    add_review,
    decided,
    queue,
    review_id,
    review_of,
    reviews,
    waiting_verdict,
)
from fairstock.screening.store.records import (
    add_observations,
    add_verdict,
    history,
    knows_verdict,
    latest_verdict_id,
    observations,
    tails,
    usual_effect,
    verdict,
    verdicts,
)
from fairstock.screening.store.words import (
    add_answer,
    add_appeal,
    add_request,
    add_withdrawal,
    answers,
    appeals,
    requests,
)

__all__ = [
    "Judged",
    "add_answer",
    "add_appeal",
    "add_finding",
    "add_finding_decision",
    "add_observations",
    "add_request",
    "add_review",
    "add_verdict",
    "add_withdrawal",
    "answers",
    "appeals",
    "burst_neighbours",
    "decided",
    "finding",
    "findings",
    "history",
    "knows_verdict",
    "latest_verdict_id",
    "observations",
    "queue",
    "requests",
    "review_id",
    "review_of",
    "reviews",
    "tails",
    "usual_effect",
    "verdict",
    "verdicts",
    "verified_works",
    "waiting_verdict",
]
