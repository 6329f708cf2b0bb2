"""What unit tests share: one decode guard for all of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fairstock.upload.guard import DecodeGuard


@pytest.fixture(scope="session")
def guard() -> Iterator[DecodeGuard]:
    """Two confined processes, as in production."""
    with DecodeGuard() as running:
        yield running
