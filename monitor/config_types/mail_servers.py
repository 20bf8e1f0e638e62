"""The policy for connections to mail servers, over SMTP and IMAP."""

from __future__ import annotations

import re
from typing import Literal

from monitor.config_types.addresses import is_loopback

Security = Literal["tls", "starttls", "plain"]
"""`tls` from the first byte, `starttls` or no connection at all, `plain` on this machine or if the address says so."""
HOST = re.compile(r"[^\W_]([\w.-]*[^\W_])?\.?|[0-9a-f:.]+")


def security_of(host: str, starttls: str | None) -> Security:
    """Return the security of an address that does not begin with TLS; `starttls`: its option, `require` or `off`."""
    if starttls is None:
        return "plain" if is_loopback(host) else "starttls"
    return "starttls" if starttls == "require" else "plain"
