"""A mail server on loopback that misbehaves as its Script says, and records the mails that it accepted."""

from __future__ import annotations

import asyncio
import ssl
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING

import trustme
from aiosmtpd.smtp import SMTP, AuthResult

from monitor.channels.email.config import EmailConfig
from monitor.channels.email.smtp_address import SmtpServer
from monitor.config_types.credentials import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator

CA = trustme.CA()


def server_tls() -> ssl.SSLContext:
    """The server's side of a certificate for localhost."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    CA.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    return context


def client_tls() -> ssl.SSLContext:
    """A client that trusts that certificate."""
    context = ssl.create_default_context()
    CA.configure_trust(context)
    return context


@dataclass
class Script:
    """The responses of the server, and its records: a handler of aiosmtpd."""

    rcpt: dict = field(default_factory=dict)
    """Recipient -> the answer to RCPT."""
    data: list = field(default_factory=list)
    """Answers to the ends of DATA, one a mail; `drop` takes it and hangs up without a word, `hang` says nothing."""
    mails: list = field(default_factory=list)
    """(recipients, message) taken, those without an answer too."""
    secure: list = field(default_factory=list)
    logins: list = field(default_factory=list)
    taken: object = None
    """Awaited when the first mail has been accepted, before the sender gets the response."""

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 - aiosmtpd's name
        answer = self.rcpt.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        answer = self.data.pop(0) if self.data else "250 2.0.0 queued as 7A3F"
        if answer[0] in "2dh":
            self.mails.append((list(envelope.rcpt_tos), message_from_bytes(envelope.content, policy=default)))
            self.secure.append(server.transport.get_extra_info("sslcontext") is not None)
            taken, self.taken = self.taken, None
            if taken:
                await taken()
        if answer == "drop":
            server.transport.abort()
        if answer == "hang":
            await asyncio.Event().wait()
        return answer

    def authenticate(self, server, session, envelope, mechanism, auth_data):
        self.logins.append((auth_data.login, auth_data.password))
        return AuthResult(success=auth_data.password == b"right", handled=False)


class Listening:
    """The server, while the `async with` lasts."""

    def __init__(self, script: Script, *, tls: str = "", greeting: bytes = b"") -> None:
        self.script = script
        self._tls = tls
        self._greeting = greeting

    async def __aenter__(self) -> Listening:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            self._protocol, "127.0.0.1", 0, ssl=server_tls() if self._tls == "tls" else None
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def _protocol(self) -> asyncio.Protocol:
        if self._greeting:
            return _Says(self._greeting)
        return SMTP(
            self.script,
            hostname="localhost",
            tls_context=server_tls() if self._tls == "starttls" else None,
            auth_require_tls=False,
            authenticator=self.script.authenticate,
            enable_SMTPUTF8=True,
        )

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    def config(self, *to: str, security: str = "plain", user: str = "", password: str = "", **more) -> EmailConfig:
        """The channel's configuration for this server."""
        server = SmtpServer(
            host="localhost",
            port=self.port,
            security=security,
            user=user,
            password=Secret(password) if password else None,
        )
        return EmailConfig(
            type="email",
            smtp=server,
            to=to or ("team@example.org",),
            **{"from": "Policy monitor <monitor@press.example>"},
            **more,
        )


@contextmanager
def in_thread(script: Script) -> Iterator[int]:
    """Run the server in a thread, for commands that run in the test's own; yields its port."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    server = Listening(script)
    try:
        asyncio.run_coroutine_threadsafe(server.__aenter__(), loop).result()
        yield server.port
        asyncio.run_coroutine_threadsafe(server.__aexit__(), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


class _Says(asyncio.Protocol):
    """A server that sends one line."""

    def __init__(self, line: bytes) -> None:
        self._line = line

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        transport.write(self._line)

    def data_received(self, data: bytes) -> None:
        if b"QUIT" in data or not self._line.count(b"250"):
            self._transport.close()
