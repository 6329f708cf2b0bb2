"""The demo's choice: which works are copied, what comes back, and what an invented artist opted out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from fairstock.adapters.demo_uploads.drawing import encoded, scene
from fairstock.adapters.demo_uploads.make import COPIED, Work, make
from fairstock.asset.rules import fingerprint
from fairstock.kit.ids import sha256_of
from fairstock.optout.model import NewOptOut, Use
from fairstock.party.rules import handle_of
from fairstock.upload.model import ImageFormat
from fairstock.upload.sniff import layout_of

SHORTEST = 200
"""Shorter side in pixels of the works that get copied; a tiny icon at 70 % shows nobody anything."""
OPTED_OUT_SINCE = datetime(2026, 1, 1, tzinfo=UTC)


class LibraryWork(Protocol):
    """A work of a library, as its files describe it."""

    @property
    def png(self) -> Path:
        """The picture's file."""
        ...

    @property
    def title(self) -> str:
        """Its title."""
        ...

    @property
    def author(self) -> str | None:
        """Name of its author."""
        ...

    @property
    def keywords(self) -> tuple[str, ...]:
        """Its keywords."""
        ...


def write(
    folder: Path, library: Sequence[LibraryWork], honest: Sequence[LibraryWork], outputs: Sequence[bytes]
) -> NewOptOut:
    """Write the demo's uploads and return the opt-out to be registered before they are screened.

    ``library`` is in the catalogue, ``honest`` is not; ``outputs`` are files that the house's model made. The
    opted-out work is drawn here: no real author is said to have opted out.
    """
    picture = scene(41, 480)
    work = encoded(picture, "PNG")
    make(folder, list(_copied(library)), [_work(each) for each in honest if each.author], outputs, work)
    uses = frozenset({Use.SALE, Use.TRAINING})
    evidence = "invented for the demo, as is the artist"
    return NewOptOut(sha256_of(work), fingerprint(picture).phash, uses, OPTED_OUT_SINCE, evidence)


def _copied(library: Sequence[LibraryWork]) -> Iterator[Work]:
    """Works of different authors from all over the library, large enough to be copied."""
    large = [each for each in library if each.author and _shorter_side(each.png) >= SHORTEST]
    by_author = list({each.author: each for each in large}.values())
    step = max(1, len(by_author) // COPIED)
    return (_work(each) for each in by_author[::step][:COPIED])


def _shorter_side(png: Path) -> int:
    layout = layout_of(png.read_bytes(), ImageFormat.PNG)
    return min(layout.width, layout.height)


def _work(each: LibraryWork) -> Work:
    return Work(each.png, handle_of(each.author or ""), each.title, each.keywords)
