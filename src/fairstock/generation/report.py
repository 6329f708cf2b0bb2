"""What became of requests, in words for staff and in plain values for callers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fairstock.generation.model import Request, RequestState


def news(request: Request) -> str:
    """One sentence on a request that was just recorded."""
    prompt = request.order.prompt or request.order.kind.value
    if request.state is RequestState.done:
        return f"“{prompt}” was fulfilled before; its pictures are kept."
    if request.state is RequestState.refused:
        return f"Refused “{prompt}”: {request.decision['sentence']}"
    if request.state is RequestState.review:
        return f"“{prompt}” waits for a person: {request.decision['sentence']}"
    return f"Accepted “{prompt}”: {request.order.n} picture(s) of {request.order.size} px."


def outcome(request: Request, asset_ids: Sequence[str]) -> dict[str, Any]:
    """One request's line of a summary; ``sentence`` is empty unless something stands in its way."""
    allowed = request.decision["decision"] == "allow"
    return {
        "key": request.order.key,
        "request_id": request.id,
        "prompt": request.order.prompt,
        "size": request.order.size,
        "kind": request.order.kind.value,
        "state": request.state.value,
        "asset_ids": list(asset_ids),
        "decision": dict(request.decision),
        "sentence": request.failure or ("" if allowed else request.decision["sentence"]),
    }


def summary_of(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Counts over outcomes, and the outcomes themselves under ``requests``."""
    states = [row["state"] for row in rows]
    return {
        "requests": list(rows),
        "generated": len({asset_id for row in rows for asset_id in row["asset_ids"]}),
        "fulfilled": states.count(RequestState.done.value),
        "refused": states.count(RequestState.refused.value),
        "waiting": states.count(RequestState.review.value),
        "failed": states.count(RequestState.failed.value),
    }
