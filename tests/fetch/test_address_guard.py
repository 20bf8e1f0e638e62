import httpcore
import pytest

from monitor.fetch.address_guard import (
    AddressGuard,
    BlockedAddressError,
    GuardedBackend,
    SystemResolver,
    UnknownHostError,
)
from tests.siteserver import Site

REFUSED = [
    "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1",
    "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.51.100.1",
    "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1",
    "::ffff:8.8.8.8", "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1", "100::1", "2001::1", "2001:10::1",
    "2001:db8::1", "2002:7f00:1::", "3fff::1", "5f00::1", "fc00::1", "fd12::1", "fe80::1", "fe80::1%eth0",
    "fec0::1", "ff02::1", "nonsense",
]  # fmt: skip
PUBLIC = [
    "8.8.8.8", "1.1.1.1", "172.32.0.1", "192.0.1.1", "198.20.0.1", "223.255.255.255", "2606:4700::1",
    "2a00:1450::1", "2001:4860:4860::8888",
]  # fmt: skip


def test_addresses_that_are_not_globally_reachable_are_refused_and_public_ones_let_through():
    assert [address for address in [*REFUSED, *PUBLIC] if AddressGuard().allows(address)] == PUBLIC


def test_a_network_that_is_allowed_by_name_is_let_through_and_its_neighbours_are_not():
    guard = AddressGuard(["127.0.0.0/8", "fd00::/8"])
    assert guard.allows("127.0.0.1")
    assert guard.allows("fd12::1")
    assert not guard.allows("10.0.0.1")
    assert not guard.allows("::ffff:127.0.0.1")


def resolving(*answers: list[str]):
    waiting = list(answers)

    async def resolve(host: str, port: int) -> list[str]:
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]

    return resolve


async def test_one_private_address_among_the_answers_refuses_the_host_and_nothing_is_connected():
    async with Site() as site:
        backend = GuardedBackend(AddressGuard(), resolving(["8.8.8.8", "127.0.0.1"]))
        with pytest.raises(BlockedAddressError, match=r"evil\.example is 127\.0\.0\.1"):
            await backend.connect_tcp("evil.example", site.port)
        assert site.connections == 0


async def test_a_name_is_resolved_once_so_that_the_checked_address_is_the_one_connected():
    async with Site() as good, Site("127.0.0.2", good.port) as evil:
        backend = GuardedBackend(AddressGuard(["127.0.0.1/32"]), resolving(["127.0.0.1"], ["127.0.0.2"]))
        stream = await backend.connect_tcp("rebinding.example", good.port)
        await stream.aclose()
        assert evil.connections == 0
        with pytest.raises(BlockedAddressError):
            await backend.connect_tcp("rebinding.example", good.port)
        assert evil.connections == 0


async def test_the_next_address_is_tried_if_the_first_does_not_respond():
    async with Site() as site:
        backend = GuardedBackend(AddressGuard(["127.0.0.0/8"]), resolving(["127.0.0.9", "127.0.0.1"]))
        stream = await backend.connect_tcp("two.example", site.port)
        assert stream.get_extra_info("server_addr")[0] == "127.0.0.1"
        await stream.aclose()


async def test_the_last_error_is_raised_if_no_address_responds():
    async with Site() as site:
        port = site.port
    backend = GuardedBackend(AddressGuard(["127.0.0.0/8"]), resolving(["127.0.0.1", "127.0.0.2"]))
    with pytest.raises(httpcore.ConnectError):
        await backend.connect_tcp("down.example", port)


@pytest.mark.parametrize("host", ["0x7f.1", "2130706433", "127.1", "0177.0.0.1", "localhost"])
async def test_an_odd_way_to_write_a_private_address_is_refused(host):
    backend = GuardedBackend(AddressGuard(), SystemResolver())
    with pytest.raises(BlockedAddressError):
        await backend.connect_tcp(host, 80)


@pytest.mark.parametrize("host", ["", "a..b", "x" * 64 + ".example", "no-such-host.invalid"])
async def test_a_host_that_does_not_resolve_is_unknown(host):
    with pytest.raises(UnknownHostError):
        await SystemResolver()(host, 80)


@pytest.mark.parametrize("host", ["127.1", "0x7f000001", "2130706433", "localhost.", "feed.localhost", "10.0.0.7"])
async def test_a_private_address_is_refused_in_any_form_where_a_proxy_alone_resolves_names(host):
    with pytest.raises(BlockedAddressError):
        await GuardedBackend(AddressGuard(), resolving([])).check(host, 80, lookup=False)
    await GuardedBackend(AddressGuard(["127.0.0.0/8", "10.0.0.0/8"]), resolving([])).check(host, 80, lookup=False)
