"""A picture that comes with content credentials of its own: they lie inside those of the result."""

from __future__ import annotations

import io
from typing import Any

import c2pa
import pytest
from web.api.conftest import Studio, mask_file, picture_file, trusted_store
from web.api.test_edits import VARY
from web.api.test_images import EDIT
from web.api.test_refine import SMALL, file_of, first

from fairstock.adapters.dev_keys import SigningKeys, make_chain

CAPTURE = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"


@pytest.fixture(scope="module")
def maker() -> SigningKeys:
    """Keys of a camera's maker, whom the house does not know."""
    return make_chain()


def photograph(maker: SigningKeys) -> bytes:
    """A JPEG with the credentials of the camera that took it."""
    actions = [{"action": "c2pa.created", "digitalSourceType": CAPTURE}]
    manifest = {
        "claim_generator_info": [{"name": "Test Camera", "version": "1"}],
        "title": "IMG_0001.jpg",
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": actions}}],
    }
    settings = {"builder": {"thumbnail": {"enabled": False}}, "verify": {"verify_trust": False}}
    signer = c2pa.Signer.from_info(c2pa.C2paSignerInfo(b"es256", maker.chain_pem, maker.key_pem, None))
    out = io.BytesIO()
    with (
        c2pa.Context.from_dict(settings) as context,
        signer,
        c2pa.Builder(manifest, context=context) as builder,
    ):
        builder.sign(signer, "image/jpeg", io.BytesIO(picture_file("JPEG", edge=300)), out)
    return out.getvalue()


def changed(data: bytes) -> bytes:
    """The same with one byte of its pixels changed."""
    return data[:-100] + bytes([data[-100] ^ 1]) + data[-99:]


def kept(studio: Studio, data: bytes) -> list[tuple[str, str | None, set[str]]]:
    """Of every ingredient but the model: relationship, who signed that it was made, what was found wrong."""
    store = trusted_store(studio, data)
    manifests = store["manifests"]
    return sorted(
        (each["relationship"], _maker(manifests, each), _wrong(each))
        for each in manifests[store["active_manifest"]]["ingredients"]
        if not each.get("data_types")
    )


def _maker(manifests: dict[str, Any], ingredient: dict[str, Any]) -> str | None:
    own = manifests.get(ingredient.get("active_manifest", ""))
    return own["claim_generator_info"][0]["name"] if own else None


def _wrong(ingredient: dict[str, Any]) -> set[str]:
    results = ingredient.get("validation_results", {}).get("activeManifest", {})
    return {each["code"] for each in results.get("failure", [])}


def test_an_edited_or_varied_photograph_keeps_its_cameras_credentials(
    studio: Studio, maker: SigningKeys
) -> None:
    sent = {"image": photograph(maker)}
    with studio.client() as client:
        edited = client.post(EDIT, data={**SMALL, "prompt": "a leaf"}, files=sent)
        masked = client.post(EDIT, data={**SMALL, "prompt": "a leaf"}, files={**sent, "mask": mask_file(300)})
        varied = client.post(VARY, data={"size": "256x256"}, files=sent)
    for answer in (edited, masked, varied):
        assert kept(studio, file_of(answer)[1]) == [
            ("parentOf", "Test Camera", {"signingCredential.untrusted"})
        ]
    assert studio.checks() == []


def test_a_guide_keeps_its_credentials_beside_those_of_what_it_guides(
    studio: Studio, maker: SigningKeys
) -> None:
    with studio.client() as client:
        name, _, _ = first(client)
        form = {**SMALL, "prompt": "a leaf", "refine_of": name}
        guided = client.post(EDIT, data=form, files={"image": photograph(maker)})
    assert kept(studio, file_of(guided)[1]) == [
        ("inputTo", "Test Camera", {"signingCredential.untrusted"}),
        ("parentOf", "fairstock", set()),
    ]


def test_what_was_changed_since_it_was_signed_is_recorded_as_that(studio: Studio, maker: SigningKeys) -> None:
    with studio.client() as client:
        answer = client.post(
            EDIT, data={**SMALL, "prompt": "a leaf"}, files={"image": changed(photograph(maker))}
        )
    data = file_of(answer)[1]
    ((relationship, camera, wrong),) = kept(studio, data)
    assert (relationship, camera) == ("parentOf", "Test Camera")
    assert "assertion.dataHash.mismatch" in wrong
    told = studio.app.c2pa_reader.read(data, "image/png")
    assert told.trusted
    assert told.evidence[1:] == (
        "The C2PA manifest of an ingredient by Test Camera 1 gives the source type digitalCapture.",
        (
            "Of its ingredient “the picture that was carried on” it says: its signer was not known, it had"
            " been changed after it was signed."
        ),
    )


def test_credentials_that_cannot_be_read_are_left_out_and_the_picture_is_edited(
    studio: Studio, maker: SigningKeys
) -> None:
    whole = photograph(maker)
    middle = whole.index(b"c2pa.signature")
    broken = whole[:middle] + b"c2pa.signaturX" + whole[middle + 14 :]
    with studio.client() as client:
        answer = client.post(EDIT, data={**SMALL, "prompt": "a leaf"}, files={"image": broken})
    assert kept(studio, file_of(answer)[1]) == [("parentOf", None, set())]
