"""The process that opens untrusted files: ``python -m fairstock.upload.worker LIMITS-AS-JSON``.

It gets a file on standard input and answers with what it read, for as long as its parent lives. It has no
environment, may write no file, and its memory and processor time are limited: a hostile file costs this
process only.
"""

from __future__ import annotations

import ctypes
import io
import json
import resource
import signal
import sys
import warnings
from typing import Any

import pillow_heif
from PIL import Image, PngImagePlugin

from fairstock.upload import metadata, picture, stealth
from fairstock.upload.frames import read_frame, write_frame
from fairstock.upload.model import Limits, RefusalCode
from fairstock.upload.sniff import layout_of, sniff
from fairstock.upload.whole import whole_picture

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Answer one file after another until standard input closes."""
    limits = Limits(**json.loads(sys.argv[1]))
    _confine(limits)
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    write_frame(sink, {"ready": True})
    while (frame := read_frame(source)) is not None:
        _grant_seconds(limits.cpu_seconds)
        wanted = frame[0].get("want")
        header, bodies = (_whole if wanted == "whole" else _answer)(frame[1][0], limits)
        write_frame(sink, header, *bodies)


def _confine(limits: Limits) -> None:
    """Die with the parent, hold to the limits, and let Pillow refuse what the headers hid."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    Image.MAX_IMAGE_PIXELS = limits.pixels
    warnings.simplefilter("ignore")  # notes on odd palettes and tags help nobody here
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    PngImagePlugin.MAX_TEXT_CHUNK = limits.text_bytes
    pillow_heif.register_heif_opener()
    Image.init()


def _grant_seconds(seconds: int) -> None:
    """Give the next file its processor time, beyond what earlier files used."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    resource.setrlimit(
        resource.RLIMIT_CPU, (int(usage.ru_utime + usage.ru_stime) + seconds + 1, resource.RLIM_INFINITY)
    )


def _whole(data: bytes, _: Limits) -> tuple[dict[str, Any], list[bytes]]:
    """Every pixel, or why not."""
    header: dict[str, Any] = {}
    try:
        return whole_picture(data)
    except MemoryError:
        header["refusal"] = [RefusalCode.DECODE_LIMIT, "memory"]
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        header["refusal"] = [RefusalCode.TOO_LARGE, str(error)]
    except Exception as error:  # decoders raise nearly anything on hostile bytes, and the answer must go out
        header["refusal"] = [RefusalCode.UNREADABLE, f"{type(error).__name__}: {error}"[:300]]
    return header, []


def _answer(data: bytes, limits: Limits) -> tuple[dict[str, Any], list[bytes]]:
    """Texts first, then the picture, so that a damaged file still shows the marks it carries."""
    header: dict[str, Any] = {"texts": [], "c2pa": metadata.carries_c2pa(data)}
    try:
        form = sniff(data)
        if form is None:
            raise ValueError("no known format")
        texts = metadata.read(data, layout_of(data, form), limits)
        header["texts"] = [(entry.source, entry.key, entry.text, entry.after_end) for entry in texts]
        return header, _decode(data, limits, header)
    except metadata.MetadataBomb:
        header["refusal"] = [RefusalCode.TOO_MUCH_METADATA, ""]
    except MemoryError:
        header["refusal"] = [RefusalCode.DECODE_LIMIT, "memory"]
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        header["refusal"] = [RefusalCode.TOO_LARGE, str(error)]
    except Exception as error:  # decoders raise nearly anything on hostile bytes, and the answer must go out
        header["refusal"] = [RefusalCode.UNREADABLE, f"{type(error).__name__}: {error}"[:300]]
    return header, []


def _decode(data: bytes, limits: Limits, header: dict[str, Any]) -> list[bytes]:
    """The working picture, the corner and the crops as raw RGB; sizes and hidden text go into ``header``."""
    with Image.open(io.BytesIO(data)) as image:
        header["size"] = picture.upright_size(image)
        full = image.size
        small = picture.working_picture(image)
        strip, boxes = picture.native_crops(image)
        corner = None
        if image.size == full:  # not decoded at a fraction
            corner = picture.corner_of(image)
            hidden = (
                stealth.hidden_text(image, limits.text_bytes) if image.format in ("PNG", "WEBP") else None
            )
            if hidden is not None:
                header["texts"].append((hidden.source, hidden.key, hidden.text, False))
    header["picture"] = small.size
    header["corner"] = corner.size if corner else None
    header["crops"] = {"size": strip.size, "boxes": boxes}
    return [small.tobytes(), corner.tobytes() if corner else b"", strip.tobytes()]


if __name__ == "__main__":
    main()
