"""The whole marketplace on one machine: PostgreSQL, a Prefect server, all deployments and the pages."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table

from fairstock.bootstrap import App, get_app
from fairstock.kit.errors import Failure
from fairstock.process import let_give_way, on_signals
from fairstock.web.children import Children, check_port, wait_for_page
from fairstock.web.demo_people import demo_people

HOST = "127.0.0.1"
START_SECONDS = 300
"""How long each part may take to answer; the Prefect server needs 10 s, on a busy machine minutes."""


class NoDeployments(Failure):
    """The script that serves the flows is not where it should be."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"There is no {path}, which serves the flows.",
            remedy="run `fairstock up` in a checkout, or set FAIRSTOCK_DEPLOY to its deploy folder",
        )


def run(*, port: int = 8420, prefect_port: int = 4200, console: Console | None = None) -> None:
    """Start everything, print where it is, and stay until Ctrl-C; then stop everything.

    Raises ``PortTaken``, ``NoDeployments``, ``ChildEnded`` and what the database raises.
    """
    console = console or Console(highlight=False)
    check_port(HOST, port, "--port")
    check_port(HOST, prefect_port, "--prefect-port")
    app = get_app()
    with Children(app.home / "logs") as children, _interrupts():
        try:
            _start(app, children, console, port, prefect_port)
            _announce(app, console, port, prefect_port)
            children.watch()
        except KeyboardInterrupt:
            console.print("Stopping …")


def _start(app: App, children: Children, console: Console, port: int, prefect_port: int) -> None:
    serve = deploy_folder() / "serve.py"
    if not serve.is_file():
        raise NoDeployments(serve)
    app.keyring.prepare(stamps=False)
    with _stage(console, "database"):
        assert app.engine  # noqa: S101  # made, and migrated, at its first use
    environment = _environment(app, port, prefect_port)
    api = environment["PREFECT_API_URL"]
    with _stage(console, "Prefect server"):
        prefect = ["-m", "prefect", "server", "start", "--host", HOST, "--port", str(prefect_port)]
        server = children.start("prefect", prefect, environment)
        let_give_way("prefect server")
        wait_for_page(f"{api}/health", server, START_SECONDS)
    with _stage(console, "web pages"):
        uvicorn = [
            "-m",
            "uvicorn",
            "--factory",
            "fairstock.web.asgi:make",
            "--host",
            HOST,
            "--port",
            str(port),
        ]
        pages = children.start("web", [*uvicorn, "--no-access-log"], environment)
        wait_for_page(f"http://{HOST}:{port}/sign-in", pages, START_SECONDS)
    with _stage(console, "flows"):
        flows = children.start("flows", [str(serve)], environment)
        flows.wait_for_line("deployments ready", START_SECONDS)
    with _stage(console, "model"):
        model = children.start("model", ["-m", "fairstock", "worker"], environment)
        model.wait_for_line("Ready: the model", START_SECONDS)


@contextmanager
def _stage(console: Console, what: str) -> Iterator[None]:
    """A spinner while a part starts, and a line when it runs."""
    begun = time.monotonic()
    with console.status(f"Starting the {what} …"):
        yield
    console.print(
        f"The {what} {'are' if what.endswith('s') else 'is'} up ({time.monotonic() - begun:.0f} s)."
    )


def deploy_folder() -> Path:
    """The folder ``deploy`` of the checkout, or what FAIRSTOCK_DEPLOY names."""
    named = os.environ.get("FAIRSTOCK_DEPLOY")
    return Path(named) if named else Path(__file__).resolve().parents[3] / "deploy"


def _environment(app: App, port: int, prefect_port: int) -> dict[str, str]:
    """What every part runs with: one home, one database, one Prefect server, no telemetry."""
    root = deploy_folder().parent
    paths = [str(root / "src"), str(root), os.environ.get("PYTHONPATH", "")]
    return {
        "FAIRSTOCK_PUBLIC_URL": f"http://{HOST}:{port}",
        **os.environ,
        "FAIRSTOCK_HOME": str(app.home),
        "FAIRSTOCK_DATABASE_URL": app.database_url,
        "PREFECT_API_URL": f"http://{HOST}:{prefect_port}/api",
        "PREFECT_HOME": str(app.home / "prefect"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
    }


def _announce(app: App, console: Console, port: int, prefect_port: int) -> None:
    console.print(f"\n[bold]Pages[/]           http://{HOST}:{port}")
    console.print(f"[bold]Prefect server[/]  http://{HOST}:{prefect_port}")
    console.print(f"[bold]Data and logs[/]   {app.home}\n")
    people = []
    if app.settings.invented_money:  # elsewhere nobody's password is tried
        with app.transaction() as conn:
            people = demo_people(conn)
    if people:
        table = Table(title="Sign in as", title_justify="left", box=None, pad_edge=False)
        for heading in ("Name", "Password", "Who", "Role"):
            table.add_column(heading)
        for one in people:
            table.add_row(one.handle, one.password, one.name, one.what)
        console.print(table)
        console.print("All money is invented; the authors' names and works are real.")
    else:
        console.print(
            "For works, sales and people to sign in as, run `make demo` once; or see `fairstock people`."
        )
    console.print("\nPress Ctrl-C to stop everything.")
    sys.stdout.flush()


@contextmanager
def _interrupts() -> Iterator[None]:
    """Let a polite kill (SIGTERM) stop everything just as Ctrl-C does, and Ctrl-C also where whoever started
    us had told us to ignore it, as shells do with jobs in the background.
    """

    def interrupt(_number: int) -> None:
        raise KeyboardInterrupt

    with on_signals(interrupt, signal.SIGTERM, signal.SIGINT):
        yield
