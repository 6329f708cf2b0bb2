"""Screening by people: requests for evidence, appeals, accounts over time, runs of re-screening.

Revision ID: 0016_people
Revises: 0015_copies
"""

import sqlalchemy as sa
from alembic import op

revision = "0016_people"
down_revision = "0015_copies"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A verdict may ask for evidence, and its upload waits for it."""
    _states()


def _states() -> None:
    """The new state of uploads and the new outcome of verdicts."""
    for table, column, values in (
        ("upload", "state", ("received", "accepted", "rejected", "review", "evidence_wanted", "refused")),
        ("screening_verdict", "outcome", ("accept", "review", "request", "reject")),
    ):
        op.drop_constraint(op.f(f"ck_{table}_{column}"), table)
        listed = ", ".join(f"'{value}'" for value in values)
        op.create_check_constraint(op.f(f"ck_{table}_{column}"), table, f"{column} IN ({listed})")
    op.alter_column(
        "upload",
        "state",
        existing_type=sa.Text(),
        comment="UploadState",
        existing_comment="received, accepted, rejected, review or refused",
    )
    op.alter_column(
        "screening_verdict",
        "outcome",
        existing_type=sa.Text(),
        comment="Outcome",
        existing_comment="accept, review or reject",
    )
