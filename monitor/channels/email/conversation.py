"""One SMTP conversation, from connecting to QUIT. It blocks its thread and records how far it got.

Uses TLS unless the server is configured as `plain`. An error after the server has accepted the mail, such as a failed
QUIT, is not a failure of the delivery.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from email.message import EmailMessage

from monitor.channels.email.smtp_address import SmtpServer
from monitor.channels.errors import UnclearError
from monitor.core.errors import DeliveryError

STAGE_TIMEOUT_SECONDS = 30.0
"""Seconds for one read or write."""
QUIT_TIMEOUT_SECONDS = 2.0
"""Seconds for QUIT, whose outcome does not matter."""
_READY_CODES, _DONE_CODES, _SEND_DATA_CODES = (220,), (250, 251, 252), (354,)
_REFUSALS = (4, 5)
"""First digits of replies."""


class Conversation:
    """Delivers one mail to a server, for one recipient; `tls` returns the context of a connection with TLS."""

    connected = False
    on_the_wire = False
    """The mail was sent and the server has not accepted or refused it yet."""

    def __init__(self, server: SmtpServer, tls: Callable[[], ssl.SSLContext]) -> None:
        self._server = server
        self._tls = tls
        self._smtp = _Client(server.host, tls() if server.security == "tls" else None)

    def send(self, sender: str, recipient: str, mail: EmailMessage) -> str:
        """Send the mail and return the reply with which the server accepted it."""
        try:
            _expect(self._smtp.connect(self._server.host, self._server.port), _READY_CODES)
            self.connected = True
            self._secure()
            self._log_in()
            return self._send_mail(sender, recipient, mail)
        finally:
            self._quit()

    def abort(self) -> None:
        """Shut down the connection while another thread is in `send`."""
        if (connection := self._smtp.sock) is not None:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _secure(self) -> None:
        self._smtp.ehlo_or_helo_if_needed()
        if self._server.security != "starttls":
            return
        if not self._smtp.has_extn("starttls"):
            raise DeliveryError("the server offers no STARTTLS, and nothing is sent in the clear", retryable=False)
        _expect(self._smtp.starttls(context=self._tls()), _READY_CODES)
        self._smtp.ehlo()

    def _log_in(self) -> None:
        if self._server.user:
            self._smtp.login(self._server.user, self._server.password.reveal() if self._server.password else "")

    def _send_mail(self, sender: str, recipient: str, mail: EmailMessage) -> str:
        """Send the mail; SMTPResponseException if the server refuses it."""
        beyond_ascii = not (sender + recipient).isascii()
        if beyond_ascii and not self._smtp.has_extn("smtputf8"):
            named = next(address for address in (recipient, sender) if not address.isascii())
            raise DeliveryError(
                f"the server takes no address with letters beyond ASCII (SMTPUTF8): write another one for {named}",
                retryable=False,
            )
        if beyond_ascii:
            self._smtp.command_encoding = "utf-8"
        _expect(self._smtp.mail(sender, ["SMTPUTF8"] if beyond_ascii else ()), _DONE_CODES)
        _expect(self._smtp.rcpt(recipient), _DONE_CODES)
        _expect(self._smtp.docmd("DATA"), _SEND_DATA_CODES)
        self.on_the_wire = True
        self._smtp.send(_stuff_dots(mail.as_bytes()))
        reply = self._smtp.getreply()
        self.on_the_wire = False
        if reply[0] not in _DONE_CODES and reply[0] // 100 not in _REFUSALS:
            raise UnclearError("the server neither accepted nor refused the mail")
        _expect(reply, _DONE_CODES)
        return f"{reply[0]} {reply[1].decode('utf-8', 'replace')}"

    def _quit(self) -> None:
        with suppress(OSError, smtplib.SMTPException):
            if self._smtp.sock is not None:
                self._smtp.sock.settimeout(QUIT_TIMEOUT_SECONDS)
                self._smtp.docmd("QUIT")
        self._smtp.close()


class _Client(smtplib.SMTP):
    """The client of smtplib, which sets its socket before the TLS handshake, so that `abort` can end the handshake."""

    def __init__(self, host: str, tls: ssl.SSLContext | None) -> None:
        super().__init__(timeout=STAGE_TIMEOUT_SECONDS)
        self._host = host
        self._implicit_tls = tls

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        connection = socket.create_connection((host, port), timeout)
        if self._implicit_tls is None:
            return connection
        secure = self._implicit_tls.wrap_socket(connection, server_hostname=host, do_handshake_on_connect=False)
        self.sock = secure
        secure.do_handshake()
        return secure


def _stuff_dots(content: bytes) -> bytes:
    """Double each dot that begins a line, and add the line with a dot that ends a mail (RFC 5321, 4.5.2)."""
    content = content.replace(b"\r\n.", b"\r\n..")
    return content + (b".\r\n" if content.endswith(b"\r\n") else b"\r\n.\r\n")


def _expect(reply: tuple[int, bytes], codes: tuple[int, ...]) -> None:
    if reply[0] not in codes:
        raise smtplib.SMTPResponseException(reply[0], reply[1].decode("utf-8", "replace"))
