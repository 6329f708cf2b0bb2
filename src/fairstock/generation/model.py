"""Values of the generation context."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GeneratedPicture:
    """One picture as it leaves a generator, before checks, marks and signature."""

    png: bytes
    seed: int
    """The seed that was asked for."""
    attempts: int
    """1, plus one for each draft thrown away because it came too near to a training work."""
    retrieved: tuple[str, ...]
    """Digests (sha256, hex) of the training works that the model looked at; empty where it looks at none."""
    nearest_sha256: str | None
    """The training work most like the picture; None where the generator cannot know."""
    nearest_similarity: float | None
    """How like, as a cosine of image features between -1 and 1."""
