"""Small files that are there as a whole or not at all."""

import os
import threading
from pathlib import Path


def write_whole(path: Path, content: str | bytes) -> None:
    """Put a small file in place in one step: a kill leaves the old one or the new one, never half.

    Not meant to outlive a power cut: nothing is flushed to the disk. Raises OSError, and leaves nothing then.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        draft.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
