"""Secrets stay secret, and all secrets of a configuration are found."""

import copy
import json

import pytest

from monitor.channels.apprise.config import AppriseConfig
from monitor.channels.email.config import EmailConfig
from monitor.channels.slack.config import SlackConfig
from monitor.config_types.credentials import Secret, secrets_in

CONFIGS = [
    EmailConfig(type="email", smtp="smtp://u:canary@h", to="c@d.example", **{"from": "a@b.example"}),
    SlackConfig(type="slack", webhook="https://h.example/canary"),
    AppriseConfig(type="apprise", url="json://canary"),
]


def test_a_secret_shows_itself_only_when_asked():
    secret = Secret("canary")
    shown = [repr(secret), str(secret), f"{secret}", f"{secret!r:>9}", f"{[secret]}", *map(repr, CONFIGS)]
    assert not [text for text in shown if "canary" in text]
    assert secret.reveal() == "canary"
    with pytest.raises(TypeError):
        json.dumps(secret)


def test_the_secrets_of_channels_are_found_wherever_they_are():
    found = [secret.reveal() for secret in secrets_in({"channels": tuple(CONFIGS)})]
    assert found == ["canary", "https://h.example/canary", "json://canary"]


def test_secrets_compare_by_content_and_with_secrets_only():
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert hash(Secret("a")) == hash(Secret("a"))
    assert copy.deepcopy(Secret("a")) == Secret("a")
    assert Secret("a")
    assert not Secret("")
