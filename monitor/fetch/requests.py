"""The parts of a request: its route, the parsed target, conditional headers, and the target of a redirect."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

import httpx

from monitor.core.feeds.failures import failed
from monitor.core.model import Failed, Response, Validators

_PORTS = {"http": 80, "https": 443}
_ALL_PORTS = 1 << 16
_MAX_VALIDATOR_CHARS = 500
NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class Route(NamedTuple):
    """How the requests of one feed reach their hosts, at every hop."""

    networks: tuple[str, ...] = ()
    """Private networks that the feed is allowed to reach."""
    proxy: str = ""
    """The feed's own proxy, or `off`; empty: the one for all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpTarget:
    """An http(s) address without user, password and fragment; the credentials are kept apart as headers."""

    address: httpx.URL
    scheme: str
    host: str
    port: int
    credentials: Mapping[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The address as text."""
        return str(self.address)

    def may_share_credentials_with(self, other: HttpTarget) -> bool:
        """Return True if credentials for this target may go to the other: the same origin, or its https form."""
        if self.host != other.host:
            return False
        upgraded = (self.scheme, self.port, other.scheme, other.port) == ("http", 80, "https", 443)
        return upgraded or (self.scheme, self.port) == (other.scheme, other.port)

    def without_credentials(self) -> HttpTarget:
        """Copy the target for a cross-origin redirect, without credentials."""
        return replace(self, credentials=NO_HEADERS)


@lru_cache(maxsize=2048)
def parse_target(url: str) -> HttpTarget | None:
    """Parse an address; None unless it is http(s) with a host and a valid port."""
    try:
        parsed = httpx.URL(url.strip())
        scheme, host, credentials = parsed.scheme, parsed.raw_host.decode("ascii"), _credentials(parsed)
        plain = parsed.copy_with(username=None, password=None, fragment=None)
    except (httpx.InvalidURL, ValueError, UnicodeError):
        return None
    if scheme not in _PORTS or not host:
        return None
    port = _PORTS[scheme] if parsed.port is None else parsed.port
    if not 0 < port < _ALL_PORTS:
        return None
    return HttpTarget(address=plain, scheme=scheme, host=host.lower(), port=port, credentials=credentials)


def _credentials(url: httpx.URL) -> Mapping[str, str]:
    if not url.userinfo:
        return NO_HEADERS
    pair = f"{url.username}:{url.password}".encode()
    return {"Authorization": "Basic " + base64.b64encode(pair).decode("ascii")}


def resolve_redirect(target: HttpTarget, response: Response) -> HttpTarget | Failed:
    """Return the target of a redirect, or why it is refused. Credentials in the Location header are ignored."""
    location = response.headers.get("location", "").strip()
    if not location:
        return failed("bad redirect", f"http {response.status} without Location", response=response)
    try:
        joined = target.address.join(location)
    except (httpx.InvalidURL, ValueError, UnicodeError):
        return failed("bad redirect", location[:200], response=response)
    following = parse_target(str(joined))
    if following is None and joined.scheme in _PORTS:
        return failed("bad redirect", location[:200], response=response)
    if following is None:
        return failed("redirect refused", f"{joined.scheme or 'no scheme'} {location}"[:200], response=response)
    return replace(following, credentials=target.credentials)


def conditions(validators: Validators) -> dict[str, str]:
    """Return conditional request headers for the validators that are valid header values."""
    headers = {"If-None-Match": validators.etag, "If-Modified-Since": validators.last_modified}
    return {name: value for name, value in headers.items() if value and _is_sendable(value)}


def _is_sendable(value: str) -> bool:
    return len(value) <= _MAX_VALIDATOR_CHARS and value.isascii() and value.isprintable()
