"""Turns every failure that a person can cause or mend into one sentence and an exit code."""

import errno
import os
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile

from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape

from fairstock.kit.errors import FairstockError

_stderr = Console(stderr=True, highlight=False, soft_wrap=True)

_NOBODY_READS = 128 + signal.SIGPIPE
"""What a shell says of other programs there; 1 would mean that the command failed, as `books check` can."""
_OS_REMEDIES = {
    errno.ENOSPC: "the disk is full; free some space, or set FAIRSTOCK_HOME to a folder on a larger disk",
    errno.EACCES: "permission is missing; change the owner, or set FAIRSTOCK_HOME to a folder you may write",
    errno.EROFS: "the file system is read-only; set FAIRSTOCK_HOME to a folder you may write",
}


@contextmanager
def spoken_errors() -> Iterator[None]:
    """Exit with 2 for misuse and 1 for failure, after one sentence on stderr that names thing and remedy."""
    try:
        yield
    except SystemExit as end:
        if _reader_left(end):
            raise SystemExit(_NOBODY_READS) from None
        raise
    except FairstockError as error:
        _leave(str(error), error.exit_code)
    except ValidationError as error:
        first = error.errors()[0]
        _leave(f"FAIRSTOCK_{'_'.join(map(str, first['loc'])).upper()}: {first['msg']}.", 2)
    except OSError as error:
        remedy = _OS_REMEDIES.get(error.errno or 0)
        if remedy is None:
            _unforeseen(error)
        _leave(f"{error.filename or 'A file'} could not be written or read: {remedy}.", 1)
    except KeyboardInterrupt:
        _leave("Stopped. Nothing is half done: the same command goes on from here.", 130)
    except Exception as error:
        _unforeseen(error)


def _reader_left(end: SystemExit) -> bool:
    """Whether the command ends since nobody reads what it prints any more, as in `… | head`."""
    left = isinstance(end.__context__, BrokenPipeError)
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        left = left or not end.code
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python complains as it ends
    return left


def _unforeseen(error: Exception) -> None:
    """Keep the trace in a file: a person reads one sentence, a developer gets everything."""
    with NamedTemporaryFile(
        "w", prefix="fairstock-", suffix=".trace", delete=False, encoding="utf-8"
    ) as file:
        traceback.print_exception(error, file=file)
    where = Path(file.name)
    _leave(
        f"An error that fairstock does not know: {type(error).__name__}: {error}. The trace is in {where}.", 1
    )


def _leave(sentence: str, code: int) -> None:
    _stderr.print(f"[bold red]fairstock:[/] {escape(sentence)}")
    sys.exit(code)
