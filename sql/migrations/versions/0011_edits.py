"""Edits, variations and refinement chains: what a request begins with, and pictures that are one buyer's.

Revision ID: 0011_edits
Revises: 0010_api
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011_edits"
down_revision = "0010_api"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Widen requests, link pictures to those that they continue, and let pictures belong to one buyer."""
    _request()
    _image()
    _asset()


def _request() -> None:
    """What is made, of which picture, inside which mask."""
    for column in (
        sa.Column(
            "kind",
            sa.Text,
            nullable=False,
            server_default="create",
            comment="create, edit, variation or refine",
        ),
        sa.Column("source_sha256", sa.CHAR(64), comment="the buyer's own picture, decoded, as PNG"),
        sa.Column("mask_sha256", sa.CHAR(64), comment="PNG of the same size; alpha 0 is what changes"),
        sa.Column(
            "parent_asset_id", sa.Text, sa.ForeignKey("asset.id"), comment="the picture that is continued"
        ),
        sa.Column(
            "options",
            postgresql.JSONB,
            nullable=False,
            server_default=sa.text("'{}'"),
            comment="text by name",
        ),
    ):
        op.add_column("generation_request", column)
    for name, rule in {
        "kind": "kind IN ('create', 'edit', 'variation', 'refine')",
        "begins_with": "(kind = 'create') = (source_sha256 IS NULL AND parent_asset_id IS NULL)",
        "edit_has_source": "kind <> 'edit' OR source_sha256 IS NOT NULL",
        "refine_has_parent": "kind <> 'refine' OR parent_asset_id IS NOT NULL",
        "mask": "mask_sha256 IS NULL OR kind IN ('edit', 'refine')",
    }.items():
        op.create_check_constraint(name, "generation_request", rule)


def _image() -> None:
    """The chain from a picture to the one that it continues."""
    op.add_column(
        "generated_image",
        sa.Column(
            "parent_asset_id", sa.Text, sa.ForeignKey("asset.id"), comment="the picture that it continues"
        ),
    )
    op.create_check_constraint("parent", "generated_image", "parent_asset_id <> asset_id")
    op.create_index(None, "generated_image", ["parent_asset_id"])


def _asset() -> None:
    """Pictures with a buyer's own material in them are that buyer's alone."""
    op.add_column(
        "asset",
        sa.Column(
            "private_to", sa.Text, sa.ForeignKey("party.id"), comment="the buyer whose material is in it"
        ),
    )
    op.alter_column(
        "asset",
        "state",
        existing_type=sa.Text,
        existing_nullable=False,
        existing_server_default="live",
        comment="live, withdrawn, taken_down or private",
    )
    op.drop_constraint("state", "asset", type_="check")
    for name, rule in {
        "state": "state IN ('live', 'withdrawn', 'taken_down', 'private')",
        "private": "(state = 'private') <= (private_to IS NOT NULL)",
        "live_is_everybodys": "state <> 'live' OR private_to IS NULL",
    }.items():
        op.create_check_constraint(name, "asset", rule)
