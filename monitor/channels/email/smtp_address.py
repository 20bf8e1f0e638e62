"""The address of a mail server: `smtp://user:password@host:587/?starttls=require` or `smtps://...`.

`smtp://` requires STARTTLS to any host but this machine, unless the address requests plain text.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

from monitor.config_types.credentials import Secret
from monitor.config_types.hosts import HOST, Security, security_of
from monitor.core.counts import count


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpServer:
    """A mail server and how to talk to it."""

    host: str
    port: int
    security: Security
    user: str = ""
    password: Secret | None = None


_SCHEMES = ("smtp", "smtps")
_PORTS = {"tls": 465, "starttls": 587, "plain": 25}
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
    if not HOST.fullmatch(parts.hostname):
        raise ValueError("names a host with a character that no host name has")
    if parts.path not in {"", "/"} or parts.fragment:
        raise ValueError(
            "holds more than a host after the @; write / ? # and @ in a user name or password as %2F %3F %23 and %40"
        )
    security = _security(parts.scheme, parts.hostname, parts.query)
    return SmtpServer(
        host=parts.hostname,
        port=port or _PORTS[security],
        security=security,
        user=unquote(parts.username or ""),
        password=Secret(unquote(parts.password)) if parts.password else None,
    )


def _security(scheme: str, host: str, query: str) -> Security:
    options = dict(parse_qsl(query, keep_blank_values=True))
    if unknown := sorted(set(options) - {"starttls"}):
        # The names alone: a password with an unescaped ? would otherwise be shown here.
        raise ValueError(f"has {count(len(unknown), 'unknown option')} after the ?; the only one is starttls")
    starttls = options.get("starttls")
    if starttls is not None and starttls not in _STARTTLS:
        raise ValueError("starttls must be require or off")
    if scheme == "smtps":
        if starttls is not None:
            raise ValueError("smtps:// is TLS from the start; starttls belongs to smtp:// only")
        return "tls"
    return security_of(host, starttls)
