"""Use case: make the pictures of a request and put them, marked and signed, into the object store.

Touches no database, so that no transaction is open while a model works.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

from PIL import Image

from fairstock.asset.rules import fingerprint
from fairstock.generation.model import FinishedPicture, GeneratedPicture, Request
from fairstock.generation.ports import CannotEdit, ImageFeatures, ImageGenerator
from fairstock.generation.rules import BadSize, picture_id, seeds_of
from fairstock.kit.errors import Failure
from fairstock.kit.objects import ObjectStore
from fairstock.provenance import xmp
from fairstock.provenance.model import House, ProvenanceClaim
from fairstock.provenance.ports import Signer

MIME = "image/png"


class WrongPictures(Failure):
    """The model did not deliver what was asked for."""

    def __init__(self, release_id: str, reason: str) -> None:
        super().__init__(
            f"The model {release_id} delivered {reason}.", remedy="check the model, then try again"
        )


class NotWanted(Failure):
    """A request was given up while its pictures were drawn."""

    def __init__(self, request_id: str) -> None:
        super().__init__(
            f"The request {request_id} is no longer wanted; its pictures were thrown away.",
            remedy="ask again where they are",
        )


def produce(
    request: Request,
    *,
    generator: ImageGenerator,
    signer: Signer,
    features: ImageFeatures,
    objects: ObjectStore,
    house: House,
    model_name: str,
    wanted: Callable[[int], bool] = lambda _made: True,
) -> list[FinishedPicture]:
    """The finished pictures in order; their bytes are in ``objects`` when it returns.

    The same request and release give the same pixels. The signature differs from call to call, so bytes do
    too; those of an interrupted call stay behind as orphans. ``wanted`` hears after each picture how many
    are drawn, and stops the work by answering False. Raises ``BadSize``, ``WrongPictures``, ``NotWanted`` and
    what the ports raise.
    """
    order = request.order
    if order.takes_a_picture:
        raise CannotEdit(generator.release_id)
    if order.size not in generator.sizes:
        raise BadSize(order.size, tuple(sorted(generator.sizes)))
    drafts = _drawn(request, generator, wanted)
    pictures = _decoded(drafts, order.size, generator.release_id)
    vectors = features.embed(pictures)
    finished = []
    for index, (draft, picture) in enumerate(zip(drafts, pictures, strict=True)):
        claim = _claim(request, index, generator.release_id, model_name)
        data = signer.sign(xmp.mark(draft.png, claim, house), MIME, claim)
        finished.append(
            FinishedPicture(
                index=index,
                sha256=objects.put(data),
                mime=MIME,
                width=picture.width,
                height=picture.height,
                bytes=len(data),
                seed=draft.seed,
                attempts=draft.attempts,
                retrieved=draft.retrieved,
                nearest_sha256=draft.nearest_sha256,
                nearest_similarity=draft.nearest_similarity,
                fingerprint=fingerprint(picture),
                embedding=tuple(float(number) for number in vectors[index]),
                embedding_version=features.version,
            )
        )
    return finished


def _drawn(
    request: Request, generator: ImageGenerator, wanted: Callable[[int], bool]
) -> list[GeneratedPicture]:
    """The drafts one by one, for as long as they are wanted; raises ``NotWanted`` and ``WrongPictures``."""
    order = request.order
    drafts: list[GeneratedPicture] = []
    for seed in seeds_of(order.key, order.n):
        drawn = generator.generate(order.prompt, [seed], order.size)
        if len(drawn) != 1:
            raise WrongPictures(generator.release_id, f"{len(drawn)} pictures instead of 1")
        drafts += drawn
        if not wanted(len(drafts)):
            raise NotWanted(request.id)
    return drafts


def _decoded(drafts: Sequence[GeneratedPicture], size: int, release_id: str) -> list[Image.Image]:
    """The drafts as pictures; raises ``WrongPictures`` unless they are PNGs of the size asked for."""
    pictures: list[Image.Image] = []
    for draft in drafts:
        try:
            picture = Image.open(io.BytesIO(draft.png), formats=["PNG"])
            picture.load()
        except (OSError, SyntaxError, ValueError) as cause:
            raise WrongPictures(release_id, "something that is no PNG") from cause
        if picture.size != (size, size):
            raise WrongPictures(
                release_id, f"{picture.width} × {picture.height} pixels instead of {size} × {size}"
            )
        pictures.append(picture)
    return pictures


def _claim(request: Request, index: int, release_id: str, model_name: str) -> ProvenanceClaim:
    """What the file says about itself; without the prompt, which holds private data."""
    identity = picture_id(request.id, index)
    return ProvenanceClaim(
        picture_id=identity,
        title=f"Generated picture {identity}",
        model_name=model_name,
        release_id=release_id,
        created_at=request.created_at,
    )
