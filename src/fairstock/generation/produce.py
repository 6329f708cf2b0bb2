"""Use case: make the pictures of a request and put them, marked and signed, into the object store.

Touches no database, so that no transaction is open while a model works.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from fairstock.asset.rules import fingerprint
from fairstock.generation.drawing import Beginning, begin, draw, picture_in
from fairstock.generation.finish import MIME, finish, wants_label
from fairstock.generation.model import FinishedPicture, GeneratedPicture, Request
from fairstock.generation.ports import ImageFeatures, ImageGenerator
from fairstock.generation.rules import BadSize, picture_id, seeds_of
from fairstock.kit.errors import Failure
from fairstock.kit.objects import ObjectStore
from fairstock.moderation.pictures import PictureScreen, check_made, check_references
from fairstock.provenance.model import House, ProvenanceClaim
from fairstock.provenance.ports import Signer, Watermark


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
    watermark: Watermark,
    features: ImageFeatures,
    objects: ObjectStore,
    house: House,
    model_name: str,
    wanted: Callable[[int], bool] = lambda _made: True,
    parent_sha256: str | None = None,
    screen: PictureScreen | None = None,
) -> list[FinishedPicture]:
    """The finished pictures in order; their bytes are in ``objects`` when it returns.

    The same request and release give the same pixels. The signature differs from call to call, so bytes do
    too; those of an interrupted call stay behind as orphans. ``wanted`` hears after each picture how many
    are drawn, and stops the work by answering False. ``parent_sha256`` is the file of the picture that the
    order continues from (``sources.parent_file``). ``screen`` looks at what the buyer sent and at what was
    made. Raises ``BadSize``, ``WrongPictures``, ``NotWanted`` and what moderation and the ports raise.
    """
    order = request.order
    if order.size not in generator.sizes:
        raise BadSize(order.size, tuple(sorted(generator.sizes)))
    beginning = begin(order, objects, parent_sha256)
    if screen is not None:
        check_references(screen, beginning.sent)
    drafts = _drawn(request, beginning, generator, wanted)
    pictures = [picture_in(draft, order.size, generator.release_id) for draft in drafts]
    if screen is not None:
        check_made(screen, pictures)
    hole = beginning.canvas.hole if beginning.canvas else None
    files = [
        finish(
            picture,
            _claim(request, index, generator.release_id, model_name, beginning),
            signer=signer,
            watermark=watermark,
            house=house,
            inside=hole,
        )
        for index, picture in enumerate(pictures)
    ]
    vectors = features.embed([file.picture for file in files])
    finished = []
    for index, (draft, file) in enumerate(zip(drafts, files, strict=True)):
        finished.append(
            FinishedPicture(
                index=index,
                sha256=objects.put(file.data),
                mime=MIME,
                width=file.picture.width,
                height=file.picture.height,
                bytes=len(file.data),
                seed=draft.seed,
                attempts=draft.attempts,
                retrieved=draft.retrieved,
                nearest_sha256=draft.nearest_sha256,
                nearest_similarity=draft.nearest_similarity,
                fingerprint=fingerprint(file.picture),
                embedding=tuple(float(number) for number in vectors[index]),
                embedding_version=features.version,
                mark=file.mark,
            )
        )
    return finished


def _drawn(
    request: Request, beginning: Beginning, generator: ImageGenerator, wanted: Callable[[int], bool]
) -> list[GeneratedPicture]:
    """The drafts one by one, for as long as they are wanted; raises ``NotWanted`` and ``WrongPictures``."""
    order = request.order
    drafts: list[GeneratedPicture] = []
    for index, seed in enumerate(seeds_of(order.key, order.n)):
        wished = replace(order, prompt=request.prompt_of(index))
        drafts.append(draw(wished, beginning, generator, seed))
        if not wanted(len(drafts)):
            raise NotWanted(request.id)
    return drafts


def _claim(
    request: Request, index: int, release_id: str, model_name: str, beginning: Beginning
) -> ProvenanceClaim:
    """What the file says about itself; without the prompt, which holds private data."""
    identity = picture_id(request.id, index)
    return ProvenanceClaim(
        picture_id=identity,
        title=f"Generated picture {identity}",
        model_name=model_name,
        release_id=release_id,
        created_at=request.created_at,
        source_type=beginning.source_type,
        ingredients=beginning.ingredients,
        visible_label=wants_label(request.order.options),
    )
