"""What screening needs to be told about a file; the upload gate and the C2PA reader satisfy these as they
are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class EmbeddedText(Protocol):
    """A text that travels inside the file."""

    @property
    def source(self) -> str:
        """``png-text``, ``exif``, ``xmp``, ``iptc``, ``comment`` or ``pixels``."""
        ...

    @property
    def key(self) -> str:
        """Keyword, tag name or ``prefix:Name``."""
        ...

    @property
    def text(self) -> str:
        """The text itself."""
        ...

    @property
    def after_end(self) -> bool:
        """Whether it lay behind the end that the format declares."""
        ...


class Corner(Protocol):
    """The bottom right corner of the picture at full resolution."""

    @property
    def width(self) -> int:
        """Width in pixels."""
        ...

    @property
    def height(self) -> int:
        """Height in pixels."""
        ...

    @property
    def rgb(self) -> bytes:
        """Rows from top to bottom, three bytes a pixel."""
        ...


class FileEvidence(Protocol):
    """What the gate read from one file."""

    @property
    def sha256(self) -> str:
        """Digest of the bytes."""
        ...

    @property
    def texts(self) -> Sequence[EmbeddedText]:
        """Everything written inside."""
        ...

    @property
    def corner(self) -> Corner | None:
        """The corner, where the picture was decoded in full size."""
        ...

    @property
    def capture(self) -> CaptureReport | None:
        """A camera's traces."""
        ...


class CredentialReport(Protocol):
    """What content credentials (C2PA) in a file say, ingredients included."""

    @property
    def present(self) -> bool:
        """Whether there are any."""
        ...

    @property
    def generated(self) -> bool:
        """Whether any manifest says that a trained model took part."""
        ...

    @property
    def captured(self) -> bool:
        """Whether a manifest says that a camera took the picture."""
        ...

    @property
    def state(self) -> str:
        """trusted, valid, expired, altered, broken, unreadable, remote or absent."""
        ...

    @property
    def generators(self) -> Sequence[str]:
        """The software that wrote the manifests."""
        ...

    @property
    def evidence(self) -> Sequence[str]:
        """Sentences for a person."""
        ...


class FileRefusal(Protocol):
    """Why the gate refused a file."""

    @property
    def code(self) -> str:
        """The refusal's code."""
        ...

    @property
    def sentence(self) -> str:
        """In plain words."""
        ...

    @property
    def next_step(self) -> str:
        """What the contributor can do."""
        ...


class CaptureReport(Protocol):
    """A camera's traces in a file; see ``upload.capture.Capture``."""

    @property
    def maker(self) -> str:
        """The camera's maker."""
        ...

    @property
    def model(self) -> str:
        """The camera's model."""
        ...

    @property
    def lens(self) -> str:
        """The lens; may be empty."""
        ...

    @property
    def body(self) -> str:
        """Tells one camera from another; may be empty."""
        ...

    @property
    def taken(self) -> str:
        """When, as EXIF writes it; may be empty."""
        ...

    @property
    def exposure(self) -> bool:
        """Whether exposure is given and possible."""
        ...

    @property
    def note(self) -> str:
        """fits, unknown, wrong or none."""
        ...

    @property
    def tables(self) -> str:
        """own, library or none."""
        ...

    @property
    def thumbnail(self) -> float | None:
        """Its distance from the picture, 0 … 1."""
        ...

    @property
    def editor(self) -> str:
        """The last program, where it is no camera."""
        ...


class SupportReport(Protocol):
    """How a raw or layered file compares with a picture; see ``upload.layers.Support``."""

    @property
    def kind(self) -> str:
        """raw, layers, flat or none."""
        ...

    @property
    def matches(self) -> bool:
        """Whether it shows the same picture."""
        ...

    @property
    def difference(self) -> float:
        """0 (equal) to 1."""
        ...

    @property
    def notes(self) -> Sequence[str]:
        """Sentences for a person."""
        ...
