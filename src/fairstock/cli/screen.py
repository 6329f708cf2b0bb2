"""``fairstock screen``: what screening sees in files, without the catalogue."""

import json
import os
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from fairstock.bootstrap import App, get_app
from fairstock.cli.paths import Unread, files_under, read_file, shown
from fairstock.provenance.model import C2paReport
from fairstock.provenance.ports import C2paReader
from fairstock.screening.pixels.model import Sighting
from fairstock.screening.policy import shipped
from fairstock.screening.screen import screen as judge
from fairstock.upload.guard import DecodeGuard
from fairstock.upload.model import Inspection
from fairstock.upload.rules import refuse_size

if TYPE_CHECKING:
    from fairstock.adapters.forensic import ForensicPixels

console = Console(highlight=False, soft_wrap=True)
complaints = Console(stderr=True, highlight=False, soft_wrap=True)
_AHEAD = 3
"""Files in the air for each decoding process: one is decoded, one is read, one waits to be printed."""

Paths = Annotated[
    list[Path], typer.Argument(metavar="PATH", help="Pictures, and folders of pictures.", show_default=False)
]
Json = Annotated[
    bool, typer.Option("--json", help="One JSON object a file, on one line, as soon as it is known.")
]


@dataclass(frozen=True, slots=True)
class Looked:
    """One file behind the gate."""

    path: Path
    inspection: Inspection
    credentials: C2paReport | None
    pixels: Sighting | None
    seconds: float


def screen(paths: Paths, as_json: Json = False) -> None:
    """Say what screening sees in pictures, without touching the catalogue.

    Each line of --json has path, sha256, verdict (accept, request, review, reject; refused where the file is
    no picture or cannot be read), reasons, sentences, observations, ai_score (0 … 1, null where no picture
    could be opened), policy and seconds. Exit code: 0 when every path was read, whatever the verdicts;
    2 when one was not, after all others are done.
    """
    unread = 0
    try:
        for seen in _looked(get_app(), files_under(paths)):
            if isinstance(seen, Unread):
                unread += 1
                complaints.print(f"[bold red]fairstock:[/] {escape(str(seen))}")
            _say(_line(seen), as_json)
    except BrokenPipeError:  # the reader of our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(1) from None
    if unread:
        raise typer.Exit(2)


def _looked(app: App, found: Iterable[Path | Unread]) -> Iterator[Looked | Unread]:
    """Each file behind the gate, in order, a few at a time: memory does not grow with their number."""
    guard, reader, pixels = app.decode_guard, app.c2pa_reader, app.pixels
    with ThreadPoolExecutor(2 * guard.workers, thread_name_prefix="screen") as threads:
        waiting: deque[Future[Looked | Unread]] = deque()
        for each in found:
            waiting.append(threads.submit(_look, each, guard, reader, pixels))
            if len(waiting) >= _AHEAD * guard.workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _look(
    each: Path | Unread, guard: DecodeGuard, reader: C2paReader, pixels: "ForensicPixels"
) -> Looked | Unread:
    if isinstance(each, Unread):
        return each
    began = time.perf_counter()
    try:
        file = read_file(each, guard.limits.file_bytes)
    except Unread as unread:
        return unread
    if file.data is None:
        refusal = refuse_size(file.size, guard.limits)
        inspection = Inspection(file.sha256, file.size, None, 0, 0, refusal=refusal)
        return Looked(each, inspection, None, None, time.perf_counter() - began)
    (inspection,) = guard.inspect([file.data])
    credentials = reader.read(file.data, inspection.mime) if inspection.carries_c2pa else None
    sighting = next(iter(pixels.look([inspection])), None)
    return Looked(each, inspection, credentials, sighting, time.perf_counter() - began)


def _line(seen: Looked | Unread) -> dict[str, Any]:
    """What is printed about one file."""
    if isinstance(seen, Unread):
        return {
            "path": str(seen.path),
            "sha256": None,
            "verdict": "refused",
            "reasons": [seen.code],
            "sentences": [seen.sentence],
            "observations": [],
            "ai_score": None,
            "policy": shipped().version,
            "seconds": 0.0,
        }
    began = time.perf_counter()
    inspection = seen.inspection
    report = judge(inspection, refusal=inspection.refusal, credentials=seen.credentials, pixels=seen.pixels)
    return {
        "path": str(seen.path),
        "sha256": report.sha256,
        "verdict": report.outcome,
        "reasons": list(report.reasons),
        "sentences": list(report.sentences),
        "observations": [asdict(each) for each in report.observations],
        "ai_score": report.ai_score,
        "policy": report.policy_version,
        "seconds": round(seen.seconds + time.perf_counter() - began, 3),
    }


def _say(line: dict[str, Any], as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(line, default=str, allow_nan=False) + "\n")
        sys.stdout.flush()
        return
    console.print(f"[bold]{escape(shown(Path(line['path'])))}[/]: {line['verdict']}")
    for sentence in line["sentences"]:
        console.print(f"    {sentence}", markup=False)
