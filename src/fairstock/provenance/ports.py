"""What provenance needs from outside: somebody who signs, and somebody who reads signatures."""

from __future__ import annotations

from typing import Protocol

from fairstock.provenance.model import C2paReport, ProvenanceClaim


class Signer(Protocol):
    """Binds a claim to the bytes of a file."""

    def sign(self, data: bytes, mime: str, claim: ProvenanceClaim) -> bytes:
        """The file with a signed manifest; ``data`` must be a whole PNG, JPEG or WebP of type ``mime``."""
        ...


class C2paReader(Protocol):
    """Reads and validates C2PA manifests; never fetches anything from a network."""

    def read(self, data: bytes, mime: str) -> C2paReport:
        """The report on ``data``; a hostile or broken file gives a report too, never an exception."""
        ...
