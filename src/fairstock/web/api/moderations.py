"""``POST /v1/moderations``: what would be decided about texts, free of charge and without a record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse

from fairstock.bootstrap import App
from fairstock.kit.ids import new_id
from fairstock.moderation.model import Category, Decision
from fairstock.optout import store as optouts
from fairstock.web.api import fields
from fairstock.web.api.asks import UnknownModel
from fairstock.web.api.bodies import Body, json_body
from fairstock.web.api.caller import caller
from fairstock.web.api.errors import BadField
from fairstock.web.api.parts import parts

router = APIRouter()
CATEGORIES = tuple(Category)[:13]
"""The contract's; ours (privacy, trademark, likeness, style) are told in the extra field ``decision``."""
MODEL = "fairstock-moderation"
_ALIASES = frozenset({
    MODEL, "omni-moderation-latest", "omni-moderation-2024-09-26", "text-moderation-latest",
    "text-moderation-stable", "text-moderation-007",
})  # fmt: skip
MOST_INPUTS = 128
MOST_CHARACTERS = 32_768


@router.post("/moderations")
async def moderations(request: Request) -> JSONResponse:
    """One result for each text of a list; one for a string, or for parts, which belong together."""
    house, _ = parts(request)
    who = await caller(request, house)
    request.state.headers = who.headers
    body = await json_body(request)
    fields.check_known(body, frozenset({"input", "model"}), {})
    model = fields.text(body, "model")
    if model is not None and model not in _ALIASES:
        raise UnknownModel(model)
    judged = await run_in_threadpool(_judge, house, texts_of(body))
    results = [result(decision, scores) for decision, scores in judged]
    name = f"{MODEL}-{judged[0][0].policy_version}"
    answer = {"id": new_id("modr"), "model": name, "results": results}
    return JSONResponse(answer, headers=who.headers)


def texts_of(body: Body) -> list[str]:
    """The texts to judge. Raises ``BadField``."""
    given = body.fields.get("input")
    if given is None:
        raise fields.missing("input")
    entries = given if isinstance(given, list) else [given]
    if not entries:
        raise BadField("input", "Invalid 'input': the list is empty.", "empty_array")
    if len(entries) > MOST_INPUTS:
        raise BadField("input", f"Invalid 'input': at most {MOST_INPUTS} entries.", "array_above_max_length")
    if all(isinstance(each, dict) for each in entries):
        return ["\n".join(_part(each) for each in entries)]
    return [_text(each) for each in entries]


def result(decision: Decision, scores: Mapping[str, float]) -> dict[str, Any]:
    """A decision with its scores in the contract's shape, and as our own in ``decision``."""
    scores = {each.value: scores[each.value] for each in CATEGORIES}
    flags = {name: decision.category is not None and name == decision.category.value for name in scores}
    return {
        "flagged": any(flags.values()),
        "categories": flags,
        "category_scores": scores,
        "category_applied_input_types": {each.value: ["text"] for each in CATEGORIES},
        "decision": decision.as_json(),
    }


def _part(part: dict[str, Any]) -> str:
    """The text of a typed part."""
    if part.get("type") == "text":
        return _text(part.get("text"))
    if part.get("type") == "image_url":
        message = (
            "Invalid 'input': this model judges text; images are judged when they are sent to be edited."
        )
        raise BadField("input", message, "unsupported_value")
    raise BadField("input", "Invalid 'input': a part's type is 'text' or 'image_url'.")


def _text(value: object) -> str:
    one = fields.text(Body({"input": value}, {}, textual=False), "input", most=MOST_CHARACTERS)
    if one is None:
        raise BadField("input", "Invalid type for 'input': expected text, but got null.", "invalid_type")
    return one


def _judge(house: App, texts: Sequence[str]) -> list[tuple[Decision, dict[str, float]]]:
    with house.transaction() as conn:
        refused = optouts.refused_names(conn)
    return list(house.moderator.judge_all(texts, *refused))
