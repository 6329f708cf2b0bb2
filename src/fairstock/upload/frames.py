"""Messages between the gate and its decoding processes: a JSON header and raw bodies.

No pickles: a decoder that a hostile file has taken over must not be able to hand objects to its parent.
"""

from __future__ import annotations

import json
import struct
from typing import Any, BinaryIO

MAX_HEADER = 64 * 2**20
MAX_BODY = 128 * 2**20


def write_frame(sink: BinaryIO, header: dict[str, Any], *bodies: bytes) -> None:
    """Write one message and flush it."""
    text = json.dumps({"header": header, "bodies": [len(body) for body in bodies]}).encode()
    sink.write(struct.pack(">I", len(text)) + text)
    for body in bodies:
        sink.write(body)
    sink.flush()


def read_frame(source: BinaryIO) -> tuple[dict[str, Any], list[bytes]] | None:
    """Read one message; None where the other side has closed or sent nonsense."""
    head = source.read(4)
    if len(head) < 4:
        return None
    length = int(struct.unpack(">I", head)[0])
    text = source.read(length) if length <= MAX_HEADER else b""
    try:
        message = json.loads(text)
        sizes = [int(size) for size in message["bodies"]]
        header: dict[str, Any] = message["header"]
    except (ValueError, KeyError, TypeError):
        return None
    if any(size > MAX_BODY for size in sizes):
        return None
    bodies = [source.read(size) for size in sizes]
    return (header, bodies) if [len(body) for body in bodies] == sizes else None
