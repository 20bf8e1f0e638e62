"""Reads the new messages of a folder of a mailbox: those after the position at which the last poll ended.

At the first poll, the newest messages are read; the others are counted. If UIDVALIDITY changes (a folder that was
created again, a mail server that was moved), UIDs are no longer valid: the messages received since the last poll, and
some days before, are read again, and are known by their Message-ID. Each stage has a deadline. What was read before a
server stalls is not lost: the next poll continues there.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from monitor.config_types.mailbox_address import MailboxAddress, parse_mailbox
from monitor.core.feeds.failures import failed
from monitor.core.feeds.responses import http_date
from monitor.core.model import Failed, Response
from monitor.core.newsletters.mail_batch import MailBatch, StoredMail
from monitor.core.sources import SourceRequest
from monitor.fetch.connection_failures import failure_of
from monitor.fetch.imap import Folder, ImapConnection
from monitor.fetch.imap_text import imap_date
from monitor.fetch.outgoing_proxy import Connector
from monitor.fetch.transport import httpx_errors

T = TypeVar("T")
MAX_MESSAGES = 200
"""Messages that are read in one poll; the next one reads on."""
MAX_MAILBOX_MESSAGE_BYTES = 2_000_000
"""Bytes of a message that are read; texts come before attachments."""
REREAD = timedelta(days=3)
"""How far before the last poll messages are read again after UIDVALIDITY changed."""
_READING_STAGES = 4
"""Messages are read for this multiple of the deadline of a stage; the next poll continues."""


@dataclass(slots=True)
class _MessagesToRead:
    """The messages to read."""

    uids: list[int]
    """The messages in the order in which they are read."""
    newest_first: bool = False
    """True at the first poll: messages that are not read are left out for good."""
    left_out: int = 0
    follows_last: bool = False
    reread_until: int = 0
    """Messages up to this UID may be known from before UIDVALIDITY changed."""
    note: str = ""


@dataclass(slots=True)
class _ReadMessages:
    """The messages read so far."""

    messages: list[StoredMail] = field(default_factory=list)
    last: int = 0
    """The highest UID read, or found to be gone."""
    size: int = 0
    problem: Failed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Position:
    """Where a poll ended: UIDVALIDITY, the last UID, and up to which UID messages are read again."""

    validity: int
    last: int
    reread_until: int = 0

    @classmethod
    def parse(cls, text: str) -> _Position | None:
        numbers = [int(part) for part in text.split(":") if part.isdigit()]
        return cls(validity=numbers[0], last=numbers[1], reread_until=numbers[2]) if len(numbers) == 3 else None

    def __str__(self) -> str:
        return f"{self.validity}:{self.last}:{self.reread_until}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxReader:
    """Reads mailboxes over checked connections; `timeout` is in seconds, for each stage."""

    tls: ssl.SSLContext
    timeout: float
    max_size: int
    """Bytes of all messages of one poll, about."""

    async def read(self, request: SourceRequest, password: str, connect: Connector) -> Response | Failed:
        """Read the new messages; status 304 if there is none."""
        address = parse_mailbox(request.url)
        connection: ImapConnection | None = None
        try:
            connection = await self._stage("connecting", self._connect(address, password, connect))
            folder = await self._stage("opening the folder", connection.examine(address.folder))
            wanted = await self._stage("searching", _search(connection, folder, request))
            read = await self._read_all(connection, wanted)
        except TimeoutError as error:
            return failed("timeout", str(error))
        except Exception as error:
            if failure := failure_of(error):
                return failure
            raise
        finally:
            if connection is not None:
                await connection.close()
        return _answer(request, folder, wanted, read)

    async def _connect(self, address: MailboxAddress, password: str, connect: Connector) -> ImapConnection:
        stream = await connect(address.host, address.port, self.timeout)
        try:
            if address.security == "tls":
                stream = await stream.start_tls(self.tls, server_hostname=address.host)
            connection = ImapConnection(stream)
            await connection.greet()
            if address.security == "starttls":
                await connection.start_tls(self.tls, address.host)
            await connection.log_in(address.user, password)
        except BaseException:
            await stream.aclose()
            raise
        return connection

    async def _stage(self, name: str, work: Awaitable[T]) -> T:
        """Wait for one stage. Raises TimeoutError that names it."""
        try:
            async with asyncio.timeout(self.timeout) as limit:
                with httpx_errors():
                    return await work
        except TimeoutError:
            if limit.expired():
                raise TimeoutError(f"{name}: no answer of the mail server within {self.timeout:g} s") from None
            raise

    async def _read_all(self, connection: ImapConnection, wanted: _MessagesToRead) -> _ReadMessages:
        """Read the messages one by one, until there are enough or one fails; the first failure is raised."""
        read = _ReadMessages()
        clock = asyncio.get_running_loop().time
        deadline = clock() + _READING_STAGES * self.timeout
        for uid in wanted.uids[:MAX_MESSAGES]:
            if read.size >= self.max_size or clock() > deadline:
                break
            try:
                mail = await self._stage("reading a message", connection.fetch(uid, MAX_MAILBOX_MESSAGE_BYTES))
            except TimeoutError as error:
                read.problem = failed("timeout", str(error))
            except Exception as error:
                read.problem = failure_of(error)
                if read.problem is None:
                    raise
            if read.problem is not None:
                break
            read.last = max(read.last, uid)
            if mail is not None:
                read.size += len(mail.raw)
                is_cut = len(mail.raw) < mail.size and len(mail.raw) >= MAX_MAILBOX_MESSAGE_BYTES
                read.messages.append(StoredMail(mail.raw, _parse_date(mail.received), is_cut))
        return read


async def _search(connection: ImapConnection, folder: Folder, request: SourceRequest) -> _MessagesToRead:
    """Decide which messages to read."""
    position = _Position.parse(request.position)
    if position is None:
        return await _newest(connection, folder)
    is_valid = position.validity == folder.uid_validity
    if is_valid and (folder.uid_next is None or folder.uid_next > position.last):
        if folder.uid_next == position.last + 1 or not folder.exists:
            return _MessagesToRead([], follows_last=True)
        uids = await connection.search(f"UID {position.last + 1}:*")
        later = [uid for uid in uids if uid > position.last]  # `n:*` always finds the last message
        is_known = position.last < position.reread_until
        return _MessagesToRead(later, follows_last=not is_known, reread_until=position.reread_until if is_known else 0)
    return await _since(connection, folder, request.since)


async def _newest(connection: ImapConnection, folder: Folder) -> _MessagesToRead:
    if not folder.exists:
        return _MessagesToRead([])
    first = max(1, folder.exists - MAX_MESSAGES + 1)
    uids = await connection.search(f"{first}:{folder.exists}")
    return _MessagesToRead(uids[::-1], newest_first=True, left_out=max(0, folder.exists - len(uids)))


async def _since(connection: ImapConnection, folder: Folder, since: datetime | None) -> _MessagesToRead:
    if since is None:
        return await _newest(connection, folder)
    day = (since - REREAD).date()
    uids = await connection.search(f"SINCE {imap_date(day)}") if folder.exists else []
    note = f"UIDVALIDITY changed: the messages since {day} are read again"
    return _MessagesToRead(uids, reread_until=max(uids, default=0), note=note)


def _answer(request: SourceRequest, folder: Folder, wanted: _MessagesToRead, read: _ReadMessages) -> Response | Failed:
    if read.problem is not None and not read.messages:
        return read.problem
    unread = len(wanted.uids) - len(read.messages)
    known_last = _last_uid(request, folder, wanted, read)
    position = _Position(validity=folder.uid_validity, last=known_last, reread_until=wanted.reread_until)
    before = _Position.parse(request.position)
    if not wanted.uids and before is not None and (before.validity, before.last) == (position.validity, known_last):
        return Response(url=request.url, status=304)
    problem = f"broken off: {read.problem.reason}" if read.problem else ""
    batch = MailBatch(
        messages=tuple(read.messages),
        position=str(position),
        follows_last=wanted.follows_last,
        has_more=not wanted.newest_first and bool(wanted.uids) and known_last < wanted.uids[-1],
        left_out=wanted.left_out + (unread if wanted.newest_first else 0),
        note="; ".join(filter(None, [wanted.note, problem])),
    )
    return Response(url=request.url, status=200, body=batch.to_bytes())


def _last_uid(request: SourceRequest, folder: Folder, wanted: _MessagesToRead, read: _ReadMessages) -> int:
    """Return the UID after which the next poll reads on."""
    if wanted.newest_first:
        return max(wanted.uids, default=(folder.uid_next or 1) - 1)
    if read.last:
        return read.last
    before = _Position.parse(request.position)
    if before is not None and before.validity == folder.uid_validity:
        return before.last
    return folder.uid_next - 1 if folder.uid_next else 0


def _parse_date(text: str) -> datetime | None:
    """Parse INTERNALDATE, `17-Jul-1996 02:44:25 -0700`; None if it is not valid."""
    return http_date(text.strip().replace("-", " ", 2))
