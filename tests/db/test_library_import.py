"""A library in the catalogue: authors, licenses, works; twice is once; a broken picture stops by name."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from fairstock.adapters.library_folder import read_folder
from fairstock.asset import store as assets
from fairstock.bootstrap import App
from fairstock.party import store as parties
from fairstock.party.rules import handle_of
from fairstock.screening import local
from fairstock.settings import PACKAGE_DATA
from fairstock.upload import library
from fairstock.upload.guard import DecodeGuard

WORKS = list(read_folder(PACKAGE_DATA / "demo-library"))


@pytest.fixture(scope="module")
def guard() -> Iterator[DecodeGuard]:
    with DecodeGuard(workers=1) as opened:
        yield opened


def test_works_authors_and_licenses_arrive_once(app: App, guard: DecodeGuard) -> None:
    works = [work for work in WORKS if work.training][:5] + [work for work in WORKS if not work.training][:2]
    for _ in range(2):
        with app.transaction() as conn:
            library.register_contributors(conn, works)
            new = set(library.missing(conn, works))
            library.add_works(
                conn,
                app.objects,
                guard,
                app.features,
                [w for w in works if w.sha256 in new],
                local=local.look,
            )
    with app.transaction() as conn:
        ids = parties.ids_by_handle(conn, {handle_of(work.author or "") for work in works})
        licensed = parties.training_licensed(conn, ids.values())
        for work in works:
            (asset,) = assets.by_sha(conn, work.sha256)
            assert asset.contributor_id == ids[handle_of(work.author or "")]
            assert (asset.contributor_id in licensed) == work.training == asset.training_consent
            assert app.objects.get(asset.sha256) == work.png.read_bytes()
            assert assets.fingerprint_of(conn, asset.id) is not None
        assert library.missing(conn, works) == []


def test_a_broken_picture_stops_the_batch_and_is_named(app: App, guard: DecodeGuard, tmp_path: Path) -> None:
    from dataclasses import replace

    broken = tmp_path / "broken.png"
    shutil.copy(WORKS[0].png, broken)
    broken.write_bytes(broken.read_bytes()[:200])
    works = [WORKS[1], replace(WORKS[0], png=broken)]
    with app.transaction() as conn:
        library.register_contributors(conn, works)
    with pytest.raises(library.BrokenWork, match=r"broken\.png"), app.transaction() as conn:
        library.add_works(conn, app.objects, guard, app.features, works, local=local.look)
    with app.transaction() as conn:
        assert len(library.missing(conn, works)) == 2, "nothing of the batch is booked"
