"""What the process that opens hostile files can reach, and that content credentials are read inside it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
from factories.files import encoded, scene

from fairstock.adapters.c2pa_reader import C2paFileReader
from fairstock.adapters.c2pa_signer import C2paSigner
from fairstock.adapters.confined import ConfinedC2paReader, open_guard
from fairstock.adapters.dev_keys import SigningKeys, make_chain
from fairstock.provenance.model import C2paState
from fairstock.upload.guard import DecodeGuard
from fairstock.upload.model import Limits, Refusal, RefusalCode
from tests.contracts.test_c2pa import CLAIM, HOUSE

TRIES = """
import json, socket, sys
sys.path[:0] = {path!r}
from pathlib import Path
from fairstock.upload import worker

def attempt(files, words, limits):
    results = {{}}
    for name, action in {{
        "file": lambda: open("/etc/hostname"),
        "write": lambda: Path({place!r}, "x").write_bytes(b"x"),
        "socket": lambda: socket.socket(),
        "memory": lambda: bytearray(limits.memory_bytes),
    }}.items():
        try:
            action()
            results[name] = "done"
        except (OSError, MemoryError) as error:
            results[name] = type(error).__name__
    return results, []

worker.main({{"attempt": attempt}})
"""


@pytest.fixture(scope="module")
def guard() -> Iterator[DecodeGuard]:
    with open_guard() as running:
        yield running


@pytest.fixture(scope="module")
def keys() -> SigningKeys:
    return make_chain()


def test_a_confined_process_opens_neither_file_nor_socket(tmp_path: Path) -> None:
    script = tmp_path / "attempt.py"
    script.write_text(TRIES.format(path=sys.path, place=str(tmp_path)), encoding="utf-8")
    with DecodeGuard(Limits(memory_bytes=2**30), 1, [sys.executable, str(script)]) as guard:
        answer = guard.ask({"want": "attempt"})
    assert isinstance(answer, tuple)
    assert answer[0].pop("seconds") >= 0
    assert answer[0] == {"file": "OSError", "write": "OSError", "socket": "OSError", "memory": "MemoryError"}


def test_credentials_read_inside_are_those_read_outside(guard: DecodeGuard, keys: SigningKeys) -> None:
    data = C2paSigner(keys, house=HOUSE).sign(encoded(scene(1), "PNG"), "image/png", CLAIM)
    for anchors in (b"", keys.root_pem):
        inside = ConfinedC2paReader(guard, lambda anchors=anchors: anchors).read(data, "image/png")
        assert inside == C2paFileReader(anchors).read(data, "image/png")
    assert inside.state is C2paState.TRUSTED
    assert inside.generated
    altered = data[:-30] + bytes([data[-30] ^ 1]) + data[-29:]
    reader = ConfinedC2paReader(guard, lambda: keys.root_pem)
    assert reader.read(altered, "image/png") == C2paFileReader(keys.root_pem).read(altered, "image/png")
    assert reader.read(b"no picture", "image/png").state is C2paState.UNREADABLE


FAKE = """
import os, sys
sys.path[:0] = {path!r}
from fairstock.upload import worker
worker.main({{"c2pa": lambda files, words, limits: {answer}}})
"""


@pytest.mark.parametrize(
    "answer", ["os.abort()", "({'state': 'trusted'}, [])", "({'state': 7}, [])", "1 / 0"]
)
def test_a_reader_that_breaks_down_or_lies_costs_no_more_than_its_process(
    tmp_path: Path, answer: str
) -> None:
    script = tmp_path / "fake.py"
    script.write_text(FAKE.format(path=sys.path, answer=answer), encoding="utf-8")
    with DecodeGuard(workers=1, command=[sys.executable, str(script)]) as guard:
        report = ConfinedC2paReader(guard, lambda: b"").read(b"x", "image/png")
    assert report.state is C2paState.UNREADABLE
    assert report.evidence
    assert json.dumps(asdict(report), default=str)


SPIN = """
import sys
sys.path[:0] = {path!r}
from fairstock.upload import worker

def spin(files, words, limits):
    while True:
        pass

worker.main({{"spin": spin}})
"""


@pytest.mark.timeout(200)
def test_processor_time_ends_with_the_process_and_the_next_file_has_another(tmp_path: Path) -> None:
    script = tmp_path / "spin.py"
    script.write_text(SPIN.format(path=sys.path), encoding="utf-8")
    limits = Limits(cpu_seconds=0, wall_seconds=120)
    with DecodeGuard(limits, 1, [sys.executable, str(script)]) as guard:
        answer = guard.ask({"want": "spin"})
        (after,) = guard.inspect([encoded(scene(1), "PNG")])
        assert guard.respawned == 1
    assert isinstance(answer, Refusal)
    assert answer.code is RefusalCode.DECODE_LIMIT
    assert "time" in answer.sentence
    assert after.refusal is None
