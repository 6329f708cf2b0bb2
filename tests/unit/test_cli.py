"""Misuse ends in one sentence and exit code 2, failure in one sentence and exit code 1."""

import json
import logging
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

PROGRAM = Path(sys.executable).parent / "fairstock"


def _fairstock(
    *arguments: str, home: Path, stdin: str = "", **settings: str
) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "FAIRSTOCK_HOME": str(home), **settings, "COLUMNS": "300"}
    return subprocess.run(
        [PROGRAM, *arguments], env=environment, input=stdin, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("ingest", "/no/such/folder"), "/no/such/folder"),
        (("import", "openclipart", "/no/such/folder"), "/no/such/folder"),
        (("screen", "/no/such/file.png"), "/no/such/file.png"),
        (("generate", "a tree"), "--buyer"),
        (("generate", "a tree", "--buyer", "x", "--n", "11"), "--n"),
        (("nonsense",), "nonsense"),
        (("close", "2026-13"), "'2026-13' is not a month"),
        (("pay", "October"), "'October' is not a month"),
        (("statement", "2026-1", "ann"), "'2026-1' is not a month"),
    ],
)
def test_misuse_is_named(tmp_path: Path, arguments: tuple[str, ...], named: str) -> None:
    done = _fairstock(*arguments, home=tmp_path / "home")
    assert done.returncode == 2
    assert named in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "home" / "postgres").exists()


def test_the_version_is_told(tmp_path: Path) -> None:
    done = _fairstock("--version", home=tmp_path / "home")
    assert (done.returncode, done.stdout) == (0, f"fairstock {version('fairstock')}\n")


def test_a_folder_that_is_no_library_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("x")
    done = _fairstock("screen", str(tmp_path / "empty"), home=tmp_path / "home")
    assert done.returncode == 2


def test_a_database_that_is_down_is_one_sentence_and_a_failure(tmp_path: Path) -> None:
    done = _fairstock(
        "books", "check", home=tmp_path, FAIRSTOCK_DATABASE_URL="postgresql://nobody@127.0.0.1:9/none"
    )
    assert done.returncode == 1
    assert "127.0.0.1" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_home_that_cannot_be_made_is_one_sentence_and_a_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    done = _fairstock("books", "check", home=tmp_path / "file" / "home")
    assert done.returncode == 1
    assert "FAIRSTOCK_HOME" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_screening_a_text_file_and_a_marked_picture(tmp_path: Path) -> None:
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    (tmp_path / "note.png").write_text("no picture at all")
    marks = PngInfo()
    marks.add_text("parameters", "a cat\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 64x64")
    Image.new("RGB", (64, 64), "teal").save(tmp_path / "made.png", pnginfo=marks)
    paths = [str(tmp_path / name) for name in ("note.png", "made.png")]
    done = _fairstock("screen", *paths, "--json", home=tmp_path / "home")
    assert done.returncode == 0, done.stderr
    note, made = [json.loads(line) for line in done.stdout.splitlines()]
    assert (note["verdict"], note["reasons"]) == ("refused", ["not_an_image"])
    assert made["verdict"] == "reject"
    assert "generator_mark" in made["reasons"]
    assert not (tmp_path / "home" / "postgres").exists(), "the catalogue is not touched"


def test_brackets_in_an_error_are_not_read_as_markup(capsys: pytest.CaptureFixture[str]) -> None:
    from fairstock.cli.errors import spoken_errors
    from fairstock.kit.errors import NotFound

    with pytest.raises(SystemExit), spoken_errors():
        raise NotFound("There is no sale '[/b] [red]x'.")
    assert "There is no sale '[/b] [red]x'." in capsys.readouterr().err


def test_the_demo_shows_stages_in_bold_and_brackets_of_prompts_as_they_are() -> None:
    from rich.progress import Progress

    from fairstock.cli.demo import _show
    from fairstock.cli.main import console

    progress = Progress(console=console)
    bar = progress.add_task("", total=8)
    lines = ["Stage 1/7: Importing.", "Accepted “[/b] a tree”.", "Holds: All is well.", "x " * 200]
    with console.capture() as shown:
        for line in lines:
            _show(progress, bar, line)
    said = shown.get()
    assert "1/7 Importing. (0 s so far)" in said
    assert "Accepted “[/b] a tree”." in said
    assert "All is well" not in said
    assert said.rstrip().endswith("x …")


def test_a_flow_logs_what_went_wrong_without_its_trace() -> None:
    from fairstock.cli.flow import _without_trace
    from fairstock.kit.errors import BadInput

    error = BadInput("No %d is a month.")
    words, trace = "Encountered exception: %r", (BadInput, error, None)
    record = logging.LogRecord("prefect.flow_runs", logging.ERROR, "", 1, words, (error,), trace)
    assert _without_trace(record)
    assert logging.Formatter().format(record) == "No %d is a month."


def test_a_prompt_line_that_is_no_json_is_named(tmp_path: Path) -> None:
    from fairstock.cli.look import NotAPrompt, _prompt

    assert _prompt(1, b'{"id": 7, "prompt": "a tree"}') == (7, "a tree")
    for line in (b"{", b"[]", b'{"id": 1}', b"3", b"\xff"):
        with pytest.raises(NotAPrompt, match="Line 4"):
            _prompt(4, line)


@pytest.mark.parametrize("arguments", [("--help",), ("books", "check", "--help"), ("--version",)])
def test_a_reader_that_leaves_is_told_from_a_failure(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [PROGRAM, *arguments],
        env={**os.environ, "FAIRSTOCK_HOME": str(tmp_path)},
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (141, "")  # as other programs end there
