"""Secrets that sign cookies and links: made once, kept in ``home/keys``."""

import os
import secrets
from pathlib import Path

from fairstock.kit.errors import Failure

_BYTES = 48


class SessionKeyUnusable(Failure):
    """A key exists but cannot be read or is empty."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        super().__init__(
            f"The session key {path} cannot be used: {reason}.",
            remedy="delete the file; everybody then signs in again, and links that were given out end",
        )


def session_key(home: Path, name: str = "session") -> str:
    """The text of ``home/keys/<name>.key``; made on first use, readable by its owner only. Raises
    ``SessionKeyUnusable``.
    """
    path = home / "keys" / f"{name}.key"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            # Exclusive creation: of two processes that start together, one makes the key, both read it.
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            pass
        else:
            with os.fdopen(handle, "w") as file:
                file.write(secrets.token_urlsafe(_BYTES))
        key = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SessionKeyUnusable(path, str(error)) from error
    if len(key) < _BYTES:
        raise SessionKeyUnusable(path, "it is too short")
    return key
