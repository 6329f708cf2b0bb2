"""Use case: make the pictures of a request and put them, marked and signed, into the object store.

Touches no database, so that no transaction is open while a model works.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

from PIL import Image

from fairstock.asset.model import Fingerprint, LocalFeatures
from fairstock.asset.rules import fingerprint
from fairstock.generation.drawing import Beginning, begin, draw, picture_in
from fairstock.generation.finish import MIME, file_of, marked_picture, wants_label
from fairstock.generation.model import FinishedPicture, GeneratedPicture, Request
from fairstock.generation.ports import ImageFeatures, ImageGenerator
from fairstock.generation.rules import BadSize, picture_id, seeds_of
from fairstock.kit.errors import Failure
from fairstock.kit.objects import ObjectStore
from fairstock.moderation.pictures import PictureScreen, check_made, check_references
from fairstock.provenance.model import House, ProvenanceClaim
from fairstock.provenance.ports import Signer, Watermark
from fairstock.screening import local
from fairstock.upload.picture import shrunk

_THREADS = 2
"""Of each kind: some mark and sign pictures, some look at them, all while the next one is drawn."""


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
    # Who finishes waits for who looks and never the other way round, so the two have threads of their own.
    with (
        ThreadPoolExecutor(_THREADS, thread_name_prefix="look") as looking,
        ThreadPoolExecutor(_THREADS, thread_name_prefix="finish") as finishing,
    ):
        finisher = _Finisher(
            request, generator.release_id, model_name, beginning, signer, watermark, features, objects, house,
            looking,
        )  # fmt: skip
        waiting = []
        for index, draft in enumerate(_drawn(request, beginning, generator, wanted)):
            picture = picture_in(draft, order.size, generator.release_id)
            check = looking.submit(check_made, screen, [picture]) if screen is not None else None
            waiting.append(finishing.submit(finisher.finished, index, draft, picture, check))
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
    looking: Executor

    def finished(
        self, index: int, draft: GeneratedPicture, picture: Image.Image, check: Future[None] | None
    ) -> FinishedPicture:
        """The picture marked, signed and stored; nothing is stored of one that ``check`` withholds."""
        canvas = self.beginning.canvas
        inside = canvas.hole if canvas else None
        marked = marked_picture(picture, self._claim(index), self.watermark, inside=inside)
        looks = self.looking.submit(self._looks, marked.picture)
        data = file_of(marked, self.signer, self.house)
        if check is not None:
            check.result()
        sha256 = self.objects.put(data)
        prints, vector, parts = looks.result()
        return FinishedPicture(
            index=index,
            sha256=sha256,
            mime=MIME,
            width=marked.picture.width,
            height=marked.picture.height,
            bytes=len(data),
            seed=draft.seed,
            attempts=draft.attempts,
            retrieved=draft.retrieved,
            nearest_sha256=draft.nearest_sha256,
            nearest_similarity=draft.nearest_similarity,
            fingerprint=prints,
            embedding=vector,
            embedding_version=self.features.version,
            mark=marked.mark,
            local=parts,
        )

    def _looks(self, picture: Image.Image) -> tuple[Fingerprint, tuple[float, ...], LocalFeatures]:
        """What the picture is found by: perceptual hashes, its features as a unit vector, and its parts."""
        (vector,) = self.features.embed([picture])
        return fingerprint(picture), tuple(vector.tolist()), local.look_at_one(shrunk(picture))

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
        yield draw(wished, beginning, generator, seed)
        if not wanted(index + 1):  # asked while the picture is being finished
            raise NotWanted(request.id)
