"""Small files that flows keep for themselves."""

from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Write a small file in one step: a kill leaves the old one or the new one, never half."""
    draft = path.with_suffix(".new")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
