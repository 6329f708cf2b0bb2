"""Use case: what one file proves about its origin, in plain words."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from fairstock.provenance.containers import sniff
from fairstock.provenance.model import C2paReport, C2paState, SourceType, VerifyReport
from fairstock.provenance.ports import C2paReader
from fairstock.provenance.xmp import read_properties

OF_INTEREST = (
    "Iptc4xmpExt:DigitalSourceType",
    "Iptc4xmpExt:AISystemUsed",
    "Iptc4xmpExt:AISystemVersionUsed",
    "Iptc4xmpExt:AIPromptInformation",
    "Iptc4xmpExt:DigImageGUID",
    "plus:DataMining",
    "plus:LicensorURL",
    "xmpRights:WebStatement",
    "photoshop:Credit",
    "xmp:CreateDate",
    "dc:creator",
    "dc:title",
)
"""XMP properties that a report repeats."""

_HEADLINES = {
    C2paState.TRUSTED: "The file is exactly as {signer} signed it, and we trust that signature.",
    C2paState.VALID: "The file is exactly as {signer} signed it, but we do not know who stands behind that"
    " signature.",
    C2paState.EXPIRED: "The file is exactly as {signer} signed it, but the certificate has expired since and"
    " no time stamp shows when it was signed.",
    C2paState.ALTERED: "The file was changed after {signer} signed it: its record no longer belongs to these"
    " bytes.",
    C2paState.BROKEN: "The file carries a signed record whose signature or structure does not hold; it proves"
    " nothing.",
    C2paState.UNREADABLE: "The file carries a signed record that cannot be read; it proves nothing.",
    C2paState.REMOTE: "The file only points to a record elsewhere, which was not fetched; by itself it proves"
    " nothing.",
    C2paState.ABSENT: "The file carries no signed record of its origin.",
}


def verify(data: bytes, reader: C2paReader, *, record: str | None = None) -> VerifyReport:
    """The report on any bytes; ``record`` is a sentence on what our own catalogue knows of them, if anything.

    Never raises for the content of ``data``.
    """
    mime = sniff(data)
    c2pa = reader.read(data, mime) if mime else C2paReport(C2paState.ABSENT)
    properties = read_properties(data)
    xmp = {name: properties[name] for name in OF_INTEREST if name in properties}
    headline = _HEADLINES[c2pa.state].format(
        signer=f"“{c2pa.signer}”" if c2pa.signer else "an unnamed signer"
    )
    findings = [
        *([record] if record else []),
        *_format(mime),
        *c2pa.evidence,
        *_fields(xmp),
        *_limits(c2pa, xmp),
    ]
    return VerifyReport(hashlib.sha256(data).hexdigest(), mime, headline, tuple(findings), c2pa, xmp)


def _format(mime: str | None) -> list[str]:
    return [] if mime else ["The bytes are no PNG, JPEG or WebP; only plain XMP was looked for."]


def _fields(xmp: Mapping[str, tuple[str, ...]]) -> list[str]:
    """What the unsigned record says, with a warning that anybody could have written it."""
    said = []
    for uri in xmp.get("Iptc4xmpExt:DigitalSourceType", ()):
        if uri in tuple(SourceType):
            system = " ".join(
                value
                for name in ("AISystemUsed", "AISystemVersionUsed")
                for value in xmp.get(f"Iptc4xmpExt:{name}", ())
            )
            said.append(
                f"Its XMP fields say that a model made or changed it{f' ({system})' if system else ''}."
            )
    if any("DMI-PROHIBITED" in value for value in xmp.get("plus:DataMining", ())):
        said.append("Its XMP fields refuse the use for training models.")
    return said


def _limits(c2pa: C2paReport, xmp: Mapping[str, tuple[str, ...]]) -> list[str]:
    """What must not be concluded."""
    if not c2pa.present and not xmp:
        return ["That the record is missing proves nothing: many programs drop it when they save a file."]
    if not c2pa.valid and xmp:
        return ["XMP fields without an intact signature could have been written by anybody."]
    if c2pa.valid and not c2pa.generated:
        return ["No part of the signed record says that a model took part; it does not prove that none did."]
    return []
