"""The layers, checked by import-linter itself, and a bound on how large a file may grow."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent
CODE = sorted([*ROOT.glob("src/fairstock/**/*.py"), *ROOT.glob("flows/*.py")])


def test_contracts_of_the_layers_hold() -> None:
    linter = Path(sys.executable).parent / "lint-imports"
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    done = subprocess.run(
        [linter, "--config", "importlinter.toml", "--no-cache"],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_package_is_named_in_the_contract_of_layers() -> None:
    contract = (ROOT / "importlinter.toml").read_text()
    packages = {p.parent.name for p in (ROOT / "src/fairstock").glob("*/__init__.py")}
    assert {name for name in packages if name not in contract} == set()


def test_no_file_outgrows_one_thing() -> None:
    too_long = {str(p.relative_to(ROOT)): n for p in CODE if (n := len(p.read_text().splitlines())) > 260}
    assert too_long == {}


def test_no_two_files_of_tests_share_a_name() -> None:
    """The folders of tests are no packages, so pytest can only tell them by their files' names."""
    names = Counter(path.name for path in ROOT.glob("tests/**/test_*.py"))
    assert [name for name, count in names.items() if count > 1] == []
