"""Local features of works, uploads and opted-out pictures, and the words by which they are found.

Revision ID: 0024_local_features
Revises: 0023_speed
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0024_local_features"
down_revision = "0023_speed"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Pictures that are there have none yet; the flow ``index_catalogue`` looks at them."""
    for table, owner, key in (
        ("asset_local", "asset.id", "asset_id"),
        ("optout_local", "optout_entry.id", "entry_id"),
    ):
        op.create_table(
            table,
            sa.Column(key, sa.Text, sa.ForeignKey(owner), primary_key=True),
            sa.Column(
                "number",
                sa.Integer,
                sa.Identity(always=True),
                nullable=False,
                comment="short name in the index of words",
            ),
            sa.Column("version", sa.Text, nullable=False, comment="which extractor and vocabulary made them"),
            sa.Column("features", sa.LargeBinary, nullable=False, comment="packed, as that version packs"),
            sa.Column(
                "words",
                sa.ARRAY(sa.Integer),
                nullable=False,
                comment="by which the picture is found; a trigger keeps the index of words in step",
            ),
            sa.UniqueConstraint("number"),
        )
        op.create_table(
            f"{table}_word",
            sa.Column("word", sa.Integer, primary_key=True, autoincrement=False),
            sa.Column("work", sa.Integer, primary_key=True, comment=f"number in {table}"),
        )
    op.add_column("upload_traits", sa.Column("local_version", sa.Text, comment="which extractor made them"))
    op.add_column("upload_traits", sa.Column("local_features", sa.LargeBinary, comment="packed"))
    op.add_column(
        "upload_traits",
        sa.Column(
            "local_words", sa.ARRAY(sa.Integer), comment="by which the picture is found once published"
        ),
    )
    op.create_check_constraint(
        op.f("ck_upload_traits_local"),
        "upload_traits",
        "num_nulls(local_version, local_features, local_words) IN (0, 3)",
    )
    op.get_bind().exec_driver_sql(
        Path(__file__).with_name("0024_local_features.sql").read_text(encoding="utf-8"),
        execution_options={"no_parameters": True},
    )
