"""Properties of an XMP packet (ISO 16684-1), read without entities, external references or deep recursion."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

_PREFIXES = {
    "http://iptc.org/std/Iptc4xmpExt/2008-02-29/": "Iptc4xmpExt",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://ns.adobe.com/xap/1.0/": "xmp",
    "http://ns.adobe.com/photoshop/1.0/": "photoshop",
    "http://ns.adobe.com/exif/1.0/": "exif",
    "http://ns.adobe.com/tiff/1.0/": "tiff",
    "http://ns.useplus.org/ldf/xmp/1.0/": "plus",
    "http://www.tc260.org.cn/ns/AIGC/1.0/": "TC260",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
}
_RESOURCE = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}resource"
_MAX_PROPERTIES = 2000
_BROKEN = re.compile(
    r"\b([A-Za-z][\w-]{0,60}:[A-Za-z][\w-]{0,60})\s{0,9}(?:=\s{0,9}[\"']([^\"'<>]{1,2000})|>\s{0,99}([^<]{1,2000})<)"
)
"""Properties in a packet that is no XML; every repetition is bounded, so that hostile text costs linear time.
"""
_INSTRUCTION = re.compile(r"<\?.{0,999}?\?>", re.DOTALL)


def properties(packet: str) -> Iterator[tuple[str, str]]:
    """Every property as (``prefix:Name``, text), attributes included; a packet that is no XML is searched
    instead.
    """
    body = _INSTRUCTION.sub("", packet).strip().strip("\x00\ufeff")
    try:
        root = ElementTree.fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, RecursionError):
        for found in _BROKEN.finditer(packet):
            yield found.group(1), (found.group(2) or found.group(3)).strip()
        return
    yield from _walk(root)


def _walk(root: Element) -> Iterator[tuple[str, str]]:
    """Depth-first without recursion; list items report under the name of the property that holds the list."""
    waiting, seen = [(root, "")], 0
    while waiting and seen < _MAX_PROPERTIES:
        element, owner = waiting.pop()
        seen += 1
        name = _short(element.tag)
        owner = owner if name.startswith("rdf:") else name
        for attribute, value in element.attrib.items():
            key = owner if attribute == _RESOURCE else _short(attribute)
            yield key, value
        if element.text and element.text.strip():
            yield owner, element.text.strip()
        waiting.extend((child, owner) for child in reversed(element))


def _short(tag: object) -> str:
    """``prefix:Name`` of a qualified name; unknown namespaces keep their last path part as prefix."""
    if not isinstance(tag, str) or not tag.startswith("{"):
        return str(tag)
    space, _, name = tag[1:].partition("}")
    return f"{_PREFIXES.get(space) or space.rstrip('/#').rpartition('/')[2]}:{name}"
