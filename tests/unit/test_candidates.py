"""In what order works are compared with an upload."""

from __future__ import annotations

from datetime import UTC, datetime

from fairstock.asset.model import Asset, AssetKind, AssetState, Fingerprint, LocalFeatures
from fairstock.screening import local
from fairstock.screening.candidates import Known, Neighbourhood, Subject
from fairstock.screening.policy import shipped
from fairstock.upload.model import Traits


def work(name: str) -> Asset:
    return Asset(
        id=name,
        contributor_id="ann",
        kind=AssetKind.human,
        sha256=name,
        mime="image/png",
        width=100,
        height=100,
        bytes=1,
        title=name,
        keywords=(),
        license="CC0-1.0",
        source="test",
        state=AssetState.live,
        training_consent=False,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def traits(words: tuple[int, ...]) -> Traits:
    return Traits(
        upload_id="u",
        mime="image/png",
        phash=0,
        phash_mirror=0,
        width=100,
        height=100,
        embedding=(1.0, 0.0),
        embedding_version="test/1",
        sketch=b"",
        local=LocalFeatures(local.VERSION, b"", words),
    )


def known(words: tuple[int, ...], version: str = local.VERSION) -> Known:
    return Known(Fingerprint(-1, -1), (0.0, 1.0), "test/1", LocalFeatures(version, b"", words))


def test_works_of_the_catalogue_and_new_ones_come_by_turns_likeliest_first() -> None:
    subject = Subject("bob", "d", traits((1, 2, 3, 4)))
    near = Neighbourhood(
        shipped(),
        {"d": {}},
        {},
        {},
        shared={"d": {"rare words": 2, "many words": 40, "the last": 3}},
        asked={"d": [1, 2, 3, 4]},
    )
    near.learn(work("new, two words"), known((3, 4, 9)))
    near.learn(work("new, four words"), known((1, 2, 3, 4)))
    near.learn(work("new, one word"), known((1, 8, 9)))
    near.learn(work("another version"), known((1, 2, 3, 4), "older"))
    assert list(near.sharing(subject).items()) == [
        ("rare words", 2),
        ("new, four words", 4),
        ("many words", 40),
        ("new, two words", 2),
        ("the last", 3),
    ]
    assert list(near.candidates(subject)) == ["new, two words", "new, four words"]
