"""The queue between buyers who wait and the process that keeps the model warm.

Revision ID: 0014_queue
Revises: 0013_moderation
"""

import sqlalchemy as sa
from alembic import op

revision = "0014_queue"
down_revision = "0013_moderation"
branch_labels = None
depends_on = None

FOLLOW = """
CREATE FUNCTION generation_follow_state() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM generation_queue WHERE request_id = NEW.id AND NEW.state <> 'pending';
    PERFORM pg_notify('generation_news', NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER generation_follow_state AFTER UPDATE OF state ON generation_request
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION generation_follow_state();

CREATE FUNCTION generation_ring() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('generation_queue', '');
    RETURN NULL;
END $$;
CREATE TRIGGER generation_ring AFTER INSERT ON generation_queue
    FOR EACH ROW EXECUTE FUNCTION generation_ring();
"""


def upgrade() -> None:
    """Make the table, and the triggers that wake whoever waits and take finished requests off the queue."""
    op.create_table(
        "generation_queue",
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column(
            "sell", sa.Boolean(), nullable=False, comment="whether the licenses are sold when it is done"
        ),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deadline_at", sa.DateTime(timezone=True), comment="not made after this; null: no limit"),
        sa.Column("worker", sa.BigInteger(), comment="the advisory lock that its worker holds; null: waits"),
        sa.Column("made", sa.Integer(), nullable=False, server_default="0", comment="pictures drawn so far"),
        sa.CheckConstraint("made >= 0", name=op.f("ck_generation_queue_made")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["generation_request.id"], name=op.f("fk_generation_queue_request_id")
        ),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_generation_queue")),
    )
    op.create_index(op.f("ix_generation_queue_asked_at"), "generation_queue", ["asked_at"])
    op.get_bind().exec_driver_sql(FOLLOW, execution_options={"no_parameters": True})
