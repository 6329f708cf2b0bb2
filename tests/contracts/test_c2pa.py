"""Signing and reading C2PA with the real library: what is intact, what is not, and why."""

from __future__ import annotations

import io
import json
import multiprocessing
import stat
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from c2pa import Builder, C2paSignerInfo, Context, Reader, Signer
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from PIL import Image

from fairstock.adapters.c2pa_reader import C2paFileReader
from fairstock.adapters.c2pa_signer import C2paSigner, NotSigned, UnusableSigningKeys
from fairstock.adapters.dev_keys import FOLDER, KeysNotWritten, SigningKeys, ensure_dev_keys, make_chain
from fairstock.provenance.model import C2paState, House, Ingredient, ProvenanceClaim, SourceType
from fairstock.provenance.verify import verify
from fairstock.provenance.xmp import mark, read_digital_source_types

MIMES = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}
CLAIM = ProvenanceClaim(
    picture_id="gen_1-0",
    title="Generated picture gen_1-0",
    model_name="fairstock house model",
    release_id="house-1",
    created_at=datetime(2026, 11, 22, 12, 0, tzinfo=UTC),
)
HOUSE = House(name="fairstock", version="9.9", url="https://example.org/licenses")


@pytest.fixture(scope="module")
def keys() -> SigningKeys:
    return make_chain()


def picture(mime: str = "image/png") -> bytes:
    file = io.BytesIO()
    Image.effect_noise((96, 64), 60).convert("RGB").save(file, MIMES[mime])
    return file.getvalue()


def signed(keys: SigningKeys, mime: str = "image/png", claim: ProvenanceClaim = CLAIM) -> bytes:
    return C2paSigner(keys, house=HOUSE).sign(mark(picture(mime), claim, HOUSE), mime, claim)


@pytest.mark.parametrize("mime", MIMES)
def test_a_signed_file_is_trusted_by_those_who_know_our_root(keys: SigningKeys, mime: str) -> None:
    original = mark(picture(mime), CLAIM, HOUSE)
    data = C2paSigner(keys, house=HOUSE).sign(original, mime, CLAIM)
    report = C2paFileReader(keys.root_pem).read(data, mime)
    assert (report.state, report.trusted, report.valid) == (C2paState.TRUSTED, True, True)
    assert report.generator == "fairstock 9.9"
    assert report.signer == "fairstock development signer"
    assert report.generated
    assert report.source_types == (SourceType.GENERATED.value,)
    assert report.failures == ()
    assert report.evidence == ("The C2PA manifest by fairstock 9.9 says trainedAlgorithmicMedia.",)
    assert read_digital_source_types(data) == [SourceType.GENERATED.value]
    assert len(data) - len(original) < 16_000
    with Image.open(io.BytesIO(original)) as before, Image.open(io.BytesIO(data)) as after:
        assert before.tobytes() == after.tobytes()


def test_without_our_root_it_is_intact_but_nobody_vouches(keys: SigningKeys) -> None:
    for anchors in (b"", make_chain().root_pem):
        report = C2paFileReader(anchors).read(signed(keys), "image/png")
        assert (report.state, report.trusted, report.valid) == (C2paState.VALID, False, True)
        assert report.failures == ("signingCredential.untrusted",)


def test_the_manifest_names_the_model_release_and_refuses_training(keys: SigningKeys) -> None:
    for allowed, use in ((False, "notAllowed"), (True, "allowed")):
        claim = ProvenanceClaim(
            "p-0", "A picture", "m", "house-7", CLAIM.created_at, training_allowed=allowed
        )
        manifest = _manifest(signed(keys, claim=claim))
        ingredient = manifest["ingredients"][0]
        assert ingredient["relationship"] == "inputTo"
        assert ingredient["data_types"] == [{"type": "c2pa.types.model"}]
        assert "house-7" in ingredient["description"]
        assertions = {each["label"]: each["data"] for each in manifest["assertions"]}
        entries = assertions["cawg.training-mining"]["entries"]
        assert {entry["use"] for entry in entries.values()} == {use}
        action = assertions["c2pa.actions.v2"]["actions"][0]
        assert action["action"] == "c2pa.created"
        assert action["softwareAgent"] == {"name": "m", "version": "house-7"}
        assert "thumbnail" not in manifest


def _manifest(data: bytes) -> dict[str, Any]:
    with Reader("image/png", io.BytesIO(data)) as reader:
        store = json.loads(reader.json())
    manifest: dict[str, Any] = store["manifests"][store["active_manifest"]]
    return manifest


def test_a_changed_byte_is_told_from_an_unknown_signer(keys: SigningKeys) -> None:
    data = bytearray(signed(keys))
    data[data.rindex(b"IDAT") + 20] ^= 1
    report = C2paFileReader(keys.root_pem).read(bytes(data), "image/png")
    assert (report.state, report.valid, report.present) == (C2paState.ALTERED, False, True)
    assert "assertion.dataHash.mismatch" in report.failures
    assert report.generated  # what the manifest said stays evidence


def test_a_changed_record_or_signature_is_not_valid(keys: SigningKeys) -> None:
    data = signed(keys)
    reader = C2paFileReader(keys.root_pem)
    assert reader.read(data.replace(b"house-1", b"house-2"), "image/png").state is C2paState.ALTERED
    position = data.index(b"c2pa.signature") + 1200
    broken = data[:position] + bytes([data[position] ^ 0xFF]) + data[position + 1 :]
    assert not reader.read(broken, "image/png").valid


def test_a_file_saved_again_has_no_manifest(keys: SigningKeys) -> None:
    again = io.BytesIO()
    with Image.open(io.BytesIO(signed(keys))) as image:
        image.save(again, "PNG")
    report = C2paFileReader(keys.root_pem).read(again.getvalue(), "image/png")
    assert (report.state, report.present, report.generated) == (C2paState.ABSENT, False, False)


def test_an_expired_certificate_is_told_from_a_forgery() -> None:
    short = make_chain(leaf_life=timedelta(minutes=5, seconds=2))
    data = signed(short)
    time.sleep(3)
    report = C2paFileReader(short.root_pem).read(data, "image/png")
    assert (report.state, report.valid, report.trusted) == (C2paState.EXPIRED, True, False)
    with pytest.raises(NotSigned, match="not valid at time of signing"):
        C2paSigner(short).sign(picture(), "image/png", CLAIM)


@pytest.mark.parametrize("data", [b"", b"no picture", b"\x89PNG\r\n\x1a\n", picture()[:60]])
def test_any_bytes_give_a_report(keys: SigningKeys, data: bytes) -> None:
    report = C2paFileReader(keys.root_pem).read(data, "image/png")
    assert not report.valid
    assert not report.generated


def test_unsigned_pictures_and_unknown_types_have_no_manifest(keys: SigningKeys) -> None:
    reader = C2paFileReader(keys.root_pem)
    assert reader.read(picture(), "image/png").state is C2paState.ABSENT
    assert reader.read(b"text", "text/plain").state is C2paState.ABSENT


def test_a_model_named_only_in_an_ingredient_is_found(keys: SigningKeys) -> None:
    definition = {
        "claim_generator_info": [{"name": "Some Editor", "version": "2"}],
        "title": "edited",
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": [OPENED]}},
        ],
    }
    part = {"title": "from a model", "relationship": "parentOf", "label": "parent", "instance_id": "parent"}
    with builder(definition) as edit:
        edit.add_ingredient(part, "image/png", io.BytesIO(signed(keys)))
        data = native_sign(keys, edit)
    report = C2paFileReader(keys.root_pem).read(data, "image/png")
    assert report.state is C2paState.TRUSTED
    assert report.generators == ("Some Editor 2", "fairstock 9.9")
    assert report.generated
    assert (
        "The C2PA manifest of an ingredient by fairstock 9.9 says trainedAlgorithmicMedia." in report.evidence
    )


def test_a_manifest_elsewhere_is_named_and_never_fetched(keys: SigningKeys) -> None:
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/manifest.c2pa"
        with builder({"claim_generator_info": [{"name": "Cloud"}], "assertions": [CREATED]}) as cloud:
            cloud.set_no_embed()
            cloud.set_remote_url(address)
            data = native_sign(keys, cloud)
        report = C2paFileReader(keys.root_pem).read(data, "image/png")
        server.shutdown()
    assert (report.state, report.present, report.valid) == (C2paState.REMOTE, True, False)
    assert address in report.evidence[0]
    assert asked == []


OPENED = {"action": "c2pa.opened", "parameters": {"ingredientIds": ["parent"]}}
CREATED = {
    "label": "c2pa.actions.v2",
    "data": {"actions": [{"action": "c2pa.created", "digitalSourceType": SourceType.GENERATED.value}]},
}


def builder(definition: dict[str, Any]) -> Builder:
    settings = {"version": 1, "builder": {"thumbnail": {"enabled": False}}, "verify": {"verify_trust": False}}
    return Builder(definition, context=Context.from_dict(settings))


def native_sign(keys: SigningKeys, manifest: Builder) -> bytes:
    out = io.BytesIO()
    with Signer.from_info(C2paSignerInfo(b"es256", keys.chain_pem, keys.key_pem, None)) as signer:
        manifest.sign(signer, "image/png", io.BytesIO(picture()), out)
    return out.getvalue()


def test_verify_says_in_plain_words_what_a_file_proves(keys: SigningKeys) -> None:
    reader = C2paFileReader(keys.root_pem)
    data = signed(keys)
    report = verify(data, reader, record="It is picture ast_1 of our catalogue.")
    assert report.headline.startswith("The file is exactly as “fairstock development signer” signed it")
    assert report.findings[0] == "It is picture ast_1 of our catalogue."
    assert any("fairstock house model house-1" in finding for finding in report.findings)
    assert report.xmp["Iptc4xmpExt:AISystemVersionUsed"] == ("house-1",)

    stripped = io.BytesIO()
    Image.open(io.BytesIO(data)).save(stripped, "PNG")
    empty = verify(stripped.getvalue(), reader)
    assert empty.headline == "The file carries no signed record of its origin."
    assert empty.findings == (
        "That the record is missing proves nothing: many programs drop it when they save a file.",
    )
    assert verify(b"text", reader).mime is None
    forged = verify(mark(picture(), CLAIM, HOUSE), reader)
    assert forged.findings[-1] == "XMP fields without an intact signature could have been written by anybody."


def test_keys_are_made_once_and_kept_private(tmp_path: Path) -> None:
    first = ensure_dev_keys(tmp_path / "keys")
    assert ensure_dev_keys(tmp_path / "keys") == first
    folder = tmp_path / "keys" / FOLDER
    assert stat.S_IMODE((folder / "leaf.key").stat().st_mode) == 0o600
    assert [each.name for each in folder.parent.iterdir()] == [FOLDER]


def test_processes_that_make_keys_at_once_end_with_one_chain(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        made = pool.map(ensure_dev_keys, [tmp_path / "keys"] * 8)
    assert len(set(made)) == 1


def test_keys_that_cannot_be_written_say_so(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("a file in the way")
    with pytest.raises(KeysNotWritten, match="FAIRSTOCK_HOME"):
        ensure_dev_keys(tmp_path / "keys")


def test_the_leaf_is_what_the_specification_asks_for(keys: SigningKeys) -> None:
    leaf, intermediate = x509.load_pem_x509_certificates(keys.chain_pem)
    assert leaf.issuer == intermediate.subject
    assert not leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    usage = leaf.extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    assert usage.value.digital_signature
    assert not usage.value.key_cert_sign
    purposes = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(purposes) == [ExtendedKeyUsageOID.EMAIL_PROTECTION]
    for kind in (x509.AuthorityKeyIdentifier, x509.SubjectKeyIdentifier):
        assert leaf.extensions.get_extension_for_class(kind)


def test_keys_that_cannot_sign_are_refused_at_the_start(keys: SigningKeys) -> None:
    with pytest.raises(UnusableSigningKeys):
        C2paSigner(SigningKeys(b"no certificate", b"no key", b""))


def test_a_chain_of_pictures_is_kept_link_by_link(keys: SigningKeys) -> None:
    upload, guide = picture(), picture("image/jpeg")
    ingredients = (
        Ingredient(upload, "parentOf", "upload"),
        Ingredient(guide, "inputTo", "guide", "image/jpeg"),
    )
    edit = replace(CLAIM, picture_id="gen_2-0", source_type=SourceType.COMPOSITE, ingredients=ingredients)
    first = signed(keys, claim=edit)
    parent = (Ingredient(first, "parentOf", "the edit"),)
    last = signed(keys, claim=replace(CLAIM, picture_id="gen_3-0", ingredients=parent))
    store = manifests(last)
    active, edited = store.pop(list(store)[-1]), next(iter(store.values()))
    if active["instance_id"] != "gen_3-0":
        active, edited = edited, active
    assert relations(active) == {"the edit": "parentOf", "fairstock house model": "inputTo"}
    assert relations(edited) == {"upload": "parentOf", "guide": "inputTo", "fairstock house model": "inputTo"}
    for manifest in (active, edited):
        data = next(each["data"] for each in manifest["assertions"] if each["label"] == "c2pa.actions.v2")
        assert [each["action"] for each in data["actions"]] == ["c2pa.opened", "c2pa.edited"]
    report = C2paFileReader(keys.root_pem).read(last, "image/png")
    assert (report.state, report.failures) == (C2paState.TRUSTED, ())
    assert set(report.source_types) == {SourceType.GENERATED, SourceType.COMPOSITE}
    assert upload[100:200] not in last


def manifests(data: bytes) -> dict[str, Any]:
    with Reader("image/png", io.BytesIO(data)) as reader:
        found: dict[str, Any] = json.loads(reader.json())["manifests"]
    return found


def relations(manifest: dict[str, Any]) -> dict[str, str]:
    return {each["title"]: each["relationship"] for each in manifest["ingredients"]}
