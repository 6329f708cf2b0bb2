"""Nothing is charged before it is there, nothing twice, and nobody works for a client that is gone."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import pytest
from factories.core import NOON, add_buyer
from web.api.conftest import Studio, eventually
from web.api.test_images import GENERATE, refusal

from fairstock.kit.clock import FixedClock
from fairstock.license.agree import agree
from fairstock.license.model import AgreedTier
from fairstock.web.api.signing import LinkEnded, Links

ASK = {"prompt": "a red apple", "size": "256x256", "n": 2}
RETRY = {"x-stainless-retry-count": "1"}


def links(answer: httpx.Response) -> list[str]:
    """The files that an answer leads to, without their signatures."""
    assert answer.status_code == 200, answer.text
    return [each["url"].partition("?")[0] for each in answer.json()["data"]]


def test_the_same_idempotency_key_is_billed_once_and_gives_the_same_pictures(studio: Studio) -> None:
    named = {"Idempotency-Key": "order-1"}
    with studio.client() as client:
        first = client.post(GENERATE, json=ASK, headers=named)
        again = client.post(GENERATE, json=ASK, headers=named)
        assert links(first) == links(again)
        assert studio.count("license_sale") == 2
        error = refusal(client.post(GENERATE, json={**ASK, "n": 1}, headers=named), 400)
        assert error["code"] == "idempotency_key_reused"
        assert links(client.post(GENERATE, json=ASK)) != links(first)  # without the key: a new order
    assert studio.checks() == []


def test_a_retry_is_billed_once_and_gives_the_same_pictures(studio: Studio) -> None:
    with studio.client() as client:
        first = client.post(GENERATE, json=ASK)
        assert links(client.post(GENERATE, json=ASK, headers=RETRY)) == links(first)
        assert studio.count("license_sale") == 2
    with studio.client() as other:  # the same words of another key are another order
        assert links(other.post(GENERATE, json=ASK, headers=RETRY)) != links(first)


def test_duplicates_at_the_same_time_are_one_order(studio: Studio) -> None:
    named = {"Idempotency-Key": "order-1"}
    with studio.client() as client, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: client.post(GENERATE, json=ASK, headers=named), range(8)))
    assert len({tuple(links(each)) for each in answers}) == 1
    assert studio.count("license_sale") == 2
    assert studio.count("api_call WHERE state = 'done' AND attempt = 8") == 1
    assert studio.checks() == []


def test_a_model_that_fails_costs_nothing_and_the_retry_gets_the_pictures(studio: Studio) -> None:
    def broken(_: str) -> None:
        raise RuntimeError("no paint")

    studio.generator.before = broken
    with studio.client() as client:
        error = refusal(client.post(GENERATE, json=ASK), 500)
        assert (error["type"], error["code"]) == ("server_error", "generation_failed")
        assert "no paint" in error["message"]
        assert studio.count("license_sale") == 0
        assert studio.checks() == []
        studio.generator.before = lambda _: None
        assert len(links(client.post(GENERATE, json=ASK, headers=RETRY))) == 2
    assert studio.count("license_sale") == 2
    assert studio.count("api_call") == 1
    assert studio.checks() == []


def test_a_call_that_outlives_its_limit_ends_without_a_charge(studio: Studio) -> None:
    studio.paused.set()
    studio.app.settings = studio.app.settings.model_copy(update={"api_seconds": 0.3})
    with studio.client() as client:
        error = refusal(client.post(GENERATE, json=ASK), 504)
        assert (error["type"], error["code"]) == ("server_error", "request_timeout")
        assert studio.count("generation_queue") == 0
        assert studio.count("generation_request WHERE state = 'failed'") == 1
        studio.paused.clear()
        studio.app.settings = studio.app.settings.model_copy(update={"api_seconds": 60.0})
        assert len(links(client.post(GENERATE, json=ASK, headers=RETRY))) == 2
    assert studio.count("license_sale") == 2
    assert studio.checks() == []


def test_a_client_that_hangs_up_leaves_nothing_running(studio: Studio) -> None:
    studio.paused.set()
    with studio.client() as client, pytest.raises(httpx.ReadTimeout):
        client.post(GENERATE, json=ASK, timeout=1.0)
    assert eventually(lambda: studio.count("generation_request WHERE state = 'failed'") == 1)
    assert eventually(lambda: studio.count("api_call WHERE state = 'failed'") == 1)
    assert studio.count("generation_queue") == 0
    studio.paused.clear()
    assert studio.count("license_sale") == 0
    assert studio.checks() == []


def test_a_client_that_hangs_up_while_it_sends_leaves_nothing_at_all(studio: Studio) -> None:
    secret, port = studio.key(), int(studio.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as line:
        head = f"POST {GENERATE} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {secret}\r\n"
        line.sendall(f"{head}Content-Type: application/json\r\nContent-Length: 500\r\n\r\n{{".encode())
    with studio.client(secret) as client:
        assert client.get("/v1/models").status_code == 200
    assert studio.count("api_call") == studio.count("generation_request") == 0


def test_the_try_that_hung_up_does_not_end_the_one_that_took_over(studio: Studio) -> None:
    """A client gives up waiting and asks again, as the official ones do."""
    studio.paused.set()
    named = {"Idempotency-Key": "order-1"}
    with studio.client() as client, ThreadPoolExecutor(1) as pool:
        second = None
        with pytest.raises(httpx.ReadTimeout):
            client.post(GENERATE, json=ASK, headers=named, timeout=0.5)
        second = pool.submit(client.post, GENERATE, json=ASK, headers=named)
        assert eventually(lambda: studio.count("api_call WHERE attempt = 2") == 1)
        studio.paused.clear()
        assert len(links(second.result())) == 2
    assert studio.count("license_sale") == 2
    assert studio.checks() == []


def test_a_rate_limit_says_how_long_to_wait(studio: Studio) -> None:
    with studio.client(studio.key(requests_per_minute=2)) as client:
        assert [client.get("/v1/models").status_code for _ in range(2)] == [200, 200]
        answer = client.get("/v1/models")
        error = refusal(answer, 429)
    assert (error["type"], error["code"]) == ("requests", "rate_limit_exceeded")
    assert 0 < int(answer.headers["retry-after-ms"]) <= 30_000
    assert 1 <= int(answer.headers["retry-after"]) <= 30
    assert answer.headers["x-ratelimit-remaining-requests"] == "0"
    assert "x-should-retry" not in answer.headers


def test_pictures_have_a_rate_of_their_own(studio: Studio) -> None:
    studio.app.clock = FixedClock(studio.app.clock.now())
    with studio.client(studio.key(images_per_minute=10)) as client:
        answer = client.post(GENERATE, json={**ASK, "n": 6})
        assert answer.headers["x-ratelimit-remaining-images"] in ("4", "5")
        error = refusal(client.post(GENERATE, json={**ASK, "n": 6}), 429)
    assert (error["type"], error["code"]) == ("images", "rate_limit_exceeded")
    assert studio.count("api_call") == 1


def test_a_budget_ends_with_an_error_that_is_not_retried(studio: Studio) -> None:
    with studio.client(studio.key(budget=40_000)) as client:  # two pictures of 256 cost 0.032
        assert len(links(client.post(GENERATE, json=ASK))) == 2
        answer = client.post(GENERATE, json=ASK)
        error = refusal(answer, 429)
    assert (error["type"], error["code"]) == ("insufficient_quota", "insufficient_quota")
    assert answer.headers["x-should-retry"] == "false"
    assert studio.count("license_sale") == 2
    assert studio.checks() == []


def test_a_budget_in_another_currency_than_the_agreements_is_counted_by_list_prices(studio: Studio) -> None:
    secret = studio.key(budget=20_000)  # dollars, for one picture of 256 and not for two
    with studio.app.transaction() as conn:
        agree(
            conn, key="deal", buyer_id=add_buyer(conn), currency="EUR", tiers=[AgreedTier(0, {}, 0)],
            valid_from=studio.app.clock.now() - timedelta(days=1), clock=studio.app.clock,
        )  # fmt: skip
    one = {**ASK, "n": 1}
    with studio.client(secret) as client:
        assert len(links(client.post(GENERATE, json=one))) == 1
        error = refusal(client.post(GENERATE, json=one), 429)
    assert error["code"] == "insufficient_quota"
    assert "USD 0.01579" in error["message"]  # EUR 0.015 at 20 : 19, the list prices of a large picture
    assert studio.count("license_sale WHERE currency = 'EUR' AND amount_micros = 15000") == 1
    assert studio.checks() == []


def test_a_call_whose_process_died_ends_with_the_next_one(studio: Studio) -> None:
    """Nobody waits for its pictures any more: they are not made, and nothing is held of the budget."""
    secret = studio.key(budget=40_000)
    studio.paused.set()
    with studio.client(secret) as client:
        with pytest.raises(httpx.ReadTimeout):
            client.post(GENERATE, json=ASK, timeout=1.0)
        assert eventually(lambda: studio.count("api_call WHERE state = 'failed'") == 1)
        with studio.app.transaction() as conn:  # as it is when the process dies instead
            conn.exec_driver_sql("UPDATE api_call SET state = 'open', finished_at = NULL, held_until = now()")
            conn.exec_driver_sql(
                "UPDATE generation_request SET state = 'pending', finished_at = NULL, failure = NULL"
            )
        studio.paused.clear()
        assert len(links(client.post(GENERATE, json=ASK))) == 2
    assert studio.count("api_call WHERE state = 'failed'") == 1
    assert studio.count("license_sale") == 2
    assert studio.checks() == []


def test_a_link_works_for_an_hour_and_cannot_be_changed(studio: Studio) -> None:
    with studio.client() as client:
        url = client.post(GENERATE, json={**ASK, "n": 1}).json()["data"][0]["url"]
    assert httpx.get(url).status_code == 200
    assert httpx.head(url).status_code == 200
    assert refusal(httpx.get(url + "0"), 403)["code"] == "invalid_signature"
    assert refusal(httpx.get(url.replace("ast_", "ast_0")), 403)["code"] == "invalid_signature"
    studio.app.clock = FixedClock(studio.app.clock.now() + timedelta(minutes=61))
    assert refusal(httpx.get(url), 403)["code"] == "link_expired"


def test_a_picture_that_was_taken_down_is_gone(studio: Studio) -> None:
    with studio.client() as client:
        url = client.post(GENERATE, json={**ASK, "n": 1}).json()["data"][0]["url"]
    with studio.app.transaction() as conn:
        conn.exec_driver_sql("UPDATE asset SET state = 'taken_down' WHERE kind = 'generated'")
    refusal(httpx.get(url), 404)


@pytest.mark.parametrize(
    "query",
    [{}, {"expires": "x", "signature": ""}, {"expires": "99999999999", "signature": "é\ud800"}],
)
def test_forged_links(tmp_path: Any, query: dict[str, str]) -> None:
    made = Links(tmp_path, "https://images.example/")
    assert made.to("a.png", NOON).startswith("https://images.example/v1/images/files/a.png?expires=")
    with pytest.raises(LinkEnded):
        made.check("a.png", query, NOON)
