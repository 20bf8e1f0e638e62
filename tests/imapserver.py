"""A mailbox on loopback (IMAP4rev1) that misbehaves as its Script says, and records the commands that it received."""

from __future__ import annotations

import asyncio
import base64
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING

from tests.loopbackserver import LoopbackServer, let_time_pass

if TYPE_CHECKING:
    import ssl as ssl_module
    from collections.abc import Callable

USER, PASSWORD = "reader@example.org", "corr\u00e8ct horse"  # a password that only AUTHENTICATE can carry


@dataclass(slots=True)
class Mail:
    """A message of the folder."""

    uid: int
    raw: bytes
    received: datetime = datetime(2026, 11, 24, 11, tzinfo=UTC)


@dataclass(slots=True)
class Script:
    """What the mailbox holds, and how it misbehaves."""

    mails: list[Mail] = field(default_factory=list)
    uid_validity: int = 7
    says_uid_next: bool = True
    capabilities: str = "IMAP4rev1 AUTH=PLAIN"
    hang_at: str = ""
    """The command after which nothing more is sent for longer than a minute: a stalled server."""
    answer: dict[str, bytes] = field(default_factory=dict)
    """By command: what is sent instead of the right answer; the connection is closed then."""
    endless_at: str = ""
    """The command that is answered by lines without end."""
    on_fetch: Callable[[int], None] | None = None

    def add(self, raw: bytes | str, received: datetime | None = None) -> Mail:
        """Deliver a message."""
        content = raw.encode() if isinstance(raw, str) else raw
        mail = Mail(self.mails[-1].uid + 1 if self.mails else 1, content)
        mail.received = received or mail.received
        self.mails.append(mail)
        return mail


class ImapServer(LoopbackServer):
    """An IMAP server for one folder, named `News & more` or INBOX."""

    def __init__(
        self, script: Script | None = None, *, tls: ssl_module.SSLContext | None = None, starttls: bool = False
    ) -> None:
        super().__init__(ssl=None if starttls else tls)
        self.script = script or Script()
        self.commands: list[str] = []
        """All commands without tag, passwords decoded."""
        self._tls, self._starttls = tls, starttls

    def url(self, folder: str = "News%20%26%20more", host: str = "127.0.0.1", scheme: str = "") -> str:
        scheme = scheme or ("imaps" if self._tls and not self._starttls else "imap")
        query = "?starttls=require" if self._starttls else ""
        return f"{scheme}://{USER.replace('@', '%40')}@{host}:{self.port}/{folder}{query}"

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if await self._misbehaves("GREETING", writer):
            return
        writer.write(b"* OK ready\r\n")
        while line := (await reader.readline()).decode("utf-8").rstrip("\r\n"):
            tag, _, command = line.partition(" ")
            name = _name(command)
            self.commands.append(command)
            if name == "LOGOUT" or await self._misbehaves(name, writer):
                return
            if name == "STARTTLS":
                writer.write(f"{tag} OK begin\r\n".encode())
                await writer.start_tls(self._tls)
                continue
            if name == "AUTHENTICATE":
                writer.write(b"+ \r\n")
                _, user, password = base64.b64decode(await reader.readline()).decode().split("\0")
                self.commands.append(f"{user} {password}")
                good = (user, password) == (USER, PASSWORD)
                writer.write(f"{tag} {'OK in' if good else f'NO [AUTHENTICATIONFAILED] bad {password}'}\r\n".encode())
            else:
                writer.write(self._answer(name, command) + f"{tag} {self._status(name, command)}\r\n".encode())
            await writer.drain()

    async def _misbehaves(self, name: str, writer: asyncio.StreamWriter) -> bool:
        if name in self.script.answer:
            writer.write(self.script.answer[name])
            await writer.drain()
            return True
        while name == self.script.endless_at:
            writer.write(b"* OK still there " + b"x" * 10_000 + b"\r\n")
            await writer.drain()
        if name == self.script.hang_at:
            let_time_pass(61)
            await asyncio.Event().wait()
        return False

    def _status(self, name: str, command: str) -> str:
        if name == "EXAMINE" and command not in {'EXAMINE "News &- more"', 'EXAMINE "INBOX"'}:
            return "NO no such folder"
        return "OK done" if name in {"CAPABILITY", "LOGIN", "EXAMINE", "SEARCH", "FETCH"} else "BAD what"

    def _answer(self, name: str, command: str) -> bytes:
        mails = self.script.mails
        if name == "CAPABILITY":
            return f"* CAPABILITY {self.script.capabilities}{' STARTTLS' if self._starttls else ''}\r\n".encode()
        if name == "EXAMINE":
            following = max((mail.uid for mail in mails), default=0) + 1
            said = f"* OK [UIDNEXT {following}] next\r\n" if self.script.says_uid_next else ""
            said += f"* OK [UIDVALIDITY {self.script.uid_validity}]\r\n"
            return f"* FLAGS ()\r\n* {len(mails)} EXISTS\r\n{said}".encode()
        if name == "SEARCH":
            return f"* SEARCH {' '.join(map(str, self._search(command.split(' ', 2)[2])))}\r\n".encode()
        if name == "FETCH":
            return self._fetch(int(command.split(" ")[2]), int(re.search(r"<0\.(\d+)>", command)[1]))
        return b""

    def _search(self, criteria: str) -> list[int]:
        mails = self.script.mails
        if found := re.fullmatch(r"UID (\d+):\*", criteria):
            return [mail.uid for mail in mails if mail.uid >= int(found[1]) or mail is mails[-1]]
        if found := re.fullmatch(r"(\d+):(\d+)", criteria):
            return [mail.uid for mail in mails[int(found[1]) - 1 : int(found[2])]]
        day = datetime.strptime(criteria.removeprefix("SINCE "), "%d-%b-%Y").replace(tzinfo=UTC)
        return [mail.uid for mail in mails if mail.received >= day]

    def _fetch(self, uid: int, limit: int) -> bytes:
        if self.script.on_fetch:
            self.script.on_fetch(uid)
        for number, mail in enumerate(self.script.mails, 1):
            if mail.uid == uid:
                raw = mail.raw[:limit]
                date = mail.received.strftime("%d-%b-%Y %H:%M:%S +0000")
                head = f'* {number} FETCH (UID {uid} RFC822.SIZE {len(mail.raw)} INTERNALDATE "{date}" BODY[]<0> '
                return head.encode() + f"{{{len(raw)}}}\r\n".encode() + raw + b")\r\n"
        return b""


def _name(command: str) -> str:
    words = command.upper().split(" ")
    return words[1] if words[0] == "UID" else words[0]


def letter(number: int | str, body: str = "", *, subject: str = "", html: str = "", **headers: str) -> str:
    """Write a message in plain text or HTML."""
    given = {
        "From": "Policy Weekly <weekly@news.example>",
        "Subject": subject or f"Issue {number} of the weekly letter",
        "Message-ID": f"<issue-{number}@news.example>",
        "Date": format_datetime(datetime(2026, 11, 24, 10, tzinfo=UTC)),
        "MIME-Version": "1.0",
        "Content-Type": f"text/{'html' if html else 'plain'}; charset=utf-8",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    return "".join(f"{name}: {value}\r\n" for name, value in given.items() if value) + "\r\n" + (html or body)
