"""The service as its users run it: the real program, loopback sites, a real database and a real outbox."""

from __future__ import annotations

import email
import json
import os
import signal
import socket
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.policy import default
from typing import TYPE_CHECKING, Any

from sample_service import BAD, GOOD, events, running, wait_for

from monitor.core import jobs
from monitor.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from sample_service import Service


def test_from_an_empty_folder_to_a_digest_that_is_sent_once(service: Service) -> None:
    polled = service.run_anew("poll", "--format", "json")
    assert polled.returncode == 1, polled.stderr  # two feeds are broken, and that is said
    totals = json.loads(polled.stdout)
    assert totals["polled"] == len(GOOD) + len(BAD)
    assert totals["failed"] == len(BAD)
    assert totals["articles"] == 23
    assert totals["hits"] > 5

    hits = service.json("hits")
    assert len(hits) == totals["hits"]
    assert {hit["topic"] for hit in hits} == {"chip-export-controls", "eu-ai-act"}
    for hit in hits:
        for item in hit["evidence"]:
            start = item["start"] - item["sentence_start"]
            assert item["sentence"][start : start + item["end"] - item["start"]] == item["as_written"]

    sent = service.run("digest", "send", "brief")
    assert sent.returncode == 0, sent.stderr
    (mail,) = service.outbox.glob("*.eml")
    message = email.message_from_bytes(mail.read_bytes(), policy=default)
    text = message.get_body(("plain",)).get_content()
    assert "widens export controls" in text
    assert "Vanished Weekly" in text  # in the coverage report, as a feed that failed
    assert message["Message-ID"]

    again = service.run("digest", "send", "brief")
    assert again.returncode == 0
    assert "no new hits" in again.stderr
    assert len(list(service.outbox.glob("*.eml"))) == 1


def test_a_daemon_that_is_killed_leaves_nothing_half_done_and_the_next_one_alerts_once_and_ends_on_sigterm(
    service: Service,
) -> None:
    service.know_feeds()
    killed = service.start("run")
    wait_for(events(killed), "feed changed")
    killed.kill()
    killed.communicate()
    assert service.inside("db", "check")[0] == 0

    daemon = service.start("run")
    try:
        log = events(daemon)
        wait_for(log, "started")
        wait_for(log, "delivered", kind="alert")
        assert service.inside("health") == (0, "well\n")

        second = service.run("run")
        assert second.returncode == 1
        assert len(second.stderr.strip().splitlines()) == 1

        daemon.send_signal(signal.SIGTERM)
        wait_for(log, "stopped")
        assert daemon.wait(30) == 0
    finally:
        daemon.kill()
        daemon.communicate()

    deliveries = service.json("deliveries")
    assert {item["kind"] for item in deliveries} == {"alert"}
    assert_all_sent_once(service, deliveries)
    assert service.inside("db", "check")[0] == 0
    service.json("poll", "--all")  # feeds that were not polled before the daemon ended
    assert service.json("poll", "--all")["entries_new"] == 0


def test_a_digest_that_was_missed_contains_what_the_first_polls_after_the_start_find(service: Service) -> None:
    service.know_feeds()
    missed = datetime.now(UTC) - timedelta(days=2)
    with closing(Store(f"sqlite:///{service.folder / 'monitor.db'}")) as store:
        store.record_run("brief", missed, since=missed, until=missed, hit_ids=(), messages=(), now=missed)
        store.record_heartbeat(jobs.DAEMON, missed)
    systemd = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    systemd.bind(f"\0monitor-test-{os.getpid()}")
    systemd.settimeout(120)
    service.environment |= {"NOTIFY_SOCKET": f"@monitor-test-{os.getpid()}", "WATCHDOG_USEC": "60000000"}
    daemon = service.start("run")
    try:
        log = events(daemon)
        assert {systemd.recv(64), systemd.recv(64)} == {b"READY=1", b"WATCHDOG=1"}
        wait_for(log, "delivered", kind="notice")
        wait_for(log, "delivered", kind="digest")
        daemon.send_signal(signal.SIGTERM)
        wait_for(log, "stopped")
        assert b"STOPPING=1" in iter(lambda: systemd.recv(64), b"")
    finally:
        systemd.close()
        daemon.kill()
        daemon.communicate()
    sent = service.json("deliveries")
    assert sum(item["kind"] == "digest" for item in sent) == 1
    (notice,) = [item["subject"] for item in sent if item["kind"] == "notice"]
    assert notice.startswith(f"Operator: 1 new problem: the daemon did not run from {missed:%Y-%m-%d %H:%M} to ")
    assert "widens export controls" in next(service.outbox.glob("digest*brief*.txt")).read_text(encoding="utf-8")


def assert_all_sent_once(service: Service, deliveries: list[dict[str, Any]]) -> None:
    """What was taken was sent, each message once; an alert of what came last may wait for the next daemon."""
    sent = [item for item in deliveries if item["state"] == "sent"]
    assert {item["state"] for item in deliveries} - {"queued"} == {"sent"}
    assert len({item["message_key"] for item in sent}) == len(sent) == len(list(service.outbox.glob("*.eml")))


def test_the_same_on_postgresql(tmp_path: Path, postgres_url: str) -> None:
    with running(tmp_path, ("meridian-wire", "donghai-daily"), postgres_url) as service:
        assert service.json("poll")["hits"] > 0
        assert service.json("poll", "--all")["unchanged"] == 2
        assert len(service.json("stories")) >= 2
        assert service.inside("digest", "send", "brief")[0] == 0
        assert service.inside("digest", "send", "brief") == (0, "")
        assert len(list(service.outbox.glob("*.eml"))) == 1
        assert service.inside("db", "check")[0] == 0
