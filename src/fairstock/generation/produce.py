"""Use case: make the pictures of a request and put them, marked and signed, into the object store.

Touches no database, so that no transaction is open while a model works.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

from PIL import Image

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

_FINISHERS = 2
"""One looks at a picture while the other marks and signs it, both while the next one is drawn."""


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
    finisher = _Finisher(
        request, generator.release_id, model_name, beginning, signer, watermark, features, objects, house
    )
    with ThreadPoolExecutor(_FINISHERS, thread_name_prefix="finish") as pool:
        waiting = []
        for index, draft in enumerate(_drawn(request, beginning, generator, wanted)):
            picture = picture_in(draft, order.size, generator.release_id)
            check = pool.submit(check_made, screen, [picture]) if screen is not None else None
            waiting.append(pool.submit(finisher.finished, index, draft, picture, check))
        return [each.result() for each in waiting]


@dataclass(frozen=True, slots=True)
class _Finisher:
    """Makes files of drawings while the model draws on; all that it needs may be used by several threads."""

    request: Request
    release_id: str
    model_name: str
    beginning: Beginning
    signer: Signer
    watermark: Watermark
    features: ImageFeatures
    objects: ObjectStore
    house: House

    def finished(
        self, index: int, draft: GeneratedPicture, picture: Image.Image, check: Future[None] | None
    ) -> FinishedPicture:
        """The picture marked, signed and stored; nothing is stored of one that ``check`` withholds."""
        canvas = self.beginning.canvas
        file = finish(
            picture,
            self._claim(index),
            signer=self.signer,
            watermark=self.watermark,
            house=self.house,
            inside=canvas.hole if canvas else None,
        )
        (vector,) = self.features.embed([file.picture])
        if check is not None:
            check.result()
        return FinishedPicture(
            index=index,
            sha256=self.objects.put(file.data),
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
            embedding=tuple(float(number) for number in vector),
            embedding_version=self.features.version,
            mark=file.mark,
        )

    def _claim(self, index: int) -> ProvenanceClaim:
        """What the file says about itself; without the prompt, which holds private data."""
        identity = picture_id(self.request.id, index)
        return ProvenanceClaim(
            picture_id=identity,
            title=f"Generated picture {identity}",
            model_name=self.model_name,
            release_id=self.release_id,
            created_at=self.request.created_at,
            source_type=self.beginning.source_type,
            ingredients=self.beginning.ingredients,
            visible_label=wants_label(self.request.order.options),
        )


def _drawn(
    request: Request, beginning: Beginning, generator: ImageGenerator, wanted: Callable[[int], bool]
) -> Iterator[GeneratedPicture]:
    """The drafts one by one, for as long as they are wanted; raises ``NotWanted`` and ``WrongPictures``."""
    order = request.order
    for index, seed in enumerate(seeds_of(order.key, order.n)):
        wished = replace(order, prompt=request.prompt_of(index))
        draft = draw(wished, beginning, generator, seed)
        if not wanted(index + 1):
            raise NotWanted(request.id)
        yield draft
