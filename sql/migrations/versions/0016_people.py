"""Screening by people: requests for evidence, appeals, accounts over time, runs of re-screening.

Revision ID: 0016_people
Revises: 0015_copies
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016_people"
down_revision = "0015_copies"
branch_labels = None
depends_on = None


STATES = ("received", "accepted", "rejected", "review", "evidence_wanted", "withdrawn", "refused")
GUARDED = (
    "screening_observation",
    "screening_verdict",
    "screening_review",
    "screening_request",
    "screening_answer",
    "screening_appeal",
    "screening_withdrawal",
    "screening_finding",
    "screening_finding_decision",
)


def upgrade() -> None:
    """Verdicts may ask for evidence, people answer, appeal and decide again; all of it is append-only."""
    _states()
    _verdicts()
    _words()
    _reviews()
    _findings()
    for name in GUARDED:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {name} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _text(
    name: str, comment: str | None = None, *, of: str | None = None, null: bool = False
) -> sa.Column[str]:
    keys = [sa.ForeignKey(of)] if of else []
    return sa.Column(name, sa.Text, *keys, nullable=null, comment=comment)


def _states() -> None:
    """The new state of uploads and the new outcome of verdicts."""
    for table, column, values in (
        ("upload", "state", STATES),
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
    op.drop_constraint(op.f("ck_upload_published"), "upload")
    op.create_check_constraint(
        op.f("ck_upload_published"), "upload", "state <> 'accepted' OR asset_id IS NOT NULL"
    )
    op.create_check_constraint(
        op.f("ck_upload_unpublished"), "upload", "asset_id IS NULL OR state NOT IN ('received', 'refused')"
    )


def _verdicts() -> None:
    """An upload has a row of verdicts: a changed detector or policy adds one."""
    name = "screening_verdict"
    op.drop_constraint(op.f("uq_screening_verdict_upload_id_policy_version"), name)
    op.add_column(
        name, sa.Column("number", sa.Integer, comment="1, 2, … of one upload; the last one is in force")
    )
    op.add_column(name, sa.Column("effect", sa.Text, comment="Effect: acts, people or noted"))
    op.add_column(
        name, sa.Column("observed", sa.ARRAY(sa.Text), comment="ids of the observations that it rests on")
    )
    op.execute(
        "UPDATE screening_verdict AS verdict SET number = counted.number, observed = '{}', "
        "effect = CASE verdict.outcome WHEN 'review' THEN 'people' ELSE 'acts' END "
        "FROM (SELECT id, row_number() OVER (PARTITION BY upload_id ORDER BY decided_at, id) AS number "
        "FROM screening_verdict) AS counted WHERE counted.id = verdict.id"
    )
    for column in ("number", "effect", "observed"):
        op.alter_column(name, column, nullable=False)
    op.create_unique_constraint(op.f("uq_screening_verdict_upload_id_number"), name, ["upload_id", "number"])
    op.create_check_constraint(
        op.f("ck_screening_verdict_effect"), name, "effect IN ('acts', 'people', 'noted')"
    )
    op.alter_column(
        name,
        "id",
        existing_type=sa.Text(),
        comment="derived from upload, policy version and observations",
        existing_comment="derived from upload and policy version",
    )


def _words() -> None:
    """Requests, answers, appeals and withdrawals."""
    op.create_table(
        "screening_request",
        sa.Column("id", sa.Text, primary_key=True, comment="derived from upload, reviewer and words"),
        _text("upload_id", of="upload.id"),
        _text("reviewer_id", of="party.id"),
        _text("text"),
        _moment("asked_at"),
    )
    op.create_table(
        "screening_answer",
        sa.Column("id", sa.Text, primary_key=True, comment="derived from upload, file and words"),
        _text("upload_id", of="upload.id"),
        _text("contributor_id", of="party.id"),
        _text("note"),
        sa.Column("sha256", sa.CHAR(64), comment="the raw or layered file, in the object store"),
        _text("filename", "as the contributor named it; never believed", null=True),
        sa.Column("bytes", sa.BigInteger),
        sa.Column("support", postgresql.JSONB, comment="kind, matches, difference, notes"),
        _moment("answered_at"),
        sa.CheckConstraint("num_nulls(sha256, filename, bytes) IN (0, 3)", name="file"),
        sa.CheckConstraint("sha256 IS NOT NULL OR note <> ''", name="something"),
    )
    op.create_table(
        "screening_appeal",
        sa.Column("id", sa.Text, primary_key=True, comment="derived from upload and what is appealed"),
        _text("upload_id", of="upload.id"),
        _text("contributor_id", of="party.id"),
        _text("verdict_id", of="screening_verdict.id"),
        _text("review_id", "null where the machine alone had decided", of="screening_review.id", null=True),
        _text("text"),
        _moment("opened_at"),
        sa.CheckConstraint("text <> ''", name="reasoned"),
    )
    for name in ("screening_request", "screening_answer", "screening_appeal"):
        op.create_index(None, name, ["upload_id"])
    op.create_table(
        "screening_withdrawal",
        sa.Column("upload_id", sa.Text, sa.ForeignKey("upload.id"), primary_key=True),
        _text("contributor_id", of="party.id"),
        _moment("withdrawn_at"),
    )


def _reviews() -> None:
    """A person's decision stands beside one verdict, and may be followed by another person's on appeal."""
    name = "screening_review"
    op.drop_constraint(op.f("uq_screening_review_upload_id"), name)
    op.add_column(name, sa.Column("number", sa.Integer, comment="1, 2, … of one upload"))
    op.add_column(name, sa.Column("verdict_id", sa.Text, sa.ForeignKey("screening_verdict.id")))
    op.add_column(
        name,
        sa.Column(
            "appeal_id", sa.Text, sa.ForeignKey("screening_appeal.id"), comment="null for a first decision"
        ),
    )
    op.execute(
        "UPDATE screening_review AS review SET number = 1, verdict_id = "
        "(SELECT id FROM screening_verdict AS verdict WHERE verdict.upload_id = review.upload_id "
        "AND verdict.outcome = 'review' ORDER BY verdict.number DESC LIMIT 1)"
    )
    for column in ("number", "verdict_id"):
        op.alter_column(name, column, nullable=False)
    op.create_unique_constraint(op.f("uq_screening_review_upload_id_number"), name, ["upload_id", "number"])
    op.create_unique_constraint(op.f("uq_screening_review_appeal_id"), name, ["appeal_id"])
    op.create_index(None, name, ["verdict_id"])
    op.alter_column(
        name,
        "id",
        existing_type=sa.Text(),
        comment="derived from upload and number",
        existing_comment="derived from the upload",
    )


def _findings() -> None:
    """Accounts whose pictures, taken together, reached the threshold, and what staff made of it."""
    op.create_table(
        "screening_finding",
        sa.Column("id", sa.Text, primary_key=True, comment="derived from contributor and number"),
        _text("contributor_id", of="party.id"),
        sa.Column("number", sa.Integer, nullable=False, comment="1, then one more after each clearing"),
        _text("rule_version"),
        _text("model", "whose p-values"),
        sa.Column(
            "pictures", sa.Integer, nullable=False, comment="of the account when the threshold was reached"
        ),
        sa.Column("value", sa.Float, nullable=False, comment="log10 of the evidence"),
        sa.Column("threshold", sa.Float, nullable=False, comment="log10 of the evidence that flags"),
        _text("upload_id", of="upload.id"),
        _moment("found_at"),
        sa.UniqueConstraint("contributor_id", "number"),
    )
    op.create_table(
        "screening_finding_decision",
        sa.Column("finding_id", sa.Text, sa.ForeignKey("screening_finding.id"), primary_key=True),
        _text("staff_id", of="party.id"),
        _text("standing", "cleared or confirmed"),
        _text("note"),
        sa.Column("pictures", sa.Integer, nullable=False, comment="of the account at that time"),
        _moment("decided_at"),
        sa.CheckConstraint("standing IN ('cleared', 'confirmed')", name="standing"),
        sa.CheckConstraint("note <> ''", name="reasoned"),
    )
