"""Model releases with their training manifests, buyers' requests and the pictures made for them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003_generation"
down_revision = "0002_intake"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of the training and generation contexts."""
    _training()
    _request()
    _image()


def _moment(name: str, comment: str | None = None, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, comment=comment)


def _training() -> None:
    """What a model was trained on."""
    op.create_table(
        "model_release",
        sa.Column("id", sa.Text, primary_key=True, comment="such as house-1"),
        sa.Column("name", sa.Text, nullable=False, comment="what files and statements call the system"),
        sa.Column(
            "manifest_sha256",
            sa.CHAR(64),
            comment="of the manifest's CSV; null where its training is unknown",
        ),
        sa.Column("seed", sa.BigInteger, comment="of the training; null where unknown"),
        sa.Column("works", sa.Integer, nullable=False, comment="works in the manifest"),
        _moment("created_at", "when the release was exported"),
        sa.Column("state", sa.Text, nullable=False, comment="active or retired"),
        sa.Column("details", postgresql.JSONB, nullable=False, comment="steps, samples, parameters"),
        sa.CheckConstraint("state IN ('active', 'retired')", name="state"),
        sa.CheckConstraint("works >= 0", name="works"),
        sa.CheckConstraint("(manifest_sha256 IS NULL) = (works = 0)", name="manifest"),
    )
    op.create_table(
        "training_manifest_entry",
        sa.Column("release_id", sa.Text, sa.ForeignKey("model_release.id"), primary_key=True),
        sa.Column(
            "work_sha256", sa.CHAR(64), primary_key=True, comment="digest of the work as it was trained on"
        ),
        sa.Column("contributor_id", sa.Text, sa.ForeignKey("party.id"), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("cluster", sa.Integer, nullable=False, comment="near-duplicates share a number"),
        sa.Column(
            "asset_id",
            sa.Text,
            sa.ForeignKey("asset.id"),
            comment="the work in the catalogue, where it is in it",
        ),
    )
    op.create_index(None, "training_manifest_entry", ["contributor_id"])
    op.create_index(None, "training_manifest_entry", ["asset_id"])


def _request() -> None:
    """What buyers asked for."""
    op.create_table(
        "generation_request",
        sa.Column("id", sa.Text, primary_key=True, comment="derived from the key"),
        sa.Column(
            "key",
            sa.Text,
            nullable=False,
            unique=True,
            comment="made by the caller; a repeated key is the same request",
        ),
        sa.Column("buyer_id", sa.Text, sa.ForeignKey("party.id"), nullable=False),
        sa.Column("prompt", sa.Text, nullable=False),
        sa.Column("size", sa.Integer, nullable=False, comment="edge in pixels"),
        sa.Column("n", sa.Integer, nullable=False, comment="pictures asked for"),
        sa.Column("state", sa.Text, nullable=False, comment="refused, review, pending, done or failed"),
        sa.Column(
            "decision", postgresql.JSONB, nullable=False, comment="moderation's decision as it was made"
        ),
        sa.Column(
            "release_id",
            sa.Text,
            sa.ForeignKey("model_release.id"),
            comment="that made the pictures; null until then",
        ),
        sa.Column("failure", sa.Text, comment="why it failed, one sentence"),
        _moment("created_at"),
        _moment("finished_at", "when it was refused, done or failed", nullable=True),
        sa.CheckConstraint("state IN ('refused', 'review', 'pending', 'done', 'failed')", name="state"),
        sa.CheckConstraint("n BETWEEN 1 AND 10", name="n"),
        sa.CheckConstraint("size > 0", name="size"),
        sa.CheckConstraint("state <> 'done' OR release_id IS NOT NULL", name="done_has_release"),
        sa.CheckConstraint("(state = 'failed') = (failure IS NOT NULL)", name="failed_has_reason"),
        sa.CheckConstraint(
            "(state IN ('refused', 'done', 'failed')) = (finished_at IS NOT NULL)", name="finished"
        ),
    )
    op.create_index(None, "generation_request", ["buyer_id", "created_at"])


def _image() -> None:
    """How each generated picture came to be."""
    op.create_table(
        "generated_image",
        sa.Column("asset_id", sa.Text, sa.ForeignKey("asset.id"), primary_key=True),
        sa.Column("request_id", sa.Text, sa.ForeignKey("generation_request.id"), nullable=False),
        sa.Column("index", sa.Integer, nullable=False, comment="place in the request, from 0"),
        sa.Column("seed", sa.BigInteger, nullable=False, comment="derived from the request's key"),
        sa.Column("release_id", sa.Text, sa.ForeignKey("model_release.id"), nullable=False),
        sa.Column(
            "attempts",
            sa.Integer,
            nullable=False,
            comment="1, plus drafts thrown away as too near a training work",
        ),
        sa.Column(
            "retrieved",
            postgresql.ARRAY(sa.Text),
            nullable=False,
            comment="digests of the works that the model looked at",
        ),
        sa.Column(
            "nearest_sha256", sa.CHAR(64), comment="training work most like the picture; null where unknown"
        ),
        sa.Column("nearest_similarity", sa.Double, comment="likeness to the nearest training work, 0 to 1"),
        sa.UniqueConstraint("request_id", "index"),
        sa.CheckConstraint('"index" >= 0', name="index"),
        sa.CheckConstraint("attempts >= 1", name="attempts"),
    )
    op.create_index(None, "generated_image", ["release_id"])
