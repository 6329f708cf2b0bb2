"""What happens in the demo, and when: its scenario, read from ``data/demo-scenario.toml``."""

import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from fairstock.bootstrap import get_app
from fairstock.kit.files import write_whole


@dataclass(frozen=True, slots=True)
class Scenario:
    """What happens in the demo, read from ``data/demo-scenario.toml``."""

    period: str
    """The month, YYYY-MM, in which the demo's sales lie: the one before its first run."""
    plan: dict[str, Any]

    @property
    def requests(self) -> list[dict[str, Any]]:
        """Buyers' orders for pictures, as ``generate_images`` takes them."""
        return list(self.plan["requests"])

    def day(self, number: int) -> datetime:
        """A moment in the period; days wrap after 28 so that every month has them."""
        return datetime.fromisoformat(f"{self.period}-01T09:00:00+00:00") + timedelta(days=number % 28)


@lru_cache(maxsize=1)
def open_scenario() -> Scenario:
    """Read the scenario, mark this home's money as invented, and fix the period on the first run."""
    app = get_app()
    folder = app.home / "demo"
    folder.mkdir(exist_ok=True)
    app.settings.demo_marker.touch()
    remembered = folder / "period"
    if not remembered.exists():
        last_month = datetime.now(UTC).date().replace(day=1) - timedelta(days=1)
        write_whole(remembered, f"{last_month:%Y-%m}")
    plan = tomllib.loads((app.package_data / "demo-scenario.toml").read_text(encoding="utf-8"))
    return Scenario(remembered.read_text(encoding="ascii"), plan)
