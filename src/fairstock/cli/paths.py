"""Finds and reads the files that a person names on the command line; whatever is wrong with one is said of
it.
"""

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from fairstock.kit.errors import BadInput


class Unread(BadInput):
    """A path that was named cannot be read."""

    def __init__(self, path: Path, code: str, why: str, remedy: str) -> None:
        self.path, self.code = path, code
        """The code is one word for programs: no_such_file, no_permission, not_a_file, empty_folder,
        cannot_read.
        """
        super().__init__(f"{shown(path)} {why}.", remedy=remedy)


@dataclass(frozen=True, slots=True)
class FileBytes:
    """One file's content, or only its digest where it is larger than anybody takes."""

    data: bytes | None
    sha256: str
    size: int


def shown(path: Path) -> str:
    """The path for people; bytes that are no UTF-8 become question marks."""
    return os.fsencode(path).decode("utf-8", "replace")


def files_under(paths: Iterable[Path]) -> Iterator[Path | Unread]:
    """Every file: those named, and those in named folders, by name, folders inside included.

    Hidden files and links to folders inside a folder are left out, so that the walk ends.
    """
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        found = False
        for each in _inside(path):
            found = True
            yield each
        if not found:
            yield Unread(path, "empty_folder", "holds no file", "name a folder with pictures")


def _inside(folder: Path) -> Iterator[Path | Unread]:
    failed: list[OSError] = []
    for place, folders, names in os.walk(folder, onerror=failed.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(place, name) for name in sorted(names) if not name.startswith("."))
        while failed:
            yield _unread(Path(os.fsdecode(failed[0].filename)), failed.pop(0))
    yield from (_unread(Path(os.fsdecode(error.filename)), error) for error in failed)


def read_file(path: Path, most: int) -> FileBytes:
    """The bytes of a regular file of at most ``most`` bytes, else its digest alone. Raises Unread."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise Unread(path, "not_a_file", "is no regular file", "name a picture or a folder of pictures")
        with path.open("rb") as file:
            data = file.read(most + 1)
            if len(data) <= most:
                return FileBytes(data, hashlib.sha256(data).hexdigest(), len(data))
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            return FileBytes(None, digest, file.tell())
    except OSError as error:
        raise _unread(path, error) from error


def _unread(path: Path, error: OSError) -> Unread:
    if isinstance(error, FileNotFoundError):
        return Unread(path, "no_such_file", "does not exist", "check the name")
    if isinstance(error, PermissionError):
        return Unread(path, "no_permission", "may not be read", "change its permissions or owner")
    reason = (error.strerror or str(error)).lower()
    return Unread(path, "cannot_read", f"cannot be read: {reason}", "check the disk and the name")
