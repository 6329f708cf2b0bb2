"""A flow small enough to run in a contract test: it logs, leaves artifacts, and fails when asked to."""

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact


@task
def leave_table(rows: int) -> None:
    """A table artifact, made by a task of the run."""
    get_run_logger().info("Writing %d rows.", rows)
    create_table_artifact(
        table=[{"row": number} for number in range(rows)], key="rows", description="All rows"
    )


@flow(name="greeting")
def greeting(person: str, rows: int = 2, note: str | None = None) -> None:
    """Greet somebody.

    Args:
        person: Whom to greet.
        rows: How many rows to write.
    """
    get_run_logger().info("Hello %s.", person)
    if person == "nobody":
        raise ValueError("There is nobody to greet.")
    leave_table(rows)
    create_markdown_artifact(f"**{rows} rows**", key="summary", description=note)
