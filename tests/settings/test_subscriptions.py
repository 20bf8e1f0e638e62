"""Subscriptions and quiet hours in digests.yaml: what they become, and what is refused."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from config_samples import FILES

from monitor import settings
from monitor.core.errors import ConfigurationError
from monitor.core.model import TranslateConfig

CHANNELS = """\
channels:
  outbox: {type: file, dir: data/outbox}
  mail: {type: email, smtp: "smtp://127.0.0.1:2525", from: m@example.org, to: [team@example.org]}
"""
HEAD = 'digests:\n  - {id: daily, title: Daily, schedule: "0 8 * * *", timezone: Europe/Brussels'
ALERTS = ", channels: [outbox]}\nalerts:"


def load(folder, digests):
    for name, text in (FILES | {"channels.yaml": CHANNELS, "digests.yaml": digests}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return settings.load(folder, {})


def test_each_recipient_is_a_digest_with_its_own_schedule_zone_and_topics(tmp_path):
    recipients = (
        "[{address: Anna@Example.org}, {address: b@example.org, timezone: Asia/Tokyo, schedule: '0 16 * * fri'}]"
    )
    loaded = load(tmp_path, f"{HEAD}, channels: [outbox], via: mail, recipients: {recipients}}}\n")
    assert [(each.id, each.recipient, each.channels, each.timezone, each.schedule) for each in loaded.digests] == [
        ("daily", "", ("outbox",), "Europe/Brussels", "0 8 * * *"),
        ("daily:anna@example.org", "Anna@Example.org", ("mail",), "Europe/Brussels", "0 8 * * *"),
        ("daily:b@example.org", "b@example.org", ("mail",), "Asia/Tokyo", "0 16 * * fri"),
    ]
    alone = load(tmp_path, f"{HEAD}, via: mail, recipients: [{{address: a@example.org}}]}}\n")
    assert [each.id for each in alone.digests] == ["daily:a@example.org"]


@pytest.mark.parametrize("recipients", ["[a@example.org, {address: b@example.org}]", "'a@example.org, b@example.org'"])
def test_a_recipient_may_be_a_mere_address(tmp_path, recipients):
    loaded = load(tmp_path, f"{HEAD}, via: mail, recipients: {recipients}}}\n")
    assert [each.recipient for each in loaded.digests] == ["a@example.org", "b@example.org"]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("", "goes nowhere; name channels, or recipients with via"),
        (", recipients: [{address: a@example.org}]", "has recipients but no via"),
        (", channels: [outbox], via: mail", "has via but no recipients"),
        (", via: outbox, recipients: [{address: a@example.org}]", "must be a channel of type email"),
        (", via: mail, recipients: [a@example.org, Anna <A@example.org>]", "names the recipient a@example.org twice"),
        (", via: mail, recipients: [{address: nobody}]", "address"),
        (", via: mail, recipients: [nobody]", "address"),
        (f"{ALERTS} {{min_priority: high", "goes nowhere; name channels, or recipients with via"),
        (f"{ALERTS} {{via: outbox, recipients: [{{address: a@example.org}}]", "must be a channel of type email"),
        (f"{ALERTS} {{via: mail, recipients: [{{address: a@example.org}}, {{address: A <A@example.org>}}]", "twice"),
    ],
)
def test_a_subscription_or_alerts_that_could_not_be_sent_are_refused(tmp_path, keys, said):
    with pytest.raises(ConfigurationError) as refused:
        load(tmp_path, f"{HEAD}{keys}}}\n")
    assert said in str(refused.value)


def test_each_reader_has_quiet_hours_in_their_own_time_zone(tmp_path):
    recipients = "[{address: a@example.org}, {address: b@example.org, timezone: Asia/Tokyo, quiet_hours: 20:00-09:00}]"
    readers = f"via: mail, recipients: {recipients}"
    loaded = load(tmp_path, f"{HEAD}, quiet_hours: 22:00-07:00, {readers}}}\nalerts: {{{readers}}}\n")
    assert [(each.timezone, each.quiet_hours) for each in loaded.digests] == [
        ("Europe/Brussels", (time(22), time(7))),
        ("Asia/Tokyo", (time(20), time(9))),
    ]
    assert [(each.timezone, each.quiet_hours) for each in loaded.alerts.readers] == [
        (loaded.monitor.timezone, None),
        ("Asia/Tokyo", (time(20), time(9))),
    ]


def test_headlines_are_translated_only_by_what_is_named(tmp_path):
    digest = f"{HEAD}, channels: [outbox]"
    assert load(tmp_path, f"{digest}}}\n").digests[0].translate is None
    command = "[/opt/mt, '{source}', -q, ~/words, '']"
    named = load(tmp_path, f"{digest}, translate: {{command: {command}, timeout: 10s}}}}\n").digests[0]
    program = ("/opt/mt", "{source}", "-q", "~/words", "")
    assert named.translate == TranslateConfig(command=program, timeout=timedelta(seconds=10))
    assert load(tmp_path, f"{digest}, translate: {{argos: true}}}}\n").digests[0].translate == TranslateConfig()
    for wrong in (
        "{timeout: 10s}",
        "{command: [/opt/mt], argos: true}",
        "{command: [/opt/mt], timeout: 1h}",
        "{command: [~/mt, -q]}",
        "{command: ['', -q]}",
    ):
        with pytest.raises(ConfigurationError):
            load(tmp_path, f"{digest}, translate: {wrong}}}\n")


def test_quiet_hours_are_two_times_of_a_day(tmp_path):
    alerts = f"{HEAD}, channels: [outbox]}}\nalerts: {{channels: [outbox], quiet_hours: %s}}\n"
    assert load(tmp_path, alerts % '"22:00-7:00"').alerts.quiet_hours == (time(22), time(7))
    for wrong in ('"22-7"', '"25:00-07:00"', '"07:00-07:00"', "[1]"):
        with pytest.raises(ConfigurationError):
            load(tmp_path, alerts % wrong)
