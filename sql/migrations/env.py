"""Alembic's entry point; ``fairstock.db.migrate`` hands in the connection and owns the transaction."""

from alembic import context

from fairstock.db.metadata import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,  # for its naming convention
    transactional_ddl=True,
)
context.run_migrations()
