"""What the flow notes about accounts: as they stood with the last picture of a batch, whatever came since."""

from __future__ import annotations

from pathlib import Path

import pytest
from factories.core import add_contributor
from factories.intake import CLOCK
from factories.uploads import add_scored
from sqlalchemy import Connection

from fairstock.bootstrap import get_app
from fairstock.screening import account_rule
from fairstock.upload.model import Upload
from flows._accounts import suspicions

ORDINARY, LIKE_A_MACHINES = 0.5, 0.0005


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAIRSTOCK_HOME", str(tmp_path))
    get_app.cache_clear()


def sent(conn: Connection, contributor: str, tails: list[float]) -> list[Upload]:
    """Uploads that were looked at, in order of arrival."""
    model = get_app().pixels.version
    return add_scored(conn, contributor, tails, model=model, prefix=f"upl_{contributor}")


def test_an_account_is_seen_as_it_stood_with_the_last_picture_of_the_batch(conn: Connection) -> None:
    """The next batch is looked at while this one is judged, so later pictures may be known or not."""
    assert account_rule.calibrated(get_app().pixels.version).in_force
    suspected = sent(conn, add_contributor(conn), [ORDINARY] * 4 + [LIKE_A_MACHINES] * 46)
    honest = sent(conn, add_contributor(conn, "bob"), [ORDINARY] * 50)
    assert suspicions(conn, CLOCK, suspected[:4] + honest[:4]) == {}
    noted = suspicions(conn, CLOCK, suspected[4:] + honest[4:])
    assert noted
    assert set(noted) <= {each.id for each in suspected[4:]}
    assert suspicions(conn, CLOCK, []) == {}
