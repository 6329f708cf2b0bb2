"""Signing in and out, sessions, form tokens."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from web.conftest import Browser
from web.world import PASSWORD, World

from fairstock.bootstrap import App
from fairstock.party import store as parties
from fairstock.party.model import Role
from fairstock.web.auth import local_path
from fairstock.web.limiter import ATTEMPTS, FROM_ONE_ADDRESS, SignInLimiter, TooManyAttempts
from fairstock.web.session_key import SessionKeyUnusable, session_key

Visit = Callable[[str | None], Browser]


@pytest.mark.parametrize(
    ("handle", "first"),
    [
        ("studio", "/search"),
        ("ann", "/statements/ann"),
        ("ops", "/staff/flows"),
        ("fin", "/staff/flows"),
        ("rev", "/staff/review"),
    ],
)
def test_everybody_lands_where_their_work_is(visit: Visit, handle: str, first: str) -> None:
    answer = visit(None).sign_in(handle)
    assert answer.status_code == 200
    assert answer.url.path == first
    assert handle.title() in answer.text


def test_a_visitor_is_sent_to_sign_in_and_comes_back(visit: Visit) -> None:
    browser = visit(None)
    answer = browser.get("/requests/new?prompt=a+red+apple")
    assert answer.url.path == "/sign-in"
    signed = browser.submit(
        "/sign-in",
        {"handle": "studio", "password": PASSWORD, "next": "/requests/new?prompt=a+red+apple"},
        page="/sign-in",
    )
    assert signed.url.path == "/requests/new"
    assert "a red apple" in signed.text


def test_wrong_password_and_unknown_name_read_the_same(visit: Visit) -> None:
    browser = visit(None)
    wrong, unknown = browser.sign_in("ann", "not the password"), browser.sign_in("nobody", "not the password")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.text.count("do not belong together") == unknown.text.count("do not belong together") == 1
    assert "not the password" not in wrong.text


def test_guessing_is_slowed_down_for_one_name_only(visit: Visit) -> None:
    browser = visit(None)
    for _ in range(ATTEMPTS):
        assert browser.sign_in("ann", "guess").status_code == 401
    assert browser.sign_in("ann").status_code == 429
    assert browser.sign_in("ben").status_code == 200


def test_the_limiter_forgets_after_its_window() -> None:
    now = [0.0]
    limiter = SignInLimiter(lambda: now[0])
    for _ in range(ATTEMPTS):
        limiter.attempt("ann", "::1")
    with pytest.raises(TooManyAttempts):
        limiter.attempt("ann", "::1")
    limiter.attempt("ann", "::2")
    now[0] = 901.0
    limiter.attempt("ann", "::1")


def test_one_address_cannot_try_one_password_on_everybody() -> None:
    limiter = SignInLimiter()
    for number in range(FROM_ONE_ADDRESS):
        limiter.attempt(f"somebody-{number}", "::1")
    with pytest.raises(TooManyAttempts):
        limiter.attempt("ann", "::1")


def test_whoever_signs_in_begins_to_count_anew() -> None:
    limiter = SignInLimiter()
    for _ in range(2 * ATTEMPTS):
        limiter.attempt("ann", "::1")
        limiter.succeeded("ann", "::1")


def test_a_new_password_ends_every_session_of_the_old_one(visit: Visit, app: App, world: World) -> None:
    here, elsewhere = visit("ann"), visit("ann")
    with app.transaction() as conn:
        parties.set_password(conn, world.people["ann"], "a new and long password")
    for browser in (here, elsewhere):
        assert browser.get("/statement").url.path == "/sign-in"
    assert here.sign_in("ann", "a new and long password").status_code == 200
    assert here.get("/statement").url.path == "/statements/ann"


def test_whose_access_was_taken_is_signed_out_and_stays_out(visit: Visit, app: App, world: World) -> None:
    browser, other = visit("rev"), visit("ann")
    with app.transaction() as conn:
        parties.remove_roles(conn, world.people["rev"], [Role.reviewer])
        parties.remove_password(conn, world.people["ann"])
    assert browser.get("/staff/review").status_code == 403
    assert other.get("/statement").url.path == "/sign-in"
    assert other.sign_in("ann").status_code == 401


def test_the_cookie_is_signed_http_only_and_lax_and_a_changed_one_counts_for_nothing(visit: Visit) -> None:
    browser = visit(None)
    fields = {"handle": "ann", "password": PASSWORD, "form_token": browser.token()}
    header = browser.post("/sign-in", data=fields, follow_redirects=False).headers["set-cookie"]
    assert browser.get("/statement").url.path == "/statements/ann"
    assert "httponly" in header.lower()
    assert "samesite=lax" in header.lower()
    value = browser.cookies["fairstock"]
    forged = Browser(browser.app, cookies={"fairstock": "x" + value})
    assert forged.get("/statement").url.path == "/sign-in"


def test_signing_in_begins_a_new_session_and_signing_out_ends_it(visit: Visit) -> None:
    browser = visit(None)
    before = browser.token()
    browser.sign_in("ann")
    assert browser.token("/search") != before
    browser.submit("/sign-out")
    assert browser.get("/statement").url.path == "/sign-in"


@pytest.mark.parametrize("token", [None, "", "wrong", "é"])
def test_no_form_is_taken_without_the_sessions_token(visit: Visit, token: str | None) -> None:
    browser = visit("rev")
    fields = {"outcome": "accept"} | ({} if token is None else {"form_token": token})
    for path in ("/sign-out", "/sign-in", "/staff/review/upl_x", "/requests", "/staff/flows/check_books"):
        answer = browser.post(path, data=fields)
        assert answer.status_code == 403, path
        assert "nothing was done" in answer.text
    assert browser.get("/staff/review").url.path == "/staff/review"  # still signed in


def test_a_token_of_another_session_is_refused(visit: Visit) -> None:
    other = visit("ben").token("/search")
    browser = visit("ann")
    assert browser.post("/sign-out", data={"form_token": other}).status_code == 403


@pytest.mark.parametrize(
    "target",
    ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "", "/a\nb"],
)
def test_nobody_is_sent_to_another_host(target: str) -> None:
    assert local_path(target) == "/"


def test_security_headers_are_on_every_answer(visit: Visit) -> None:
    browser = visit(None)
    for path in ("/search", "/nowhere", "/static/fairstock.css"):
        headers = browser.get(path).headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


def test_the_session_key_is_made_once_and_kept_private(app: App, tmp_path: Path) -> None:
    key = session_key(tmp_path)
    path = tmp_path / "keys" / "session.key"
    assert session_key(tmp_path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_text("")
    with pytest.raises(SessionKeyUnusable, match="too short"):
        session_key(tmp_path)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nowhere", 404),
        ("/works/ast_none", 404),
        ("/search?page=x", 400),
        ("/works/%00", 400),
        ("/search?q=%00", 400),
        ("/search?q=%00&q=apple", 400),
        ("/sign-out", 405),
    ],
)
def test_errors_are_pages_in_plain_words(visit: Visit, path: str, status: int) -> None:
    answer = visit(None).get(path)
    assert answer.status_code == status
    assert "What you can do" in answer.text
    assert "Traceback" not in answer.text
