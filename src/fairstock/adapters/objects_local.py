"""The object store in a folder of this machine."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from fairstock.kit.ids import sha256_of
from fairstock.kit.objects import ObjectCorrupt, ObjectMissing, ObjectsUnwritable, object_path

_REMEDIES = {
    errno.ENOSPC: "free space on that disk, or set FAIRSTOCK_HOME to a folder on another",
    errno.EDQUOT: "free space in your quota, or set FAIRSTOCK_HOME to another folder",
    errno.EROFS: "set FAIRSTOCK_HOME to a folder that may be written",
}


class LocalObjects:
    """Files named by their SHA-256 below ``root``, read-only once written."""

    def __init__(self, root: Path) -> None:
        """Use the folder ``root``, which is made when the first object comes."""
        self.root = root

    def put(self, data: bytes) -> str:
        """Store the bytes and return their digest.

        They are written and flushed to a temporary file in the same folder and then moved into place, so that
        after a power cut there is the whole object or none. An object that is there with the right size is
        left alone.
        """
        digest = sha256_of(data)
        path = self._path(digest)
        with self._disk_errors():
            if path.is_file() and path.stat().st_size == len(data):
                return digest
            path.parent.mkdir(parents=True, exist_ok=True)
            self._write(path, data)
        return digest

    def get(self, digest: str) -> bytes:
        """The bytes; raises ``ObjectMissing``, ``ObjectCorrupt``, ``BadDigest``."""
        try:
            with self._disk_errors():
                data = self._path(digest).read_bytes()
        except FileNotFoundError:
            raise ObjectMissing(digest, str(self.root)) from None
        if sha256_of(data) != digest:
            raise ObjectCorrupt(digest, str(self.root))
        return data

    def has(self, digest: str) -> bool:
        """Whether the store holds it."""
        return self._path(digest).is_file()

    def digests(self) -> Iterator[str]:
        """Every digest, ascending; temporary files of writes that are under way do not count."""
        top = self.root / "sha256"
        folders = sorted(top.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]")) if top.is_dir() else []
        for folder in folders:
            yield from sorted(path.name for path in folder.iterdir() if len(path.name) == 64)

    def delete(self, digest: str) -> None:
        """Remove it; nothing happens where it is not there."""
        with self._disk_errors():
            self._path(digest).unlink(missing_ok=True)

    def _path(self, digest: str) -> Path:
        return self.root / object_path(digest)

    def _write(self, path: Path, data: bytes) -> None:
        """Write whole or not at all."""
        descriptor, name = tempfile.mkstemp(prefix=".new-", dir=path.parent)
        temporary = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.chmod(0o444)
            temporary.replace(path)
            _flush_folder(path.parent)
        except BaseException:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise

    @contextmanager
    def _disk_errors(self) -> Iterator[None]:
        """Say which folder failed and what to do; a missing file passes, since ``get`` has its own error for
        it.
        """
        try:
            yield
        except FileNotFoundError:
            raise
        except OSError as error:
            remedy = _REMEDIES.get(
                error.errno or 0, "check that the folder and its disk can be written by this user"
            )
            raise ObjectsUnwritable(str(self.root), error.strerror or str(error), remedy) from error


def _flush_folder(folder: Path) -> None:
    """Make the new name durable too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
