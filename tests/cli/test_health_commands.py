"""health and doctor: output and exit codes."""

from __future__ import annotations

import socket
import threading
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from monitor.cli.daemon import _read_at_start
from monitor.cli.session import Session
from monitor.core import jobs
from monitor.core.jobs import WATCHED
from monitor.core.model import Changed, Message, Poll
from monitor.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable

    from sample_service import Service


def test_health_without_a_daemon_is_1_with_the_reason(monitor: Callable) -> None:
    result = monitor("health")
    assert (result.code, result.out) == (1, "")
    assert "no daemon" in result.err


def test_health_after_a_heartbeat_is_0(monitor: Callable, service: Service) -> None:
    store = Store(f"sqlite:///{service.folder / 'monitor.db'}")
    for job in WATCHED:
        store.record_heartbeat(job.name, datetime.now(UTC))
    store.close()
    assert monitor("health").code == 0


def test_health_says_degraded_while_too_few_feeds_are_polled_and_is_1_when_no_poll_ends(
    monitor: Callable, service: Service
) -> None:
    file = service.config / "monitor.yaml"
    file.write_text(f"{file.read_text()}coverage: {{alert_below: 0.9}}\n")
    now = datetime.now(UTC)
    late = now - timedelta(hours=3)
    with closing(Store(f"sqlite:///{service.folder / 'monitor.db'}")) as store:
        for job in WATCHED:
            store.record_heartbeat(job.name, now)
        store.record_heartbeat(jobs.DAEMON_STARTED, now - timedelta(hours=9))
        result = monitor("health")
        assert (result.code, result.out) == (0, "degraded\nonly 6 of 8 feeds could be polled in the last day\n")
        for feed_id, state in store.states().items():
            overdue = replace(state, last_poll_at=late, next_poll_at=late)
            poll = Poll(feed_id=feed_id, started_at=late, finished_at=late, outcome=Changed(entries=()), state=overdue)
            store.record(poll)
    result = monitor("health")
    assert (result.code, result.out) == (1, "")
    assert "no poll has ended since" in result.err


def test_health_counts_all_messages_that_wait_for_a_channel(monitor: Callable, service: Service) -> None:
    now = datetime.now(UTC)
    queued_at = now - timedelta(hours=2)
    recipients = tuple(f"r{number}@example.org" for number in range(150))
    message = Message(key="k", kind="digest", channel="outbox", subject="s", text="t", recipients=recipients)
    with closing(Store(f"sqlite:///{service.folder / 'monitor.db'}")) as store:
        for job in WATCHED:
            store.record_heartbeat(job.name, now)
        store.enqueue(message, queued_at)
        for delivery, _ in store.claim_deliveries(queued_at, 150):
            store.retry_later(delivery.id, now + timedelta(hours=1), "451 try again later")
    result = monitor("health")
    assert result.code == 0
    assert "degraded\n150 messages wait for the channel outbox, since" in result.out


def test_an_unwell_daemon_is_reported_with_what_else_is_wrong_and_may_be_the_cause(
    monitor: Callable, service: Service
) -> None:
    now = datetime.now(UTC)
    queued_at = now - timedelta(hours=2)
    message = Message(key="k", kind="digest", channel="outbox", subject="s", text="t", recipients=("outbox",))
    with closing(Store(f"sqlite:///{service.folder / 'monitor.db'}")) as store:
        store.record_heartbeat(jobs.DAEMON, now - timedelta(hours=1))
        store.enqueue(message, queued_at)
        ((delivery, _),) = store.claim_deliveries(queued_at)
        store.retry_later(delivery.id, now + timedelta(hours=1), "the disk is full")
    result = monitor("health")
    assert (result.code, result.out) == (1, "")
    first, second = result.err.splitlines()
    assert first.startswith("the daemon has sent no heartbeat since")
    assert second.endswith("the disk is full")


def test_the_health_of_the_workers_of_this_machine_is_their_own(monitor: Callable, service: Service) -> None:
    assert "no worker has ever run on" in monitor("health", "--role", "worker").err
    store = Store(f"sqlite:///{service.folder / 'monitor.db'}")
    store.record_heartbeat(jobs.worker_heartbeat_name(socket.gethostname()), datetime.now(UTC))
    store.close()
    assert monitor("health", "--role", "worker").code == 0


def test_the_health_of_the_page_is_whether_it_answers(monitor: Callable, service: Service) -> None:
    text = (service.config / "monitor.yaml").read_text()
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        service.write("monitor.yaml", text.replace("127.0.0.1:0", address))

        def answer() -> None:
            visitor, _ = server.accept()
            with visitor:
                visitor.recv(1000)
                visitor.sendall(b"HTTP/1.1 503 X\r\ncontent-length: 0\r\n\r\n")

        page = threading.Thread(target=answer)
        page.start()
        assert monitor("health", "--role", "web").code == 0  # that it says not ok is the daemon's health
        page.join()
    result = monitor("health", "--role", "web")
    assert result.code == 1
    assert f"the web page at {address} does not answer" in result.err


def test_health_without_a_database_is_1(monitor: Callable, service: Service) -> None:
    (service.folder / "monitor.db").unlink()
    assert monitor("health").code == 1


def test_the_doctor_names_failing_feeds(monitor: Callable) -> None:
    result = monitor("doctor", "--format", "json")
    findings = result.json
    assert result.code == 1
    bad = [finding["text"] for finding in findings if finding["level"] == "bad"]
    assert any("vanished-weekly" in text and "404" in text for text in bad)
    assert {"versions", "config", "database", "disk", "clock", "daemon", "feeds", "outbox"} <= {
        finding["area"] for finding in findings
    }


def test_the_doctor_and_the_daemon_warn_of_rules_for_which_other_commands_do_not_check_them(
    monitor: Callable, service: Service
) -> None:
    found = monitor("doctor", "--format", "json").json
    assert [each["level"] for each in found if "W103 'AI chip' adds nothing" in each["text"]] == ["note"]
    session = Session(service.config)
    assert [problem.code for problem in _read_at_start(session).warnings] == ["W103"]
    assert session.settings().warnings == ()


def test_the_doctor_goes_on_where_the_configuration_is_refused(monitor: Callable, service: Service) -> None:
    service.write("feeds.yaml", "feeds: 7\n")
    result = monitor("doctor", "--format", "json")
    assert result.code == 1
    assert any(finding["area"] == "versions" for finding in result.json)
    assert any(finding["area"] == "config" and finding["level"] == "bad" for finding in result.json)


def test_the_doctor_says_when_there_is_no_database(monitor: Callable, service: Service) -> None:
    (service.folder / "monitor.db").unlink()
    result = monitor("doctor", "--format", "table")
    assert result.code == 1
    assert "monitor db upgrade" in " ".join(result.out.split())
