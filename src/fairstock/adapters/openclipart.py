"""Reads Open Clip Art as Debian packages it: a folder of PNGs and one of SVGs with equal names.

The PNG is the work that is sold; title, author and keywords come from the RDF inside the SVG
(Dublin Core, http://purl.org/dc/elements/1.1/). All works are public domain.
"""

import hashlib
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from fairstock.kit.errors import BadInput

PUBLIC_DOMAIN = "http://web.resource.org/cc/PublicDomain"
_DC = "{http://purl.org/dc/elements/1.1/}"
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_PREFIXES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "cc": "http://web.resource.org/cc/",
    "xlink": "http://www.w3.org/1999/xlink",
    "dcterms": "http://purl.org/dc/terms/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "svg": "http://www.w3.org/2000/svg",
}
_NOBODY = {"", "unknown", "anonymous", "none", "n/a", "-", "unsorted", "publicdomain"}


class NotOpenClipArt(BadInput):
    """The folder does not hold the two trees of the Debian packages."""

    def __init__(self, root: Path) -> None:
        super().__init__(
            f"{root} does not contain Open Clip Art: no folders png and svg were found in it.",
            remedy="unpack the Debian packages openclipart-png and openclipart-svg there "
            "(dpkg -x FILE.deb DIR) and give that DIR",
        )


@dataclass(frozen=True, slots=True)
class ClipArt:
    """One work of the library, as its files describe it."""

    key: str
    """Path below the ``png`` folder without suffix: stable, unique, readable."""
    png: Path
    sha256: str
    """Hex digest of the PNG's bytes; equal for the package's aliases of one work."""
    title: str
    author: str | None
    """The name the author signed with; None where the file names nobody."""
    keywords: tuple[str, ...]
    description: str
    folder: tuple[str, ...]
    license: str
    training: bool = True
    """Whether the author allows training; a public-domain dedication does, unless a record says otherwise."""


def read_openclipart(root: Path) -> Iterator[ClipArt]:
    """Yield every work below ``root`` that has both a PNG and an SVG, in order of its key.

    Raises NotOpenClipArt where the trees are missing. An SVG that cannot be parsed still yields its
    work, with the file's name as title and no author, since the picture itself is sound.
    """
    png_root, svg_root = _trees(root)
    for png in sorted(png_root.rglob("*.png")):
        relative = png.relative_to(png_root).with_suffix("")
        svg = svg_root / relative.with_suffix(".svg")
        if svg.is_file() and png.is_file():
            yield _work(relative, png, _rdf(svg))


def _trees(root: Path) -> tuple[Path, Path]:
    for base in (root, root / "usr/share/openclipart", root / "openclipart"):
        if (base / "png").is_dir() and (base / "svg").is_dir():
            return base / "png", base / "svg"
    raise NotOpenClipArt(root)


def _rdf(svg: Path) -> Element | None:
    """Parse only the RDF block: drawings made by Illustrator declare entities, which we refuse to expand."""
    text = svg.read_bytes().decode("utf-8", "replace")
    block = re.search(r"<rdf:RDF\b.*?</rdf:RDF>", text, re.DOTALL)
    if block is None:
        return None
    inner = re.sub(r"\sxmlns(:\w+)?=(\"[^\"]*\"|'[^']*')", "", block.group())
    declared = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in _PREFIXES.items())
    try:
        return ElementTree.fromstring(f"<wrap {declared}>{inner}</wrap>").find(f"{_RDF}RDF")
    except (ParseError, DefusedXmlException):
        return None


def _work(relative: Path, png: Path, rdf: Element | None) -> ClipArt:
    stem = relative.name.replace("_", " ").strip()
    return ClipArt(
        key=relative.as_posix(),
        png=png,
        sha256=hashlib.sha256(png.read_bytes()).hexdigest(),
        title=_tidy(_first(rdf, f"{_DC}title")) or stem,
        author=_author(rdf),
        keywords=_keywords(rdf),
        description=_tidy(_first(rdf, f"{_DC}description")),
        folder=relative.parent.parts,
        license=PUBLIC_DOMAIN,
    )


def _first(rdf: Element | None, tag: str) -> str:
    """Text of the first direct ``tag`` of the work; agents' own titles lie deeper and are skipped."""
    if rdf is None:
        return ""
    for work in rdf:
        found = work.find(tag)
        if found is not None and found.text:
            return found.text
    return ""


def _author(rdf: Element | None) -> str | None:
    if rdf is None:
        return None
    for role in ("creator", "rights"):
        for agent in rdf.iter(f"{_DC}{role}"):
            name = _person(" ".join(agent.itertext()))
            if name.lower() not in _NOBODY:
                return name
    return None


def _person(text: str) -> str:
    """A name without the mail and web addresses that some authors appended: nobody may republish those."""
    text = _readable(text)
    bare = re.sub(r"[\[(<]?\b(\S+@\S+|https?://\S+|www\.\S+|\S+\.net/\S+)[\])>]?", " ", text)
    return _tidy(re.sub(r"[\[(<]\s*[\])>]", " ", bare)).strip(" ,;-[(<")[:120]


def _readable(text: str) -> str:
    """Undo the double encoding (UTF-8 read as Windows-1252, then escaped) that some names went through."""
    plain = html.unescape(text)
    try:
        return plain.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return plain


def _keywords(rdf: Element | None) -> tuple[str, ...]:
    if rdf is None:
        return ()
    words = (
        _tidy("".join(li.itertext())).lower()
        for bag in rdf.iter(f"{_DC}subject")
        for li in bag.iter(f"{_RDF}li")
    )
    return tuple(dict.fromkeys(w for w in words if w and w != "unsorted"))


def _tidy(text: str) -> str:
    return re.sub(r"\s+", " ", _readable(text)).strip()
