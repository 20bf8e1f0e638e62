"""Mail over SMTP: one connection and one mail for each recipient, so that a refusal is that recipient's alone.

TLS or nothing, unless the server is this machine or the user chose plain text by name. smtplib blocks, so each mail has
a thread; the surprise is how its deadline is kept: at the end of DEADLINE the socket is shut down under the thread,
because a server that sends one byte a minute never lets a socket's own timeout pass.
"""

from __future__ import annotations

import asyncio
import smtplib
import socket
import ssl
from contextlib import suppress
from typing import TYPE_CHECKING

from monitor.channels._errors import UnclearError, UnreachableError, hidden
from monitor.channels._mail import address, compose_mail
from monitor.core.errors import DeliveryError

if TYPE_CHECKING:
    from email.message import EmailMessage

    from monitor.core.channel_configs import EmailChannel, SmtpServer
    from monitor.core.messages import Want
    from monitor.core.model import Delivery, Message

DEADLINE = 90.0
"""Seconds for one mail, from connecting to the server's last word."""
SOCKET_TIMEOUT = 30.0
_TAKEN = 250
_GO_AHEAD = 354


class Email:
    """A channel that mails."""

    wants: frozenset[Want] = frozenset({"html"})
    at_once = 4
    reaches_people = True

    def __init__(self, config: EmailChannel, *, tls: ssl.SSLContext | None = None, deadline: float = DEADLINE) -> None:
        self.name = config.name
        self._config = config
        self._tls = tls
        self._deadline = deadline

    def recipients(self) -> tuple[str, ...]:
        """Return every address, seen or not."""
        return (*self._config.to, *self._config.bcc)

    async def send(self, message: Message, delivery: Delivery) -> str:
        """Mail to the one recipient of this delivery."""
        mail = compose_mail(message, delivery, sender=self._config.sender, to=self._config.to)
        session = _Session(self._config.smtp, self._tls or ssl.create_default_context())
        sender, recipient = address(self._config.sender).addr_spec, address(delivery.recipient).addr_spec
        try:
            return await self._in_time(session, sender, recipient, mail)
        except DeliveryError:
            raise
        except (smtplib.SMTPException, OSError, UnicodeError) as error:
            raise _explained(error, session, self._config.smtp) from None

    async def _in_time(self, session: _Session, sender: str, recipient: str, mail: EmailMessage) -> str:
        thread = asyncio.create_task(asyncio.to_thread(session.send, sender, recipient, mail))
        done, _ = await asyncio.wait({thread}, timeout=self._deadline)
        if not done:
            session.abort()
            with suppress(Exception):
                return await thread
            raise _late(session, self._deadline)
        return thread.result()


class _Session:
    """One conversation with a mail server, and how far it got."""

    def __init__(self, server: SmtpServer, tls: ssl.SSLContext) -> None:
        self._server = server
        self._tls = tls
        self._smtp: smtplib.SMTP | None = None
        self.on_the_wire = False
        self.connected = False

    def send(self, sender: str, recipient: str, mail: EmailMessage) -> str:
        """Say everything from EHLO to QUIT and return what the server said last."""
        with self._connect() as smtp:
            self._smtp = smtp
            self.connected = True
            self._secure(smtp)
            self._log_in(smtp)
            return self._hand_over(smtp, sender, recipient, mail)

    def abort(self) -> None:
        """Break the connection from another thread."""
        if self._smtp is not None and self._smtp.sock is not None:
            with suppress(OSError):
                self._smtp.sock.shutdown(socket.SHUT_RDWR)

    def _connect(self) -> smtplib.SMTP:
        if self._server.security == "tls":
            return smtplib.SMTP_SSL(self._server.host, self._server.port, timeout=SOCKET_TIMEOUT, context=self._tls)
        return smtplib.SMTP(self._server.host, self._server.port, timeout=SOCKET_TIMEOUT)

    def _secure(self, smtp: smtplib.SMTP) -> None:
        smtp.ehlo_or_helo_if_needed()
        if self._server.security != "starttls":
            return
        if not smtp.has_extn("starttls"):
            raise DeliveryError("the server offers no STARTTLS, and nothing is sent in the clear", retryable=False)
        smtp.starttls(context=self._tls)
        smtp.ehlo()

    def _log_in(self, smtp: smtplib.SMTP) -> None:
        if self._server.user:
            smtp.login(self._server.user, self._server.password.reveal() if self._server.password else "")

    def _hand_over(self, smtp: smtplib.SMTP, sender: str, recipient: str, mail: EmailMessage) -> str:
        """Send one mail; a server that refuses says so with a code, one that vanishes leaves it unclear."""
        utf8 = not (sender + recipient).isascii()
        if utf8 and not smtp.has_extn("smtputf8"):
            raise DeliveryError("the server takes no addresses beyond ASCII", retryable=False)
        _expect(smtp.mail(sender, ["SMTPUTF8", "BODY=8BITMIME"] if utf8 else ()), _TAKEN)
        _expect(smtp.rcpt(recipient), _TAKEN)
        _expect(smtp.docmd("DATA"), _GO_AHEAD)
        self.on_the_wire = True
        smtp.send(_stuffed(mail))
        code, answer = smtp.getreply()
        self.on_the_wire = False
        _expect((code, answer), _TAKEN)
        return f"{code} {answer.decode('utf-8', 'replace')}"


def _stuffed(mail: EmailMessage) -> bytes:
    """Double the dots that begin a line, and end with the one that ends a mail (RFC 5321, 4.5.2)."""
    content = mail.as_bytes().replace(b"\r\n.", b"\r\n..")
    return content + (b".\r\n" if content.endswith(b"\r\n") else b"\r\n.\r\n")


def _expect(reply: tuple[int, bytes], code: int) -> None:
    if reply[0] != code and not (code == _TAKEN and reply[0] in {251, 252}):
        raise smtplib.SMTPResponseException(reply[0], reply[1].decode("utf-8", "replace"))


def _late(session: _Session, deadline: float) -> DeliveryError:
    reason = f"no end of the conversation within {deadline:g} s"
    return UnclearError(reason) if session.on_the_wire else DeliveryError(reason, retryable=True)


def _explained(error: Exception, session: _Session, server: SmtpServer) -> DeliveryError:
    """Say what went wrong and whether to try again: 4xx passes, 5xx does not, silence on the wire is unclear."""
    match error:
        case smtplib.SMTPResponseException():
            said = (
                error.smtp_error if isinstance(error.smtp_error, str) else error.smtp_error.decode("utf-8", "replace")
            )
            reason = hidden(f"{error.smtp_code} {said}", (server.password,))
            return DeliveryError(reason, retryable=400 <= error.smtp_code < 500)
        case ssl.SSLCertVerificationError():
            return DeliveryError(f"the server's certificate is not valid: {error.verify_message}", retryable=True)
        case smtplib.SMTPNotSupportedError():
            return DeliveryError(hidden(str(error), (server.password,)), retryable=False)
    if session.on_the_wire:
        return UnclearError(f"the server vanished before it answered: {type(error).__name__}")
    if not session.connected:
        return UnreachableError(f"{server.host}:{server.port} is not reached: {_plainly(error)}")
    return DeliveryError(f"the conversation broke: {_plainly(error)}", retryable=True)


def _plainly(error: Exception) -> str:
    return error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
