"""ExifTool, which shares no code with us, finds every field that we write into a buyer's file."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from contracts.test_c2pa import CLAIM, HOUSE, signed
from factories.balloon import clip_art
from PIL import Image

from fairstock.adapters.c2pa_signer import C2paSigner
from fairstock.adapters.dev_keys import SigningKeys, make_chain
from fairstock.adapters.watermark import SpectrumWatermark
from fairstock.generation.finish import file_of, marked_picture
from fairstock.provenance.model import Ingredient, ProvenanceClaim, SourceType

EXIFTOOL = shutil.which("exiftool")
pytestmark = pytest.mark.skipif(
    EXIFTOOL is None,
    reason="needs ExifTool: apt-get install libimage-exiftool-perl (as root), then run it again",
)
IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"


@pytest.fixture(scope="module")
def keys() -> SigningKeys:
    return make_chain()


def seen_in(data: bytes, file: Path) -> Mapping[str, Any]:
    """Everything that ExifTool prints about a file: ``Group:Tag`` → value."""
    file.write_bytes(data)
    command = [str(EXIFTOOL), "-json", "-G1", "-struct", "-a", "-u", str(file)]
    printed = subprocess.run(command, capture_output=True, check=True, timeout=60)
    (tags,) = json.loads(printed.stdout)
    return dict(tags)


def finished(keys: SigningKeys, claim: ProvenanceClaim) -> bytes:
    signer = C2paSigner(keys, house=HOUSE)
    marked = marked_picture(clip_art(), claim, SpectrumWatermark(b"a key of this test only, 32 bytes"))
    return file_of(marked, signer, HOUSE)


@pytest.mark.parametrize("mime", ["image/png", "image/jpeg", "image/webp"])
@pytest.mark.parametrize("prompt", [None, "a red balloon & a “bird”"])
def test_the_iptc_and_plus_fields_are_there(
    keys: SigningKeys, mime: str, prompt: str | None, tmp_path: Path
) -> None:
    claim = ProvenanceClaim(
        CLAIM.picture_id, CLAIM.title, CLAIM.model_name, "house-7", CLAIM.created_at, prompt=prompt
    )
    tags = seen_in(signed(keys, mime, claim), tmp_path / "picture")
    wanted = {
        "XMP-iptcExt:DigitalSourceType": IPTC + "trainedAlgorithmicMedia",
        "XMP-iptcExt:DigitalImageGUID": "gen_1-0",
        "XMP-iptcExt:AISystemUsed": "fairstock house model",
        "XMP-iptcExt:AISystemVersionUsed": "house-7",
        "XMP-plus:DataMining": "http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED-AIMLTRAINING",
        "XMP-plus:Licensor": [{"LicensorName": "fairstock", "LicensorURL": HOUSE.url}],
        "XMP-photoshop:Credit": "fairstock",
        "XMP-xmp:CreateDate": "2026:11:22 12:00:00+00:00",
        "XMP-xmp:CreatorTool": "fairstock 9.9",
        "XMP-xmpRights:Marked": True,
        "XMP-xmpRights:WebStatement": HOUSE.url,
        "XMP-dc:Title": CLAIM.title,
        "XMP-dc:Creator": ["fairstock house model (fairstock)"],
    }
    if prompt is not None:
        wanted["XMP-iptcExt:AIPromptInformation"] = prompt
    assert {
        name: value for name, value in tags.items() if name.startswith("XMP-iptcExt:")
    }.keys() <= wanted.keys()
    assert {name: tags.get(name) for name in wanted} == wanted


def test_the_signed_manifest_says_the_same(keys: SigningKeys, tmp_path: Path) -> None:
    tags = seen_in(finished(keys, CLAIM), tmp_path / "picture.png")
    actions = tags["CBOR:Actions"]
    first = actions[0] if isinstance(actions, list) else actions
    assert first["action"] == "c2pa.created"
    assert first["digitalSourceType"] == IPTC + "trainedAlgorithmicMedia"
    assert first["softwareAgent"] == {"name": "fairstock house model", "version": "house-1"}
    assert tags["CBOR:Description"] == "model release house-1"
    assert tags["CBOR:Relationship"] == "inputTo"
    assert {use["use"] for use in tags["CBOR:Entries"].values()} == {"notAllowed"}
    assert tags["CBOR:Claim_generator_info"]["name"] == "fairstock"
    assert "c2pa.soft-binding" in json.dumps(tags["CBOR:Gathered_assertions"])


def test_an_edit_names_its_parent(keys: SigningKeys, tmp_path: Path) -> None:
    parent = Ingredient(finished(keys, CLAIM), "parentOf", "Generated picture gen_1-0")
    edit = ProvenanceClaim(
        "gen_2-0",
        "An edit",
        "fairstock house model",
        "house-1",
        CLAIM.created_at,
        source_type=SourceType.COMPOSITE,
        ingredients=(parent,),
    )
    file = tmp_path / "edit.png"
    tags = seen_in(finished(keys, edit), file)
    assert tags["XMP-iptcExt:DigitalSourceType"] == IPTC + "compositeWithTrainedAlgorithmicMedia"
    printed = subprocess.run(
        [str(EXIFTOOL), "-s", "-G1", "-a", "-u", "-Relationship", "-Title", str(file)],
        capture_output=True,
        check=True,
        timeout=60,
        text=True,
    ).stdout
    assert "parentOf" in printed
    assert "Generated picture gen_1-0" in printed


def test_a_saved_copy_shows_nothing_of_it(keys: SigningKeys, tmp_path: Path) -> None:
    """So the tests above cannot pass by themselves."""
    copy = io.BytesIO()
    with Image.open(io.BytesIO(finished(keys, CLAIM))) as picture:
        picture.info.clear()
        picture.save(copy, "PNG")
    tags = seen_in(copy.getvalue(), tmp_path / "copy.png")
    assert not [name for name in tags if name.startswith(("XMP-", "CBOR:", "JUMBF:"))]
