"""Reads a library that is a folder with ``works.csv`` beside its pictures: the format of the demo library."""

import csv
import hashlib
from collections.abc import Iterator
from pathlib import Path

from fairstock.adapters.openclipart import ClipArt
from fairstock.kit.errors import BadInput

COLUMNS = frozenset({"role", "file", "key", "sha256", "title", "author", "training", "keywords", "license"})


class NotALibrary(BadInput):
    """works.csv is missing or lacks columns."""

    def __init__(self, folder: Path, problem: str) -> None:
        super().__init__(
            f"{folder} is not a library folder: {problem}.",
            remedy=f"give a folder whose works.csv has the columns {', '.join(sorted(COLUMNS))}",
        )


class WorkChanged(BadInput):
    """A picture is missing or is not the file that its record describes."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(
            f"The picture {path} {problem}.", remedy="restore the file, or take its line out of works.csv"
        )


def read_folder(folder: Path, role: str = "library") -> Iterator[ClipArt]:
    """Yield the works of one ``role`` in the file's order.

    Raises NotALibrary for a missing or incomplete works.csv, WorkChanged when a picture's bytes do not match
    its record.
    """
    try:
        with (folder / "works.csv").open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            missing = COLUMNS - set(reader.fieldnames or ())
            if missing:
                raise NotALibrary(folder, f"works.csv lacks {', '.join(sorted(missing))}")
            rows = [row for row in reader if row["role"] == role]
    except FileNotFoundError as error:
        raise NotALibrary(folder, "it has no works.csv") from error
    yield from (_work(folder, row) for row in rows)


def read_uploads(folder: Path) -> Iterator[ClipArt]:
    """The works of the library folder that contributors send in during the demo."""
    return read_folder(folder, "upload")


def _work(folder: Path, row: dict[str, str]) -> ClipArt:
    path = folder / row["file"]
    if not path.is_file():
        raise WorkChanged(path, "is missing")
    if hashlib.sha256(path.read_bytes()).hexdigest() != row["sha256"]:
        raise WorkChanged(path, "is not the file that works.csv describes: its sha256 differs")
    return ClipArt(
        key=row["key"],
        png=path,
        sha256=row["sha256"],
        title=row["title"],
        author=row["author"] or None,
        keywords=tuple(filter(None, row["keywords"].split(";"))),
        description=row.get("description") or "",
        folder=tuple(row["key"].split("/")[:-1]),
        license=row["license"],
        training=row["training"] == "yes",
    )
