"""Slack accepts one message a second and asks for pauses; the rate limit keeps to both."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import httpx
import pytest
from chatserver import ChatServer
from letters import a_delivery, a_letter

from monitor.channels import ChannelServices, build_channels
from monitor.channels.rate_limit import RateLimit
from monitor.channels.slack.config import SlackConfig
from monitor.channels.slack.sender import SlackChannel
from monitor.config_types.credentials import Secret
from monitor.core.errors import DeliveryError


@dataclass
class FakeClock:
    """A clock that advances only by its own `sleep`."""

    now: float = 100.0
    slept: list = field(default_factory=list)

    def time(self):
        return self.now

    async def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def limit(clock):
    return RateLimit(1.0, time=clock.time, sleep=clock.sleep)


@pytest.fixture
async def client():
    async with httpx.AsyncClient(verify=False) as client:
        yield client


def config(url):
    return SlackConfig(type="slack", webhook=Secret(f"{url}/services/T0/B0/x"))


async def post(channel):
    message = a_letter("slack", ("slack",), ("slack",))
    return await channel.send(message, a_delivery(message))


async def test_the_first_does_not_wait_and_each_next_one_keeps_its_distance(limit, clock):
    for _ in range(3):
        await limit.acquire()
    assert clock.slept == [1.0, 1.0]
    clock.now += 0.4
    await limit.acquire()
    assert clock.slept[2:] == [pytest.approx(0.6)]
    clock.now += 5
    await limit.acquire()
    assert len(clock.slept) == 3


async def test_messages_to_slack_are_a_second_apart_and_so_is_the_text_after_refused_blocks(client, limit, clock):
    async with ChatServer([(400, {}, "invalid_blocks")]) as server:
        channel = SlackChannel("slack", config(server.url), client, limit)
        await post(channel)
        await post(channel)
    assert len(server.requests) == 3
    assert clock.slept == [1.0, 1.0]


async def test_after_a_429_nothing_is_posted_until_the_time_that_slack_asked_for(client, limit, clock):
    async with ChatServer([(429, {"Retry-After": "30"}, "rate_limited")]) as server:
        channel = SlackChannel("slack", config(server.url), client, limit)
        with pytest.raises(DeliveryError, match="http 429"):
            await post(channel)
        clock.now += 10
        with pytest.raises(DeliveryError, match="asked to wait") as raised:
            await post(channel)
        assert (raised.value.retryable, raised.value.retry_after) == (True, timedelta(seconds=20))
        assert len(server.requests) == 1
        clock.now += 20
        assert await post(channel) == "ok"


async def test_a_bot_that_is_limited_waits_too(client, limit):
    answers = [(200, {"Retry-After": "30"}, '{"ok": false, "error": "ratelimited"}')]
    async with ChatServer(answers) as server:
        bot = SlackConfig(type="slack", token=Secret("xoxb-1"), channel="#ai", api_url=server.url)
        channel = SlackChannel("slack", bot, client, limit)
        for _ in range(2):
            with pytest.raises(DeliveryError, match=r"ratelimited|asked to wait"):
                await post(channel)
    assert len(server.requests) == 1


async def test_a_permanent_refusal_delays_no_other_message(client, limit):
    async with ChatServer([(404, {"Retry-After": "30"}, "no_service")]) as server:
        channel = SlackChannel("slack", config(server.url), client, limit)
        with pytest.raises(DeliveryError, match="no_service"):
            await post(channel)
        assert await post(channel) == "ok"


def test_two_channels_of_one_webhook_share_their_rate_limit_and_two_webhooks_do_not():
    urls = {"slack": "https://hooks.example", "same": "https://hooks.example", "other": "https://x.example"}
    services = ChannelServices(client=None, open_proxy=None, clock=None)
    built = build_channels({name: config(url) for name, url in urls.items()}, services)
    assert built["slack"].rate_limit is built["same"].rate_limit
    assert built["slack"].rate_limit is not built["other"].rate_limit
