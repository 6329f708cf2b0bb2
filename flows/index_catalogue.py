"""Looks for local features of works that have none of the present version, as after an upgrade.

    works without → kept bytes opened behind the gate → corners and spots → stored with their words

Each batch is one transaction and what is there is not looked for again: the flow can be killed anywhere
and run again, and uploads may be screened meanwhile. Works whose file is gone, or does not open any more, are
found by hash and features only.
"""

from __future__ import annotations

from typing import Any

from prefect import flow, get_run_logger, task

from fairstock.asset import store as assets
from fairstock.bootstrap import get_app
from fairstock.kit.objects import found_in
from fairstock.screening import local
from flows import _artifacts as artifacts
from flows._optouts import learn_looks
from flows._retry import unless_hopeless

BATCH = 24
"""Works in one task."""


@flow(name="index_catalogue")
def index_catalogue() -> dict[str, Any]:
    """Look at every work that has no local features of the present version, and at opted-out works.

    Returns counts: indexed, unopened (of which nothing could be seen), optouts (whose pictures are known).
    """
    indexed = unopened = 0
    after: str | None = ""
    while after is not None:
        seen, failed, after = index_batch(after)
        indexed, unopened = indexed + seen, unopened + failed
        get_run_logger().info("%d works are indexed, %d could not be opened.", indexed, unopened)
    summary = {"indexed": indexed, "unopened": unopened, "optouts": learn_opted_out()}
    artifacts.table("index-catalogue", [summary], "Local features of works that had none")
    return summary


@task(name="index a batch", retries=2, retry_delay_seconds=2, retry_condition_fn=unless_hopeless)
def index_batch(after: str) -> tuple[int, int, str | None]:
    """Index the next works behind an id; how many were, how many could not be, and the last id, None at the
    end.
    """
    app = get_app()
    with app.transaction() as conn:
        lacking = assets.without_local(conn, local.VERSION, after=after, limit=BATCH)
    if not lacking:
        return 0, 0, None
    files = {
        identity: data for identity, digest in lacking if (data := found_in(app.objects, digest)) is not None
    }
    opened = zip(files, app.decode_guard.inspect(list(files.values())), strict=True)
    pictures = {identity: seen.picture for identity, seen in opened if seen.picture is not None}
    found = dict(zip(pictures, local.look(list(pictures.values())), strict=True))
    with app.transaction() as conn:
        assets.add_local(conn, found)
    return len(found), len(lacking) - len(found), lacking[-1][0]


@task(name="learn opted-out works", retries=2, retry_delay_seconds=2, retry_condition_fn=unless_hopeless)
def learn_opted_out() -> int:
    """Let the opt-out registry know the pictures of those of its works that the catalogue has or had."""
    return learn_looks(get_app())
