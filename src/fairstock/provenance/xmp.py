"""XMP records: the IPTC fields that say a model made a picture, written into our files and read from
anybody's.

Sources: IPTC Photo Metadata Standard 2025.1 (AISystemUsed, AISystemVersionUsed, AIPromptInformation,
DigitalSourceType), PLUS LDF (DataMining, Licensor). Reading is tolerant about form (attributes, elements,
lists) and strict about safety: no document type, no entities, bounded size, one pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element, ParseError
from xml.sax.saxutils import escape, quoteattr

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from fairstock.provenance.containers import extract_xmp, insert_xmp
from fairstock.provenance.model import House, ProvenanceClaim

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
NAMESPACES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "xmpRights": "http://ns.adobe.com/xap/1.0/rights/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "plus": "http://ns.useplus.org/ldf/xmp/1.0/",
}
"""The prefixes that we write and name; properties of other namespaces are read under their full name."""

DATA_MINING = "http://ns.useplus.org/ldf/vocab/"
_PREFIX_OF = {uri: prefix for prefix, uri in NAMESPACES.items()}


def mark(data: bytes, claim: ProvenanceClaim, house: House) -> bytes:
    """The PNG, JPEG or WebP with the claim as its XMP record; pixels stay as they are."""
    return insert_xmp(data, build_packet(claim, house))


def build_packet(claim: ProvenanceClaim, house: House) -> bytes:
    """The XMP packet of one generated picture, UTF-8."""
    mining = "DMI-ALLOWED" if claim.training_allowed else "DMI-PROHIBITED-AIMLTRAINING"
    simple = {
        "Iptc4xmpExt:DigitalSourceType": claim.source_type.value,
        "Iptc4xmpExt:DigImageGUID": claim.picture_id,
        "Iptc4xmpExt:AISystemUsed": claim.model_name,
        "Iptc4xmpExt:AISystemVersionUsed": claim.release_id,
        "plus:DataMining": DATA_MINING + mining,
        "photoshop:Credit": house.name,
        "xmp:CreateDate": claim.created_at.isoformat(timespec="seconds"),
        "xmp:CreatorTool": f"{house.name} {house.version}",
        "xmpRights:Marked": "True",
        "xmpRights:WebStatement": house.url,
    }
    if claim.prompt is not None:
        simple["Iptc4xmpExt:AIPromptInformation"] = claim.prompt
    attributes = "".join(f"\n    {name}={quoteattr(_clean(value))}" for name, value in simple.items())
    spaces = "".join(f"\n    xmlns:{prefix}={quoteattr(uri)}" for prefix, uri in NAMESPACES.items())
    title = escape(_clean(claim.title))
    maker = escape(_clean(f"{claim.model_name} ({house.name})"))
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{RDF}">\n'
        f'  <rdf:Description rdf:about=""{spaces}{attributes}>\n'
        f"    <dc:title><rdf:Alt><rdf:li xml:lang='x-default'>{title}</rdf:li></rdf:Alt></dc:title>\n"
        f"    <dc:creator><rdf:Seq><rdf:li>{maker}</rdf:li></rdf:Seq></dc:creator>\n"
        '    <plus:Licensor><rdf:Seq><rdf:li rdf:parseType="Resource">'
        f"<plus:LicensorName>{escape(_clean(house.name))}</plus:LicensorName>"
        f"<plus:LicensorURL>{escape(_clean(house.url))}</plus:LicensorURL></rdf:li></rdf:Seq></plus:Licensor>\n"
        '  </rdf:Description>\n</rdf:RDF></x:xmpmeta>\n<?xpacket end="w"?>'
    ).encode()


def read_properties(data: bytes) -> Mapping[str, tuple[str, ...]]:
    """Every XMP property of a file: ``prefix:Name`` (or ``{uri}Name``) → its values; empty when there is
    none.
    """
    found: dict[str, dict[str, None]] = {}
    for packet in extract_xmp(data):
        for name, value in _properties(packet):
            found.setdefault(name, {})[value] = None
    return {name: tuple(values) for name, values in found.items()}


def read_digital_source_types(data: bytes) -> list[str]:
    """Every IPTC Digital Source Type in the file's XMP, as written, without repetition."""
    properties = read_properties(data)
    wanted = "iptc4xmpext:digitalsourcetype"
    return [value for name, values in properties.items() if name.lower() == wanted for value in values]


def _properties(packet: bytes) -> Iterator[tuple[str, str]]:
    """(name, value) pairs of one packet in document order; a packet that is no safe XML has none."""
    try:
        root = fromstring(packet.strip(b"\x00 \t\r\n"), forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        return
    stack: list[tuple[Element, str | None]] = [(root, None)]
    while stack:
        element, owner = stack.pop()
        uri, _, local = element.tag.rpartition("}")
        if uri and uri[1:] not in (RDF, "adobe:ns:meta/"):
            owner = _name(uri[1:], local)
        text = (element.text or "").strip()
        if owner and text:
            yield owner, text
        yield from _attributes(element, owner)
        stack.extend((child, owner) for child in reversed(element))


def _attributes(element: Element, owner: str | None) -> Iterator[tuple[str, str]]:
    """Properties written as attributes, and values written as ``rdf:resource``."""
    for key, value in element.attrib.items():
        uri, _, local = key.rpartition("}")
        if key == f"{{{RDF}}}resource" and owner:
            yield owner, value
        elif uri and uri[1:] not in (RDF, "http://www.w3.org/XML/1998/namespace"):
            yield _name(uri[1:], local), value.strip()


def _name(uri: str, local: str) -> str:
    prefix = _PREFIX_OF.get(uri)
    return f"{prefix}:{local}" if prefix else f"{{{uri}}}{local}"


def _clean(text: str) -> str:
    """Without the characters that XML 1.0 forbids."""
    return "".join(
        char
        for char in text
        if char in "\t\n\r" or " " <= char <= "\ud7ff" or "\ue000" <= char <= "\ufffd" or char >= "\U00010000"
    )
