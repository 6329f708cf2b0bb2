"""Screens again what was screened before, after a policy or a detector changed.

    what was seen (looked for again where asked) → verdict by the present policy → shown, or stored beside the
    old one → what waits moves on | what is on sale or was turned down, and would now be decided otherwise,
    goes to people

Nothing goes off sale by this flow. Each batch is one transaction, and a verdict that exists is not made
again: the flow can be killed anywhere and run again with the same result.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from prefect import flow, get_run_logger, task

from fairstock.bootstrap import App, get_app
from fairstock.db.locks import advisory
from fairstock.db.transaction import Connection
from fairstock.screening import observe, policy
from fairstock.screening import store as screening
from fairstock.screening.model import Effect, Observation, Outcome, Verdict
from fairstock.screening.rescreen import Standing, current, effect
from fairstock.screening.rules import decide
from fairstock.upload import publish as moves
from fairstock.upload import store as uploads
from fairstock.upload.model import Upload, UploadState
from flows import _artifacts as artifacts
from flows._looking import look as look_at
from flows._looking import replaced
from flows._retry import unless_hopeless

BATCH = 24
EXAMPLES = 200
"""Changed uploads that the table shows."""
FOLLOWS = {
    Effect.ACTS: "at once",
    Effect.PEOPLE: "a person decides",
    Effect.NOTED: "noted; a person's decision holds",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One upload about which the new verdict differs from the one before."""

    upload: Upload
    before: Verdict
    after: Verdict
    effect: Effect


@flow(name="rescreen_catalogue")
def rescreen_catalogue(dry_run: bool = True, look: bool = False) -> dict[str, Any]:
    """Decide again about every upload by the present policy; first with ``dry_run``, which changes nothing.

    ``look`` opens the kept bytes again and makes every look anew that uploads get: marks, credentials, traces
    of a camera, our watermark, pixels, text, faces, nudity, captions. What was compared with catalogue,
    registry and account, and files sent as evidence, stay as they were seen. Returns counts: screened,
    changed (by "from → to"), by_rule, to_people, noted, unopened (could not be looked at again, and count as
    they were seen).

    Args:
        dry_run: Only show what would change.
        look: Open the kept files again, since a detector changed; takes longer.
    """
    with get_app().transaction() as conn:
        ids = uploads.screened(conn)
    totals: Counter[str] = Counter()
    examples: list[dict[str, str]] = []
    for start in range(0, len(ids), BATCH):
        counted, rows = screen_again(ids[start : start + BATCH], dry_run, look)
        totals.update(counted)
        examples += rows[: EXAMPLES - len(examples)]
        get_run_logger().info("%d of %d uploads are decided again.", min(start + BATCH, len(ids)), len(ids))
    return report(dict(totals), examples, dry_run)


@task(name="screen again", retries=2, retry_delay_seconds=2, retry_condition_fn=unless_hopeless)
def screen_again(ids: list[str], dry_run: bool, look: bool) -> tuple[dict[str, int], list[dict[str, str]]]:
    """Decide again about a batch; returns counts and a row for each change."""
    app = get_app()
    counted: Counter[str] = Counter()
    rows: list[dict[str, str]] = []
    fresh = _looked_at(app, ids) if look else {}
    with app.transaction() as conn:
        advisory(conn, "screening.judge")
        batch = [each for each in uploads.many(conn, ids) if _counts(each)]
        for upload in batch:
            counted["screened"] += 1
            counted["unopened"] += look and upload.id not in fresh
            change = _again(conn, app, upload, fresh.get(upload.id), dry_run)
            if change is None:
                continue
            rows.append(_row(change))
            counted[f"changed: {change.before.outcome.value} → {change.after.outcome.value}"] += 1
            counted["to_people"] += change.effect is Effect.PEOPLE
            counted["noted"] += change.effect is Effect.NOTED
            counted.update(f"rule: {name}" for name in _rules(change))
    return dict(counted), rows


def _counts(upload: Upload) -> bool:
    """Whether a policy speaks about it: it was opened, and not taken back."""
    return upload.refusal is None and upload.state is not UploadState.WITHDRAWN


def _looked_at(app: App, ids: list[str]) -> dict[str, tuple[Observation, ...]]:
    """Upload id → what the present detectors see in the file; without files that are gone or do not open."""
    with app.transaction() as conn:
        batch = [each for each in uploads.many(conn, ids) if _counts(each) and app.objects.has(each.sha256)]
    return {each.upload.id: each.observations for each in look_at(app, batch) if each.traits is not None}


def _again(
    conn: Connection, app: App, upload: Upload, fresh: Sequence[Observation] | None, dry_run: bool
) -> Change | None:
    """Decide again about one upload; None where nothing differs from the verdict before."""
    before = screening.verdicts(conn, [upload.id]).get(upload.id)
    if before is None:
        return None
    stored = screening.observations(conn, [upload.id]).get(upload.id, ())
    seen = current(stored)
    if fresh is not None:
        fresh = [*fresh, *observe.from_history(conn, upload.id, upload.contributor_id, fresh)]
        seen = current(stored, fresh, replaced)
    after = decide(seen, policy.shipped())
    follows = effect(_standing(conn, upload), after)
    known = screening.knows_verdict(conn, upload.id, after, seen)
    if not dry_run and not known:
        screening.add_observations(conn, upload.id, fresh or ())
        at = app.clock.now()
        screening.add_verdict(
            conn, upload.id, upload.contributor_id, after, at, effect=follows, observed=seen
        )
        _act(conn, app, upload, after, follows)
    same = (before.outcome, before.codes) == (after.outcome, after.codes)
    return None if same or known else Change(upload, before, after, follows)


def _standing(conn: Connection, upload: Upload) -> Standing:
    reviews = screening.reviews(conn, [upload.id]).get(upload.id, [])
    appeals = screening.appeals(conn, [upload.id]).get(upload.id, [])
    decided = {review.appeal_id for review in reviews}
    return Standing(
        on_sale=upload.state is UploadState.ACCEPTED,
        rejected=upload.state is UploadState.REJECTED,
        appealed=any(appeal.id not in decided for appeal in appeals),
        reviews=reviews,
        reviewed=screening.verdict(conn, reviews[-1].verdict_id) if reviews else None,
    )


def _act(conn: Connection, app: App, upload: Upload, after: Verdict, follows: Effect) -> None:
    """Move what waits, and open again what people should see; what is on sale stays."""
    if follows is Effect.NOTED or upload.state is UploadState.ACCEPTED:
        return
    if follows is Effect.ACTS and after.outcome is Outcome.ACCEPT:
        moves.publish(conn, app.objects, upload.id)
    elif follows is Effect.ACTS:
        moves.turn_down(conn, upload.id)
    else:
        moves.reopen(conn, upload.id)
        answered = bool(screening.answers(conn, [upload.id]))
        if after.outcome is Outcome.REQUEST and not answered:
            moves.ask(conn, upload.id)


def _rules(change: Change) -> list[str]:
    """The rules that made the difference: of the new verdict, or of the old one where none speaks now."""
    speaking = change.after.reasons or change.before.reasons
    return list(dict.fromkeys(reason.rule for reason in speaking))


def _row(change: Change) -> dict[str, str]:
    return {
        "file": change.upload.filename,
        "stands": change.upload.state.value,
        "from": f"{change.before.outcome.value} ({change.before.policy_version})",
        "to": f"{change.after.outcome.value} ({change.after.policy_version})",
        "by rule": "; ".join(_rules(change)),
        "follows": FOLLOWS[change.effect],
        "upload": change.upload.id,
    }


@task(name="report", retries=2, retry_delay_seconds=2, retry_condition_fn=unless_hopeless)
def report(totals: dict[str, int], examples: list[dict[str, str]], dry_run: bool) -> dict[str, Any]:
    """The counts, and a table of what changed or would change."""
    title = "What would change, and why (nothing was changed)" if dry_run else "What changed, and why"
    artifacts.table("rescreen-catalogue", examples, title)

    def named(start: str) -> dict[str, int]:
        found = {name.removeprefix(start): count for name, count in totals.items() if name.startswith(start)}
        return dict(sorted(found.items()))

    return {
        "dry_run": dry_run,
        "screened": totals.get("screened", 0),
        "changed": named("changed: "),
        "by_rule": named("rule: "),
        "to_people": totals.get("to_people", 0),
        "noted": totals.get("noted", 0),
        "unopened": totals.get("unopened", 0),
    }
