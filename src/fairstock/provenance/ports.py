"""What provenance needs from outside: somebody who signs and reads signatures, and a watermark."""

from __future__ import annotations

from typing import Protocol

from PIL import Image

from fairstock.kit.errors import Failure
from fairstock.provenance.model import C2paReport, ProvenanceClaim, WatermarkFound


class NotMarked(Failure):
    """A picture cannot hold a watermark; it goes out without one, and the record says why."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"The picture cannot hold a watermark: {reason}.")


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


class Watermark(Protocol):
    """Hides a payload in pixels so that it outlives the file."""

    @property
    def method(self) -> str:
        """Names the method and its version, for soft-binding assertions and the register."""
        ...

    @property
    def payload_bytes(self) -> int:
        """Length of a payload."""
        ...

    def embed(self, image: Image.Image, payload: bytes, *, inside: Image.Image | None = None) -> Image.Image:
        """The picture with the payload, same size; pixels where ``inside`` is 0 stay bit for bit.

        Raises ``NotMarked``.
        """
        ...

    def read(
        self, image: Image.Image, *, was: tuple[int, int] | None = None, thorough: bool = True
    ) -> WatermarkFound | None:
        """The payload found in a picture of any history; ``was`` is its size before it was made smaller."""
        ...
