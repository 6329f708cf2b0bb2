"""The guard: hostile files cost a process, never the caller, and honest ones come out as one plain
picture.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest
from factories.files import encoded, png, scene
from PIL import Image

from fairstock.adapters.demo_uploads.hostile import hostile_files
from fairstock.upload.guard import DecodeGuard, DecoderMissing
from fairstock.upload.model import Limits, RefusalCode

HOSTILE = {
    "truncated.jpg": RefusalCode.UNREADABLE,
    "bomb_of_pixels.png": RefusalCode.TOO_LARGE,
    "bomb_of_text.png": RefusalCode.TOO_MUCH_METADATA,
    "a_text.png": RefusalCode.NOT_AN_IMAGE,
    "a_drawing.svg": RefusalCode.UNSUPPORTED_FORMAT,
}
GOOD = encoded(scene(1), "PNG")
FAKE = """
import os, signal, sys, time
sys.path[:0] = {path!r}
from fairstock.upload.frames import read_frame, write_frame
write_frame(sys.stdout.buffer, {{"ready": True}})
while (frame := read_frame(sys.stdin.buffer)) is not None:
    {action}
"""


def worker_that(tmp_path: Path, action: str) -> list[str]:
    """The command of a decoding process that does something else with every file."""
    script = tmp_path / "worker.py"
    script.write_text(FAKE.format(path=sys.path, action=action), encoding="utf-8")
    return [sys.executable, str(script)]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_by_name(guard: DecodeGuard, name: str) -> None:
    seen = guard.inspect([hostile_files()[name]])[0]
    assert seen.refusal is not None
    assert seen.refusal.code is HOSTILE[name]
    assert seen.picture is None


def test_a_hostile_file_does_not_touch_its_neighbours(guard: DecodeGuard) -> None:
    files = [GOOD, *hostile_files().values(), GOOD]
    seen = guard.inspect(files)
    assert [each.refusal is None for each in seen] == [True, *[False] * len(HOSTILE), True]


@pytest.mark.timeout(120)  # the process would hang for ten minutes
def test_a_process_that_hangs_is_ended_and_replaced(tmp_path: Path) -> None:
    command = worker_that(tmp_path, "time.sleep(600)")
    with DecodeGuard(Limits(wall_seconds=1.0), workers=1, command=command) as guard:
        first, second = guard.inspect([GOOD, GOOD])
        assert guard.respawned == 2
    for seen in (first, second):
        assert seen.refusal is not None
        assert seen.refusal.code is RefusalCode.DECODE_LIMIT
        assert "time" in seen.refusal.sentence


def test_a_process_that_burns_its_time_is_ended_by_the_system(tmp_path: Path) -> None:
    burn = "import resource; resource.setrlimit(resource.RLIMIT_CPU, (1, 100))\n    while True: pass"
    with DecodeGuard(Limits(wall_seconds=60), workers=1, command=worker_that(tmp_path, burn)) as guard:
        seen = guard.inspect([GOOD])[0]
    assert seen.refusal is not None
    assert seen.refusal.code is RefusalCode.DECODE_LIMIT


def test_a_process_that_dies_costs_one_file(tmp_path: Path) -> None:
    command = worker_that(tmp_path, "os.kill(os.getpid(), signal.SIGSEGV)")
    with DecodeGuard(workers=1, command=command) as guard:
        seen = guard.inspect([GOOD])[0]
    assert seen.refusal is not None
    assert seen.refusal.code is RefusalCode.UNREADABLE


@pytest.mark.parametrize(
    "answer",
    [
        '{"texts": []}',
        '{"texts": [], "c2pa": 0, "size": [1, 1], "picture": [9, 9], "corner": None}, b"x", b""',
        '{"texts": [1], "c2pa": 0}',
        '{"texts": [], "c2pa": 0, "size": [1, 1], "picture": [1, 1], "corner": [50, 50]}, b"xxx", b"x"',
    ],
)
def test_answers_without_sense_are_not_believed(tmp_path: Path, answer: str) -> None:
    command = worker_that(tmp_path, f"write_frame(sys.stdout.buffer, {answer})")
    with DecodeGuard(workers=1, command=command) as guard:
        seen = guard.inspect([GOOD])[0]
    assert seen.refusal is not None
    assert seen.refusal.code is RefusalCode.UNREADABLE


def test_more_memory_than_allowed_is_refused() -> None:
    """A picture of 49 megapixels from a file of 50 kB does not fit into what this guard's processes may
    have.
    """
    big = encoded(Image.new("RGB", (7000, 7000), "red"), "PNG")
    with DecodeGuard(Limits(memory_bytes=350 * 2**20), workers=1) as guard:
        seen, after = guard.inspect([big, GOOD])
    assert seen.refusal is not None
    assert seen.refusal.code is RefusalCode.DECODE_LIMIT
    assert "memory" in seen.refusal.sentence
    assert after.refusal is None


def test_the_process_sees_no_secrets_and_dies_with_its_parent(guard: DecodeGuard) -> None:
    guard.inspect([GOOD])
    children = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    pids = {pid for file in children for pid in file.read_text().split()}
    workers = [pid for pid in pids if b"fairstock.upload.worker" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    assert workers
    for pid in workers:
        environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\x00")
        names = {line.partition(b"=")[0] for line in environment if line}
        assert names <= {b"PYTHONPATH", b"OMP_NUM_THREADS", b"OPENBLAS_NUM_THREADS"}


def test_processes_can_be_started_before_the_first_file() -> None:
    with DecodeGuard(workers=2) as guard:
        before = psutil.Process().children()
        guard.start()
        guard.start()  # those that run stay
        assert len(psutil.Process().children()) == len(before) + 2
        assert guard.inspect([GOOD])[0].refusal is None
        assert len(psutil.Process().children()) == len(before) + 2


def test_a_worker_that_cannot_start_says_so() -> None:
    with (
        DecodeGuard(workers=1, command=[sys.executable, "-c", "raise SystemExit(3)"]) as guard,
        pytest.raises(DecoderMissing, match="exit code 3"),
    ):
        guard.inspect([GOOD])


def test_marks_are_read_from_damaged_files_too(guard: DecodeGuard) -> None:
    from factories.files import A1111, text

    whole = png(scene(1))
    damaged = whole[:33] + text("parameters", A1111) + whole[33:400]
    seen = guard.inspect([damaged])[0]
    assert seen.refusal is not None
    assert [entry.key for entry in seen.texts] == ["parameters"]
