"""The flow that trains: interrupted and resumed, only on licensed works, and refused where nobody licensed
any.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from factories.clipart import works
from factories.core import NOON, add_contributor

from fairstock.adapters.house_model.errors import TooFewWorks
from fairstock.adapters.house_model.release import manifest
from fairstock.asset import store as assets
from fairstock.asset.model import AssetKind, NewAsset
from fairstock.bootstrap import App
from fairstock.party import store as parties
from fairstock.party.rules import handle_of
from fairstock.training.model import TrainingWork
from flows.train_model import NothingLicensed, train_model

pytestmark = pytest.mark.usefixtures("prefect_harness")

WITHHELD = "Contributor C"
"""The one of three who did not license any training."""


def stock(app: App, pictures: list[TrainingWork]) -> None:
    """Put works into the catalogue; all contributors but one license their training."""
    with app.transaction() as conn:
        for work in pictures:
            handle = handle_of(work.contributor)
            party = parties.ids_by_handle(conn, [handle]).get(handle) or add_contributor(conn, handle)
            parties.record_training_license(
                conn, party_id=party, granted=work.contributor != WITHHELD, since=NOON, evidence="a letter"
            )
            app.objects.put(work.picture)
            assets.add(conn, _asset(work, party))


def _asset(work: TrainingWork, party: str) -> NewAsset:
    return NewAsset(
        contributor_id=party,
        kind=AssetKind.human,
        sha256=work.sha256,
        mime="image/png",
        width=140,
        height=140,
        bytes=len(work.picture),
        title=work.title,
        keywords=work.keywords,
        license="CC0-1.0",
        source="library:things/" + work.title.replace(" ", "_"),
        training_consent=True,
    )


def test_an_interrupted_training_goes_on_and_packs_what_it_was_licensed_to_see(app: App) -> None:
    stock(app, works(18))
    first = train_model("trial", max_steps=2, max_seconds=0.0, seed=1)
    assert first["finished"] is False
    assert first["works"] == 12
    second = train_model("trial", max_steps=2, max_seconds=None, seed=1)
    assert second["finished"] is True
    assert second["steps"] == 2
    licensed = {work.sha256 for work in works(18) if work.contributor != WITHHELD}
    assert {entry.sha256 for entry in manifest(Path(second["folder"]))} == licensed


def test_without_a_license_nothing_is_trained(app: App) -> None:
    with pytest.raises(NothingLicensed):
        train_model("trial", max_steps=2)


def test_too_few_works_are_a_clear_failure(app: App) -> None:
    stock(app, works(3))
    with pytest.raises(TooFewWorks, match="Only 2 of the works"):
        train_model("trial", max_steps=2)
    assert not (app.home / "releases").exists()
