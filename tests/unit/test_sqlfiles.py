"""The SQL is found in the repository and inside an installed wheel."""

from __future__ import annotations

from pathlib import Path

import pytest

from fairstock.db import sqlfiles


def test_at_the_root_of_the_repository() -> None:
    assert sqlfiles.sql_dir() == Path(__file__).parents[2] / "sql"


def test_inside_a_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "site-packages" / "fairstock"
    (package / "sql" / "migrations").mkdir(parents=True)
    (package / "sql" / "migrations" / "env.py").touch()
    monkeypatch.setattr(sqlfiles, "_PACKAGE", package)
    assert sqlfiles.sql_dir() == package / "sql"


def test_an_installation_without_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlfiles, "_PACKAGE", tmp_path / "lib" / "fairstock")
    with pytest.raises(sqlfiles.SqlFolderMissing, match="install fairstock again"):
        sqlfiles.sql_dir()
