"""Pictures of people: no face without a declared consent, nobody who opted out, and all of it on record."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import httpx
from factories.people import portrait
from fakes.pictures import FakeScreen
from PIL import Image
from web.api.conftest import Studio, picture_file
from web.api.test_images import EDIT, refusal

from fairstock.asset.rules import fingerprint
from fairstock.moderation import store as moderation
from fairstock.moderation.consent import Outcome, shipped
from fairstock.optout import store as optouts
from fairstock.optout.model import NewOptOut, Use

VARY = "/v1/images/variations"


def photo(seed: int = 1, **options: Any) -> bytes:
    file = io.BytesIO()
    portrait((256, 256), seed=seed, **options).save(file, "PNG")
    return file.getvalue()


def ask(client: httpx.Client, picture: bytes, url: str = EDIT, **form: str) -> httpx.Response:
    fields = {"size": "256x256", **form} | ({"prompt": "a blue hat"} if url == EDIT else {})
    return client.post(url, data=fields, files={"image": picture})


def outcomes(studio: Studio) -> list[tuple[str, str]]:
    with studio.app.transaction() as conn:
        return sorted((each.kind, each.outcome.value) for each in moderation.findings(conn))


def test_a_face_needs_a_declared_consent(studio: Studio) -> None:
    with studio.client() as client:
        for url in (EDIT, VARY):
            for said in ({}, {"consent_declared": "false"}):
                error = refusal(ask(client, photo(), url, **said), 400)
                assert (error["code"], error["param"]) == ("consent_required", "consent_declared")
        assert studio.count("generation_request") == 0
        assert ask(client, photo(), consent_declared="true").status_code == 200
        assert ask(client, photo(), VARY, consent_declared="true").status_code == 200
    assert [kind for kind, _ in outcomes(studio)] == ["faces"] * 6
    assert [outcome for _, outcome in outcomes(studio)].count("refused") == 4
    assert studio.count("generation_request WHERE state = 'done'") == 2
    assert studio.checks() == []


def test_pictures_without_people_and_drawn_people_need_none(studio: Studio) -> None:
    with studio.client() as client:
        assert ask(client, picture_file()).status_code == 200
        assert ask(client, photo(photographed=False)).status_code == 200
    assert outcomes(studio) == []


def test_the_same_call_again_is_one_finding(studio: Studio) -> None:
    with studio.client() as client:
        for _ in range(3):
            refusal(ask(client, photo()), 400)
    assert outcomes(studio) == [("faces", "refused")]


def test_people_on_the_opt_out_list_are_refused_also_with_consent(studio: Studio) -> None:
    registered = Image.open(io.BytesIO(photo(seed=5)))
    with studio.app.transaction() as conn:
        since = datetime(2026, 1, 1, tzinfo=UTC)
        phash = fingerprint(registered).phash
        optouts.add(conn, NewOptOut(None, phash, frozenset({Use.LIKENESS}), since, "asked in person"))
    smaller = io.BytesIO()
    registered.resize((200, 200)).save(smaller, "JPEG", quality=70)
    with studio.client() as client:
        error = refusal(ask(client, smaller.getvalue(), consent_declared="true"), 400)
    assert (error["code"], error["param"]) == ("likeness_opted_out", "image")
    assert outcomes(studio) == [("likeness", "refused")]
    assert studio.count("generation_request") == 0


def test_the_sample_for_people_is_the_same_each_time_and_as_large_as_the_policy_says() -> None:
    policy = shipped()
    drawn = [policy.outcome(f"ask_{at}", declared=True, opted_out=False) for at in range(4000)]
    again = [policy.outcome(f"ask_{at}", declared=True, opted_out=False) for at in range(4000)]
    assert drawn == again
    share = drawn.count(Outcome.watched) / len(drawn)
    assert abs(share - policy.watched) < 0.03
    assert policy.outcome("ask_1", declared=False, opted_out=False) is Outcome.refused
    assert policy.outcome("ask_1", declared=True, opted_out=True) is Outcome.refused


def test_what_may_not_be_worked_on_is_a_refusal_and_no_failure(studio: Studio) -> None:
    studio.app.__dict__["picture_screen"] = FakeScreen()
    file = io.BytesIO()
    Image.new("RGB", (256, 256), (255, 0, 255)).save(file, "PNG")
    with studio.client() as client:
        for _ in range(2):
            error = refusal(ask(client, file.getvalue(), VARY), 400)
            assert error["code"] == "content_policy_violation"
            assert "looks sexual" in error["message"]
    assert outcomes(studio) == [("nudity", "refused")] * 2
    assert studio.count("license_sale") == 0
    assert studio.checks() == []
