"""Run every bench and print its figures: `make bench`. RESULTS.md keeps what it printed, with the date."""

import os
import platform
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from fairstock.bootstrap import get_app
from fairstock.db import embedded
from tests.bench import api, close, flow, generation, ledger, moderation, screening


def main() -> None:
    """Each bench works in a home of its own, which is removed afterwards."""
    sys.stdout.write(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, {platform.platform()}\n"
    )
    for bench in (ledger, close, moderation, screening, flow, generation, api):
        with TemporaryDirectory(prefix="fairstock-bench-") as home:
            os.environ["FAIRSTOCK_HOME"] = home
            get_app.cache_clear()  # flows that a bench calls find this home
            for line in bench.run(home):
                sys.stdout.write(f"{bench.__name__.rsplit('.', 1)[-1]:<12} {line}\n")
                sys.stdout.flush()
            embedded.stop(Path(home) / "postgres")  # before its folder goes


main()
