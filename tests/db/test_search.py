"""Searching on a real PostgreSQL: ranking, widening, filters, pages, and an index that follows the works."""

import hashlib
import random

import pytest
from sqlalchemy import Connection

from fairstock.asset import store as assets
from fairstock.asset.model import AssetKind, AssetState, Fingerprint, NewAsset, NewFingerprint
from fairstock.party import store as parties
from fairstock.search.find import find
from fairstock.search.model import Match
from fairstock.search.similar import similar


def add(
    conn: Connection, title: str, *keywords: str, kind: AssetKind = AssetKind.human, extra: str = ""
) -> str:
    """A work in the catalogue, without bytes."""
    owner = None
    if kind is AssetKind.human:
        owner = parties.add_party(
            conn, handle="ana-bell", name="Ana Bell", kind="contributor", roles=["contributor"]
        )
    digest = hashlib.sha256(f"{title}|{keywords}|{extra}".encode()).hexdigest()
    return assets.add(
        conn,
        NewAsset(
            contributor_id=owner,
            kind=kind,
            sha256=digest,
            mime="image/png",
            width=512,
            height=512,
            bytes=1000,
            title=title,
            keywords=keywords,
            license="CC0",
            source="test",
            training_consent=False,
        ),
    )


def test_words_match_in_any_inflection_and_titles_rank_above_keywords(conn: Connection) -> None:
    keyword_only = add(conn, "Fruit basket", "apple", "pear")
    title = add(conn, "Two red apples", "fruit")
    add(conn, "A house", "building")
    found = find(conn, "Apple")
    assert found.match is Match.WORDS
    assert list(found.asset_ids) == [title, keyword_only]
    assert found.total == 2


def test_all_words_must_match_and_phrases_and_exclusions_work(conn: Connection) -> None:
    red = add(conn, "Red apple")
    green = add(conn, "Green apple")
    assert find(conn, "red apple").asset_ids == (red,)
    assert find(conn, "apple -red").asset_ids == (green,)
    assert find(conn, '"green apple"').asset_ids == (green,)


@pytest.mark.parametrize("words", ["", "   ", "the", "!!! &|()", "\x00", "a" * 0])
def test_a_query_without_words_gives_the_newest(conn: Connection, words: str) -> None:
    work = add(conn, "Apple")
    found = find(conn, words)
    assert found.match is Match.NEWEST
    assert found.asset_ids == (work,)


@pytest.mark.parametrize(
    ("words", "match"),
    [
        ("umbr", Match.PREFIX),
        ("umbrela", Match.CORRECTED),
        ("unbrella", Match.CORRECTED),
        ("umbrella zebra", Match.ANY),
        ("qqqqqq", Match.NOTHING),
    ],
)
def test_the_search_widens_step_by_step_and_says_how(conn: Connection, words: str, match: Match) -> None:
    work = add(conn, "Umbrella", "rain")
    found = find(conn, words)
    assert found.match is match
    assert found.asset_ids == ((work,) if match is not Match.NOTHING else ())
    assert found.corrected == ("umbrella" if match is Match.CORRECTED else None)


@pytest.mark.parametrize(
    "words", ["'; DROP TABLE asset --", "a & !", "\\", "((", "x:*", "é" * 500, "\ud800", "🍎", "<->", "%00'"]
)
def test_no_query_breaks_the_search(conn: Connection, words: str) -> None:
    add(conn, "Apple")
    assert find(conn, words).page == 1


def test_the_kind_filters_also_while_widening(conn: Connection) -> None:
    human = add(conn, "Red apple")
    machine = add(conn, "a red apple", kind=AssetKind.generated)
    assert set(find(conn, "apple").asset_ids) == {human, machine}
    assert find(conn, "apple", kind="human").asset_ids == (human,)
    assert find(conn, "appl", kind="generated").asset_ids == (machine,)
    assert find(conn, "", kind="generated").asset_ids == (machine,)


def test_only_live_works_are_found_and_the_index_follows_their_state(conn: Connection) -> None:
    work = add(conn, "Apple")
    assets.withdraw(conn, work)
    assert find(conn, "apple").total == 0
    assets.withdraw(conn, work, AssetState.live)
    assert find(conn, "apple").total == 1


def test_pages_neither_overlap_nor_lose_a_work(conn: Connection) -> None:
    works = {add(conn, "Apple", extra=str(number)) for number in range(25)}
    pages = [find(conn, "apple", page=number, per_page=10) for number in (1, 2, 3)]
    seen = [identity for page in pages for identity in page.asset_ids]
    assert len(seen) == len(set(seen)) == 25
    assert set(seen) == works
    assert pages[0].pages == 3
    assert find(conn, "apple", page=-5, per_page=10).asset_ids == pages[0].asset_ids
    assert find(conn, "apple", page=9, per_page=10) == pages[2]


def test_similar_works_come_closest_first_without_the_work_itself_and_only_live(conn: Connection) -> None:
    rng = random.Random(1)
    base = [rng.gauss(0, 1) for _ in range(1280)]

    def place(title: str, noise: float, kind: AssetKind = AssetKind.human) -> str:
        work = add(conn, title, kind=kind)
        vector = [value + noise * rng.gauss(0, 1) for value in base]
        length = sum(value * value for value in vector) ** 0.5
        unit = [value / length for value in vector]
        assets.add_fingerprint(conn, NewFingerprint(work, Fingerprint(0, 0), unit, "test-1"))
        return work

    first = place("First", 0.0)
    near = place("Near", 0.1)
    far = place("Far", 2.0, AssetKind.generated)
    gone = place("Gone", 0.05)
    assets.withdraw(conn, gone)
    found = similar(conn, first, limit=5)
    assert [one.asset_id for one in found] == [near, far]
    assert found[0].similarity > 0.98 > found[1].similarity
    assert [one.asset_id for one in similar(conn, first, kind=AssetKind.generated)] == [far]
    assert similar(conn, add(conn, "No vector")) == []
