from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.web.signing import SESSION_LENGTH, Signer

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
SIGNER = Signer(token="secret", secret="random")
PUBLIC = Signer(token="", secret="random")


def test_a_session_is_valid_until_it_expires():
    cookie = SIGNER.create_session(NOW, "nonce")
    assert SIGNER.is_session(cookie, NOW)
    assert SIGNER.is_session(cookie, NOW + SESSION_LENGTH - timedelta(seconds=2))
    assert not SIGNER.is_session(cookie, NOW + SESSION_LENGTH + timedelta(seconds=2))


@pytest.mark.parametrize("cookie", ["", ".", "..", "9999999999.x.", "9999999999.x.aa", "x", "\udcff.é.ü"])
def test_a_forged_cookie_is_invalid(cookie):
    assert not SIGNER.is_session(cookie, NOW)
    assert not PUBLIC.is_session(cookie, NOW)


def test_the_expiry_of_a_session_is_signed():
    _, nonce, signature = SIGNER.create_session(NOW, "nonce").split(".")
    assert not SIGNER.is_session(f"99999999999.{nonce}.{signature}", NOW)


def test_a_new_token_ends_every_session():
    assert not Signer(token="other", secret="random").is_session(SIGNER.create_session(NOW, "nonce"), NOW)


def test_no_signed_value_contains_the_token_or_stands_in_for_another():
    given = [SIGNER.create_session(NOW, "n"), SIGNER.csrf_token("session"), SIGNER.feed_key()]
    assert all("secret" not in each for each in given)
    assert not any(SIGNER.is_token(each) for each in given)
    assert not SIGNER.opens_feed(SIGNER.csrf_token(""))
    assert not SIGNER.is_session(SIGNER.feed_key(), NOW)


def test_the_csrf_token_of_anonymous_visitors_does_not_depend_on_the_token():
    assert SIGNER.csrf_token("") == Signer(token="another", secret="random").csrf_token("")
    assert SIGNER.csrf_token("") != Signer(token="secret", secret="another run").csrf_token("")


def test_a_session_is_valid_after_a_restart():
    assert Signer(token="secret", secret="another run").is_session(SIGNER.create_session(NOW, "nonce"), NOW)
    assert Signer(token="secret", secret="another run").opens_feed(SIGNER.feed_key())


def test_only_the_configured_token_is_accepted():
    assert SIGNER.is_token("secret")
    assert not any(SIGNER.is_token(each) for each in ("", "Secret", "secret ", "random"))
    assert not PUBLIC.is_token("")


def test_a_csrf_token_belongs_to_one_session():
    assert SIGNER.is_csrf_token(SIGNER.csrf_token("one"), "one")
    assert not SIGNER.is_csrf_token(SIGNER.csrf_token("one"), "two")
    assert not SIGNER.is_csrf_token("", "one")
    assert PUBLIC.csrf_token("") != Signer(token="", secret="another run").csrf_token("")


def test_the_feed_opens_with_its_key_or_the_token():
    assert SIGNER.opens_feed(SIGNER.feed_key())
    assert SIGNER.opens_feed("secret")
    assert not SIGNER.opens_feed("")
