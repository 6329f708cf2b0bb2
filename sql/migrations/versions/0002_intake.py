"""Uploads and what was learned of them, screening's observations, verdicts and reviews, and the opt-out
registry.
"""

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import Vector
from sqlalchemy.dialects import postgresql

revision = "0002_intake"
down_revision = "0001_core"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of ``upload``, ``screening`` and ``optout``."""
    _upload()
    _screening()
    _optout()


def _upload() -> None:
    """What contributors send."""
    op.create_table(
        "upload",
        sa.Column(
            "id", sa.Text, nullable=False, comment="derived from contributor, batch, file name and digest"
        ),
        sa.Column("contributor_id", sa.Text, nullable=False),
        sa.Column(
            "batch", sa.Text, nullable=False, comment="the contributor's name for what was sent together"
        ),
        sa.Column(
            "position",
            sa.Integer,
            nullable=False,
            comment="order within the batch, which is the order of judging",
        ),
        sa.Column("filename", sa.Text, nullable=False, comment="as the contributor named it; never believed"),
        sa.Column("sha256", sa.CHAR(64), nullable=False, comment="digest of the bytes as they came"),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("keywords", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("claim", postgresql.JSONB, nullable=False, comment="the rights claim as given"),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state", sa.Text, nullable=False, comment="received, accepted, rejected, review or refused"
        ),
        sa.Column("asset_id", sa.Text, nullable=True, comment="what it was published as"),
        sa.Column(
            "refusal",
            postgresql.JSONB,
            nullable=True,
            comment="why the gate refused it: code, sentence, next_step",
        ),
        sa.CheckConstraint("(state = 'accepted') = (asset_id IS NOT NULL)", name=op.f("ck_upload_published")),
        sa.CheckConstraint("(state = 'refused') = (refusal IS NOT NULL)", name=op.f("ck_upload_refused")),
        sa.CheckConstraint(
            "state IN ('received', 'accepted', 'rejected', 'review', 'refused')", name=op.f("ck_upload_state")
        ),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name=op.f("fk_upload_asset_id")),
        sa.ForeignKeyConstraint(["contributor_id"], ["party.id"], name=op.f("fk_upload_contributor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload")),
    )
    op.create_index(op.f("ix_upload_asset_id"), "upload", ["asset_id"])
    op.create_index(op.f("ix_upload_contributor_id"), "upload", ["contributor_id"])
    op.create_index(op.f("ix_upload_sha256"), "upload", ["sha256"])
    op.create_table(
        "upload_traits",
        sa.Column("upload_id", sa.Text, nullable=False),
        sa.Column("mime", sa.Text, nullable=False, comment="by content, such as image/png"),
        sa.Column("width", sa.Integer, nullable=False, comment="pixels, upright"),
        sa.Column("height", sa.Integer, nullable=False, comment="pixels, upright"),
        sa.Column("phash", sa.BigInteger, nullable=False, comment="pHash 8 × 8 on white, signed"),
        sa.Column("phash_mirror", sa.BigInteger, nullable=False, comment="the same of the mirror image"),
        sa.Column("embedding", Vector(1280), nullable=False, comment="unit feature vector"),
        sa.Column("embedding_version", sa.Text, nullable=False, comment="which model made the vector"),
        sa.Column(
            "sketch", sa.LargeBinary, nullable=False, comment="64 × 64 RGB, for comparing pixel by pixel"
        ),
        sa.ForeignKeyConstraint(["upload_id"], ["upload.id"], name=op.f("fk_upload_traits_upload_id")),
        sa.PrimaryKeyConstraint("upload_id", name=op.f("pk_upload_traits")),
    )


def _screening() -> None:
    """What was seen in it, and what was decided."""
    op.create_table(
        "screening_observation",
        sa.Column(
            "id", sa.Text, nullable=False, comment="derived from upload, kind, value and detector version"
        ),
        sa.Column("upload_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False, comment="ObservationKind"),
        sa.Column("value", sa.Text, nullable=False, comment="what was seen, in one word or id"),
        sa.Column("evidence", postgresql.JSONB, nullable=False),
        sa.Column("detector", sa.Text, nullable=False),
        sa.Column("detector_version", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["upload_id"], ["upload.id"], name=op.f("fk_screening_observation_upload_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screening_observation")),
    )
    op.create_index(op.f("ix_screening_observation_upload_id"), "screening_observation", ["upload_id"])
    op.create_table(
        "screening_verdict",
        sa.Column("id", sa.Text, nullable=False, comment="derived from upload and policy version"),
        sa.Column("upload_id", sa.Text, nullable=False),
        sa.Column("contributor_id", sa.Text, nullable=False, comment="whose upload it is"),
        sa.Column("policy_version", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False, comment="accept, review or reject"),
        sa.Column("reasons", sa.ARRAY(sa.Text), nullable=False, comment="reason codes, strongest first"),
        sa.Column(
            "notice",
            postgresql.JSONB,
            nullable=False,
            comment="the reasons with their sentences, as the contributor reads them",
        ),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(outcome = 'accept') = (cardinality(reasons) = 0)", name=op.f("ck_screening_verdict_reasons")
        ),
        sa.CheckConstraint(
            "outcome IN ('accept', 'review', 'reject')", name=op.f("ck_screening_verdict_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["contributor_id"], ["party.id"], name=op.f("fk_screening_verdict_contributor_id")
        ),
        sa.ForeignKeyConstraint(["upload_id"], ["upload.id"], name=op.f("fk_screening_verdict_upload_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screening_verdict")),
        sa.UniqueConstraint(
            "upload_id", "policy_version", name=op.f("uq_screening_verdict_upload_id_policy_version")
        ),
    )
    op.create_index(op.f("ix_screening_verdict_contributor_id"), "screening_verdict", ["contributor_id"])
    op.create_table(
        "screening_review",
        sa.Column("id", sa.Text, nullable=False, comment="derived from the upload"),
        sa.Column("upload_id", sa.Text, nullable=False),
        sa.Column("reviewer_id", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False, comment="accept or reject"),
        sa.Column("reason_codes", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("outcome IN ('accept', 'reject')", name=op.f("ck_screening_review_outcome")),
        sa.ForeignKeyConstraint(["reviewer_id"], ["party.id"], name=op.f("fk_screening_review_reviewer_id")),
        sa.ForeignKeyConstraint(["upload_id"], ["upload.id"], name=op.f("fk_screening_review_upload_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screening_review")),
        sa.UniqueConstraint("upload_id", name=op.f("uq_screening_review_upload_id")),
    )
    op.create_index(op.f("ix_screening_review_reviewer_id"), "screening_review", ["reviewer_id"])


def _optout() -> None:
    """What nobody may offer here."""
    op.create_table(
        "optout_entry",
        sa.Column("id", sa.Text, nullable=False, comment="derived from what the entry says"),
        sa.Column("sha256", sa.CHAR(64), nullable=True, comment="digest of the exact file"),
        sa.Column("phash", sa.BigInteger, nullable=True, comment="pHash of the picture, signed"),
        sa.Column("uses", sa.ARRAY(sa.Text), nullable=False, comment="sale, training"),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False, comment="from when the refusal holds"),
        sa.Column("evidence", sa.Text, nullable=False, comment="who asked, and how that was checked"),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "uses <@ ARRAY['sale', 'training'] AND cardinality(uses) > 0", name=op.f("ck_optout_entry_uses")
        ),
        sa.CheckConstraint(
            "sha256 IS NOT NULL OR phash IS NOT NULL", name=op.f("ck_optout_entry_identified")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_optout_entry")),
    )
    op.create_index(op.f("ix_optout_entry_sha256"), "optout_entry", ["sha256"])
    op.create_table(
        "optout_name",
        sa.Column("id", sa.Text, nullable=False, comment="derived from name and use"),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("use", sa.Text, nullable=False, comment="style or likeness"),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("evidence", sa.Text, nullable=False),
        sa.CheckConstraint("use IN ('style', 'likeness')", name=op.f("ck_optout_name_use")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_optout_name")),
    )
