"""A client of IMAP (RFC 3501 and 9051) for what reading a folder needs: log in, EXAMINE, UID SEARCH, UID FETCH.

Nothing in the mailbox is changed: the folder is opened read-only, and messages are fetched with BODY.PEEK, which does
not mark them as read. What the server sends is bounded: lines, literals, and the responses to one command.
"""

from __future__ import annotations

import base64
import re
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple

import httpcore

from monitor.fetch.connection_failures import FetchError
from monitor.fetch.imap_text import modified_utf7, quoted_string, reply_text

MAX_IMAP_LINE_BYTES = 4_000_000
"""Bytes of a line: the numbers of some 500,000 messages, which a search answers in one."""
MAX_RESPONSES = 2_000
"""Responses to one command. Servers report new messages and flags at any time, but not thousands."""
_MAX_OTHER_LITERAL_BYTES = 10_000
"""Bytes of a literal where none was asked for: the name of a folder, say."""
_CHUNK_BYTES = 65_536
_MAX_LITERALS = 8
_LITERAL = re.compile(rb"\{(\d{1,12})\+?\}\r\n$")
_STATUS = re.compile(rb"[A-Z0-9]+ (OK|NO|BAD)\b *(.*)", re.IGNORECASE | re.DOTALL)
_NUMBER = re.compile(rb"\d{1,10}")


class ImapError(FetchError):
    """The server refuses something or breaks the protocol."""


class CommandRefusedError(ImapError):
    """The server answers a command with NO or BAD."""


class ImapResponse(NamedTuple):
    """One response of the server."""

    line: bytes
    """The text of the response; each literal is left out."""
    literals: list[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A folder as it was opened."""

    uid_validity: int
    """UIDs are the same messages as before only while this number is the same."""
    uid_next: int | None
    """The lowest UID that a new message will have; None if the server does not say."""
    exists: int
    """Number of messages."""


class FetchedMessage(NamedTuple):
    """A message, or its beginning."""

    uid: int
    raw: bytes
    size: int
    """Bytes of the whole message according to the server."""
    received: str
    """INTERNALDATE as written."""


@dataclass(slots=True)
class ImapConnection:
    """An open connection. The caller sets deadlines; after one has passed, the connection must be closed."""

    stream: httpcore.AsyncNetworkStream
    capabilities: frozenset[bytes] = frozenset()
    _buffer: bytearray = field(default_factory=bytearray)
    _tag: int = 0

    async def greet(self) -> None:
        """Read the greeting of the server."""
        response = await self._response(MAX_IMAP_LINE_BYTES)
        if not re.match(rb"\* (?:OK|PREAUTH)\b", response.line, re.IGNORECASE):
            raise ImapError("protocol", f"no greeting of an IMAP server: {reply_text(response.line)}")
        await self._load_capabilities()

    async def start_tls(self, context: ssl.SSLContext, host: str) -> None:
        """Encrypt the connection, or raise ImapError: nothing secret is sent without."""
        if b"STARTTLS" not in self.capabilities:
            advice = "use imaps://, or ?starttls=off within a network that you trust"
            raise ImapError("protocol", f"the server offers no STARTTLS; {advice}")
        await self._command("STARTTLS")
        if self._buffer:  # sent before TLS began, so that an attacker may have inserted it
            raise ImapError("protocol", "the server sent more before TLS began")
        self.stream = await self.stream.start_tls(context, server_hostname=host)
        await self._load_capabilities()

    async def log_in(self, user: str, password: str) -> None:
        """Log in. ImapError `login wall` if the server refuses."""
        has_plain = b"AUTH=PLAIN" in self.capabilities
        if not has_plain and (b"LOGINDISABLED" in self.capabilities or not (user + password).isascii()):
            raise ImapError("login wall", "the server offers no login method that this program supports")
        try:
            if has_plain:
                secret = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
                await self._command("AUTHENTICATE PLAIN", continued=secret)
            else:
                await self._command(f"LOGIN {quoted_string(user)} {quoted_string(password)}")
        except CommandRefusedError as error:
            reply = error.detail.replace(password, "***") if password else error.detail
            raise ImapError("login wall", f"the mail server refuses the login: {reply}") from None

    async def examine(self, folder: str) -> Folder:
        """Open a folder read-only."""
        try:
            responses = await self._command(f"EXAMINE {quoted_string(modified_utf7(folder))}")
        except CommandRefusedError as error:
            raise ImapError("bad address", f"the folder {folder} cannot be opened: {error.detail}") from None
        text = b"\n".join(response.line for response in responses)
        validity = re.search(rb"\[UIDVALIDITY (\d{1,10})\]", text, re.IGNORECASE)
        exists = re.search(rb"^\* (\d{1,10}) EXISTS", text, re.IGNORECASE | re.MULTILINE)
        following = re.search(rb"\[UIDNEXT (\d{1,10})\]", text, re.IGNORECASE)
        if validity is None or exists is None:
            raise ImapError("protocol", "the server does not say UIDVALIDITY and the number of messages")
        return Folder(
            uid_validity=int(validity[1]), uid_next=int(following[1]) if following else None, exists=int(exists[1])
        )

    async def search(self, criteria: str) -> list[int]:
        """Return the UIDs that a search finds, ascending."""
        responses = await self._command(f"UID SEARCH {criteria}")
        uids: set[int] = set()
        for response in responses:
            if response.line[:9].upper() == b"* SEARCH ":
                uids.update(map(int, _NUMBER.findall(response.line[9:])))
        return sorted(uids)

    async def fetch(self, uid: int, limit: int) -> FetchedMessage | None:
        """Fetch a message, at most `limit` bytes of it; None if it is not there any more."""
        items = f"(UID RFC822.SIZE INTERNALDATE BODY.PEEK[]<0.{limit}>)"
        responses = await self._command(f"UID FETCH {uid} {items}", max_literal=limit)
        for response in responses:
            written = re.search(rb"[( ]UID (\d{1,10})\b", response.line, re.IGNORECASE)
            if b" FETCH " in response.line.upper()[:40] and written and int(written[1]) == uid and response.literals:
                size = re.search(rb"RFC822\.SIZE (\d{1,12})", response.line, re.IGNORECASE)
                received = re.search(rb'INTERNALDATE "([^"]{1,40})"', response.line, re.IGNORECASE)
                raw = max(response.literals, key=len)
                return FetchedMessage(
                    uid, raw, int(size[1]) if size else len(raw), received[1].decode("latin-1") if received else ""
                )
        return None

    async def close(self) -> None:
        """Send LOGOUT without waiting for a response, and close the connection."""
        with suppress(httpcore.NetworkError, httpcore.TimeoutException):
            await self.stream.write(b"Z LOGOUT\r\n", timeout=1.0)
        await self.stream.aclose()

    async def _load_capabilities(self) -> None:
        responses = await self._command("CAPABILITY")
        lines = [each.line for each in responses if each.line[:13].upper() == b"* CAPABILITY "]
        self.capabilities = frozenset(word for line in lines for word in line.upper().split()[2:])

    async def _command(self, text: str, *, continued: str = "", max_literal: int = 0) -> list[ImapResponse]:
        """Send a command and return the responses to it; `continued` is sent when the server asks for more."""
        self._tag += 1
        tag = f"A{self._tag}"
        await self.stream.write(f"{tag} {text}\r\n".encode("ascii", "replace"))
        responses: list[ImapResponse] = []
        size = 0
        while len(responses) < MAX_RESPONSES and size <= MAX_IMAP_LINE_BYTES + 2 * max_literal:
            response = await self._response(max_literal)
            size += len(response.line) + sum(map(len, response.literals))
            if response.line.startswith(b"+"):
                if not continued:
                    raise ImapError("protocol", f"an unexpected request for more: {reply_text(response.line)}")
                await self.stream.write(f"{continued}\r\n".encode("ascii", "replace"))
                continued = ""
            elif response.line.startswith(f"{tag} ".encode()):
                status = _STATUS.match(response.line)
                if status is None or status[1].upper() != b"OK":
                    raise CommandRefusedError("protocol", reply_text(response.line.partition(b" ")[2]))
                return responses
            elif response.line[:6].upper() == b"* BYE ":
                raise ImapError(
                    "connection failed", f"the server ended the connection: {reply_text(response.line[6:])}"
                )
            else:
                responses.append(response)
        raise ImapError("too large", "the server sent too many responses to one command")

    async def _response(self, max_literal: int) -> ImapResponse:
        """Read one response: a line, and further ones after each literal in it."""
        line = b""
        literals: list[bytes] = []
        while True:
            part = await self._line()
            literal = _LITERAL.search(part)
            if literal is None:
                return ImapResponse(line + part.rstrip(b"\r\n"), literals)
            size = int(literal[1])
            limit = max_literal or _MAX_OTHER_LITERAL_BYTES
            if size > limit or len(literals) > _MAX_LITERALS:
                raise ImapError("too large", f"the server sends {size:,} bytes where at most {limit:,} were asked for")
            line += part[: literal.start()]
            literals.append(await self._exactly(size))
            if len(line) > MAX_IMAP_LINE_BYTES:
                raise ImapError("too large", f"a response of more than {MAX_IMAP_LINE_BYTES:,} bytes")

    async def _line(self) -> bytes:
        start = 0
        while (end := self._buffer.find(b"\n", start)) < 0:
            start = len(self._buffer)
            if start > MAX_IMAP_LINE_BYTES:
                raise ImapError("too large", f"a line of more than {MAX_IMAP_LINE_BYTES:,} bytes")
            await self._receive()
        line = bytes(self._buffer[: end + 1])
        del self._buffer[: end + 1]
        return line

    async def _exactly(self, size: int) -> bytes:
        while len(self._buffer) < size:
            await self._receive()
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data

    async def _receive(self) -> None:
        data = await self.stream.read(_CHUNK_BYTES)
        if not data:
            raise ImapError("connection failed", "the server closed the connection")
        self._buffer += data
