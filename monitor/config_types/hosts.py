"""Hosts of mail servers, and which host is this machine."""

from __future__ import annotations

import ipaddress
import re
from typing import Literal

Security = Literal["tls", "starttls", "plain"]
"""`tls` from the first byte, `starttls` or no connection at all, `plain` on this machine or if the address says so."""
HOST = re.compile(r"[^\W_]([\w.-]*[^\W_])?\.?|[0-9a-f:.]+")


def is_loopback(host: str) -> bool:
    """Return True if a host name or address is this machine, by its text alone."""
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def security_of(host: str, starttls: str | None) -> Security:
    """Return the security of an address that does not begin with TLS; `starttls`: its option, `require` or `off`."""
    if starttls is None:
        return "plain" if is_loopback(host) else "starttls"
    return "starttls" if starttls == "require" else "plain"
