from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.web.keys import SESSION, Keys

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
KEYS = Keys(token="secret", secret="random")
OPEN = Keys(token="", secret="random")


def test_a_session_is_taken_until_it_runs_out():
    cookie = KEYS.session(NOW, "nonce")
    assert KEYS.admits(cookie, NOW)
    assert KEYS.admits(cookie, NOW + SESSION - timedelta(seconds=2))
    assert not KEYS.admits(cookie, NOW + SESSION + timedelta(seconds=2))


@pytest.mark.parametrize("cookie", ["", ".", "..", "9999999999.x.", "9999999999.x.aa", "x", "\udcff.é.ü"])
def test_no_made_up_cookie_is_taken(cookie):
    assert not KEYS.admits(cookie, NOW)
    assert not OPEN.admits(cookie, NOW)


def test_a_session_cannot_be_made_longer():
    _, nonce, signature = KEYS.session(NOW, "nonce").split(".")
    assert not KEYS.admits(f"99999999999.{nonce}.{signature}", NOW)


def test_another_token_ends_every_session():
    assert not Keys(token="other", secret="random").admits(KEYS.session(NOW, "nonce"), NOW)


def test_nothing_that_is_given_away_tells_the_token_or_opens_another_door():
    given = [KEYS.session(NOW, "n"), KEYS.form("session"), KEYS.feed()]
    assert all("secret" not in each for each in given)
    assert not any(KEYS.known(each) for each in given)
    assert not KEYS.reads_feed(KEYS.form(""))
    assert not KEYS.admits(KEYS.feed(), NOW)


def test_what_strangers_see_hangs_on_no_token():
    assert KEYS.form("") == Keys(token="another", secret="random").form("")
    assert KEYS.form("") != Keys(token="secret", secret="another run").form("")


def test_a_session_outlives_the_process():
    assert Keys(token="secret", secret="another run").admits(KEYS.session(NOW, "nonce"), NOW)
    assert Keys(token="secret", secret="another run").reads_feed(KEYS.feed())


def test_the_token_is_known_and_nothing_else_and_without_one_nobody_is():
    assert KEYS.known("secret")
    assert not any(KEYS.known(each) for each in ("", "Secret", "secret ", "random"))
    assert not OPEN.known("")


def test_a_form_belongs_to_one_session():
    assert KEYS.sent_by_us(KEYS.form("one"), "one")
    assert not KEYS.sent_by_us(KEYS.form("one"), "two")
    assert not KEYS.sent_by_us("", "one")
    assert OPEN.form("") != Keys(token="", secret="another run").form("")


def test_the_key_of_the_feed_reads_the_feed_as_the_token_does():
    assert KEYS.reads_feed(KEYS.feed())
    assert KEYS.reads_feed("secret")
    assert not KEYS.reads_feed("")
