"""The check of addresses before a connection is opened, against requests to private networks (SSRF).

A host name is resolved once, all its addresses are checked, and the connection goes to a checked address, so the name
cannot resolve differently between check and use (DNS rebinding). TLS still verifies the name. The blocked networks are
listed here because Python's `is_global` accepts NAT64, 6to4, site-local and multicast addresses.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import httpcore

from monitor.runtime.threads import DaemonThreads

Resolver = Callable[[str, int], Awaitable[list[str]]]

_NOT_PUBLIC_V4 = (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
    "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24",
    "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24",
    "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
)  # fmt: skip
_REFUSED_V4 = [ip_network(text) for text in _NOT_PUBLIC_V4]
_PUBLIC_V6 = ip_network("2000::/3")
"""Global unicast; loopback, mapped, NAT64, ULA, site-local and multicast addresses are outside of it."""
_REFUSED_V6 = [ip_network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")]
_MAX_TRIES = 3
CONNECT_SECONDS = 10.0


class BlockedAddressError(Exception):
    """The host is, or resolves to, an address that is neither globally reachable nor in an allowed network."""

    @property
    def explanation(self) -> str:
        """A clause for people, with what to do."""
        return f"{self} is not a public address, and is not in fetch.allow_networks"


class UnknownHostError(Exception):
    """The host name does not resolve; `temporary` when the resolver reports a temporary failure (EAI_AGAIN)."""

    def __init__(self, reason: str, *, temporary: bool) -> None:
        self.temporary = temporary
        super().__init__(reason)


class AddressGuard:
    """Allows addresses that are globally reachable or in one of the networks that the user allowed."""

    def __init__(self, allow_networks: Iterable[str] = ()) -> None:
        self._networks = tuple(allow_networks)
        self._allowed: list[IPv4Network | IPv6Network] = [ip_network(text) for text in self._networks]

    def with_networks(self, allow_networks: Iterable[str]) -> AddressGuard:
        """Return a copy that allows these networks too."""
        return AddressGuard((*self._networks, *allow_networks))

    def allows(self, address: str) -> bool:
        """Return True if a connection to this IP address is allowed; False for text that is no IP address."""
        try:
            parsed = ip_address(address.partition("%")[0])
        except ValueError:
            return False
        return _is_public(parsed) or any(parsed in network for network in self._allowed)

    def refuses_literal(self, host: str) -> bool:
        """Return True for an IP address that is not allowed, and for `localhost` unless loopback is.

        Old forms of IPv4 addresses, such as `127.1` and `0x7f000001`, are addresses too.
        """
        name = host.lower().rstrip(".")
        address = "127.0.0.1" if name == "localhost" or name.endswith(".localhost") else host
        if not _is_literal(address):
            try:
                address = socket.inet_ntoa(socket.inet_aton(name))
            except (OSError, UnicodeError):
                return False
        return not self.allows(address)


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _REFUSED_V4)
    return address in _PUBLIC_V6 and not any(address in network for network in _REFUSED_V6)


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Opens connections to checked addresses only."""

    def __init__(self, guard: AddressGuard, resolve: Resolver) -> None:
        self._guard = guard
        self._resolve = resolve
        self._backend = httpcore.AnyIOBackend()

    def with_networks(self, allow_networks: Iterable[str]) -> GuardedBackend:
        """Return a backend that may connect to these networks too; it shares the resolver."""
        return GuardedBackend(self._guard.with_networks(allow_networks), self._resolve)

    async def check(self, host: str, port: int, *, lookup: bool = True) -> None:
        """Raise BlockedAddressError for a host that must not be reached, as far as this machine can resolve it.

        A name that does not resolve here passes: only a proxy connects to hosts that are checked so.
        """
        if self._guard.refuses_literal(host):
            raise BlockedAddressError(host)
        if _is_literal(host) or not lookup:
            return
        with suppress(UnknownHostError):
            self._refuse_blocked(host, await self._resolve(host, port))

    def _refuse_blocked(self, host: str, addresses: Iterable[str]) -> None:
        """Raise BlockedAddressError if any of the addresses of a host is not allowed."""
        for address in addresses:
            if not self._guard.allows(address):
                raise BlockedAddressError(host if address == host else f"{host} is {address}")

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 the signature is httpcore's
        local_address: str | None = None,  # noqa: ARG002 likewise
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002 likewise
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address of the host that accepts; BlockedAddressError if any of them is not allowed."""
        addresses = [host] if _is_literal(host) else await self._resolve(host, port)
        self._refuse_blocked(host, addresses)
        limit = min(timeout or CONNECT_SECONDS, CONNECT_SECONDS)
        return await self._connect_first(addresses[:_MAX_TRIES], port, limit)

    async def _connect_first(self, addresses: list[str], port: int, limit: float) -> httpcore.AsyncNetworkStream:
        for address in addresses[:-1]:
            try:
                return await self._backend.connect_tcp(address, port, limit / 2)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._backend.connect_tcp(addresses[-1], port, limit)


def _is_literal(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


class SystemResolver:
    """The system's resolver on its own threads, so that a slow name server does not delay other requests."""

    def __init__(self, threads: int = 32) -> None:
        self._threads = DaemonThreads(threads, "dns")

    async def __call__(self, host: str, port: int) -> list[str]:
        """Return all addresses of a host, in the system's order of preference; UnknownHostError if there is none."""
        loop = asyncio.get_running_loop()
        try:
            answers = await loop.run_in_executor(self._threads, _lookup, host, port)
        except socket.gaierror as error:
            raise UnknownHostError(str(error.strerror), temporary=error.errno == socket.EAI_AGAIN) from error
        except UnicodeError as error:  # an empty or overlong label
            raise UnknownHostError("not a host name", temporary=False) from error
        return list(dict.fromkeys(answers))

    def close(self) -> None:
        """Do not wait for the threads: one may still wait for a name server."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _lookup(host: str, port: int) -> list[str]:
    return [str(answer[4][0]) for answer in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
