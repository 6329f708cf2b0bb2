"""Screening one file without a catalogue."""

from __future__ import annotations

import pytest
from factories.files import A1111, encoded, png, scene, text

from fairstock.provenance.model import C2paReport, C2paState
from fairstock.screening.screen import screen
from fairstock.upload.guard import DecodeGuard

PLAIN = encoded(scene(1), "PNG")
MARKED = png(scene(1), text("parameters", A1111))


@pytest.mark.parametrize(
    ("data", "outcome", "reasons"),
    [
        (PLAIN, "accept", []),
        (MARKED, "reject", ["generator_mark"]),
        (MARKED[:300] + bytes(200), "refused", ["unreadable"]),
        (b"just words", "refused", ["not_an_image"]),
    ],
)
def test_the_report_says_what_the_file_shows(
    guard: DecodeGuard, data: bytes, outcome: str, reasons: list[str]
) -> None:
    seen = guard.inspect([data])[0]
    report = screen(seen, refusal=seen.refusal)
    assert (report.sha256, report.outcome, report.reasons) == (seen.sha256, outcome, reasons)
    assert len(report.sentences) == len(reasons)
    assert report.policy_version


def test_a_damaged_file_is_refused_and_its_mark_still_named(guard: DecodeGuard) -> None:
    whole = PLAIN[:33] + text("parameters", A1111) + PLAIN[33:400]
    seen = guard.inspect([whole])[0]
    report = screen(seen, refusal=seen.refusal)
    assert (report.outcome, report.reasons) == ("refused", ["unreadable", "generator_mark"])


def test_credentials_are_counted(guard: DecodeGuard) -> None:
    credentials = C2paReport(C2paState.TRUSTED, generators=("ChatGPT",), generated=True)
    report = screen(guard.inspect([PLAIN])[0], credentials=credentials)
    assert report.reasons == ["c2pa_generated"]
    assert "ChatGPT" in report.sentences[0]
    absent = screen(guard.inspect([PLAIN])[0], credentials=C2paReport(C2paState.ABSENT))
    assert absent.observations == []
