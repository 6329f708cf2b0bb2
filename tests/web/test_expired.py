"""A form that outlives its session: nothing is done, nothing typed is lost, strangers gain nothing."""

import re
from collections.abc import Callable

import pytest
from httpx2 import Response
from web.conftest import Browser
from web.world import World

Visit = Callable[[str | None], Browser]
OURS = {"sec-fetch-site": "same-origin"}
NOTE = "The same apple, and 'another' <leaf>."


def decide(browser: Browser, world: World, headers: dict[str, str]) -> Response:
    """Turn an upload down by a form whose token belongs to a session that ended."""
    fields = {
        "form_token": "old",
        "outcome": "reject",
        "reasons": ["near_duplicate", "repeated"],
        "note": NOTE,
    }
    return browser.post(f"/staff/review/{world.waiting}", data=fields, headers=headers)


def again(browser: Browser, page: str) -> Response:
    """Send the form of a page as it stands."""
    found = re.search(r'<form class="card" method="post" action="([^"]+)"(.*?)</form>', page, re.DOTALL)
    assert found is not None
    fields: dict[str, list[str]] = {}
    pairs = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', found[2])
    pairs += re.findall(r'<textarea id="[^"]+" name="([^"]+)">(.*?)</textarea>', found[2], re.DOTALL)
    for name, value in pairs:
        fields.setdefault(name, []).append(
            value.replace("&#39;", "'").replace("&lt;", "<").replace("&gt;", ">")
        )
    return browser.post(found[1], data=fields, headers=OURS)


def test_what_was_typed_outlives_the_session(visit: Visit, world: World) -> None:
    browser = visit(None)
    lost = decide(browser, world, OURS)
    assert lost.status_code == 403
    assert "no longer signed in" in lost.text
    assert "&lt;leaf&gt;" in lost.text
    browser.sign_in("rev")
    asked = again(browser, lost.text)  # its token is the old session's
    assert asked.status_code == 403
    assert "Is it still what you want?" in asked.text
    done = again(browser, asked.text)
    assert "Turned down." in done.text


@pytest.mark.parametrize(
    "headers", [{"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}, {}]
)
def test_a_form_from_elsewhere_is_not_shown_again(
    visit: Visit, world: World, headers: dict[str, str]
) -> None:
    answer = decide(visit("rev"), world, headers)
    assert answer.status_code == 403
    assert "does not come from our pages" in answer.text
    assert "leaf" not in answer.text
    assert "Send it again" not in answer.text


def test_a_file_has_to_be_chosen_again_and_a_password_is_never_shown(visit: Visit, world: World) -> None:
    browser = visit("ben")
    sent = browser.post(
        f"/uploads/{world.waiting}/evidence",
        data={"form_token": "old", "text": "Here is the raw file."},
        files={"file": ("apple.dng", b"raw", "image/x-adobe-dng")},
        headers=OURS,
    )
    assert "Choose “apple.dng” again" in sent.text
    assert "Here is the raw file." in sent.text
    assert 'enctype="multipart/form-data"' in sent.text
    stranger = visit(None)
    fields = {"form_token": "old", "handle": "ben", "password": "secret words"}
    answer = stranger.post("/sign-in", data=fields, headers=OURS)
    assert answer.status_code == 403
    assert "secret words" not in answer.text
