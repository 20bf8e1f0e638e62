"""extract, digest, channels, deliveries, db, doctor, health: output and exit codes."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import socket
import sqlite3
import threading
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
from monitor.cli.daemon import _read_at_start
from monitor.cli.digest import left_to_others, show_results
from monitor.cli.session import Session
from monitor.core import jobs
from monitor.core.jobs import WATCHED
from monitor.core.model import Changed, DeliveryState, Message, Poll
from monitor.demo import documents
from monitor.demo.news import outlets
from monitor.pipeline.resources import open_channel_builder
from monitor.store import DatabaseThread, Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sample_service import Service

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:aiosmtpd")
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def pages(tmp_path: Path) -> list[Path]:
    """Pages of the demo, with everything around an article."""
    made = []
    for outlet in outlets()[:4]:
        for article in outlet.articles:
            file = tmp_path / f"{outlet.id}-{article.slug}.html"
            file.write_bytes(documents.page(outlet, article, NOW))
            made.append(file)
    return made


def test_extract_shows_the_article_alone(monitor: Callable, pages: list[Path]) -> None:
    result = monitor("extract", str(pages[0]), "--format", "json")
    assert result.code == 0
    assert result.json["text"].count("\n\n") >= 2
    assert "cookies" not in result.json["text"].lower()
    assert result.json["quality"] == "full"


def test_extract_of_text_prints_title_and_text(monitor: Callable, pages: list[Path]) -> None:
    assert monitor("extract", str(pages[0])).out.splitlines()[0]


def test_extract_of_what_holds_no_article_is_1(monitor: Callable, tmp_path: Path) -> None:
    (tmp_path / "empty.html").write_bytes(b"")
    assert monitor("extract", str(tmp_path / "empty.html")).code == 1


def test_extract_fetches_an_address(monitor: Callable, service: Service) -> None:
    address = service.servers.feeds["meridian-wire"].removesuffix("feed") + "grain-harvest"
    result = monitor("extract", address, "--format", "json")
    assert result.code == 0, result.err
    assert "wheat harvest" in result.json["text"]


def test_extract_of_an_address_that_fails_says_why(monitor: Callable, service: Service) -> None:
    result = monitor("extract", service.servers.feeds["vanished-weekly"])
    assert result.code == 1
    assert "404" in result.err


def test_extract_takes_no_date_of_the_future(monitor: Callable, tmp_path: Path) -> None:
    words = "<p>The committee met again.</p>" * 30
    (tmp_path / "a.html").write_text(f"<time pubdate datetime='2099-01-01'></time>{words}")
    assert monitor("extract", str(tmp_path / "a.html"), "--format", "json").json["published_at"] is None
    (tmp_path / "list.jsonl").write_text(json.dumps({"id": "a", "path": str(tmp_path / "a.html")}))
    assert json.loads(monitor("extract", "--jsonl", str(tmp_path / "list.jsonl")).out)["published_at"] is None


def test_many_pages_come_back_in_order_and_a_bad_one_stops_no_other(
    monitor: Callable, pages: list[Path], tmp_path: Path
) -> None:
    lines = [json.dumps({"id": f"p{number}", "path": str(page)}) for number, page in enumerate(pages)]
    lines.insert(2, json.dumps({"id": "gone", "path": str(tmp_path / "gone.html")}))
    (tmp_path / "list.jsonl").write_text("\n".join(lines))
    result = monitor("extract", str(tmp_path / "list.jsonl"), "--jsonl", "--workers", "2")
    rows = [json.loads(line) for line in result.out.splitlines()]
    assert result.code == 1
    assert [row["id"] for row in rows] == [json.loads(line)["id"] for line in lines]
    assert rows[2]["error"].startswith("unreadable file")
    assert all(row["text"] for row in rows if row["id"] != "gone")
    assert not {"id", "title", "text", "language", "published_at", "quality"} - set(rows[0])


FORM = 'write {"id": ..., "path": ...}'


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"[]", FORM),
        (b'{"id": 1}', FORM),
        (b'"x"', FORM),
        (b'{"id": "a", "path": 3}', FORM),
        (b"nonsense", "not JSON: Expecting value (column 1)"),
        (b"\xff\xfe", "not UTF-8: byte 1 cannot be read"),
        (b"[" * 100_000, "not JSON that can be read: nested too deep"),
    ],
    ids=range(7),
)
def test_a_line_that_names_no_page_is_reported_by_number_and_the_others_are_extracted(
    line: bytes, why: str, monitor: Callable, pages: list[Path], tmp_path: Path
) -> None:
    good = [json.dumps({"id": name, "path": str(pages[0])}).encode() for name in ("first", "last")]
    (tmp_path / "list.jsonl").write_bytes(b"\n".join([good[0], line, b"", good[1]]))
    result = monitor("extract", str(tmp_path / "list.jsonl"), "--jsonl")
    assert [json.loads(row)["id"] for row in result.out.splitlines()] == ["first", "last"]
    assert (result.code, result.err) == (1, f"line 2: {why}\n")


def test_a_list_of_pages_that_is_not_there_is_a_usage_error(monitor: Callable) -> None:
    assert monitor("extract", "--jsonl", "no-such-list.jsonl").code == 2


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
    assert (result.code, " sent" in result.out, "outbox: queued: " in result.out) == (1, False, True)
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


def test_a_channel_is_tried_with_one_message_and_the_sources_of_its_values_are_named(
    monitor: Callable, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_OUTBOX", str(service.outbox))
    named = {"type": "file", "dir": "${TEST_OUTBOX}${TEST_SUFFIX:-}"}
    service.write("channels.yaml", {"channels": {"outbox": named, "other": {"type": "file", "dir": "${OTHER:-x}"}}})
    result = monitor("channels", "test", "outbox")
    assert result.code == 0, result.err
    assert result.out.startswith("outbox: ")
    assert len(list(service.outbox.glob("*.eml"))) == 1
    monkeypatch.delenv("TEST_OUTBOX")
    refused = monitor("channels", "test", "outbox")
    assert (refused.code, "Variables are taken from this shell" in refused.err) == (3, True)
    sources = "TEST_OUTBOX of this shell, the default of TEST_SUFFIX, which is not set in this shell"
    assert result.err == f"Values of outbox: {sources}. The daemon uses the environment that it was started with.\n"


def test_the_variable_of_a_secret_is_named_that_has_a_default(
    monitor: Callable, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = {"type": "webhook", "url": "${TEST_HOOK:-http://127.0.0.1:9/}", "secret": "${TEST_SECRET:-unsafe-default}"}
    service.write("channels.yaml", {"channels": {"outbox": {"type": "file", "dir": "x"}, "hook": hook}})
    monkeypatch.setenv("TEST_SECRET", "a secret of this shell")
    result = monitor("channels", "test", "hook")
    assert result.code == 1
    assert "the default of TEST_HOOK, which is not set in this shell, TEST_SECRET of this shell." in result.err


def test_a_channel_is_tried_before_there_is_a_database(
    monitor: Callable, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MONITOR_DATABASE", f"sqlite:///{tmp_path / 'none.db'}")
    result = monitor("channels", "test", "outbox")
    assert (result.code, result.err) == (0, "")


def test_a_test_that_succeeds_resumes_a_paused_channel(monitor: Callable, service: Service) -> None:
    with closing(Store(f"sqlite:///{service.folder / 'monitor.db'}")) as store:
        for number in range(3):
            message = Message(key=f"digest/{number}", kind="digest", channel="outbox", subject="s", text="t")
            store.enqueue(message, datetime.now(UTC))
        for delivery, _ in store.claim_deliveries(datetime.now(UTC)):
            store.give_up(delivery.id, datetime.now(UTC), "http 410")
    shown = monitor("deliveries", "--format", "table")
    assert "paused" in shown.out
    assert "channel outbox is paused" in shown.err
    assert "outbox was paused and has resumed" in monitor("channels", "test", "outbox").err
    assert "paused" not in monitor("deliveries", "--format", "table").err


def test_a_channel_that_refuses_is_1_and_says_why(monitor: Callable, service: Service) -> None:
    service.write("channels.yaml", {"channels": {"outbox": {"type": "webhook", "url": "http://127.0.0.1:9/hook"}}})
    result = monitor("channels", "test", "outbox")
    assert result.code == 1
    assert "refused" in result.out


def test_where_no_daemon_runs_a_poll_records_the_configuration_for_commands_that_read(
    monitor: Callable, service: Service
) -> None:
    with closing(Store(f"sqlite:///{service.folder / 'monitor.db'}")) as store:
        recorded = store.configuration()
        store.record_heartbeat(jobs.DAEMON, datetime.now(UTC))
        assert monitor("poll", "meridian-wire").code == 0
        assert store.configuration() == recorded, "a daemon records its own"
        store.record_heartbeat(jobs.DAEMON, NOW)
        assert monitor("poll", "meridian-wire").code == 0
        assert store.configuration() != recorded
    service.write("rules/broken.yaml", "version: 1\nruls: []\n")
    result = monitor("hits", "--format", "json")
    assert (result.code, "broken.yaml:2:1" in result.err) == (0, True)
    assert monitor("poll").code == 3

    shutil.rmtree(service.config / "rules")
    result = monitor("poll", "meridian-wire")
    assert (result.code, "rules: error: C024 no rule is left" in result.err) == (3, True)
    assert [rule["id"] for rule in monitor("rules", "list").json] == ["chip-export-controls", "eu-ai-act"]
    code = accepting_code(result.err)
    result = monitor("poll", "meridian-wire", "--accept-removal", code)
    assert (result.code, "removed, as accepted: 2 rules" in result.err) == (0, True)
    assert monitor("rules", "list").json == []
    assert "accepts nothing any more" in monitor("poll", "meridian-wire", "--accept-removal", code).err

    (service.config / "digests.yaml").unlink()
    with closing(Store(f"sqlite:///{service.folder / 'monitor.db'}")) as store:
        store.record_heartbeat(jobs.DAEMON, datetime.now(UTC))
    result = monitor("poll", "meridian-wire", "--accept-removal", accepting_code(monitor("poll").err))
    assert (result.code, "(in this poll only, a daemon runs)" in result.err) == (0, True)


def accepting_code(message: str) -> str:
    found = re.search(r"--accept-removal (\S+)`", message)
    assert found, message
    return found[1]


def test_a_restart_refuses_files_without_any_rule_unless_their_removal_is_accepted(
    monitor: Callable, service: Service
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:  # the daemon takes the configuration, and then ends
        text = (service.config / "monitor.yaml").read_text(encoding="utf-8")
        assert "127.0.0.1:0" in text
        service.write("monitor.yaml", text.replace("127.0.0.1:0", f"127.0.0.1:{other.getsockname()[1]}"))
        assert monitor("poll", "meridian-wire").code == 0
        shutil.rmtree(service.config / "rules")
        with closing(Store(f"sqlite:///{service.folder / 'monitor.db'}")) as store:
            recorded = store.configuration()
            result = monitor("run")
            assert (result.code, "C024 no rule is left" in result.err) == (1, True), result.err
            assert "another program uses this port" in result.err
            assert store.configuration() == recorded, "the last good configuration stays in force"
            assert [refusal.problem.code for refusal in store.refusals()] == ["C024"]
            result = monitor("run", "--accept-removal", accepting_code(str(store.refusals()[0])))
            assert (result.code, '"removed": "2 rules"' in result.err) == (1, True)
            assert (store.configuration() != recorded, store.refusals()) == (True, ())


def test_the_schema_is_current_after_a_poll(monitor: Callable) -> None:
    row = monitor("db", "current", "--format", "json").json
    assert row["current"] == row["head"]
    assert "up to date" in monitor("db", "upgrade").err


def test_upgrade_creates_a_database(monitor: Callable, service: Service) -> None:
    (service.folder / "monitor.db").unlink()
    result = monitor("db", "upgrade")
    assert result.code == 0
    assert result.out.split()
    assert monitor("hits", "--format", "json").json == []


def test_a_sound_database_passes_its_check(monitor: Callable) -> None:
    result = monitor("db", "check")
    assert (result.code, result.out) == (0, "")


def test_damage_is_found_and_is_1(monitor: Callable, service: Service) -> None:
    with sqlite3.connect(service.folder / "monitor.db") as connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        connection.execute("DELETE FROM articles WHERE id = (SELECT article_id FROM hits LIMIT 1)")
    connection.close()
    result = monitor("db", "check")
    assert result.code == 1
    assert result.out.strip()


def test_a_backup_is_a_whole_database(monitor: Callable, tmp_path: Path) -> None:
    assert monitor("db", "backup", str(tmp_path / "copy.db")).code == 0
    with closing(Store(f"sqlite:///{tmp_path / 'copy.db'}")) as store:
        assert store.check() == []
        assert store.hits()


def test_everything_moves_to_another_database(monitor: Callable, tmp_path: Path) -> None:
    moved = monitor("db", "copy", f"sqlite:///{tmp_path}/new/monitor.db", "--format", "json")
    assert moved.code == 0
    rows = {each["table"]: each["rows"] for each in moved.json}
    with closing(Store(f"sqlite:///{tmp_path}/new/monitor.db")) as store:
        assert store.check() == []
        assert len(store.hits()) == rows["hits"] > 0


def test_an_address_with_a_password_may_come_from_the_environment(
    monitor: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITOR_COPY_TO", f"sqlite:///{tmp_path}/new/monitor.db")
    assert monitor("db", "copy").code == 0
    assert (tmp_path / "new" / "monitor.db").exists()


@pytest.mark.parametrize(
    ("address", "code", "said"),
    [
        ("nonsense", 4, "not an address"),
        ("mysql://a/b", 4, "is not supported"),
        ("postgresql://monitor:secret@127.0.0.1:1/x", 4, "the server cannot be reached"),
        ("sqlite:////proc/no/monitor.db", 4, "cannot be created"),
    ],
)
def test_a_database_that_cannot_be_moved_to_is_reported_in_one_line(
    monitor: Callable, address: str, code: int, said: str
) -> None:
    result = monitor("db", "copy", address)
    assert (result.code, result.out) == (code, "")
    assert said in result.err
    assert len(result.err.splitlines()) == 1
    assert "secret" not in result.err


def test_nothing_is_moved_onto_itself(monitor: Callable, service: Service) -> None:
    itself = f"sqlite:///{service.folder}/monitor.db"
    result = monitor("db", "copy", itself)
    assert (result.code, result.err) == (2, f"{itself} is the database itself: name another one\n")


def test_a_dry_run_of_pruning_prints_what_would_go_and_removes_nothing(monitor: Callable) -> None:
    hits = len(monitor("hits", "--format", "json").json)
    assert monitor("db", "prune", "--dry-run", "--format", "json").code == 0
    assert monitor("db", "prune", "--format", "json").code == 0
    assert len(monitor("hits", "--format", "json").json) == hits


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


def test_a_working_folder_that_is_gone_is_named(
    monitor: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (gone := tmp_path / "gone").mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    monkeypatch.setenv("MONITOR_DATABASE", "sqlite:///data/monitor.db")
    result = monitor("db", "current")
    assert (result.code, result.err) == (
        1,
        "the working folder was deleted or cannot be entered: start the program in another folder\n",
    )
