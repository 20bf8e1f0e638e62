"""digest and deliveries: output and exit codes."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import mailserver
import pytest
from mailserver import Script

from monitor import settings
from monitor.app import App, open_app
from monitor.channels.email.sender import EmailChannel
from monitor.cli.digest import left_to_others, show_results
from monitor.core.model import DeliveryState, Message
from monitor.pipeline.resources import open_channel_builder
from monitor.store import DatabaseThread, Store

if TYPE_CHECKING:
    from collections.abc import Callable

    from sample_service import Service
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:aiosmtpd")
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("form", ["text", "html", "slack", "json"])
def test_a_digest_is_previewed_in_every_form_and_nothing_changes(form: str, monitor: Callable) -> None:
    result = monitor("digest", "preview", "brief", "--format", form, "--since", "1d")
    assert result.code == 0, result.err
    assert "from the archive" in result.out or "backfilled" in result.out
    assert monitor("deliveries", "--format", "json").json == []
    assert monitor("digest", "runs", "brief", "--format", "json").json == []


def test_a_digest_is_previewed_of_a_time_in_the_past(monitor: Callable) -> None:
    result = monitor("digest", "preview", "brief", "--format", "json", "--since", "14d", "--until", "7d")
    assert result.code == 0, result.err
    since, until = (datetime.fromisoformat(result.json[key]) for key in ("since", "until"))
    assert until - since == timedelta(days=7)
    result = monitor("digest", "preview", "brief", "--format", "json", "--since", "2026-03-29", "--until", "2026-03-31")
    assert (result.json["since"], result.json["until"]) == ("2026-03-29T00:00:00Z", "2026-03-31T00:00:00Z")
    assert result.json["hits"] == 0
    result = monitor("digest", "preview", "brief", "--since", "7d", "--until", "14d")
    assert (result.code, "begins after its end" in result.err) == (2, True)
    result = monitor("digest", "preview", "brief", "--format", "ics", "--since", "2026-03-29", "--until", "2026-03-31")
    assert (result.code, result.out) == (0, "")
    assert "No story of this digest states a date ahead" in result.err


def test_a_digest_is_sent_once_and_its_run_is_listed(monitor: Callable, service: Service) -> None:
    assert monitor("digest", "send", "brief").code == 0
    (run,) = monitor("digest", "runs", "brief", "--format", "json").json
    (listed,) = monitor("digest", "list", "--format", "json").json
    assert run["hits"] == listed["last_hits"] > 0
    result = monitor("digest", "send", "brief")
    assert (result.code, "no new hits" in result.err) == (0, True)


def test_a_new_digest_lists_no_run_for_the_time_before_it_was_configured(monitor: Callable, service: Service) -> None:
    with open_app(settings.load(service.config, {}), migrate=False) as app:
        app.store.record_run("brief", NOW, since=NOW, until=NOW, hit_ids=(), messages=(), now=NOW)
    (listed,) = monitor("digest", "list", "--format", "json").json
    assert listed["last_run_at"] is None
    assert datetime.fromisoformat(listed["next_run_at"]) > datetime.now(UTC)
    assert monitor("digest", "runs", "brief", "--format", "json").json == []
    assert "No runs yet. The first is due 20" in monitor("digest", "runs", "brief", "--format", "table").err


def test_a_digest_that_cannot_be_composed_names_the_row_that_cannot_be_read(
    monitor: Callable, service: Service
) -> None:
    with closing(sqlite3.connect(service.folder / "monitor.db")) as database, database:
        database.execute("UPDATE hits SET found_at = 'x'")
    result = monitor("digest", "send", "brief")
    assert (result.code, result.out) == (4, "")
    assert "hits" in result.err
    assert len(result.err.splitlines()) == 1


def test_sending_a_digest_lists_also_what_a_running_daemon_has_sent_or_will_send(
    monitor: Callable, service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    assert monitor("digest", "send", "brief").code == 0
    with open_app(settings.load(service.config, {}), migrate=False) as app:
        (sent,) = left_to_others(app, app.store.runs("brief", 1), results=[])
    show_results([], [sent, replace(sent, state=DeliveryState.SENDING)])
    of_daemon, waiting = capsys.readouterr().out.splitlines()
    assert of_daemon.startswith("  outbox -> outbox: sent by the daemon: ")
    assert "the daemon sends it, see `monitor deliveries`" in waiting


@dataclass
class DaemonInBetween(Script):
    """A mail server that has four mails before it, when a daemon sends what nobody has claimed yet."""

    send: Callable | None = None
    """What the daemon does."""
    begun: int = 0
    sent: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:  # noqa: N802
        self.begun += 1
        if self.begun == EmailChannel.concurrency:
            await asyncio.to_thread(self.send)
            self.sent.set()
        await self.sent.wait()
        return await super().handle_DATA(server, session, envelope)


def test_sending_a_digest_is_1_if_a_message_waits_after_an_error_of_the_daemon(
    monitor: Callable, service: Service
) -> None:
    async def send_as_daemon(app: App) -> None:
        async with open_channel_builder(app.settings.monitor, app.clock) as channels:
            with DatabaseThread() as database:
                await app.deliverer(database, channels(app.settings.channels)).send_queued()

    def daemon() -> None:
        with open_app(settings.load(service.config, {}), migrate=False) as app:
            asyncio.run(send_as_daemon(app))

    names = [f"reader{number}@example.org" for number in range(EmailChannel.concurrency + 1)]
    script = DaemonInBetween(rcpt={names[-1]: "451 4.3.0 try again later"}, send=daemon)
    with mailserver.in_thread(script) as port:
        mail = {"type": "email", "smtp": f"smtp://127.0.0.1:{port}", "from": "m@example.org", "to": names}
        service.write("channels.yaml", {"channels": {"mail": mail}})
        brief = {"id": "brief", "title": "Sample brief", "schedule": "0 8 * * *", "channels": ["mail"]}
        service.write("digests.yaml", {"digests": [brief]})
        result = monitor("digest", "send", "brief")
    assert len(script.mails) == EmailChannel.concurrency
    assert (result.code, f"{names[-1]}: waiting: 451 4.3.0 try again later" in result.out) == (1, True), result.out
    assert "`monitor deliveries --failed`" in result.err


def test_a_delivery_that_fails_stays_in_the_outbox_and_can_be_retried(monitor: Callable, service: Service) -> None:
    (service.folder / "outbox").write_text("a file where the folder should be")
    result = monitor("digest", "send", "brief")
    assert (result.code, " sent" in result.out, "outbox: waiting: " in result.out) == (1, False, True)
    (failed,) = monitor("deliveries", "--failed", "--format", "json").json
    assert failed["last_error"]
    (service.folder / "outbox").unlink()
    assert monitor("deliveries", "--retry", str(failed["id"])).code == 0
    monitor("digest", "send", "brief")
    assert [item["state"] for item in monitor("deliveries", "--format", "json").json if item["kind"] == "digest"] == [
        "sent"
    ]
    shown = monitor("deliveries", "--format", "table").out
    assert failed["last_error"][:12] not in shown, "what was mended is no answer any more"
    again = monitor("deliveries", "--retry", str(failed["id"]))
    assert (again.code, f"delivery {failed['id']} was sent to outbox" in again.err) == (2, True)


def subscribe(service: Service, *, channels: tuple[str, ...] = (), port: int = 9) -> None:
    """Give the digest two readers, whose mail server does not answer at this port unless a test runs one there."""
    outbox = {"type": "file", "dir": str(service.outbox)}
    mail = {"type": "email", "smtp": f"smtp://127.0.0.1:{port}", "from": "m@example.org", "to": ["team@example.org"]}
    service.write("channels.yaml", {"channels": {"outbox": outbox, "mail": mail}})
    anna, ben = {"address": "Anna <Anna@Example.org>"}, {"address": "ben@example.org", "topics": ["eu-ai-act"]}
    brief = {"id": "brief", "title": "Sample brief", "schedule": "0 8 * * *", "via": "mail", "recipients": [anna, ben]}
    other = {"id": "other", "title": "Another brief", "schedule": "0 8 * * *", "channels": ["outbox"]}
    service.write("digests.yaml", {"digests": [brief | {"channels": list(channels)}, other]})


def test_a_digest_of_recipients_only_is_previewed_sent_and_listed_for_each_of_them(
    monitor: Callable, service: Service
) -> None:
    script = Script()
    with mailserver.in_thread(script) as port:
        subscribe(service, port=port)
        shown = monitor("digest", "preview", "brief")
        assert (shown.code, "Shown as Anna <Anna@Example.org> receives it" in shown.err) == (0, True)
        assert monitor("digest", "preview", "brief", "--recipient", "ben@example.org").out != shown.out
        assert monitor("digest", "send", "brief", "--recipient", "BEN@example.org").code == 0
        assert [to for to, _ in script.mails] == [["ben@example.org"]]
        result = monitor("digest", "send", "brief")
    assert [to for to, _ in script.mails] == [["ben@example.org"], ["Anna@Example.org"]], result.err
    assert "brief:ben@example.org: no new hits" in result.err
    listed = {run["digest_id"] for run in monitor("digest", "runs", "brief", "--format", "json").json}
    assert listed == {"brief:anna@example.org", "brief:ben@example.org"}
    (of_ben,) = monitor("digest", "runs", "brief", "--recipient", "ben@example.org", "--format", "json").json
    assert of_ben["digest_id"] == "brief:ben@example.org"


def test_a_recipient_who_is_not_there_and_a_copy_of_several_digests_are_usage_errors(
    monitor: Callable, service: Service
) -> None:
    subscribe(service)
    result = monitor("digest", "send", "brief", "--recipient", "cleo@example.org")
    assert (result.code, "has no recipient 'cleo@example.org'; configured: Anna" in result.err) == (2, True)
    result = monitor("digest", "send", "brief", "--to", "outbox")
    assert (result.code, "choose one with --recipient" in result.err) == (2, True)
    assert monitor("digest", "send", "brief", "--to", "outbox", "--recipient", "ben@example.org").code == 0


def test_a_renamed_digest_repeats_nothing_and_its_readers_are_sent_what_failed_by_their_new_channel(
    monitor: Callable, service: Service
) -> None:
    refuses = Script(rcpt={"ben@example.org": "550 5.1.1 no such user"})
    with mailserver.in_thread(refuses) as port:
        subscribe(service, port=port)
        assert monitor("digest", "send", "brief").code == 1
    (failed,) = [
        each for each in monitor("deliveries", "--failed", "--format", "json").json if each["kind"] == "digest"
    ]
    with mailserver.in_thread(accepts := Script()) as port:
        subscribe(service, port=port)
        for name, edits in {
            "channels.yaml": {"mail:": "post:"},
            "digests.yaml": {"id: brief": "id: morning\n  was: brief", "via: mail": "via: post"},
        }.items():
            text = (service.config / name).read_text()
            for before, after in edits.items():
                assert before in text
                text = text.replace(before, after)
            service.write(name, text)
        assert monitor("digest", "preview", "morning", "--format", "json").json["hits"] == 0
        listed = {each["id"]: each["last_hits"] for each in monitor("digest", "list", "--format", "json").json}
        assert listed["morning:anna@example.org"] > 0
        assert "is queued for post" in monitor("deliveries", "--retry", str(failed["id"])).err
        result = monitor("digest", "send", "morning")
        assert result.code == 0, result.err
    assert [to for to, _ in refuses.mails + accepts.mails] == [["Anna@Example.org"], ["ben@example.org"]]


def test_the_exit_code_is_about_the_digest_that_was_asked_for(monitor: Callable, service: Service) -> None:
    subscribe(service)
    assert monitor("digest", "send", "brief").code == 1
    (failed, *_) = monitor("deliveries", "--failed", "--format", "json").json
    assert monitor("deliveries", "--retry", str(failed["id"])).code == 0
    result = monitor("digest", "send", "other")
    assert (result.code, "The outbox also had 1 other message" in result.err) == (0, True)


def test_a_cancelled_message_is_queued_again_with_a_warning_that_its_reader_is_missing(
    monitor: Callable, service: Service
) -> None:
    with closing(Store(f"sqlite:///{service.folder / 'monitor.db'}")) as store:
        key, reader = "digest/brief:anna@example.org/1/outbox", "anna@example.org"
        message = Message(key=key, kind="digest", channel="outbox", subject="s", text="t", recipients=(reader,))
        store.enqueue(message, NOW)
    monitor("digest", "send", "brief")
    (cancelled,) = monitor("deliveries", "--cancelled", "--format", "json").json
    assert (cancelled["status"], monitor("deliveries", "--failed", "--format", "json").json) == ("cancelled", [])
    assert f"cancelled again if {reader} is no recipient" in monitor("deliveries", "--retry", str(cancelled["id"])).err
    assert monitor("deliveries", "--failed", "--cancelled").code == 2


def test_a_message_of_a_channel_that_was_renamed_cannot_be_retried_and_the_error_says_what_to_do(
    monitor: Callable, service: Service
) -> None:
    service.outbox.write_text("a file where the folder should be")
    assert monitor("digest", "send", "brief").code == 1
    service.outbox.unlink()
    for name in ("channels.yaml", "digests.yaml"):
        service.write(name, (service.config / name).read_text().replace("outbox", "files"))
    result = monitor("deliveries", "--retry", "1")
    assert (result.code, "`monitor digest send DIGEST --to CHANNEL` sends" in result.err) == (2, True)
    assert monitor("digest", "send", "brief", "--to", "files").code == 0
