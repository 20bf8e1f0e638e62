"""Wrong secrets are limited wherever they are sent; the right one is always accepted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from web_clients import TOKEN, csrf_token_of, sign_in

from monitor.web import throttle
from monitor.web.params import RequestError
from monitor.web.throttle import FailedAttempts, network_of

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


def bearer(token, client=None):
    forwarded = {"x-forwarded-for": client} if client else {}
    return {"authorization": f"Bearer {token}", **forwarded}


def by_header(client, token):
    return client.get("/api/v1/hits", headers=bearer(token))


def by_feed_address(client, token):
    return client.get("/hits.atom", params={"token": token})


WAYS = [by_header, by_feed_address, sign_in]


@pytest.mark.parametrize("offer", WAYS)
def test_wrong_tokens_are_limited_in_header_url_and_form(anonymous, offer):
    codes = [offer(anonymous, f"guess {number}").status_code for number in range(throttle.MAX_ATTEMPTS_OF_CLIENT)]
    assert set(codes) == {401}
    refused = offer(anonymous, "one more guess")
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= throttle.ATTEMPT_WINDOW_SECONDS


def test_header_url_and_form_share_one_limit(anonymous):
    codes = [
        WAYS[number % 3](anonymous, f"guess {number}").status_code for number in range(throttle.MAX_ATTEMPTS_OF_CLIENT)
    ]
    assert set(codes) == {401}
    assert [offer(anonymous, "guess").status_code for offer in WAYS] == [429, 429, 429]


def test_the_right_token_is_accepted_beyond_the_limit(anonymous):
    feed_key = _feed_key(anonymous)
    for number in range(2 * throttle.MAX_ATTEMPTS_OF_CLIENT):
        by_header(anonymous, f"guess {number}")
    assert by_header(anonymous, "guess").status_code == 429
    assert by_header(anonymous, TOKEN).status_code == 200
    assert by_feed_address(anonymous, TOKEN).status_code == 200
    assert by_feed_address(anonymous, feed_key).status_code == 200
    assert sign_in(anonymous).status_code == 303  # the sign-in page is shown, and the token is taken
    assert anonymous.get("/hits").status_code == 200
    assert by_header(anonymous, "guess").status_code == 200  # the session is known, whatever comes along with it


def _feed_key(client):
    page = client.get("/hits", headers=bearer(TOKEN)).text
    return page.split("hits.atom?", 1)[1].split("token=", 1)[1].split('"', 1)[0].split("&", 1)[0]


def test_a_request_without_a_secret_is_not_counted(anonymous):
    for _ in range(2 * throttle.MAX_ATTEMPTS_OF_CLIENT):
        assert anonymous.get("/hits").status_code == 401
    assert csrf_token_of(anonymous.get("/"))
    assert by_header(anonymous, "guess").status_code == 401


def test_clients_behind_a_local_proxy_are_counted_separately(anonymous):
    for number in range(throttle.MAX_ATTEMPTS_OF_CLIENT + 1):
        last = anonymous.get("/hits", headers=bearer(f"guess {number}", "203.0.113.7"))
    assert last.status_code == 429
    assert anonymous.get("/hits", headers=bearer("guess", "203.0.113.8")).status_code == 401


def test_all_clients_together_are_limited(anonymous):
    codes = [
        anonymous.get("/hits", headers=bearer("guess", f"203.0.113.{number % 250}")).status_code
        for number in range(throttle.MAX_ATTEMPTS + 1)
    ]
    assert set(codes[:-1]) == {401}
    assert codes[-1] == 429


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::9", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("192.0.2.1", "192.0.2.1"),
        ("nonsense", "unknown"),
        ("", "unknown"),
    ],
)
def test_an_ipv6_client_is_counted_by_its_network(host, network):
    assert network_of(host) == network


def test_the_limit_ends_with_its_window_or_when_the_clock_is_set_back():
    attempts = FailedAttempts()
    for _ in range(throttle.MAX_ATTEMPTS_OF_CLIENT):
        attempts.record("a", NOW)
    with pytest.raises(RequestError) as refused:
        attempts.record("a", NOW + timedelta(seconds=45))
    assert refused.value.headers == {"retry-after": "15"}
    attempts.record("a", NOW + timedelta(seconds=throttle.ATTEMPT_WINDOW_SECONDS))
    for _ in range(throttle.MAX_ATTEMPTS_OF_CLIENT - 1):
        attempts.record("a", NOW + timedelta(seconds=throttle.ATTEMPT_WINDOW_SECONDS))
    attempts.record("a", NOW - timedelta(hours=1))


def test_the_number_of_counted_clients_is_bounded():
    attempts = FailedAttempts()
    for number in range(throttle.MAX_CLIENTS + 50):
        attempts.record(f"client {number}", NOW + timedelta(seconds=number))
    assert len(attempts._clients) == throttle.MAX_CLIENTS
