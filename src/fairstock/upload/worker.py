"""The process that opens untrusted files: ``python -m fairstock.upload.worker LIMITS-AS-JSON``.

It gets files on standard input and answers with what it read, for as long as its parent lives. It has no
environment, may open no file and no socket and write nothing, and its memory and processor time are limited:
a hostile file costs this process only.
"""

from __future__ import annotations

import codecs
import ctypes
import io
import json
import os
import resource
import signal
import sys
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import pillow_heif
from PIL import Image, PngImagePlugin

from fairstock.upload import metadata, picture, stealth
from fairstock.upload.capture import read_capture
from fairstock.upload.frames import read_frame, write_frame
from fairstock.upload.layers import compare
from fairstock.upload.model import Limits, RefusalCode
from fairstock.upload.sniff import layout_of, sniff
from fairstock.upload.whole import whole_picture

Reader = Callable[[Sequence[bytes], Mapping[str, Any], Limits], tuple[dict[str, Any], list[bytes]]]
"""Answers one kind of question: the files, the question's own words and the limits in, a message out."""

_PR_SET_PDEATHSIG = 1
_CODECS = ("utf-8", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "ascii", "iso2022_jp", "cp437", "cp1252")
"""Python reads these from its library when they are first asked for: too late once files are shut."""


def main(more: Mapping[str, Reader] | None = None) -> None:
    """Answer one question after another until standard input closes; ``more`` adds kinds of questions."""
    limits = Limits(**json.loads(sys.argv[1]))
    readers: dict[str, Reader] = {"look": _look, "whole": _whole, "supports": _supports, **(more or {})}
    _confine(limits)
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    write_frame(sink, {"ready": True})
    while (frame := read_frame(source)) is not None:
        _grant_seconds(limits.cpu_seconds)
        wanted, files = frame
        began = time.process_time()
        header, bodies = _answered(readers[wanted.get("want", "look")], files, wanted, limits)
        header["seconds"] = time.process_time() - began
        write_frame(sink, header, *bodies)


def _answered(
    reader: Reader, files: Sequence[bytes], wanted: Mapping[str, Any], limits: Limits
) -> tuple[dict[str, Any], list[bytes]]:
    """The reader's answer, or a refusal where it failed."""
    try:
        return reader(files, wanted, limits)
    except Exception as error:  # decoders raise nearly anything on hostile bytes, and the answer must go out
        return {"refusal": _refused(error)}, []


def _refused(error: Exception) -> list[str]:
    """Code and detail of the refusal that an error amounts to."""
    if isinstance(error, metadata.MetadataBomb):
        return [RefusalCode.TOO_MUCH_METADATA, ""]
    if isinstance(error, MemoryError):
        return [RefusalCode.DECODE_LIMIT, "memory"]
    if isinstance(error, Image.DecompressionBombError | Image.DecompressionBombWarning):
        return [RefusalCode.TOO_LARGE, str(error)]
    return [RefusalCode.UNREADABLE, f"{type(error).__name__}: {error}"[:300]]


def _confine(limits: Limits) -> None:
    """Die with the parent, hold to the limits, and let Pillow refuse what the headers hid."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    Image.MAX_IMAGE_PIXELS = limits.pixels
    warnings.simplefilter("ignore")  # notes on odd palettes and tags help nobody here
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    PngImagePlugin.MAX_TEXT_CHUNK = limits.text_bytes
    pillow_heif.register_heif_opener()
    Image.init()
    for name in _CODECS:
        codecs.lookup(name)
    # Decoders complain there about hostile files, into the flow's own log.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # No further file, socket or pipe can be opened: only the three that the parent gave.
    os.closerange(3, 64)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))


def _grant_seconds(seconds: int) -> None:
    """Give the next file its processor time, beyond what earlier files used."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    resource.setrlimit(
        resource.RLIMIT_CPU, (int(usage.ru_utime + usage.ru_stime) + seconds + 1, resource.RLIM_INFINITY)
    )


def _whole(files: Sequence[bytes], _: Mapping[str, Any], __: Limits) -> tuple[dict[str, Any], list[bytes]]:
    """Every pixel."""
    return whole_picture(files[0])


def _supports(files: Sequence[bytes], _: Mapping[str, Any], __: Limits) -> tuple[dict[str, Any], list[bytes]]:
    """How the second file, a raw or layered one, compares with the first."""
    return asdict(compare(files[0], files[1])), []


def _look(files: Sequence[bytes], _: Mapping[str, Any], limits: Limits) -> tuple[dict[str, Any], list[bytes]]:
    """Texts first, then the picture, so that a damaged file still shows the marks it carries."""
    data = files[0]
    header: dict[str, Any] = {"texts": [], "c2pa": metadata.carries_c2pa(data)}
    try:
        form = sniff(data)
        if form is None:
            raise ValueError("no known format")
        texts = metadata.read(data, layout_of(data, form), limits)
        header["texts"] = [(entry.source, entry.key, entry.text, entry.after_end) for entry in texts]
        return header, _decode(data, limits, header)
    except Exception as error:  # see _answered; what was read before is kept
        header["refusal"] = _refused(error)
    return header, []


def _decode(data: bytes, limits: Limits, header: dict[str, Any]) -> list[bytes]:
    """The working picture and the corner as raw RGB; sizes and hidden text go into ``header``."""
    with Image.open(io.BytesIO(data)) as image:
        header["size"] = picture.upright_size(image)
        full = image.size
        small = picture.working_picture(image)
        corner = None
        if image.size == full:  # not decoded at a fraction
            corner = picture.corner_of(image)
            hidden = (
                stealth.hidden_text(image, limits.text_bytes) if image.format in ("PNG", "WEBP") else None
            )
            if hidden is not None:
                header["texts"].append((hidden.source, hidden.key, hidden.text, False))
        traces = read_capture(image, small)
    header["capture"] = asdict(traces) if traces else None
    header["picture"] = small.size
    header["corner"] = corner.size if corner else None
    return [small.tobytes(), corner.tobytes() if corner else b""]


if __name__ == "__main__":
    main()
