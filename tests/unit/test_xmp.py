"""XMP records: what we write can be read, what others wrote is understood, what is hostile does no harm."""

from __future__ import annotations

import io
import struct
import zlib
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from fairstock.provenance.containers import NotEmbeddable, extract_xmp, insert_xmp, sniff
from fairstock.provenance.model import House, ProvenanceClaim, SourceType
from fairstock.provenance.xmp import build_packet, mark, read_digital_source_types, read_properties

HOUSE = House(name="Fair & Square", version="1.2", url="https://example.org/?a=1&b=2")
GENERATED = SourceType.GENERATED.value
IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"


def claim(**changes: Any) -> ProvenanceClaim:
    values: dict[str, Any] = {
        "picture_id": "gen_1-0",
        "title": "Generated picture gen_1-0",
        "model_name": "fairstock house model",
        "release_id": "house-1",
        "created_at": datetime(2026, 11, 22, 12, 0, tzinfo=UTC),
    }
    return ProvenanceClaim(**{**values, **changes})


def picture(kind: str, mode: str = "RGB", **options: Any) -> bytes:
    image = Image.effect_noise((61, 37), 80).convert(mode)
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def packet(inside: str) -> bytes:
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f"{inside}</rdf:RDF></x:xmpmeta>"
    ).encode()


FILES = {
    "PNG": picture("PNG"),
    "PNG with alpha": picture("PNG", "RGBA"),
    "JPEG": picture("JPEG", quality=80),
    "JPEG with EXIF": picture("JPEG", exif=b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00"),
    "WebP": picture("WEBP"),
    "WebP lossless": picture("WEBP", "RGBA", lossless=True),
    "WebP extended": picture("WEBP", xmp=b"<old/>"),
}


@pytest.mark.parametrize("kind", FILES)
def test_what_is_written_is_read_and_no_pixel_changes(kind: str) -> None:
    data = FILES[kind]
    marked = mark(mark(data, claim(title="first"), HOUSE), claim(prompt='<a> "b" & c'), HOUSE)
    assert len(extract_xmp(marked)) == 1
    with Image.open(io.BytesIO(data)) as before, Image.open(io.BytesIO(marked)) as after:
        assert before.convert("RGBA").tobytes() == after.convert("RGBA").tobytes()
        assert after.info["xmp"] == extract_xmp(marked)[0]
    properties = read_properties(marked)
    assert properties["Iptc4xmpExt:DigitalSourceType"] == (GENERATED,)
    assert properties["Iptc4xmpExt:AISystemUsed"] == ("fairstock house model",)
    assert properties["Iptc4xmpExt:AISystemVersionUsed"] == ("house-1",)
    assert properties["Iptc4xmpExt:AIPromptInformation"] == ('<a> "b" & c',)
    assert properties["Iptc4xmpExt:DigImageGUID"] == ("gen_1-0",)
    assert properties["plus:DataMining"] == ("http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED-AIMLTRAINING",)
    assert properties["plus:LicensorURL"] == properties["xmpRights:WebStatement"] == (HOUSE.url,)
    assert properties["photoshop:Credit"] == ("Fair & Square",)
    assert properties["dc:creator"] == ("fairstock house model (Fair & Square)",)
    assert read_digital_source_types(marked) == [GENERATED]


def test_the_prompt_stays_private_unless_the_buyer_agreed() -> None:
    assert b"AIPromptInformation" not in build_packet(claim(), HOUSE)


def test_training_may_be_allowed() -> None:
    data = mark(FILES["PNG"], claim(training_allowed=True), HOUSE)
    assert read_properties(data)["plus:DataMining"] == ("http://ns.useplus.org/ldf/vocab/DMI-ALLOWED",)


FORMS = {
    "attribute": f'I:DigitalSourceType="{GENERATED}"/>',
    "element": f"><I:DigitalSourceType>{GENERATED}</I:DigitalSourceType></rdf:Description>",
    "resource": f'><I:DigitalSourceType rdf:resource="{GENERATED}"/></rdf:Description>',
    "list": f"><I:digitalsourcetype><rdf:Bag><rdf:li>{GENERATED}</rdf:li></rdf:Bag></I:digitalsourcetype>"
    "</rdf:Description>",
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_that_others_write_is_read(form: str) -> None:
    inside = f'<rdf:Description xmlns:I="{IPTC}" {FORMS[form]}'
    assert read_digital_source_types(insert_xmp(FILES["PNG"], packet(inside))) == [GENERATED]
    assert read_digital_source_types(b"II*\x00 a TIFF " + packet(inside) + b" more") == [GENERATED]


def test_a_compressed_png_record_is_read() -> None:
    body = b"XML:com.adobe.xmp\x00\x01\x00\x00\x00" + zlib.compress(build_packet(claim(), HOUSE))
    chunk = struct.pack(">I4s", len(body), b"iTXt") + body + struct.pack(">I", zlib.crc32(b"iTXt" + body))
    data = FILES["PNG"]
    assert read_digital_source_types(data[:33] + chunk + data[33:]) == [GENERATED]


BILLION_LAUGHS = (
    b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><x:xmpmeta>&b;</x:xmpmeta>'
)
OUTSIDE = b'<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]><x:xmpmeta>&a;</x:xmpmeta>'


@pytest.mark.parametrize(
    "hostile",
    [
        BILLION_LAUGHS,
        OUTSIDE,
        b"<x:xmpmeta",
        b"",
        b"\x00" * 100,
        b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + b"<a>" * 90_000,
        packet("<rdf:li>" * 50_000 + "</rdf:li>" * 50_000),
        packet("<p xmlns='u:'>" + "<rdf:li>x</rdf:li>" * 50_000 + "</p>"),
        packet("<p " + " ".join(f"a{i}=''" for i in range(50_000)) + "/>"),
        b"<?xml version='1.0' encoding='no-such-encoding'?><a/>",
        b"\xff\xfe<\x00a\x00",
    ],
)
@pytest.mark.timeout(60)  # milliseconds when it works; minutes where a parser can be made to explode
def test_hostile_records_give_nothing(hostile: bytes) -> None:
    data = insert_xmp(FILES["PNG"], hostile)
    assert read_digital_source_types(data) == []


def test_a_compressed_bomb_is_cut_off() -> None:
    body = b"XML:com.adobe.xmp\x00\x01\x00\x00\x00" + zlib.compress(b"<a>" + b" " * 50_000_000)
    chunk = struct.pack(">I4s", len(body), b"iTXt") + body + struct.pack(">I", zlib.crc32(b"iTXt" + body))
    packets = extract_xmp(FILES["PNG"][:33] + chunk + FILES["PNG"][33:])
    assert all(len(each) <= 1 << 20 for each in packets)


@pytest.mark.parametrize("kind", FILES)
@given(cut=st.integers(0, 3000), at=st.integers(0, 3000), byte=st.integers(0, 255))
@settings(max_examples=60, deadline=None)
def test_damaged_files_raise_one_error_or_none(kind: str, cut: int, at: int, byte: int) -> None:
    damaged = bytearray(FILES[kind])
    damaged[at % len(damaged)] = byte
    data = bytes(damaged[: len(damaged) - cut % len(damaged)])
    extract_xmp(data)
    read_properties(data)
    try:
        marked = insert_xmp(data, build_packet(claim(), HOUSE))
    except NotEmbeddable:
        return
    assert sniff(marked) is not None


@given(st.binary(max_size=400))
@settings(max_examples=300, deadline=None)
def test_any_bytes_can_be_read(data: bytes) -> None:
    read_properties(data)
    read_properties(b"<x:xmpmeta" + data + b"</x:xmpmeta>")


@given(st.text(max_size=120), st.text(max_size=120))
@settings(max_examples=200, deadline=None)
def test_any_text_survives_as_far_as_xml_allows(title: str, prompt: str) -> None:
    properties = read_properties(mark(FILES["PNG"], claim(title=title, prompt=prompt), HOUSE))
    assert read_digital_source_types(mark(FILES["PNG"], claim(title=title), HOUSE)) == [GENERATED]
    if prompt.isprintable() and prompt.strip():
        assert properties["Iptc4xmpExt:AIPromptInformation"] == (prompt.strip(),)


def test_what_cannot_carry_a_record_says_so() -> None:
    with pytest.raises(NotEmbeddable, match="no PNG"):
        insert_xmp(b"GIF89a", b"<x/>")
    with pytest.raises(NotEmbeddable, match="65502"):
        insert_xmp(FILES["JPEG"], b" " * 70_000)
    with pytest.raises(NotEmbeddable, match="cut off"):
        insert_xmp(FILES["PNG"][:50], b"<x/>")
