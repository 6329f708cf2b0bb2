"""Reads ``uploads.csv``: which files a folder offers, by whom, under which title, with which claim."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fairstock.kit.errors import BadInput
from fairstock.upload.metadata import clean

NAME = "uploads.csv"
COLUMNS = ("file", "contributor", "title", "keywords", "claim", "description", "model_release")
"""All but ``file`` may be missing."""


class BadManifest(BadInput):
    """A folder of uploads cannot be taken as it is; nothing of it was stored."""

    def __init__(self, folder: Path, problem: str) -> None:
        self.problem = problem
        super().__init__(
            f"The uploads in {folder} cannot be taken: {problem}.",
            remedy=f"give a folder with a {NAME} (columns {', '.join(COLUMNS)}) that names files in it",
        )


class UnknownContributors(BadInput):
    """A manifest names people who are no party here; nothing of it was stored."""

    def __init__(self, handles: Sequence[str]) -> None:
        self.handles = tuple(handles)
        named = ", ".join(handles[:5]) + (f" and {len(handles) - 5} more" if len(handles) > 5 else "")
        super().__init__(
            f"The uploads name contributors who are not registered: {named}.",
            remedy="add them with `fairstock people add`, or correct the column “contributor”",
        )


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the manifest."""

    position: int
    path: str
    """Absolute path of the file."""
    filename: str
    contributor: str
    """Handle of the contributor."""
    title: str
    keywords: tuple[str, ...]
    claim: str
    description: str = ""
    model_release: str = ""
    """``yes``, or the name of the file with the signed release of everybody shown; empty for none."""


def read_manifest(folder: Path, contributor: str | None = None) -> list[Line]:
    """All lines in the file's order; ``contributor`` fills a missing or empty column.

    A folder without ``uploads.csv`` is taken as the files of ``contributor``, titled by their names. Raises
    BadManifest, also for a file that is missing or lies outside the folder.
    """
    if not folder.is_dir():
        raise BadManifest(folder, "it is no folder")
    rows = _rows(folder) if (folder / NAME).is_file() else _bare(folder)
    lines = [_line(folder, position, row, contributor) for position, row in enumerate(rows)]
    if not lines:
        raise BadManifest(folder, "it offers no file")
    return lines


def _rows(folder: Path) -> Sequence[dict[str, str]]:
    try:
        with (folder / NAME).open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, restval="")
            rows = list(reader)
    except (UnicodeDecodeError, csv.Error, OSError) as error:
        raise BadManifest(folder, f"{NAME} cannot be read ({error})") from error
    if "file" not in (reader.fieldnames or ()):
        raise BadManifest(folder, f"{NAME} has no column “file”")
    return rows


def _bare(folder: Path) -> Sequence[dict[str, str]]:
    return [{"file": path.name} for path in sorted(folder.iterdir()) if path.is_file()]


def _line(folder: Path, position: int, row: dict[str, str], contributor: str | None) -> Line:
    name = row["file"].strip()
    path = (folder / name).resolve()
    if not name or not path.is_relative_to(folder.resolve()):
        raise BadManifest(folder, f"line {position + 2} names “{name}”, which is not a file in it")
    if not path.is_file():
        raise BadManifest(folder, f"line {position + 2} names “{name}”, which is missing")
    handle = (row.get("contributor") or contributor or "").strip()
    if not handle:
        raise BadManifest(folder, f"line {position + 2} names no contributor")
    words = (word.strip() for word in (row.get("keywords") or "").split(";"))
    return Line(
        position=position,
        path=str(path),
        filename=clean(name),
        contributor=handle,
        title=clean((row.get("title") or "").strip()) or Path(name).stem.replace("_", " "),
        keywords=tuple(dict.fromkeys(clean(word) for word in words if word)),
        claim=clean((row.get("claim") or "").strip()),
        description=clean((row.get("description") or "").strip()),
        model_release=_release(row.get("model_release") or ""),
    )


def _release(text: str) -> str:
    """What is said about a model release; the words for "none" are none."""
    said = clean(text.strip())
    return "" if said.casefold() in {"no", "none", "false", "0", "-", "n/a"} else said
