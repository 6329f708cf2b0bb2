"""Other people's programs read the books: beancount's ``bean-check``, and ``hledger``."""

from __future__ import annotations

import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from sqlalchemy import Connection

from fairstock.ledger.export import Format, export

PATIENCE = 300
"""Seconds that a program may take."""

COMMANDS = {
    Format.beancount: ("bean-check", "--no-cache"),
    Format.hledger: ("hledger", "--strict", "check", "-f"),
}


@cache
def installed() -> dict[Format, Path]:
    """The programs that this machine has, also beside the running Python."""
    found = {}
    for form, (name, *_) in COMMANDS.items():
        path = shutil.which(name) or shutil.which(name, path=str(Path(sys.executable).parent))
        if path:
            found[form] = Path(path)
    return found


def complaints(conn: Connection, folder: Path) -> list[str]:
    """What the installed programs say against the books; the exports stay in ``folder``."""
    running = []
    for form, program in installed().items():
        path = folder / f"books.{form}"
        path.write_text("".join(f"{line}\n" for line in export(conn, form)), encoding="utf-8")
        running.append((form, _started([str(program), *COMMANDS[form][1:], str(path)])))
    troubles = []
    for form, process in running:
        said, _ = process.communicate(timeout=PATIENCE)
        if process.returncode:
            told = said[:500] or f"exit code {process.returncode}"
            troubles.append(f"{COMMANDS[form][0]} says: {told}")
    return troubles


def _started(command: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603  # a program that was found by name, on a file of ours
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
