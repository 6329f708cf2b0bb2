"""What the flow notes about accounts: as they stood with the last picture of a batch, whatever came since."""

from __future__ import annotations

from pathlib import Path

import pytest
from factories.core import NOON, add_contributor
from factories.intake import CLOCK
from sqlalchemy import Connection

from fairstock.bootstrap import get_app
from fairstock.screening import account_rule, store
from fairstock.screening.model import Observation, ObservationKind
from fairstock.upload import store as uploads
from fairstock.upload.model import Upload, UploadState
from flows._accounts import suspicions

ORDINARY, LIKE_A_MACHINES = 0.5, 0.0005


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAIRSTOCK_HOME", str(tmp_path))
    get_app.cache_clear()


def sent(conn: Connection, contributor: str, tails: list[float]) -> list[Upload]:
    """Uploads that were looked at, in order of arrival."""
    made = [
        Upload(
            id=f"upl_{contributor}_{number:03d}",
            contributor_id=contributor,
            batch="b",
            filename=f"{number}.png",
            sha256=f"{number:064x}",
            size=1,
            title="",
            keywords=(),
            claim={},
            received_at=NOON,
            state=UploadState.RECEIVED,
            asset_id=None,
            refusal=None,
        )
        for number in range(len(tails))
    ]
    uploads.add(conn, list(enumerate(made)))
    model = get_app().pixels.version
    for each, tail in zip(made, tails, strict=True):
        seen = Observation(ObservationKind.PIXELS, model, {"tail": tail}, "pixels", model)
        store.add_observations(conn, each.id, [seen])
    return made


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
