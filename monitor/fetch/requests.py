"""Makes what a request is made of: a checked target address, its conditions, and where a redirect leads."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

import httpx

from monitor.core.feeds.failures import failed
from monitor.core.model import Failed, FeedState, Response, Validators

if TYPE_CHECKING:
    from collections.abc import Mapping

_PORTS = {"http": 80, "https": 443}
_ALL_PORTS = 1 << 16
_MAX_VALIDATOR = 500
NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An http(s) address without user, password and fragment, and the login that stood in it."""

    address: httpx.URL
    scheme: str
    host: str
    port: int
    login: Mapping[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The address as text."""
        return str(self.address)

    def shares_secrets_with(self, other: Target) -> bool:
        """Tell whether what was meant for this place may be sent to the other: the same, or its https form."""
        if self.host != other.host:
            return False
        upgraded = (self.scheme, self.port, other.scheme, other.port) == ("http", 80, "https", 443)
        return upgraded or (self.scheme, self.port) == (other.scheme, other.port)

    def without_login(self) -> Target:
        """Give the same place to a stranger."""
        return replace(self, login=NOTHING)


@lru_cache(maxsize=2048)
def parse_target(url: str) -> Target | None:
    """Read an address; None for what is no http(s) address with a host."""
    try:
        parsed = httpx.URL(url.strip())
        scheme, host, login = parsed.scheme, parsed.raw_host.decode("ascii"), _login(parsed)
        plain = parsed.copy_with(username=None, password=None, fragment=None)
    except (httpx.InvalidURL, ValueError, UnicodeError):
        return None
    if scheme not in _PORTS or not host:
        return None
    port = _PORTS[scheme] if parsed.port is None else parsed.port
    if not 0 < port < _ALL_PORTS:
        return None
    return Target(address=plain, scheme=scheme, host=host.lower(), port=port, login=login)


def _login(url: httpx.URL) -> Mapping[str, str]:
    if not url.userinfo:
        return NOTHING
    pair = f"{url.username}:{url.password}".encode()
    return {"Authorization": "Basic " + base64.b64encode(pair).decode("ascii")}


def redirect_target(target: Target, answer: Response) -> Target | Failed:
    """Tell where a redirect leads. A login in its address is the publisher's, not the user's: it is not used."""
    location = answer.headers.get("location", "").strip()
    if not location:
        return failed("bad redirect", f"http {answer.status} without Location", response=answer)
    try:
        joined = target.address.join(location)
    except (httpx.InvalidURL, ValueError, UnicodeError):
        return failed("bad redirect", location[:200], response=answer)
    following = parse_target(str(joined))
    if following is None and joined.scheme in _PORTS:
        return failed("bad redirect", location[:200], response=answer)
    if following is None:
        return failed("redirect refused", f"{joined.scheme or 'no scheme'} {location}"[:200], response=answer)
    return replace(following, login=target.login)


def conditions(state: FeedState | Validators) -> dict[str, str]:
    """Make the conditional headers; only of validators that can stand in a header as they came."""
    asked = {"If-None-Match": state.etag, "If-Modified-Since": state.last_modified}
    return {name: value for name, value in asked.items() if value and _can_be_sent(value)}


def _can_be_sent(value: str) -> bool:
    return len(value) <= _MAX_VALIDATOR and value.isascii() and value.isprintable()
