"""Mail over SMTP: one session and one mail for each recipient, so that a refusal concerns one recipient only.

smtplib blocks, so each mail has a thread. The timeout of a socket does not end a conversation in which the server sends
one byte a minute. Therefore the deadlines are kept outside of the thread, by shutting down its connection. The same
happens when the delivery is cancelled. In both cases it is known how far the mail got.
"""

from __future__ import annotations

import asyncio
import re
import smtplib
import ssl
import time
from collections.abc import Callable

from monitor.channels.email.config import EmailConfig
from monitor.channels.email.conversation import Conversation
from monitor.channels.errors import UnclearError, UnreachableError, redact
from monitor.channels.interface import Channel
from monitor.channels.mail_message import address, compose_mail
from monitor.config_types.credentials import secrets_in
from monitor.core.errors import DeliveryError
from monitor.core.model import Delivery, Message
from monitor.runtime import threads

EMAIL_DEADLINE_SECONDS = 90.0
"""Seconds for one mail, from connecting to the last reply of the server."""
GREETING_TIMEOUT_SECONDS = 30.0
"""Seconds for resolving the server's name, connecting, TLS and the server's greeting."""
_ABORT_SECONDS = 1.5
"""Seconds for a thread to notice that its connection was shut down."""
_RECIPIENT_STATUS = re.compile(r"[45]\.(?P<detail>1\.(?:1|2|3|4|6|10)|2\.\d{1,3})(?!\d)")
"""Enhanced status codes (RFC 3463) about the address or mailbox of the recipient; not 5.1.7 and 5.1.8, the sender's."""
_MAILBOX_FULL = "2.2"
_WRONG_ADDRESS = re.compile(r"1\.|2\.1$")
"""Those that say that there is no such mailbox, or that it takes no more mail."""


class EmailChannel(Channel):
    """A channel that sends mail over SMTP."""

    formats = frozenset({"html", "ics"})
    concurrency = 4

    def __init__(
        self,
        name: str,
        config: EmailConfig,
        *,
        tls: ssl.SSLContext | None = None,
        deadline: float = EMAIL_DEADLINE_SECONDS,
        greeting: float = GREETING_TIMEOUT_SECONDS,
    ) -> None:
        self.name = name
        self._config = config
        self._tls = tls
        self._deadline = deadline
        self._greeting = min(greeting, deadline)

    def recipients(self) -> tuple[str, ...]:
        """Return all addresses of `to` and `bcc`."""
        return (*self._config.to, *self._config.bcc)

    async def send(self, message: Message, delivery: Delivery) -> str:
        """Send a mail to the recipient of this delivery."""
        sender, recipient = address(self._config.sender).addr_spec, address(delivery.recipient).addr_spec
        config = self._config
        mail = compose_mail(
            message,
            delivery,
            sender=config.sender,
            to=_visible_recipients(config, message, delivery),
            reply_to=config.reply_to or "",
            unsubscribe=config.unsubscribe or config.reply_to or config.sender,
        )
        conversation = Conversation(config.smtp, self._tls_context)
        try:
            return await self._send_within_deadlines(conversation, lambda: conversation.send(sender, recipient, mail))
        except (smtplib.SMTPException, OSError, UnicodeError) as error:
            raise _delivery_error(error, conversation, self._config) from None

    def _tls_context(self) -> ssl.SSLContext:
        """Return the context of all connections, made for the first: reading the certificates takes 20 ms."""
        self._tls = self._tls or ssl.create_default_context()
        return self._tls

    async def _send_within_deadlines(self, conversation: Conversation, send: Callable[[], str]) -> str:
        thread = asyncio.ensure_future(threads.call(send))
        began = time.monotonic()
        try:
            done, _ = await asyncio.wait({thread}, timeout=self._greeting)
            if not done and conversation.connected:
                done, _ = await asyncio.wait({thread}, timeout=began + self._deadline - time.monotonic())
        except asyncio.CancelledError:
            return await _abort(conversation, thread, "interrupted, the program is stopping")
        if done:
            return thread.result()
        if not conversation.connected:
            return await _abort(conversation, thread, f"no greeting within {self._greeting:g} s")
        return await _abort(conversation, thread, f"the SMTP session did not end within {self._deadline:g} s")


def _visible_recipients(config: EmailConfig, message: Message, delivery: Delivery) -> tuple[str, ...]:
    """Return the addresses that the recipient sees: only their own in the mail of a subscription."""
    is_for_all = set(message.recipients) >= set(config.to) and delivery.recipient in {*config.to, *config.bcc}
    return config.to if is_for_all else (delivery.recipient,)


async def _abort(conversation: Conversation, thread: asyncio.Future[str], reason: str) -> str:
    """Shut down the connection; return the reply if the mail was accepted meanwhile, else raise how far it got."""
    conversation.abort()
    await asyncio.wait({thread}, timeout=_ABORT_SECONDS)
    if thread.done() and not thread.exception():
        return thread.result()
    thread.cancel()
    if conversation.on_the_wire:
        raise UnclearError(reason)
    if not conversation.connected:
        raise UnreachableError(reason)
    raise DeliveryError(reason, retryable=True)


def _delivery_error(error: Exception, conversation: Conversation, config: EmailConfig) -> DeliveryError:
    """Return the error with its reason: no reply after the mail was sent is unclear.

    4xx is retried, and so is a full mailbox, which many servers report as 552; other 5xx are not.
    """
    match error:
        case smtplib.SMTPResponseException():
            reply = (
                error.smtp_error if isinstance(error.smtp_error, str) else error.smtp_error.decode("utf-8", "replace")
            )
            status = _RECIPIENT_STATUS.match(reply)
            is_full = status is not None and status["detail"] == _MAILBOX_FULL
            retryable = is_full or not 500 <= error.smtp_code < 600
            advice = ""
            if isinstance(error, smtplib.SMTPAuthenticationError):
                advice = "; check user name and password in `smtp` of this channel"
            elif status and not retryable and _WRONG_ADDRESS.match(status["detail"]):
                advice = "; correct or remove this address"
            reason = redact(f"{error.smtp_code} {reply}{advice}", secrets_in(config))
            return DeliveryError(reason, retryable=retryable, of_recipient=status is not None)
        case ssl.SSLCertVerificationError():
            return DeliveryError(f"the server's certificate is not valid: {error.verify_message}", retryable=True)
        case smtplib.SMTPNotSupportedError():
            return DeliveryError(redact(str(error), secrets_in(config)), retryable=False)
    if conversation.on_the_wire:
        return UnclearError(f"the connection broke before the server confirmed the mail: {_reason(error)}")
    if not conversation.connected:
        return UnreachableError(f"{config.smtp.host}:{config.smtp.port} cannot be reached: {_reason(error)}")
    return DeliveryError(f"the connection broke before the mail was sent: {_reason(error)}", retryable=True)


def _reason(error: Exception) -> str:
    return error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
