"""The configuration of channels as values: one frozen class for each kind, and the parsing of SMTP addresses.

Whatever grants access (a password, a webhook's address, a token) is a `Secret`: it prints as `***` in `repr`, `str`,
`format` and the log; only `reveal()` returns it. To any host but this machine, `smtp://` requires STARTTLS unless plain
text is requested explicitly.
"""

from __future__ import annotations

import hmac
import ipaddress
import re
from dataclasses import dataclass, fields
from typing import Literal
from urllib.parse import parse_qsl, unquote, urlsplit


class Secret:
    """A text that shows itself to nobody by accident."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Give the text, to the one place that needs it."""
        return self._text

    def __repr__(self) -> str:
        return "***"

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._text.encode("utf-8", "replace"), other._text.encode("utf-8", "replace"))

    def __hash__(self) -> int:
        return hash(("Secret", self._text))


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpServer:
    """A mail server and how to talk to it."""

    host: str
    port: int
    security: Literal["tls", "starttls", "plain"]
    """`tls` from the first byte (smtps), `starttls` or no mail at all, `plain` on this machine or when asked for."""
    user: str = ""
    password: Secret | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChannel:
    """Every message becomes files in a folder."""

    name: str
    dir: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleChannel:
    """Every message is printed."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailChannel:
    """Mail over SMTP, one delivery a recipient."""

    name: str
    smtp: SmtpServer
    sender: str
    """What stands in From, for example `Policy monitor <monitor@example.org>`."""
    to: tuple[str, ...] = ()
    """Recipients that everybody sees."""
    bcc: tuple[str, ...] = ()
    """Recipients that nobody sees; with an empty `to`, no recipient knows of another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackChannel:
    """Slack: either an incoming webhook, or a bot token and a channel."""

    name: str
    webhook: Secret | None = None
    token: Secret | None = None
    channel: str = ""
    api_url: str = "https://slack.com/api/"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookChannel:
    """JSON by POST; signed with HMAC-SHA256 when there is a secret."""

    name: str
    url: Secret
    secret: Secret | None = None


NOT_OVER_HTTP = frozenset({
    "amqp", "amqps", "aprs", "blink1", "dbus", "deltachat", "deltachats", "gio", "glib", "gnome", "growl", "irc",
    "ircs", "kde", "macosx", "mailto", "mailtos", "mqtt", "mqtts", "qt", "rsyslog", "smpp", "smpps", "syslog",
    "windows", "xmpp", "xmpps",
})  # fmt: skip
"""Schemes of apprise (2.3) whose plugins do not use `requests`, so that no HTTP proxy can check where they connect."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppriseChannel:
    """Any service that apprise knows, by its address."""

    name: str
    url: Secret


ChannelConfig = FileChannel | ConsoleChannel | EmailChannel | SlackChannel | WebhookChannel | AppriseChannel


def identity(config: ChannelConfig | SmtpServer) -> str:
    """Return a text that is another one after any edit of a channel. It holds the channel's secrets in the clear."""
    values = [(field.name, getattr(config, field.name)) for field in fields(config)]
    return repr([type(config).__name__, *((name, _revealed(value)) for name, value in values)])


def _revealed(value: object) -> object:
    match value:
        case Secret():
            return value.reveal()
        case SmtpServer():
            return identity(value)
        case _:
            return value


_SCHEMES = ("smtp", "smtps")
_PORTS = {"tls": 465, "starttls": 587, "plain": 25}
_HOST = re.compile(r"[^\W_]([\w.-]*[^\W_])?\.?|[0-9a-f:.]+")
_STARTTLS = ("require", "off")


def parse_smtp(url: str) -> SmtpServer:
    """Read `smtp://user:password@host:587/?starttls=require` or `smtps://...`.

    ValueError says what is wrong and never shows the address, which holds a password.
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        raise ValueError("not an address; write smtp://user:password@host:587 or smtps://user:password@host") from None
    if parts.scheme not in _SCHEMES:
        raise ValueError("must start with smtp:// (STARTTLS) or smtps:// (TLS from the start)")
    if not parts.hostname:
        raise ValueError("names no host; write smtp://user:password@host:587")
    if not _HOST.fullmatch(parts.hostname):
        raise ValueError("names a host with a character that no host name has")
    if parts.path not in {"", "/"} or parts.fragment:
        raise ValueError(
            "holds more than a host behind the @; write / ? # and @ in a user name or password as %2F %3F %23 and %40"
        )
    security = _security(parts.scheme, parts.hostname, parts.query)
    return SmtpServer(
        host=parts.hostname,
        port=port or _PORTS[security],
        security=security,
        user=unquote(parts.username or ""),
        password=Secret(unquote(parts.password)) if parts.password else None,
    )


def _security(scheme: str, host: str, query: str) -> Literal["tls", "starttls", "plain"]:
    options = dict(parse_qsl(query, keep_blank_values=True))
    if unknown := sorted(set(options) - {"starttls"}):
        # The names alone: a password with an unescaped ? would otherwise be shown here.
        raise ValueError(f"has {len(unknown)} option(s) behind the ? that are not known; the only one is starttls")
    starttls = options.get("starttls")
    if starttls is not None and starttls not in _STARTTLS:
        raise ValueError("starttls must be require or off")
    if scheme == "smtps":
        if starttls is not None:
            raise ValueError("smtps:// is TLS from the start; starttls belongs to smtp:// only")
        return "tls"
    if starttls is None:
        return "plain" if is_loopback(host) else "starttls"
    return "starttls" if starttls == "require" else "plain"


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine, going by its text alone."""
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
