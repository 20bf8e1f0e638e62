"""Findings of `monitor doctor` about a daemon, its clock, its feeds and its outbox."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
from config_samples import minimal

from monitor import settings
from monitor.app import App
from monitor.configuration import record_accepted
from monitor.core import jobs
from monitor.core.errors import DatabaseError, Problem
from monitor.core.model import FeedId, FeedState, Health, Message, Poll, Refusal, Unchanged
from monitor.diagnostics import doctor

if TYPE_CHECKING:
    from pathlib import Path

    from monitor.diagnostics.service_checks import Finding
    from monitor.settings import Settings
    from monitor.store import Store

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def loaded(tmp_path: Path) -> Settings:
    return settings.load(minimal(tmp_path / "config"), {})


def examined(loaded: Settings, store: Store) -> list[Finding]:
    return list(
        doctor.run_checks(
            lambda: loaded, lambda: loaded, lambda _: App(settings=loaded, store=store, clock=lambda: NOW)
        )
    )


def of(area: str, findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.level, finding.text) for finding in findings if finding.area == area]


def polled(store: Store, health: Health, reason: str, at: datetime = NOW) -> None:
    state = FeedState(feed_id=FeedId("one"), health=health, reason=reason, last_poll_at=at, next_poll_at=at)
    store.record(Poll(feed_id=FeedId("one"), started_at=at, finished_at=at, outcome=Unchanged(), state=state))


def test_a_daemon_with_recent_heartbeats_is_healthy(loaded: Settings, store: Store) -> None:
    for job in jobs.WATCHED:
        store.record_heartbeat(job.name, NOW - timedelta(seconds=4))
    assert of("daemon", examined(loaded, store)) == [("ok", "last heartbeat 4 s ago")]


def test_a_daemon_without_recent_heartbeats_is_reported(loaded: Settings, store: Store) -> None:
    store.record_heartbeat(jobs.DAEMON, NOW - timedelta(hours=1))
    ((level, text),) = of("daemon", examined(loaded, store))
    assert level == "bad"
    assert "sent no heartbeat since 2026-05-01 11:00" in text


def test_a_step_of_the_clock_is_shown_and_makes_no_clock_wrong(loaded: Settings, store: Store) -> None:
    store.record_heartbeat(jobs.CLOCK_BEFORE_STEP, NOW + timedelta(minutes=50))
    store.record_heartbeat(jobs.CLOCK_AFTER_STEP, NOW - timedelta(minutes=10))
    assert [level for level, _ in of("clock", examined(loaded, store))] == ["note", "ok"]
    assert of("clock", examined(loaded, store))[0][1] == (
        "the clock stepped back by 1 hour while the daemon ran, to 2026-05-01 11:50:00 UTC"
    )


def test_an_edit_that_the_daemon_refused_is_reported_until_one_is_taken(loaded: Settings, store: Store) -> None:
    problem = Problem("config/feeds.yaml", 3, 5, "C002", "unknown key 'ulr'")
    store.save_refusals([Refusal(problem=problem, more=1)], NOW)
    line = (
        "an edit is not in force: config/feeds.yaml:3:5: C002 unknown key 'ulr' (and 1 more error); "
        "the last good configuration stays in force"
    )
    assert ("bad", line) in of("daemon", examined(loaded, store))
    record_accepted(store, loaded, NOW)
    assert not any("not in force" in text for _, text in of("daemon", examined(loaded, store)))


@pytest.mark.parametrize(
    ("health", "level"),
    [
        (Health.FAILING, "bad"),
        (Health.GONE, "bad"),
        (Health.LAYOUT_CHANGED, "bad"),
        (Health.SILENT, "note"),
        (Health.FROZEN, "note"),
    ],
)
def test_a_feed_that_fails_is_named_with_its_reason(loaded: Settings, store: Store, health: Health, level: str) -> None:
    polled(store, health, "http: 404")
    assert of("feeds", examined(loaded, store))[1:] == [(level, f"one is {health}: http: 404")]


def test_a_healthy_feed_is_not_named(loaded: Settings, store: Store) -> None:
    polled(store, Health.OK, "")
    assert of("feeds", examined(loaded, store)) == [("ok", "1 of 1 feed was polled, the last at 2026-05-01 12:00 UTC")]


def test_a_clock_that_jumped_back_is_noticed(loaded: Settings, store: Store) -> None:
    polled(store, Health.OK, "", at=NOW + timedelta(days=2))
    ((level, text),) = of("clock", examined(loaded, store))
    assert level == "bad"
    assert "2026-05-03" in text


def test_a_delivery_that_was_given_up_is_reported_for_a_week(loaded: Settings, store: Store) -> None:
    for reader, at in (("ben@example.org", NOW - timedelta(days=8)), ("ana@example.org", NOW)):
        store.enqueue(
            Message(key=reader, kind="test", channel="outbox", subject="s", text="t", recipients=(reader,)), at
        )
        ((delivery, _),) = store.claim_deliveries(at)
        store.give_up(delivery.id, at, "mailbox full")
    (_, count), (level, text) = of("outbox", examined(loaded, store))
    assert count.startswith("1 delivery failed for good in the last 7 days")
    assert level == "bad"
    assert "ana@example.org" in text
    assert "mailbox full" in text


def test_of_many_deliveries_that_fail_the_rest_is_counted_and_each_says_if_it_is_tried_again(
    loaded: Settings, store: Store
) -> None:
    readers = tuple(f"{number}@example.org" for number in range(12))
    store.enqueue(Message(key="test/1", kind="test", channel="a", subject="s", text="t", recipients=readers), NOW)
    for number, (delivery, _) in enumerate(store.claim_deliveries(NOW)):
        if number % 2:
            store.give_up(delivery.id, NOW, "mailbox full")
        else:
            store.retry_later(delivery.id, NOW + timedelta(hours=1), "greylisted")
    texts = [text for _, text in of("outbox", examined(loaded, store))]
    assert len(texts) == 11
    assert texts[0] == (
        "6 deliveries failed for good in the last 7 days, 6 waiting to be sent again: "
        "see `monitor deliveries --failed`, `--retry ID` sends one again"
    )
    assert texts[1].endswith("by a failed: mailbox full")
    assert texts[2].endswith("by a waits to be sent again: greylisted")


def test_a_channel_that_is_paused_is_reported_with_its_waiting_messages(loaded: Settings, store: Store) -> None:
    for number in range(3):
        store.enqueue(Message(key=f"test/{number}", kind="test", channel="outbox", subject="s", text="t"), NOW)
    for delivery, _ in store.claim_deliveries(NOW):
        store.give_up(delivery.id, NOW, "http 410")
    (level, text), (_, counts) = of("outbox", examined(loaded, store))
    assert level == "bad"
    assert counts.startswith("0 deliveries failed for good in the last 7 days, 3 waiting to be sent again")
    assert text == (
        "channel outbox is paused since 2026-05-01 12:00 UTC: http 410; 3 deliveries wait, "
        "next attempt at 2026-05-01 13:00 UTC"
    )


def test_a_database_that_cannot_be_opened_ends_the_check_with_its_reason(loaded: Settings) -> None:
    def refuse(_: Settings) -> App:
        raise DatabaseError("database: gone")

    assert list(doctor.run_checks(lambda: loaded, lambda: loaded, refuse))[-1].text == "database: gone"


def test_a_database_that_fails_during_the_check_is_a_finding_after_those_that_were_made(
    loaded: Settings, store: Store
) -> None:
    with store._writer.begin() as connection:
        connection.exec_driver_sql("DROP TABLE backups")
    findings = of("database", examined(loaded, store))
    assert (findings[-1][0], "no such table: backups" in findings[-1][1]) == ("bad", True)
    assert len(findings) > 1


def test_a_configuration_that_watches_nothing_is_bad(tmp_path: Path, store: Store) -> None:
    folder = minimal(tmp_path / "config")
    (folder / "feeds.yaml").write_text("feeds: []\n")
    (folder / "rules" / "one.yaml").unlink()
    empty = settings.load(folder, {})
    bad = [text for level, text in of("config", examined(empty, store)) if level == "bad"]
    assert len(bad) == 2


def test_of_a_refused_configuration_only_the_errors_are_bad(tmp_path: Path, store: Store) -> None:
    folder = minimal(tmp_path / "other")
    (folder / "feeds.yml").write_text("feeds: []\n")
    (folder / "feeds.yaml").write_text("feed: []\n")
    load = partial(settings.load, folder, {})
    found = doctor.run_checks(load, load, lambda read: App(settings=read, store=store))
    config_findings = of("config", list(found))
    assert {level for level, text in config_findings if ": error: " in text} == {"bad"}
    assert {level for level, text in config_findings if ": warning: " in text} == {"note"}


def test_a_channel_to_a_private_address_or_into_no_folder_is_bad(tmp_path: Path, store: Store) -> None:
    folder = minimal(tmp_path / "config")
    text = """
channels:
  outbox: {type: file, dir: outbox}
  taken: {type: file, dir: /dev/null/outbox}
  inside: {type: webhook, url: "http://10.0.0.5:8000/in?key=canary"}
  here: {type: webhook, url: "https://localhost/in"}
  allowed: {type: webhook, url: "http://192.168.1.20/in"}
  mail: {type: email, smtp: "smtp://user:canary@10.0.0.6", from: a@b.example, to: [c@d.example]}
"""
    (folder / "channels.yaml").write_text(text, encoding="utf-8")
    (folder / "monitor.yaml").write_text("fetch: {allow_networks: [192.168.1.0/24]}\n", encoding="utf-8")
    findings = of("channels", examined(settings.load(folder, {}), store))
    private = "this is a private address, which is refused: add it to fetch.allow_networks"
    assert findings == [
        ("ok", "outbox (file)"),
        ("bad", "taken (file); /dev/null is not a folder"),
        ("bad", f"inside (webhook) connects to 10.0.0.5:8000; {private}"),
        ("bad", f"here (webhook) connects to localhost:443; {private}"),
        ("ok", "allowed (webhook) connects to 192.168.1.20:80"),
        ("ok", "mail (email) connects to 10.0.0.6:587"),
    ]


def test_a_translator_of_headlines_is_tried(tmp_path: Path, store: Store) -> None:
    config = minimal(tmp_path / "config")
    head = "digests: [{id: d, title: D, schedule: '0 8 * * *', channels: [outbox], translate: {command: [%s]}}]\n"
    (config / "digests.yaml").write_text(head % "/no/such/translator", "utf-8")
    ((level, text),) = of("translation", examined(settings.load(config, {}), store))
    assert (level, text) == (
        "bad",
        "headlines from fr to en: /no/such/translator could not be started: No such file or directory",
    )
    (config / "digests.yaml").write_text(head % "cat", "utf-8")
    expected = [("ok", "headlines from fr to en: the translator answers")]
    assert of("translation", examined(settings.load(config, {}), store)) == expected
