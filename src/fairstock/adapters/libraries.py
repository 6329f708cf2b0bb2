"""Which reader reads which library on disk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fairstock.adapters.library_folder import read_folder, read_uploads
from fairstock.adapters.openclipart import read_openclipart
from fairstock.kit.errors import BadInput
from fairstock.upload.library import LibraryWork

READERS = {"folder": read_folder, "uploads": read_uploads, "openclipart": read_openclipart}


class UnknownLibrary(BadInput):
    """A library format that no reader knows."""

    def __init__(self, source: str) -> None:
        self.source = source
        known = ", ".join(sorted(READERS))
        super().__init__(f"No library format is called {source!r}.", remedy=f"use one of: {known}")


def read_library(source: str, folder: Path) -> Sequence[LibraryWork]:
    """The works of a library; raises ``UnknownLibrary`` and what its reader raises."""
    if source not in READERS:
        raise UnknownLibrary(source)
    return list(READERS[source](folder))
