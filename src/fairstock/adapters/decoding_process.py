"""The confined process of production: what ``upload.worker`` answers, and content credentials.

Run as ``python -m fairstock.adapters.decoding_process LIMITS-AS-JSON``. All that it needs is imported here,
since no file can be opened once it is confined.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from fairstock.adapters.c2pa_reader import C2paFileReader
from fairstock.adapters.confined import QUESTION
from fairstock.upload.model import Limits
from fairstock.upload.worker import main


def _credentials(
    files: Sequence[bytes], words: Mapping[str, Any], _: Limits
) -> tuple[dict[str, Any], list[bytes]]:
    """The report on one file as plain values."""
    return asdict(C2paFileReader(words["anchors"].encode("ascii")).read(files[0], words["mime"])), []


if __name__ == "__main__":
    main({QUESTION: _credentials})
