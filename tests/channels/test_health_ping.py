"""Pings of a dead man's switch, against a server on loopback."""

import httpx
import pytest
import structlog
from chatserver import ChatServer
from slowserver import dripping

from monitor.channels.health_ping import HealthPing, failure_url
from monitor.fetch import guarded_client


@pytest.fixture
async def client():
    async with httpx.AsyncClient(trust_env=False, verify=False) as client:
        yield client


async def test_a_healthy_round_requests_the_address_and_any_other_its_fail_path(client):
    async with ChatServer(strict=False) as server:
        ping = HealthPing(client)
        assert await ping.send(f"{server.url}/ping/some-id", is_healthy=True)
        assert await ping.send(f"{server.url}/ping/some-id?rid=1", is_healthy=False)
    assert [request.path for request in server.requests] == ["/ping/some-id", "/ping/some-id/fail?rid=1"]


async def test_pings_that_fail_are_logged_once_without_the_address_and_raise_nothing(client):
    answers = [(500, {}, ""), (404, {}, ""), (200, {}, "OK")]
    async with ChatServer(strict=False, answers=answers) as server:
        ping = HealthPing(client)
        with structlog.testing.capture_logs() as logs:
            sent = [await ping.send(f"{server.url}/secret-id", is_healthy=True) for _ in range(3)]
            gone = await ping.send("http://127.0.0.1:9/secret-id", is_healthy=True)
    assert (sent, gone) == ([False, False, True], False)
    assert [entry["event"] for entry in logs] == ["ping failed", "ping succeeds again", "ping failed"]
    assert "secret-id" not in repr(logs)


async def test_a_ping_that_is_not_answered_delays_nothing(client):
    with dripping() as slow:
        assert not await HealthPing(client, timeout=0.2).send(f"http://127.0.0.1:{slow.port}/", is_healthy=True)


async def test_a_ping_to_a_private_address_is_refused_unless_its_network_is_allowed():
    async with ChatServer(strict=False) as server, guarded_client(user_agent="monitor") as client:
        assert not await HealthPing(client).send(server.url, is_healthy=True)
    assert server.requests == []


def test_the_fail_path_is_added_before_the_query():
    assert failure_url("https://hc.example/ping/id/") == "https://hc.example/ping/id/fail"
