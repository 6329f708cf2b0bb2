"""Where the SQL that travels with the package lies."""

from __future__ import annotations

from pathlib import Path

from fairstock.kit.errors import Failure

_PACKAGE = Path(__file__).resolve().parents[1]


class SqlFolderMissing(Failure):
    """The installation lacks its SQL."""

    def __init__(self) -> None:
        super().__init__(f"The folder sql/ is not beside {_PACKAGE}.", remedy="install fairstock again")


def sql_dir() -> Path:
    """The folder with migrations/, views/ and checks/: inside an installed wheel, else at the root of the
    repository.
    """
    for candidate in (_PACKAGE / "sql", _PACKAGE.parents[1] / "sql"):
        if (candidate / "migrations" / "env.py").is_file():
            return candidate
    raise SqlFolderMissing
