"""Embedded texts are found wherever they lie, and no bytes whatever make the reader fail."""

from __future__ import annotations

import random
import struct

import pytest
from factories.files import (
    A1111,
    chunk,
    encoded,
    exif_jpeg,
    generator_files,
    packed,
    png,
    scene,
    text,
    xmp_png,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from fairstock.upload import exif, iptc, metadata, xmp
from fairstock.upload.model import EmbeddedText, ImageFormat, Limits
from fairstock.upload.sniff import layout_of, sniff

LIMITS = Limits(text_bytes=200_000)
SEEDS = [data for data, _ in generator_files().values()]


def read(data: bytes) -> list[EmbeddedText]:
    form = sniff(data)
    return metadata.read(data, layout_of(data, form), LIMITS) if form else []


def as_dict(data: bytes) -> dict[str, str]:
    return {entry.key: entry.text for entry in read(data)}


def test_png_texts_before_and_behind_the_end() -> None:
    entries = read(
        png(scene(1), text("Title", "one"), packed("Comment", b"two"), behind=text("prompt", "three"))
    )
    assert [(entry.key, entry.text, entry.after_end) for entry in entries] == [
        ("Title", "one", False),
        ("Comment", "two", False),
        ("prompt", "three", True),
    ]


def test_exif_strings_and_user_comments_in_every_code() -> None:
    strings = as_dict(exif_jpeg({0x010E: "a view", 0x013B: "Ann"}))
    assert (strings["ImageDescription"], strings["Artist"]) == ("a view", "Ann")
    codes = {
        b"ASCII\x00\x00\x00": "ascii",
        b"UNICODE\x00": "utf-16-be",
        b"\x00" * 8: "utf-8",
    }
    for code, encoding in codes.items():
        assert as_dict(exif_jpeg({}, code + A1111.encode(encoding)))["UserComment"] == A1111
    little = exif_jpeg({}, b"UNICODE\x00" + A1111.encode("utf-16-le"))
    assert as_dict(little)["UserComment"] == A1111


def test_xmp_properties_as_attributes_elements_and_lists() -> None:
    assert as_dict(xmp_png('photoshop:Credit="Ann"'))["photoshop:Credit"] == "Ann"
    packet = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:subject><rdf:Bag><rdf:li>cat</rdf:li>'
        "<rdf:li>dog</rdf:li></rdf:Bag></dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    assert list(xmp.properties(packet)) == [("dc:subject", "cat"), ("dc:subject", "dog")]


def test_a_broken_xmp_packet_still_tells() -> None:
    broken = (
        '<x:xmpmeta><rdf:Description Iptc4xmpExt:DigitalSourceType="http://x/trainedAlgorithmicMedia" <<<'
    )
    assert ("Iptc4xmpExt:DigitalSourceType", "http://x/trainedAlgorithmicMedia") in list(
        xmp.properties(broken)
    )


def test_entities_are_not_expanded() -> None:
    bomb = '<!DOCTYPE a [<!ENTITY b "bbbb">]><x:xmpmeta xmlns:x="a" x:c="&b;">&b;</x:xmpmeta>'
    assert all("bbbb" not in value for _, value in xmp.properties(bomb))


def test_iptc_bare_and_inside_photoshop_resources() -> None:
    sets = b"\x1c\x02\x50\x00\x03Ann" + b"\x1c\x02\x78\x00\x05A cat"
    assert list(iptc.data_sets(sets)) == [("By-line", "Ann"), ("Caption", "A cat")]
    resource = b"8BIM\x04\x04\x00\x00" + struct.pack(">I", len(sets)) + sets
    assert list(iptc.data_sets(resource)) == [("By-line", "Ann"), ("Caption", "A cat")]


def test_texts_in_webp_gif_tiff_and_avif() -> None:
    exif_bytes = exif_jpeg({0x010E: "a view"})
    block = exif_bytes[exif_bytes.index(b"Exif\x00\x00") :][:400]
    for form in ("WEBP", "AVIF"):
        assert as_dict(encoded(scene(1), form, exif=block))["ImageDescription"] == "a view"
    assert as_dict(encoded(scene(1), "GIF", comment=b"by hand"))["comment"].endswith("by hand")
    assert as_dict(encoded(scene(1), "TIFF", description="a view"))["ImageDescription"] == "a view"


def test_imagemagick_profiles_in_hexadecimal() -> None:
    exif_bytes = exif_jpeg({}, b"ASCII\x00\x00\x00" + A1111.encode())
    start = exif_bytes.index(b"Exif\x00\x00")
    block = exif_bytes[start : start + 400].hex()
    raw = f"\nexif\n{len(block) // 2:8}\n{block}\n"
    assert as_dict(png(scene(1), packed("Raw profile type exif", raw.encode())))["UserComment"] == A1111


def test_a_text_that_unpacks_too_far_is_a_bomb() -> None:
    with pytest.raises(metadata.MetadataBomb):
        read(png(scene(1), packed("Comment", bytes(LIMITS.text_bytes + 1))))
    assert as_dict(png(scene(1), packed("Comment", b"x" * LIMITS.text_bytes)))["Comment"]


def test_what_comes_out_can_be_stored() -> None:
    entries = read(png(scene(1), chunk(b"tEXt", b"Comment\x00a\x00b\xff\xfe")))
    assert all("\x00" not in entry.text for entry in entries)
    for entry in entries:
        entry.text.encode()


def mutated(data: bytes, chooser: random.Random) -> bytes:
    """The file after a few of: flipped bytes, a cut, a repeated or swapped piece, a length blown up."""
    changed = bytearray(data)
    for _ in range(chooser.randint(1, 6)):
        if not changed:
            break
        at = chooser.randrange(len(changed))
        span = chooser.randrange(1, 64)
        match chooser.randrange(5):
            case 0:
                changed[at] = chooser.randrange(256)
            case 1:
                del changed[at:]
            case 2:
                changed[at:at] = changed[at : at + span]
            case 3:
                other = chooser.randrange(len(changed))
                changed[at : at + span], changed[other : other + span] = (
                    changed[other : other + span],
                    changed[at : at + span],
                )
            case _:
                changed[at : at + 4] = chooser.choice(
                    [b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x00\x00\x00\x00"]
                )
    return bytes(changed)


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(SEEDS), st.randoms(use_true_random=False))
def test_mutated_files_never_make_it_fail(data: bytes, chooser: random.Random) -> None:
    try:
        for entry in read(mutated(data, chooser)):
            entry.text.encode()
            assert "\x00" not in entry.key + entry.text
    except metadata.MetadataBomb:
        pass  # the one refusal that it has


@given(st.binary(max_size=400), st.sampled_from(list(ImageFormat)))
def test_arbitrary_bytes_never_make_it_fail(data: bytes, form: ImageFormat) -> None:
    metadata.read(data, layout_of(data, form), LIMITS)
    list(exif.tags(b"II*\x00" + data))
    list(iptc.data_sets(data))
    list(xmp.properties(data.decode("latin-1")))


@pytest.mark.parametrize("hostile", ["<?" * 300_000, "a:" * 300_000, "a" * 900_000, "<a " * 300_000])
def test_hostile_packets_cost_little_time(hostile: str) -> None:
    list(xmp.properties(hostile))


def test_directories_that_point_at_themselves_end() -> None:
    loop = b"II*\x00\x08\x00\x00\x00" + struct.pack("<HHHIII", 1, 0x8769, 4, 1, 8, 8)
    assert list(exif.tags(loop)) == []
