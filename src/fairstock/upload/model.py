"""Values of an upload: the file's format, its limits, what was read from it, and where it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from PIL import Image

from fairstock.asset.model import LocalFeatures
from fairstock.upload.capture import Capture


class ImageFormat(StrEnum):
    """Formats that the gate lets in; the value is the name that people use."""

    PNG = "PNG"
    """Portable Network Graphics, RFC 2083; APNG counts its frames."""
    JPEG = "JPEG"
    """JFIF or Exif JPEG, baseline or progressive."""
    WEBP = "WebP"
    """RIFF WebP, lossy, lossless or animated."""
    GIF = "GIF"
    """GIF 87a or 89a; the first frame is looked at."""
    TIFF = "TIFF"
    """Tagged Image File Format, either byte order; the first page is looked at."""
    AVIF = "AVIF"
    """AV1 still image in ISO-BMFF."""
    HEIC = "HEIC"
    """HEVC still image in ISO-BMFF, opened by pillow-heif."""

    @property
    def mime(self) -> str:
        """The media type, for example ``image/png``."""
        return f"image/{self.value.lower()}"


class UploadState(StrEnum):
    """Where an upload stands; what people decided is changed by people only."""

    RECEIVED = "received"
    """Bytes and row are stored; no verdict yet."""
    ACCEPTED = "accepted"
    """Published: the upload has an asset."""
    REJECTED = "rejected"
    """Screening found proof against it, or a reviewer turned it down."""
    REVIEW = "review"
    """A person has to look."""
    EVIDENCE_WANTED = "evidence_wanted"
    """The contributor is asked for the raw file or the layers; with the answer it goes to a person."""
    WITHDRAWN = "withdrawn"
    """Its contributor took it back; what was published is off sale."""
    REFUSED = "refused"
    """The gate could not open it: it is no picture, too large, or broken; its contributor may appeal."""


class RefusalCode(StrEnum):
    """Why the gate refuses a file before anybody judges its content."""

    EMPTY_FILE = "empty_file"
    """The file has no bytes."""
    NOT_AN_IMAGE = "not_an_image"
    """The content is something else: text, a video, an archive."""
    UNSUPPORTED_FORMAT = "unsupported_format"
    """A picture, but in a format that the marketplace does not take, such as SVG."""
    TOO_LARGE = "too_large"
    """More bytes or more pixels than allowed; a decompression bomb ends here."""
    TOO_MANY_FRAMES = "too_many_frames"
    """An animation or a multi-page file longer than allowed."""
    TOO_MUCH_METADATA = "too_much_metadata"
    """Embedded metadata larger than allowed, also once it is unpacked."""
    UNREADABLE = "unreadable"
    """Damaged: truncated, or not decodable."""
    DECODE_LIMIT = "decode_limit"
    """Decoding needed more time or memory than one picture may take."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost; checked from its headers, then enforced on the process that decodes it."""

    file_bytes: int = 64_000_000
    """Size of the file."""
    pixels: int = 100_000_000
    """Width × height of one frame."""
    side: int = 30_000
    """Longest side in pixels."""
    frames: int = 200
    """Frames of an animation or pages of a TIFF."""
    metadata_bytes: int = 16_000_000
    """Sum of the metadata blocks as they lie in the file."""
    text_bytes: int = 4_000_000
    """One metadata text after unpacking."""
    cpu_seconds: int = 8
    """Processor time for one file."""
    wall_seconds: float = 30.0
    """Waiting time for one file."""
    memory_bytes: int = 2 * 2**30
    """Address space of a decoding process."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a file was not let in, in words for the person who sent it."""

    code: RefusalCode
    sentence: str
    next_step: str


@dataclass(frozen=True, slots=True)
class EmbeddedText:
    """One piece of text that travels inside a file."""

    source: str
    """Where it lay: ``png-text``, ``exif``, ``xmp``, ``iptc``, ``comment`` or ``pixels`` (hidden in low
    bits).
    """
    key: str
    """Chunk keyword, EXIF tag name, ``prefix:Name`` of an XMP property, or the magic of hidden text."""
    text: str
    """The text, free of NUL and of broken surrogates, so that PostgreSQL can store it."""
    after_end: bool = False
    """True where it lay behind the end that the format declares."""


@dataclass(frozen=True, slots=True)
class Corner:
    """The bottom right corner at full resolution, where some services sign their pictures."""

    width: int
    height: int
    rgb: bytes
    """Rows from top to bottom, three bytes a pixel."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """All that the gate learned about one file; ``refusal`` is None where a picture could be made of it."""

    sha256: str
    size: int
    """Bytes of the file."""
    format: ImageFormat | None
    width: int
    """Width in pixels once turned upright; 0 where unknown."""
    height: int
    """Height in pixels once turned upright; 0 where unknown."""
    texts: Sequence[EmbeddedText] = ()
    corner: Corner | None = None
    picture: Image.Image | None = None
    """The working picture: RGB, sRGB, upright, on white, longest side at most ``picture.LONGEST``."""
    refusal: Refusal | None = None
    capture: Capture | None = None
    """A camera's traces; None where no camera is named."""
    carries_c2pa: bool = False
    """True where the bytes hold a C2PA store that is worth reading."""

    @property
    def mime(self) -> str:
        """The media type by content; empty where the format is unknown."""
        return self.format.mime if self.format else ""


@dataclass(frozen=True, slots=True)
class Offer:
    """One file that a contributor offers, before anything is stored."""

    contributor_id: str
    batch: str
    filename: str
    title: str
    keywords: Sequence[str]
    claim: Mapping[str, str]
    """The rights claim as given, for example ``{"statement": "I made this work myself"}``."""


@dataclass(frozen=True, slots=True)
class Upload:
    """One stored upload."""

    id: str
    contributor_id: str
    batch: str
    filename: str
    sha256: str
    size: int
    title: str
    keywords: tuple[str, ...]
    claim: Mapping[str, str]
    received_at: datetime
    state: UploadState
    asset_id: str | None
    refusal: Refusal | None
    """Why the gate could not open it; stays while people decide about an appeal, and after they upheld it."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What is kept of an inspected picture, so that later steps need no second decoding."""

    upload_id: str
    mime: str
    width: int
    height: int
    phash: int
    """Perceptual hash, 64 bits signed."""
    phash_mirror: int
    """Perceptual hash of the mirrored picture, 64 bits signed."""
    embedding: Sequence[float]
    """Image features, unit length."""
    embedding_version: str
    sketch: bytes
    """The picture squeezed to 64 × 64 RGB, for comparing pixel by pixel."""
    local: LocalFeatures | None = None
    """What its parts look like; None where it was looked at before there was such a look."""
