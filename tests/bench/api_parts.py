"""Where the time of a request for one picture goes, apart from drawing it: every step by itself.

Looking at the picture and marking it go on side by side, and so do writing the file and the features, so the
sum is more than a buyer waits for. What is missing here are HTTP, the two notifications and Prefect's task.
"""

import statistics
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from fairstock.access import store as calls
from fairstock.access.model import ApiKey, Ask
from fairstock.asset.rules import fingerprint
from fairstock.bootstrap import App
from fairstock.fund.sell import sell
from fairstock.generation.drawing import picture_in
from fairstock.generation.finish import MIME, file_of, marked_picture
from fairstock.generation.fulfil import fulfil
from fairstock.generation.model import FinishedPicture, GeneratedPicture
from fairstock.generation.rules import sale_key
from fairstock.kit.ids import new_id
from fairstock.moderation.pictures import check_made
from fairstock.provenance.model import House, ProvenanceClaim
from fairstock.training.register import known_release
from fairstock.web.api.asks import Endpoint, Wanted
from fairstock.web.api.making import place
from fairstock.web.api.references import Stored
from fairstock.web.ordering import decision_on

ROUNDS = 15
Times = dict[str, list[tuple[float, float]]]


def parts(app: App, key: ApiKey, prompt: str, size: int) -> Iterator[str]:
    """Median and least milliseconds of each step, wall and processor time, all threads; no worker runs."""
    taken: Times = defaultdict(list)
    (draft,) = app.generator.generate(prompt, [1], size)
    with app.transaction() as conn:
        known_release(conn, app.generator.release_id, app.clock)
    for number in range(ROUNDS + 1):
        if number == 1:
            taken.clear()  # the first round loads models and plans statements
        _once(app, key, Wanted(Endpoint.generations, prompt, 1, size, True, None), draft, taken)
    for step, times in taken.items():
        walls, processors = ([1000 * each for each in column] for column in zip(*times, strict=True))
        usual = f"{statistics.median(walls):.1f} / {statistics.median(processors):.1f}"
        yield f"  {step}: {usual} ms, least {min(walls):.1f} / {min(processors):.1f} ms"


def _once(app: App, key: ApiKey, wanted: Wanted, draft: GeneratedPicture, taken: Times) -> None:
    with app.transaction() as conn, _step(taken, "prompt moderation (a part of the next)"):
        decision_on(app, conn, wanted.prompt)
    with _step(taken, "call let in, recorded, queued"):
        ask = Ask(wanted.endpoint.value, wanted.digest, 1, new_id("bench"), 0)
        placed = place(app, key, wanted, Stored(), ask)
    finished = _finished(app, placed.request.id, wanted, draft, taken)
    with ExitStack() as whole, app.transaction() as conn:
        with _step(taken, "entry in the catalogue"):
            release = app.generator.release_id
            ids = fulfil(conn, placed.request.id, [finished], release_id=release, clock=app.clock)
        with _step(taken, "license sold, call charged"):
            sale = sell(
                conn,
                key=sale_key(ids[0]),
                asset_id=ids[0],
                buyer_id=key.buyer_id,
                size=wanted.size,
                clock=app.clock,
            )
            calls.charge(conn, placed.call.id, sale.price, app.clock.now())
        whole.enter_context(_step(taken, "commit, on the disk"))


def _finished(
    app: App, request_id: str, wanted: Wanted, draft: GeneratedPicture, taken: Times
) -> FinishedPicture:
    release = app.generator.release_id
    claim = ProvenanceClaim(new_id("bench"), "Bench", "house model", release, app.clock.now())
    with _step(taken, "drawing decoded"):
        picture = picture_in(draft, wanted.size, release)
    with _step(taken, "nudity"):
        check_made(app.picture_screen, [picture])
    with _step(taken, "watermark"):
        marked = marked_picture(picture, claim, app.watermark)
    with _step(taken, "PNG, XMP, signature"):
        data = file_of(marked, app.signer, House())
    with _step(taken, "into the object store"):
        digest = app.objects.put(data)
    with _step(taken, "features"):
        (vector,) = app.features.embed([marked.picture])
    with _step(taken, "hashes"):
        prints = fingerprint(marked.picture)
    edge, kept = wanted.size, ("seed", "attempts", "retrieved", "nearest_sha256", "nearest_similarity")
    return FinishedPicture(
        index=0, sha256=digest, mime=MIME, width=edge, height=edge, bytes=len(data), fingerprint=prints,
        embedding=tuple(vector.tolist()), embedding_version=app.features.version, mark=marked.mark,
        **{name: getattr(draft, name) for name in kept},
    )  # fmt: skip


@contextmanager
def _step(taken: Times, name: str) -> Iterator[None]:
    wall, processor = time.perf_counter(), time.process_time()
    yield
    taken[name].append((time.perf_counter() - wall, time.process_time() - processor))
