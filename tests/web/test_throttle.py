"""Guessing is slowed down whichever way a secret is offered, and never in the way of the right one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from visitors import TOKEN, key_of, sign_in

from monitor.web import throttle
from monitor.web.asked import Refusal
from monitor.web.throttle import WrongSecrets, network_of

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


def bearer(token, client=None):
    forwarded = {"x-forwarded-for": client} if client else {}
    return {"authorization": f"Bearer {token}", **forwarded}


def by_header(visitor, token):
    return visitor.get("/api/v1/hits", headers=bearer(token))


def by_feed_address(visitor, token):
    return visitor.get("/hits.atom", params={"token": token})


WAYS = [by_header, by_feed_address, sign_in]


@pytest.mark.parametrize("offer", WAYS)
def test_wrong_tokens_are_slowed_down_in_every_way_to_offer_one(stranger, offer):
    codes = [offer(stranger, f"guess {number}").status_code for number in range(throttle.PER_CLIENT)]
    assert set(codes) == {401}
    refused = offer(stranger, "one more guess")
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= throttle.WINDOW


def test_the_ways_are_counted_together(stranger):
    codes = [WAYS[number % 3](stranger, f"guess {number}").status_code for number in range(throttle.PER_CLIENT)]
    assert set(codes) == {401}
    assert [offer(stranger, "guess").status_code for offer in WAYS] == [429, 429, 429]


def test_the_owner_is_let_in_however_much_others_guess(stranger):
    feed_key = _feed_key(stranger)
    for number in range(2 * throttle.PER_CLIENT):
        by_header(stranger, f"guess {number}")
    assert by_header(stranger, "guess").status_code == 429
    assert by_header(stranger, TOKEN).status_code == 200
    assert by_feed_address(stranger, TOKEN).status_code == 200
    assert by_feed_address(stranger, feed_key).status_code == 200
    assert sign_in(stranger).status_code == 303  # the page that asks for the token is shown, and the token is taken
    assert stranger.get("/hits").status_code == 200
    assert by_header(stranger, "guess").status_code == 200  # the session is known, whatever comes along with it


def _feed_key(visitor):
    page = visitor.get("/hits", headers=bearer(TOKEN)).text
    return page.split("hits.atom?", 1)[1].split("token=", 1)[1].split('"', 1)[0].split("&", 1)[0]


def test_without_a_secret_nothing_is_counted(stranger):
    for _ in range(2 * throttle.PER_CLIENT):
        assert stranger.get("/hits").status_code == 401
    assert key_of(stranger.get("/"))
    assert by_header(stranger, "guess").status_code == 401


def test_clients_behind_a_proxy_on_this_machine_are_told_apart(stranger):
    for number in range(throttle.PER_CLIENT + 1):
        last = stranger.get("/hits", headers=bearer(f"guess {number}", "203.0.113.7"))
    assert last.status_code == 429
    assert stranger.get("/hits", headers=bearer("guess", "203.0.113.8")).status_code == 401


def test_many_clients_together_are_limited_too(stranger):
    codes = [
        stranger.get("/hits", headers=bearer("guess", f"203.0.113.{number % 250}")).status_code
        for number in range(throttle.IN_ALL + 1)
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


def test_after_the_window_a_client_may_guess_again_and_a_clock_set_back_holds_nobody_up():
    wrong = WrongSecrets()
    for _ in range(throttle.PER_CLIENT):
        wrong.add("a", NOW)
    with pytest.raises(Refusal) as refused:
        wrong.add("a", NOW + timedelta(seconds=45))
    assert refused.value.headers == {"retry-after": "15"}
    wrong.add("a", NOW + timedelta(seconds=throttle.WINDOW))
    for _ in range(throttle.PER_CLIENT - 1):
        wrong.add("a", NOW + timedelta(seconds=throttle.WINDOW))
    wrong.add("a", NOW - timedelta(hours=1))


def test_a_flood_of_addresses_does_not_fill_the_memory():
    wrong = WrongSecrets()
    for number in range(throttle.CLIENTS + 50):
        wrong.add(f"client {number}", NOW + timedelta(seconds=number))
    assert len(wrong._clients) == throttle.CLIENTS
