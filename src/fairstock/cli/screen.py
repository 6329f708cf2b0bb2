"""``fairstock screen``: what screening sees in files, without the catalogue."""

import json
import os
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from fairstock.bootstrap import App, get_app
from fairstock.cli.paths import Unread, files_under, read_file, shown
from fairstock.screening.examine import Examiner, Words
from fairstock.screening.policy import shipped
from fairstock.screening.screen import Report, report
from fairstock.upload.guard import DecodeGuard
from fairstock.upload.manifest import NAME, BadManifest, read_manifest
from fairstock.upload.model import Inspection
from fairstock.upload.rules import refuse_size

console = Console(highlight=False, soft_wrap=True)
complaints = Console(stderr=True, highlight=False, soft_wrap=True)
_AHEAD = 3
"""Files in the air for each decoding process: one is decoded, one is read, one waits to be printed."""
_HINT = (
    "fairstock: pixels are judged by the weaker model; `fairstock screening tower` fetches the better one."
)

Paths = Annotated[
    list[Path], typer.Argument(metavar="PATH", help="Pictures, and folders of pictures.", show_default=False)
]
Json = Annotated[
    bool, typer.Option("--json", help="One JSON object a file, on one line, as soon as it is known.")
]


@dataclass(frozen=True, slots=True)
class Looked:
    """One file after all looks."""

    path: Path
    report: Report
    seconds: float


def screen(paths: Paths, as_json: Json = False) -> None:
    """Say what screening sees in pictures, without touching the catalogue.

    Each line of --json has path, sha256, verdict (accept, request, review, reject; refused where the file is
    no picture or cannot be read), reasons, sentences, observations, ai_score (0 … 1, null where no picture
    could be opened), policy and seconds. Exit code: 0 when every path was read, whatever the verdicts;
    2 when one was not, after all others are done. Where a named folder has an uploads.csv, its titles,
    keywords, descriptions and releases are looked at with the files; it is read, not screened.
    """
    unread, said = 0, list(_said(paths))
    known = dict(each for each in said if not isinstance(each, Unread))
    bad = {each.path: each for each in said if isinstance(each, Unread)}
    app = get_app()
    if app.pixels.tower is None:
        complaints.print(_HINT)
    try:
        for seen in _looked(app, _pictures(paths, bad), known):
            if isinstance(seen, Unread):
                unread += 1
                complaints.print(f"[bold red]fairstock:[/] {escape(str(seen))}")
            _say(_line(seen), as_json)
    except BrokenPipeError:  # the reader of our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(1) from None
    if unread:
        raise typer.Exit(2)


def _looked(
    app: App, found: Iterable[Path | Unread], said: Mapping[Path, Words]
) -> Iterator[Looked | Unread]:
    """Each file after all looks, in order, a few at a time: memory does not grow with their number."""
    guard, examiner = app.decode_guard, app.examiner
    with ThreadPoolExecutor(2 * guard.workers, thread_name_prefix="screen") as threads:
        waiting: deque[Future[Looked | Unread]] = deque()
        for number, each in enumerate(found):
            if number == 0:  # what most pictures need, part beside part instead of one after the other
                for load in (app.features.prepare, app.pixels.prepare, guard.start):
                    threads.submit(load)
            waiting.append(threads.submit(_look, each, guard, examiner, said))
            if len(waiting) >= _AHEAD * guard.workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _look(
    each: Path | Unread, guard: DecodeGuard, examiner: Examiner[Inspection], said: Mapping[Path, Words]
) -> Looked | Unread:
    if isinstance(each, Unread):
        return each
    began = time.perf_counter()
    try:
        file = read_file(each, guard.limits.file_bytes)
    except Unread as unread:
        return unread
    if file.data is None:
        made = report(file.sha256, (), refuse_size(file.size, guard.limits))
    else:
        (seen,) = examiner.examine([file.data], [said.get(each.resolve(), Words())])
        made = report(seen.file.sha256, seen.observations, seen.file.refusal)
    return Looked(each, made, time.perf_counter() - began)


def _pictures(paths: Sequence[Path], bad: Mapping[Path, Unread]) -> Iterator[Path | Unread]:
    """What is to be screened; a folder's own list of files is no picture, and is told of if it is bad."""
    lists = {folder / NAME for folder in paths}
    for each in files_under(paths):
        if not isinstance(each, Path) or each not in lists:
            yield each
        elif each in bad:
            yield bad[each]


def _said(paths: Iterable[Path]) -> Iterator[tuple[Path, Words] | Unread]:
    """The words that an ``uploads.csv`` in a named folder has about its files."""
    for folder in paths:
        if not (folder / NAME).is_file():
            continue
        try:
            lines = read_manifest(folder, "nobody")
        except BadManifest as error:
            yield Unread(folder / NAME, "bad_manifest", f"cannot be followed: {error.problem}", "correct it")
            continue
        for line in lines:
            words = Words(
                {"title": [line.title], "keywords": line.keywords, "description": [line.description]},
                (line.contributor,),
                line.model_release,
            )
            yield Path(line.path), words


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
    return {
        "path": str(seen.path),
        "sha256": seen.report.sha256,
        "verdict": seen.report.outcome,
        "reasons": list(seen.report.reasons),
        "sentences": list(seen.report.sentences),
        "observations": [asdict(each) for each in seen.report.observations],
        "ai_score": seen.report.ai_score,
        "policy": seen.report.policy_version,
        "seconds": round(seen.seconds, 3),
    }


def _say(line: dict[str, Any], as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(line, default=str, allow_nan=False) + "\n")
        sys.stdout.flush()
        return
    console.print(f"[bold]{escape(shown(Path(line['path'])))}[/]: {line['verdict']}")
    for sentence in line["sentences"]:
        console.print(f"    {sentence}", markup=False)
