"""Addresses of mail servers: what they mean, and what is wrong with them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.channels.email.smtp_address import SmtpServer, parse_smtp
from monitor.config_types.credentials import Secret


@pytest.mark.parametrize(
    ("url", "host", "port", "security"),
    [
        ("smtp://mail.example.org", "mail.example.org", 587, "starttls"),
        ("smtp://mail.example.org:2525/?starttls=require", "mail.example.org", 2525, "starttls"),
        ("smtps://mail.example.org", "mail.example.org", 465, "tls"),
        ("smtps://mail.example.org:4650", "mail.example.org", 4650, "tls"),
        ("smtp://mail.example.org/?starttls=off", "mail.example.org", 25, "plain"),
        ("smtp://localhost:1025", "localhost", 1025, "plain"),
        ("smtp://127.0.0.1", "127.0.0.1", 25, "plain"),
        ("smtp://[::1]:1025", "::1", 1025, "plain"),
        ("smtp://localhost/?starttls=require", "localhost", 587, "starttls"),
        ("smtp://localhost.example.org", "localhost.example.org", 587, "starttls"),
    ],
)
def test_only_this_machine_and_those_who_ask_get_plain_text(url, host, port, security):
    assert parse_smtp(url) == SmtpServer(host=host, port=port, security=security)


def test_user_and_password_are_unquoted():
    server = parse_smtp("smtp://team%40example.org:p%40ss%2Fw%3Ard@mail.example.org")
    assert (server.user, server.password) == ("team@example.org", Secret("p@ss/w:rd"))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mail.example.org", "must start with smtp://"),
        ("http://mail.example.org", "must start with smtp://"),
        ("", "must start with smtp://"),
        ("smtp://", "names no host"),
        ("smtp://user:pw@:587", "names no host"),
        ("smtp://can ary", "no host name has"),
        ("smtp://mail.example.org:port", "not an address"),
        ("smtp://mail.example.org:99999", "not an address"),
        ("smtp://[::1", "not an address"),
        ("smtp://user:can/ary@mail.example.org", "not an address"),
        ("smtp://mail.example.org/canary", "more than a host"),
        ("smtp://mail.example.org/?starttls=maybe", "starttls must be require or off"),
        ("smtp://mail.example.org/?canary=1", "only one is starttls"),
        ("smtps://mail.example.org/?starttls=off", "belongs to smtp:// only"),
    ],
)
def test_a_wrong_address_is_named_by_its_fault_and_never_shown(url, said):
    with pytest.raises(ValueError, match=said) as caught:
        parse_smtp(url)
    assert "canary" not in str(caught.value)


@given(st.text(max_size=60), st.sampled_from(["", "smtp://", "smtps://", "smtp://u:p@h/?"]))
def test_any_text_is_read_or_refused_in_one_line(text, prefix):
    try:
        outcome = parse_smtp(prefix + text).host
    except ValueError as error:
        outcome = str(error)
    assert outcome
    assert len(outcome.splitlines()) == 1
