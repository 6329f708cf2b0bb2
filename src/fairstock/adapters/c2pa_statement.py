"""What a manifest of ours says: actions, training permission, soft binding, ingredients.

Source: C2PA Technical Specification 2.2 (actions c2pa.created, c2pa.opened, c2pa.edited,
c2pa.watermarked.bound; assertion c2pa.soft-binding; data type c2pa.types.model) and the CAWG
training-and-data-mining assertion 1.1.
"""

from __future__ import annotations

from typing import Any

from fairstock.provenance.model import Ingredient, Mark, ProvenanceClaim

_MINING_USES = (
    "cawg.ai_generative_training",
    "cawg.ai_inference",
    "cawg.ai_training",
    "cawg.data_mining",
)


def assertions_of(claim: ProvenanceClaim) -> list[dict[str, Any]]:
    """The assertions of a claim."""
    use = "allowed" if claim.training_allowed else "notAllowed"
    entries = {name: {"use": use} for name in _MINING_USES}
    said: list[dict[str, Any]] = [
        {"label": "c2pa.actions.v2", "data": {"actions": _actions(claim)}},
        {"label": "cawg.training-mining", "data": {"entries": entries}},
    ]
    if claim.mark is not None and claim.mark.payload is not None:
        said.append({"label": "c2pa.soft-binding", "data": _soft_binding(claim.mark, claim.mark.payload)})
    return said


def model_ingredient(claim: ProvenanceClaim) -> dict[str, Any]:
    """The model release as an input of the picture (data type c2pa.types.model)."""
    return {
        "label": "model",
        "instance_id": "model",
        "title": claim.model_name,
        "description": f"model release {claim.release_id}",
        "format": "application/octet-stream",
        "relationship": "inputTo",
        "data_types": [{"type": "c2pa.types.model"}],
    }


def picture_ingredient(ingredient: Ingredient, number: int) -> dict[str, Any]:
    """A picture that went in: digest and relation; a manifest that it has is kept with it."""
    label = _label(number)
    named = {"title": ingredient.title, "relationship": ingredient.relationship}
    return {"label": label, "instance_id": label, "format": ingredient.mime, **named}


def _label(number: int) -> str:
    return f"picture-{number}"


def _actions(claim: ProvenanceClaim) -> list[dict[str, Any]]:
    """What was done, in order: made or carried on by the model, then labelled and marked in the pixels."""
    actions = _made(claim)
    if claim.visible_label:
        actions.append({"action": "c2pa.edited", "description": "a visible label that says AI-generated"})
    if claim.mark is not None and claim.mark.payload is not None:
        actions.append({"action": "c2pa.watermarked.bound", "description": claim.mark.method})
    return actions


def _made(claim: ProvenanceClaim) -> list[dict[str, Any]]:
    """Created by the model; or, where a picture was carried on, that one opened and then edited by the model.

    C2PA wants ``c2pa.opened`` or ``c2pa.created`` as the first action, the former with its parent.
    """
    labels = {one.relationship: _label(number) for number, one in enumerate(claim.ingredients)}
    if "parentOf" not in labels:
        return [_created(claim)]
    opened = {"action": "c2pa.opened", "parameters": {"ingredientIds": [labels["parentOf"]]}}
    guides = [label for relationship, label in labels.items() if relationship != "parentOf"]
    edited = {**_created(claim), "action": "c2pa.edited", "parameters": {"ingredientIds": ["model", *guides]}}
    return [opened, edited]


def _created(claim: ProvenanceClaim) -> dict[str, Any]:
    """The first action, which names the kind of source, the system and the model release that went in."""
    return {
        "action": "c2pa.created",
        "when": claim.created_at.isoformat(timespec="seconds"),
        "digitalSourceType": claim.source_type.value,
        "softwareAgent": {"name": claim.model_name, "version": claim.release_id},
        "parameters": {"ingredientIds": ["model"]},
    }


def _soft_binding(mark: Mark, payload: bytes) -> dict[str, Any]:
    """How the record is found again from pixels alone: method and value of the watermark."""
    return {"alg": mark.method, "blocks": [{"scope": {}, "value": payload.hex()}]}
