"""Port ``provenance.ports.Signer`` through c2pa-python: one signed manifest inside the file."""

from __future__ import annotations

import io
import json
from typing import Any

from c2pa import Builder, C2paError, C2paSignerInfo, Context
from c2pa import Signer as NativeSigner

from fairstock.adapters.c2pa_statement import assertions_of, model_ingredient, picture_ingredient
from fairstock.adapters.dev_keys import SigningKeys
from fairstock.kit.errors import BadInput, Failure
from fairstock.provenance.model import House, ProvenanceClaim

_SETTINGS: dict[str, Any] = {
    "version": 1,
    "builder": {"thumbnail": {"enabled": False}},
    # Ingredients come from anybody: nothing that they name is fetched.
    "core": {"decode_identity_assertions": False},
    "verify": {"verify_trust": False, "remote_manifest_fetch": False, "ocsp_fetch": False},
}


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

    def __init__(
        self,
        keys: SigningKeys,
        tsa_url: str | None = None,
        *,
        house: House | None = None,
        anchors_pem: bytes = b"",
    ) -> None:
        """``tsa_url``: an RFC 3161 time stamp authority, asked at each signing. ``anchors_pem``: whom readers
        of ours trust (default: the chain's root). What an ingredient's own manifest is worth is recorded by
        that measure; without, an unknown camera would make readers doubt the whole file. Raises
        ``UnusableSigningKeys``.
        """
        self._keys = keys
        self._tsa_url = tsa_url
        self._house = house or House()
        self._settings = _SETTINGS
        if anchors := anchors_pem or keys.root_pem:
            trusting = {**_SETTINGS["verify"], "verify_trust": True}
            self._settings = {**_SETTINGS, "verify": trusting, "trust": {"user_anchors": anchors.decode()}}
        self._native().close()

    def sign(self, data: bytes, mime: str, claim: ProvenanceClaim) -> bytes:
        """The file with its manifest, about 4 kB longer; raises ``NotSigned``."""
        signed = io.BytesIO()
        try:
            context = Context.from_dict(self._settings)
            with self._native() as signer, Builder(self._manifest(claim), context=context) as builder:
                for number, ingredient in enumerate(claim.ingredients):
                    described = json.dumps(picture_ingredient(ingredient, number))
                    builder.add_ingredient(described, ingredient.mime, io.BytesIO(ingredient.data))
                builder.sign(signer, mime, io.BytesIO(data), signed)
        except C2paError as cause:
            raise NotSigned(claim.picture_id, str(cause)) from cause
        return signed.getvalue()

    def _native(self) -> NativeSigner:
        """A signer for each call: no object of the library may be used by two threads at once."""
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
        return {
            "claim_generator_info": [{"name": self._house.name, "version": self._house.version}],
            "title": claim.title,
            "instance_id": claim.picture_id,
            "ingredients": [model_ingredient(claim)],
            "assertions": assertions_of(claim),
        }
