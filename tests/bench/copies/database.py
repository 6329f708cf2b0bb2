"""A database of a bench's own, gone with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine

from fairstock.db import embedded, migrate
from fairstock.db.engine import connect


@contextmanager
def fresh() -> Iterator[Engine]:
    """Empty, with the project's schema; quick, as nothing in it needs to outlive a power cut."""
    with TemporaryDirectory(prefix="fairstock-bench-") as folder:
        data = Path(folder) / "postgres"
        url = embedded.start(data)
        embedded.forget_durability(url)
        engine = connect(url)
        try:
            migrate.upgrade(engine)
            yield engine
        finally:
            engine.dispose()
            embedded.stop(data)
