"""Mail over SMTP: one conversation and one mail for each recipient, so that a refusal is that recipient's alone.

smtplib blocks, so each mail has a thread. A server that sends one byte a minute never lets a socket's own timeout pass,
so the deadlines are kept from outside: the connection is shut down under the thread. The same happens when the delivery
is cancelled, and what became of the mail is known then too.
"""

from __future__ import annotations

import asyncio
import smtplib
import ssl
import time
from typing import TYPE_CHECKING

from monitor.channels.email.conversation import Conversation
from monitor.channels.errors import UnclearError, UnreachableError, redact
from monitor.channels.mail_message import address, compose_mail
from monitor.config_types.credentials import secrets_in
from monitor.core.errors import DeliveryError
from monitor.runtime import threads

if TYPE_CHECKING:
    from collections.abc import Callable

    from monitor.channels.email.config import EmailConfig
    from monitor.core.model import Delivery, Message

DEADLINE = 90.0
"""Seconds for one mail, from connecting to the server's last word."""
GREETING = 30.0
"""Seconds for resolving the server's name, connecting, TLS and the server's greeting."""
_LAST_WORD = 1.5
"""Seconds that a thread is given to notice that its connection was shut down."""


class EmailChannel:
    """A channel that mails."""

    formats: frozenset[str] = frozenset({"html"})
    concurrency = 4
    preferred_for_notices = True

    def __init__(
        self,
        name: str,
        config: EmailConfig,
        *,
        tls: ssl.SSLContext | None = None,
        deadline: float = DEADLINE,
        greeting: float = GREETING,
    ) -> None:
        self.name = name
        self._config = config
        self._tls = tls
        self._deadline = deadline
        self._greeting = min(greeting, deadline)

    def recipients(self) -> tuple[str, ...]:
        """Return every address, seen or not."""
        return (*self._config.to, *self._config.bcc)

    async def send(self, message: Message, delivery: Delivery) -> str:
        """Mail to the one recipient of this delivery."""
        sender, recipient = address(self._config.sender).addr_spec, address(delivery.recipient).addr_spec
        mail = compose_mail(message, delivery, sender=self._config.sender, to=self._config.to)
        talk = Conversation(self._config.smtp, self._tls or ssl.create_default_context())
        try:
            return await self._in_time(talk, lambda: talk.send(sender, recipient, mail))
        except (smtplib.SMTPException, OSError, UnicodeError) as error:
            raise _explained(error, talk, self._config) from None

    async def _in_time(self, talk: Conversation, send: Callable[[], str]) -> str:
        thread = asyncio.ensure_future(threads.call(send))
        began = time.monotonic()
        try:
            done, _ = await asyncio.wait({thread}, timeout=self._greeting)
            if not done and talk.connected:
                done, _ = await asyncio.wait({thread}, timeout=began + self._deadline - time.monotonic())
        except asyncio.CancelledError:
            return await _broken_off(talk, thread, "broken off")
        if done:
            return thread.result()
        if not talk.connected:
            return await _broken_off(talk, thread, f"no greeting within {self._greeting:g} s")
        return await _broken_off(talk, thread, f"no end of the conversation within {self._deadline:g} s")


async def _broken_off(talk: Conversation, thread: asyncio.Future[str], reason: str) -> str:
    """Shut the connection down and say how far the mail got; it may have been taken at the last moment."""
    talk.abort()
    await asyncio.wait({thread}, timeout=_LAST_WORD)
    if thread.done() and not thread.exception():
        return thread.result()
    thread.cancel()
    if talk.on_the_wire:
        raise UnclearError(reason)
    if not talk.connected:
        raise UnreachableError(reason)
    raise DeliveryError(reason, retryable=True)


def _explained(error: Exception, talk: Conversation, config: EmailConfig) -> DeliveryError:
    """Say what went wrong and whether to try again: 4xx passes, 5xx does not, silence on the wire is unclear."""
    match error:
        case smtplib.SMTPResponseException():
            said = (
                error.smtp_error if isinstance(error.smtp_error, str) else error.smtp_error.decode("utf-8", "replace")
            )
            reason = redact(f"{error.smtp_code} {said}", secrets_in(config))
            return DeliveryError(reason, retryable=400 <= error.smtp_code < 500)
        case ssl.SSLCertVerificationError():
            return DeliveryError(f"the server's certificate is not valid: {error.verify_message}", retryable=True)
        case smtplib.SMTPNotSupportedError():
            return DeliveryError(redact(str(error), secrets_in(config)), retryable=False)
    if talk.on_the_wire:
        return UnclearError(f"the server vanished before it answered: {_plainly(error)}")
    if not talk.connected:
        return UnreachableError(f"{config.smtp.host}:{config.smtp.port} is not reached: {_plainly(error)}")
    return DeliveryError(f"the conversation broke: {_plainly(error)}", retryable=True)


def _plainly(error: Exception) -> str:
    return error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
