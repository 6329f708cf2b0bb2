"""The documents are complete: what exists is described, and what is described exists."""

import re
import tomllib
from pathlib import Path

import pytest
from typer.main import get_command

from fairstock.cli.flow import FLOWS
from fairstock.cli.main import app
from fairstock.settings import Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
FLOW_FILES = sorted(p.stem for p in (ROOT / "flows").glob("*.py") if not p.stem.startswith("_"))


def test_readme_is_short() -> None:
    assert len(README.splitlines()) < 200


@pytest.mark.parametrize("flow", FLOW_FILES)
def test_every_flow_is_deployed_listed_and_described(flow: str) -> None:
    assert flow in FLOWS
    assert f"flows/{flow}.py:{flow}" in (ROOT / "deploy/prefect.yaml").read_text(encoding="utf-8")
    assert f"`{flow}`" in README
    assert (ROOT / "flows" / f"{flow}.py").read_text(encoding="utf-8").startswith('"""')


@pytest.mark.parametrize("field", sorted(Settings.model_fields))
def test_every_setting_is_in_the_readme(field: str) -> None:
    assert f"FAIRSTOCK_{field.upper()}" in README


def test_commands_that_the_readme_shows_exist() -> None:
    shown = set(re.findall(r"^\.venv/bin/fairstock ([a-z]+)", README, re.MULTILINE))
    assert shown
    assert shown <= set(get_command(app).commands)  # type: ignore[attr-defined]


def test_make_targets_that_the_readme_shows_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"\bmake ([a-z]+)", README):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_every_package_says_what_it_is() -> None:
    silent = [
        str(init.parent.name)
        for init in (ROOT / "src/fairstock").glob("**/__init__.py")
        if not init.read_text(encoding="utf-8").lstrip().startswith('"""')
    ]
    assert silent == []


def test_lock_pins_torch_exactly_and_holds_every_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["dev"]
    names = {re.split(r"[\[<>=]", line)[0].lower().replace("_", "-") for line in wanted}
    pins = dict(
        line.split("==") for line in (ROOT / "requirements.lock").read_text().splitlines() if "==" in line
    )
    assert names - set(pins) == set()
    assert pins["torch"] == "2.13.0"
