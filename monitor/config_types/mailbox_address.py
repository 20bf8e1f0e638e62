"""The address of a folder of a mailbox (RFC 5092): `imaps://user@host/Folder`, or `imap://...` with STARTTLS.

`imap://` requires STARTTLS to any host but this machine, unless the address requests plain text.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

from monitor.config_types.hosts import HOST, Security, security_of

SCHEMES = ("imap", "imaps")
_PORTS = {"tls": 993, "starttls": 143, "plain": 143}
_EXAMPLE = "write imaps://user@mail.example.org/Newsletters"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxAddress:
    """A folder, and how to reach it."""

    host: str
    port: int
    security: Security
    user: str
    folder: str
    """The name of the folder as users see it; `INBOX` by default."""


def is_mailbox(url: str) -> bool:
    """Return True for an address of the schemes `imap` and `imaps`."""
    return url.lower().startswith(tuple(f"{scheme}://" for scheme in SCHEMES))


def parse_mailbox(url: str) -> MailboxAddress:
    """Parse an address. ValueError says what is wrong with it, and does not repeat it."""
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError:
        raise ValueError(f"is not an address; {_EXAMPLE}") from None
    if not host or not HOST.fullmatch(host):
        raise ValueError(f"names no host; {_EXAMPLE}")
    if parts.password is not None:
        raise ValueError('must not hold a password; use password: "${NAME}"')
    user, folder = unquote(parts.username or ""), unquote(parts.path.strip("/")) or "INBOX"
    if not user:
        raise ValueError(f"names no user; {_EXAMPLE}")
    if not (user.isprintable() and folder.isprintable()) or parts.fragment:
        raise ValueError("holds a control character or a #; write # in a name as %23")
    security = _security(parts.scheme.lower(), host, parts.query)
    return MailboxAddress(host=host, port=port or _PORTS[security], security=security, user=user, folder=folder)


def _security(scheme: str, host: str, query: str) -> Security:
    options = dict(parse_qsl(query, keep_blank_values=True))
    starttls = options.pop("starttls", None)
    if options or starttls not in {None, "require", "off"}:
        raise ValueError("has an option that is not known; the only one is ?starttls=require or ?starttls=off")
    return "tls" if scheme == "imaps" else security_of(host, starttls)
