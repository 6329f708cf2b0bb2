"""The schemas of what the API answers, for its OpenAPI document."""

from __future__ import annotations

from typing import Any

from fairstock.web.api.moderations import CATEGORIES


def schemas() -> dict[str, Any]:
    text, number = {"type": "string"}, {"type": "integer"}
    names = [each.value for each in CATEGORIES]
    nullable = {"type": ["string", "null"]}
    error = {
        "message": text,
        "type": text,
        "param": nullable,
        "code": nullable,
        "moderation": {"type": "object"},
    }
    image = {"url": {"type": "string", "format": "uri"}, "b64_json": text, "revised_prompt": text}
    converted = closed({"param": text, "what": text}, ["param", "what"])
    model = {"id": text, "object": {"const": "model"}, "created": number, "owned_by": text}
    score = {"type": "number", "minimum": 0, "maximum": 1}
    judged = {
        "flagged": {"type": "boolean"},
        "categories": closed({name: {"type": "boolean"} for name in names}, names),
        "category_scores": closed(dict.fromkeys(names, score), names),
        "category_applied_input_types": closed({name: listed(text) for name in names}, names),
        "decision": {"type": "object"},
    }
    result = closed(judged, list(judged))
    images = {"created": number, "data": listed(closed(image, [])), "converted": listed(converted)}
    return {
        "Error": closed({"error": closed(error, ["message", "type", "param", "code"])}, ["error"]),
        "Images": closed(images, ["created", "data"]),
        "Model": closed(model, list(model)),
        "Models": closed(
            {"object": {"const": "list"}, "data": listed({"$ref": "#/components/schemas/Model"})},
            ["object", "data"],
        ),
        "Offer": _offer(),
        "Moderation": closed(
            {"id": text, "model": text, "results": listed(result)}, ["id", "model", "results"]
        ),
    }


def _offer() -> dict[str, Any]:
    """What the stock has, and what a new picture costs; amounts are decimals in text."""
    text, number = {"type": "string"}, {"type": "integer"}
    amount = {"type": "string", "pattern": r"^[0-9]+\.[0-9]{2,6}$"}
    sums = dict.fromkeys(("price_each", "price", "to_contributors", "to_house"), amount)
    create = {"n": number, "size": text, "currency": text, **sums}
    match = {"id": text, "title": text, "kind": text, "width": number, "height": number, "url": text}
    offer = {
        "matches": listed(closed(match, list(match))),
        "total": number,
        "hit": {"type": "boolean", "description": "Whether the stock answers every word."},
        "create": closed(create, list(create)),
    }
    return closed(offer, list(offer))


def closed(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    """An object with these properties and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def listed(items: Any) -> dict[str, Any]:
    """A list of such items."""
    return {"type": "array", "items": items}


def choice(options: tuple[str, ...]) -> dict[str, Any]:
    """One of the texts, or null."""
    return {"enum": [*options, None]}
