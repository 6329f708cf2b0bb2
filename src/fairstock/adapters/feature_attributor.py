"""The first attribution method: the training works that look most like the picture.

Honest about what it is: similarity is not influence (arXiv 2312.06646 calls it ill-suited for royalties),
its reliability is unmeasured, and so the fund gives it no weight yet. It is deterministic and says which
works it weighs.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Image

from fairstock.adapters.effnet import EffnetFeatures
from fairstock.adapters.house_model.release import make_projector, read_works, release_info
from fairstock.kit.errors import BadInput

NEAREST = 24
"""Works that share in one picture; those further away differ from the picture about as random works do."""
SHARPNESS = 12.0
"""How fast the weight falls with the distance: exp(SHARPNESS × (cosine − best cosine))."""


class NoReleaseToAttributeTo(BadInput):
    """The configured model is no house release, so nobody knows what it was trained on."""

    def __init__(self, model: str) -> None:
        super().__init__(
            f"Pictures of the model {model} cannot be attributed: it has no training manifest.",
            remedy="set FAIRSTOCK_MODEL to the folder of a house release",
        )


class FeatureAttributor:
    """Weighs the ``NEAREST`` works of one release by the likeness of their image features."""

    method = "feature-similarity"
    version = f"1 ({EffnetFeatures.version}, nearest {NEAREST}, sharpness {SHARPNESS:g})"

    def __init__(self, release_dir: Path, features: EffnetFeatures) -> None:
        if not (release_dir / "release.json").is_file():
            raise NoReleaseToAttributeTo(str(release_dir))
        works = read_works(release_dir)
        self._digests = [entry.sha256 for entry in works.entries]
        self._vectors = works.image
        self._project = make_projector(works, features)
        self.release_id = release_info(release_dir).release_id

    def attribute(self, pictures: Sequence[Image]) -> list[list[tuple[str, float]]]:
        """Works (sha256) with positive weights, best first; a blank picture gets none."""
        return [self._weigh(vector) for vector in self._project(pictures)]

    def _weigh(self, vector: NDArray[np.float32]) -> list[tuple[str, float]]:
        if not vector.any():
            return []
        cosine = self._vectors @ vector
        best = np.argsort(-cosine, kind="stable")[:NEAREST]
        weights = np.exp(SHARPNESS * (cosine[best].astype(np.float64) - float(cosine[best[0]])))
        return [(self._digests[index], float(weight)) for index, weight in zip(best, weights, strict=True)]
