"""Reading the folder of a mailbox from a server that answers, lies or stalls."""

import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import trustme

from monitor.core.model import Failed, Feed, FeedState, Response
from monitor.core.newsletters.mail_batch import read_batch
from monitor.fetch import Fetcher, mailbox
from tests.imapserver import PASSWORD, USER, ImapServer, Mail, Script, letter
from tests.poll.polled_feeds import START

FRESH = FeedState(feed_id="x")


@pytest.fixture
async def make_fetcher():
    made = []

    def make(**options) -> Fetcher:
        made.append(
            Fetcher(user_agent="test", now=lambda: START, min_gap=0, **{"allow_networks": ["127.0.0.0/8"], **options})
        )
        return made[-1]

    yield make
    for fetcher in made:
        await fetcher.aclose()


def folder(server: ImapServer, password: str = PASSWORD, **more) -> Feed:
    return Feed(id="x", url=server.url(**more), kind="imap", password=password)


def after(response: Response, **more) -> FeedState:
    return FeedState(feed_id="x", position=read_batch(response.body).position, **more)


def subjects(response: Response) -> list[str]:
    lines = [line for mail in read_batch(response.body).messages for line in mail.raw.decode().splitlines()]
    return [line.split(" ")[2] for line in lines if line.startswith("Subject: Issue")]


def script_of(number: int) -> Script:
    script = Script()
    for each in range(1, number + 1):
        script.add(letter(each, "Text."))
    return script


async def test_only_messages_after_the_last_poll_are_fetched_and_the_mailbox_stays_as_it_is(make_fetcher):
    fetcher = make_fetcher()
    async with ImapServer(script_of(3)) as server:
        first = await fetcher.fetch_feed(folder(server), FRESH)
        unchanged = await fetcher.fetch_feed(folder(server), after(first))
        server.script.add(letter(4))
        del server.commands[:]
        second = await fetcher.fetch_feed(folder(server), after(first))
    assert subjects(first) == ["3", "2", "1"]
    assert unchanged.status == 304
    assert subjects(second) == ["4"]
    assert (read_batch(first.body).follows_last, read_batch(second.body).follows_last) == (False, True)
    assert [command for command in server.commands if command.startswith(("EXAMINE", "UID", "SELECT", "STORE"))] == [
        'EXAMINE "News &- more"', "UID SEARCH UID 4:*",
        "UID FETCH 4 (UID RFC822.SIZE INTERNALDATE BODY.PEEK[]<0.2000000>)",
    ]  # fmt: skip


async def test_a_server_that_names_no_next_uid_is_read_too(make_fetcher):
    fetcher = make_fetcher()
    async with ImapServer(script_of(2)) as server:
        server.script.says_uid_next = False
        first = await fetcher.fetch_feed(folder(server), FRESH)
        assert (await fetcher.fetch_feed(folder(server), after(first))).status == 304


async def test_of_a_large_mailbox_the_newest_messages_are_read_and_the_others_counted(make_fetcher, monkeypatch):
    monkeypatch.setattr(mailbox, "MAX_MESSAGES", 10)
    async with ImapServer(script_of(100_000)) as server:
        first = await make_fetcher().fetch_feed(folder(server), FRESH)
    batch = read_batch(first.body)
    assert subjects(first) == [str(number) for number in range(100_000, 99_990, -1)]
    assert (batch.left_out, batch.has_more, batch.position) == (99_990, False, "7:100000:0")


async def test_many_new_messages_are_read_in_several_polls(make_fetcher, monkeypatch):
    monkeypatch.setattr(mailbox, "MAX_MESSAGES", 3)
    fetcher = make_fetcher()
    async with ImapServer(script_of(1)) as server:
        last = await fetcher.fetch_feed(folder(server), FRESH)
        for number in range(2, 9):
            server.script.add(letter(number))
        found = []
        for _ in range(3):
            last = await fetcher.fetch_feed(folder(server), after(last))
            found.append((subjects(last), read_batch(last.body).has_more))
    assert found == [(["2", "3", "4"], True), (["5", "6", "7"], True), (["8"], False)]


async def test_a_change_of_uidvalidity_reads_again_what_came_since_the_last_poll(make_fetcher):
    fetcher = make_fetcher()
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    async with ImapServer(Script()) as server:
        for number, days in enumerate((30, 2, 0), 1):
            server.script.add(letter(number), now - timedelta(days=days))
        first = await fetcher.fetch_feed(folder(server), FRESH)
        server.script.uid_validity = 8
        server.script.mails = [replace(mail, uid=mail.uid + 100) for mail in server.script.mails]
        second = await fetcher.fetch_feed(folder(server), after(first, last_success_at=now))
        third = await fetcher.fetch_feed(folder(server), after(second, last_success_at=now))
    batch = read_batch(second.body)
    assert subjects(second) == ["2", "3"]
    assert batch.note == "UIDVALIDITY changed: the messages since 2026-11-21 are read again"
    assert (batch.follows_last, batch.position) == (False, "8:103:103")
    assert third.status == 304


async def test_the_beginning_of_a_huge_message_is_read_and_the_next_one_too(make_fetcher):
    async with ImapServer() as server:
        server.script.add(letter(1, "First."))
        server.script.add(letter(2, "Long. " + "x" * 50_000_000))
        server.script.add(letter(3, "Third."))
        read = await make_fetcher().fetch_feed(folder(server), FRESH)
    assert subjects(read) == ["3", "2", "1"]
    assert [(len(mail.raw) > 1_999_000, mail.is_cut) for mail in read_batch(read.body).messages] == [
        (False, False), (True, True), (False, False)
    ]  # fmt: skip


async def test_what_was_read_before_a_server_stalls_is_kept_and_the_next_poll_reads_on(make_fetcher):
    fetcher = make_fetcher(timeout=60.0)
    async with ImapServer(script_of(1)) as server:
        first = await fetcher.fetch_feed(folder(server), FRESH)
        server.script.add(letter(2))
        server.script.add(letter(3))

        def stall(uid):
            if uid == 2:
                server.script.hang_at = "FETCH"

        server.script.on_fetch = stall
        second = await fetcher.fetch_feed(folder(server), after(first))
        server.script.hang_at, server.script.on_fetch = "", None
        third = await fetcher.fetch_feed(folder(server), after(second))
    assert (subjects(second), subjects(third)) == (["2"], ["3"])
    batch = read_batch(second.body)
    assert batch.note == "broken off: timeout: reading a message: no answer of the mail server within 60 s"
    assert batch.has_more


@pytest.mark.parametrize(
    ("stage", "reason"),
    [
        ("GREETING", "connecting"), ("AUTHENTICATE", "connecting"), ("EXAMINE", "opening the folder"),
        ("SEARCH", "searching"), ("FETCH", "reading a message"),
    ],
)  # fmt: skip
async def test_a_server_that_stalls_is_a_timeout_that_names_the_stage(make_fetcher, stage, reason):
    async with ImapServer(script_of(1)) as server:
        server.script.hang_at = stage
        read = await make_fetcher(timeout=60.0).fetch_feed(folder(server), FRESH)
    assert read == Failed(reason=f"timeout: {reason}: no answer of the mail server within 60 s", severity=read.severity)


@pytest.mark.parametrize(
    ("stage", "answer", "reason"),
    [
        ("GREETING", b"HTTP/1.1 400 Bad Request\r\n\r\n", "protocol: no greeting of an IMAP server: HTTP/1.1 400"),
        ("GREETING", b"", "connection failed: the server closed the connection"),
        ("CAPABILITY", b"* CAPABILITY IMAP4 \xff\r\n* BYE \x1b[31mred\r\n", "connection failed: the server ended the"),
        ("EXAMINE", b"* OK [UIDVALIDITY x]\r\nA3 OK\r\n", "protocol: the server does not say UIDVALIDITY"),
        ("EXAMINE", b"* OK {999999999999}\r\n", "too large: the server sends 999,999,999,999 bytes"),
        ("SEARCH", b"* SEARCH " + b"1 " * 2_000_001 + b"\r\n", "too large: "),
        ("SEARCH", b"A4 BAD Injected\r\n", "protocol: BAD Injected"),
        ("FETCH", b"* 1 FETCH (UID 1 BODY[] {50000000}\r\n", "too large: the server sends 50,000,000 bytes"),
        ("FETCH", b"+ more\r\n", "protocol: an unexpected request for more"),
    ],
)  # fmt: skip
async def test_a_server_that_breaks_the_protocol_is_a_failure_with_a_reason(make_fetcher, stage, answer, reason):
    async with ImapServer(script_of(1)) as server:
        server.script.answer[stage] = answer
        read = await make_fetcher().fetch_feed(folder(server), FRESH)
    assert isinstance(read, Failed)
    assert read.reason.startswith(reason)


@pytest.mark.parametrize("stage", ["CAPABILITY", "EXAMINE", "FETCH"])
async def test_lines_without_end_are_cut_off(make_fetcher, stage):
    async with ImapServer(script_of(1)) as server:
        server.script.endless_at = stage
        read = await make_fetcher().fetch_feed(folder(server), FRESH)
    assert isinstance(read, Failed)
    assert read.reason.startswith("too large: the server sent too many")


async def test_a_refused_login_never_shows_the_password(make_fetcher):
    async with ImapServer(script_of(1)) as server:
        read = await make_fetcher().fetch_feed(folder(server, password="wr\u00f6ng-secret"), FRESH)
        missing = await make_fetcher().fetch_feed(folder(server, folder="None"), FRESH)
        server.script.capabilities = "IMAP4rev1 LOGINDISABLED"
        disabled = await make_fetcher().fetch_feed(folder(server), FRESH)
    assert read.reason == "login wall: the mail server refuses the login: NO [AUTHENTICATIONFAILED] bad ***"
    assert missing.reason == "bad address: the folder None cannot be opened: NO no such folder"
    assert disabled.reason == "login wall: the server offers no login method that this program supports"
    assert f"{USER} {PASSWORD}" not in server.commands[-2:]


def contexts(*names: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    authority = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert(*names).configure_cert(server)
    authority.configure_trust(client)
    return server, client


async def resolve(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


@pytest.mark.parametrize("starttls", [False, True])
async def test_tls_is_checked_before_anything_secret_is_sent(make_fetcher, starttls):
    tls, trusting = contexts("mail.example")
    async with ImapServer(script_of(1), tls=tls, starttls=starttls) as server:
        read = await make_fetcher(ssl_context=trusting, resolve=resolve).fetch_feed(
            folder(server, host="mail.example"), FRESH
        )
        assert subjects(read) == ["1"]
        del server.commands[:]
        other = await make_fetcher(ssl_context=trusting, resolve=resolve).fetch_feed(
            folder(server, host="other.example"), FRESH
        )
    assert other.reason.startswith("certificate: ")
    assert not any(USER in command for command in server.commands)


async def test_a_server_without_starttls_gets_no_password(make_fetcher):
    async with ImapServer(script_of(1)) as server:
        feed = replace(folder(server), url=server.url(host="mail.example"))
        read = await make_fetcher(resolve=resolve).fetch_feed(feed, FRESH)
    assert read.reason.startswith("protocol: the server offers no STARTTLS")
    assert server.commands == ["CAPABILITY", "LOGOUT"] or server.commands == ["CAPABILITY"]


async def test_a_mailbox_on_a_private_address_is_refused_unless_it_is_allowed(make_fetcher):
    async with ImapServer(script_of(1)) as server:
        refused = await make_fetcher(allow_networks=[]).fetch_feed(folder(server), FRESH)
        allowed = replace(folder(server), allow_networks=("127.0.0.1/32",))
        read = await make_fetcher(allow_networks=[]).fetch_feed(allowed, FRESH)
    assert refused.reason == "address refused: 127.0.0.1"
    assert subjects(read) == ["1"]


async def test_a_message_that_is_gone_meanwhile_costs_no_other_one(make_fetcher):
    async with ImapServer(script_of(3)) as server:

        def expunge(uid: int) -> None:
            server.script.mails = [mail for mail in server.script.mails if mail.uid != 2]

        server.script.on_fetch = expunge
        read = await make_fetcher().fetch_feed(folder(server), FRESH)
    assert subjects(read) == ["3", "1"]


async def test_an_empty_folder_has_a_position_from_which_the_next_poll_reads_on(make_fetcher):
    fetcher = make_fetcher()
    async with ImapServer() as server:
        first = await fetcher.fetch_feed(folder(server), FRESH)
        server.script.mails = [Mail(1, letter(1).encode())]
        second = await fetcher.fetch_feed(folder(server), after(first))
    assert read_batch(first.body).messages == ()
    assert subjects(second) == ["1"]
