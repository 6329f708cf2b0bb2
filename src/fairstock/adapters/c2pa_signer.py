"""Port ``provenance.ports.Signer`` through c2pa-python: one signed manifest inside the file."""

from __future__ import annotations

import io
import json
from typing import Any

from c2pa import Builder, C2paError, C2paSignerInfo, Context
from c2pa import Signer as NativeSigner

from fairstock.adapters.dev_keys import SigningKeys
from fairstock.kit.errors import BadInput, Failure
from fairstock.provenance.model import House, Ingredient, ProvenanceClaim

_MINING_USES = (
    "cawg.ai_generative_training",
    "cawg.ai_inference",
    "cawg.ai_training",
    "cawg.data_mining",
)


class UnusableSigningKeys(BadInput):
    """The certificate chain or the private key cannot sign."""

    def __init__(self, cause: str) -> None:
        super().__init__(
            f"The signing certificate or key cannot be used: {cause}.",
            remedy="give a PEM chain, leaf first, whose leaf is in date and may sign, and its own ES256 key",
        )


class NotSigned(Failure):
    """The picture could not be signed; nothing was written."""

    def __init__(self, picture_id: str, cause: str) -> None:
        super().__init__(
            f"Picture {picture_id} could not be signed: {cause}.",
            remedy="check that the certificate is in date and that the time stamp authority, if any, answers",
        )


class C2paSigner:
    """Signs with one ES256 key; holds no network connection unless a time stamp authority is given."""

    def __init__(self, keys: SigningKeys, tsa_url: str | None = None, *, house: House | None = None) -> None:
        """``tsa_url``: an RFC 3161 time stamp authority, asked at each signing. Raises
        ``UnusableSigningKeys``.
        """
        self._keys = keys
        self._tsa_url = tsa_url
        self._house = house or House()
        settings = {
            "version": 1,
            "builder": {"thumbnail": {"enabled": False}},
            "verify": {"verify_trust": False},
        }
        self._context = Context.from_dict(settings)
        self._native().close()

    def sign(self, data: bytes, mime: str, claim: ProvenanceClaim) -> bytes:
        """The file with its manifest, about 4 kB longer; raises ``NotSigned``."""
        signed = io.BytesIO()
        try:
            with self._native() as signer, Builder(self._manifest(claim), context=self._context) as builder:
                for number, ingredient in enumerate(claim.ingredients):
                    described = json.dumps(_ingredient(ingredient, number))
                    builder.add_ingredient(described, ingredient.mime, io.BytesIO(ingredient.data))
                builder.sign(signer, mime, io.BytesIO(data), signed)
        except C2paError as cause:
            raise NotSigned(claim.picture_id, str(cause)) from cause
        return signed.getvalue()

    def _native(self) -> NativeSigner:
        """A signer for each call: the library's objects must not be used by two threads at once."""
        try:
            return NativeSigner.from_info(
                C2paSignerInfo(b"es256", self._keys.chain_pem, self._keys.key_pem, self._tsa_url)
            )
        except C2paError as cause:
            raise UnusableSigningKeys(str(cause)) from cause

    def _manifest(self, claim: ProvenanceClaim) -> dict[str, Any]:
        """The manifest definition: created by a trained model, from one model release, training as the claim
        says.
        """
        use = "allowed" if claim.training_allowed else "notAllowed"
        return {
            "claim_generator_info": [{"name": self._house.name, "version": self._house.version}],
            "title": claim.title,
            "instance_id": claim.picture_id,
            "ingredients": [_model_ingredient(claim)],
            "assertions": [
                {"label": "c2pa.actions.v2", "data": {"actions": _actions(claim)}},
                {
                    "label": "cawg.training-mining",
                    "data": {"entries": {name: {"use": use} for name in _MINING_USES}},
                },
            ],
        }


def _actions(claim: ProvenanceClaim) -> list[dict[str, Any]]:
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


def _label(number: int) -> str:
    return f"picture-{number}"


def _ingredient(ingredient: Ingredient, number: int) -> dict[str, Any]:
    """A picture that went in: digest and relation; a manifest that it has is kept with it."""
    label = _label(number)
    named = {"title": ingredient.title, "relationship": ingredient.relationship}
    return {"label": label, "instance_id": label, "format": ingredient.mime, **named}


def _created(claim: ProvenanceClaim) -> dict[str, Any]:
    """The first action, which names the kind of source, the system and the model release that went in."""
    return {
        "action": "c2pa.created",
        "when": claim.created_at.isoformat(timespec="seconds"),
        "digitalSourceType": claim.source_type.value,
        "softwareAgent": {"name": claim.model_name, "version": claim.release_id},
        "parameters": {"ingredientIds": ["model"]},
    }


def _model_ingredient(claim: ProvenanceClaim) -> dict[str, Any]:
    """The model release as an input of the picture (C2PA 2.2, data type c2pa.types.model)."""
    return {
        "label": "model",
        "instance_id": "model",
        "title": claim.model_name,
        "description": f"model release {claim.release_id}",
        "format": "application/octet-stream",
        "relationship": "inputTo",
        "data_types": [{"type": "c2pa.types.model"}],
    }
