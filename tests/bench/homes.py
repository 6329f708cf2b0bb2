"""A home of a bench's own, in which flows find everything, and which is gone afterwards."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from fairstock.bootstrap import get_app
from fairstock.db import embedded


@contextmanager
def fresh_home(prefix: str) -> Iterator[Path]:
    """A new directory that ``get_app`` takes for its home; its processes are stopped at the end."""
    with TemporaryDirectory(prefix=prefix) as home:
        os.environ["FAIRSTOCK_HOME"] = home
        try:
            yield Path(home)
        finally:
            get_app().decode_guard.close()
            get_app().engine.dispose()
            embedded.stop(Path(home) / "postgres")
