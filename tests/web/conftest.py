"""Pages over a real database with a small world in it; the flow server is the contract-tested fake."""

import re
from collections.abc import Callable, Iterator

import pytest
from argon2 import PasswordHasher
from fakes.flow_runs import FakeFlowRuns
from fastapi.testclient import TestClient
from httpx2 import Response
from web.world import CHECK, CLOSE, GENERATE, PASSWORD, World, build_world

from fairstock.bootstrap import App
from fairstock.web.app import create_app


class Browser(TestClient):
    """A test client that follows redirects, keeps its cookies and sends forms with their token."""

    def token(self, path: str = "/sign-in") -> str:
        """The token of the session, as any page with a form carries it."""
        found = re.search(r'name="form_token" value="([^"]+)"', self.get(path).text)
        assert found is not None, f"{path} has no form"
        return found.group(1)

    def submit(
        self,
        path: str,
        fields: dict[str, object] | None = None,
        *,
        page: str = "/search",
        files: dict[str, tuple[str, bytes, str]] | None = None,
    ) -> Response:
        """Send a form with the token that ``page`` carries."""
        return self.post(path, data={**(fields or {}), "form_token": self.token(page)}, files=files)

    def sign_in(self, handle: str, password: str = PASSWORD) -> Response:
        """Sign in through the form."""
        return self.submit("/sign-in", {"handle": handle, "password": password}, page="/sign-in")


@pytest.fixture
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash at a thousandth of the real cost."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr("fairstock.party.passwords._hasher", hasher)


@pytest.fixture
def world(app: App, cheap_passwords: None) -> World:
    """The small marketplace."""
    return build_world(app)


@pytest.fixture
def flow_runs(app: App) -> FakeFlowRuns:
    """The flow server behind the pages."""
    fake = FakeFlowRuns([GENERATE, CLOSE, CHECK])
    app.__dict__["flow_runs"] = fake  # where the cached property keeps it
    return fake


@pytest.fixture
def visit(app: App, world: World, flow_runs: FakeFlowRuns) -> Iterator[Callable[[str | None], Browser]]:
    """A browser, signed in as the person of a handle, or as nobody."""
    pages = create_app(app)
    opened: list[Browser] = []

    def browser(handle: str | None = None) -> Browser:
        fresh = Browser(pages, raise_server_exceptions=False)
        opened.append(fresh)
        if handle is not None:
            assert fresh.sign_in(handle).status_code == 200
        return fresh

    yield browser
    for each in opened:
        each.close()
