"""Checks the books: every rule of ``sql/checks`` and every link of the journal's hash chain must hold,
or the run fails and shows the offending rows. Books that hold are sealed: what was booked since the last
run joins the chain.
"""

from __future__ import annotations

from prefect import flow, get_run_logger, task

from fairstock.bootstrap import get_app
from fairstock.db.checks import BrokenRule, load_checks, run_check
from fairstock.db.transaction import snapshot
from fairstock.kit.errors import Inconsistent
from fairstock.ledger import chain
from flows import _artifacts as artifacts


class BooksBroken(Inconsistent):
    """At least one rule of the books does not hold."""

    def __init__(self, broken: list[BrokenRule]) -> None:
        self.broken = broken
        names = ", ".join(rule.name for rule in broken)
        super().__init__(
            f"{len(broken)} rule(s) of the books do not hold: {names}.",
            remedy="look at the run's artifacts for the offending rows; pay nobody until it is understood",
        )


@flow(name="check_books")
def check_books() -> dict[str, int]:
    """Check every rule and the chain, and return how many rules hold; raises ``BooksBroken`` where one
    does not.

    Can run at any time and as often as wanted; all that it writes are new links of the chain.
    """
    broken = [*run_rules(), *check_chain()]
    if broken:
        raise BooksBroken(broken)
    links = seal_journal()
    rules = len(load_checks())
    get_run_logger().info(
        "The books are in order: all %d rules hold, %d transactions are sealed.", rules, links
    )
    return {"rules": rules, "broken": 0, "links": links}


@task(name="run the rules", retries=2, retry_delay_seconds=5)
def run_rules() -> list[BrokenRule]:
    """Run every rule on one snapshot, say what each found, and leave the outcome as artifacts."""
    logger = get_run_logger()
    outcome, broken = [], []
    with snapshot(get_app().engine) as conn:
        for check in load_checks():
            found = run_check(conn, check)
            outcome.append({"rule": check.sentence, "holds": "no" if found else "yes", "check": check.name})
            if found is None:
                logger.info("Holds: %s", check.sentence)
            else:
                offender = ", ".join(f"{name} {value}" for name, value in found.rows[0].items())
                logger.error("BROKEN: %s First offender: %s", check.sentence, offender)
                broken.append(found)
    artifacts.table("check-books", outcome, "Rules of the books, and whether they hold")
    for rule in broken:
        artifacts.table(f"check-books-{rule.name}", rule.rows, f"Rows that break the rule: {rule.sentence}")
    return broken


@task(name="check the chain", retries=2, retry_delay_seconds=5)
def check_chain() -> list[BrokenRule]:
    """Walk the journal's hash chain on one snapshot and say where it breaks first."""
    with snapshot(get_app().engine) as conn:
        broken = chain.as_rule(conn)
    for rule in broken:
        get_run_logger().error("BROKEN: %s %s", rule.sentence, rule.rows[0])
        artifacts.table(f"check-books-{rule.name}", rule.rows, f"Rows that break the rule: {rule.sentence}")
    return broken


@task(name="seal the journal", retries=2, retry_delay_seconds=5)
def seal_journal() -> int:
    """Append what was booked since the last run; returns the number of links."""
    with get_app().transaction() as conn:
        return chain.seal(conn).links
