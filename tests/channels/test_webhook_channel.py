"""A webhook receives signed JSON."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import httpx
import pytest
from chatserver import ChatServer
from letters import a_delivery, a_letter
from sample_news import NOW
from slowserver import until

from monitor.channels import UnclearError, UnreachableError
from monitor.channels.errors import redact
from monitor.channels.webhook.config import WebhookConfig
from monitor.channels.webhook.sender import WebhookChannel
from monitor.config_types.credentials import Secret
from monitor.core.errors import DeliveryError
from monitor.core.messages import with_repeat_note
from monitor.fetch import guarded_client


@pytest.fixture
async def client():
    async with httpx.AsyncClient(verify=False) as client:
        yield client


def hook(server, client, secret="s3cret"):
    config = WebhookConfig(
        type="webhook", url=Secret(f"{server.url}/in?key=very-secret"), secret=secret and Secret(secret)
    )
    return WebhookChannel("hook", config, client, lambda: NOW)


async def send(channel, **delivery):
    message = a_letter("hook", ("json",), channel.recipients())
    given = a_delivery(message, **delivery)
    return await channel.send(with_repeat_note(message, given), given)


async def test_the_signature_covers_time_and_body(client):
    async with ChatServer(strict=False) as server:
        assert await send(hook(server, client)) == "http 200 ok"
    [request] = server.accepted
    timestamp = request.headers["X-Monitor-Timestamp"]
    assert timestamp == str(int(NOW.timestamp()))
    expected = hmac.new(b"s3cret", timestamp.encode() + b"." + request.body, hashlib.sha256).hexdigest()
    assert request.headers["X-Monitor-Signature"] == f"v1={expected}"


async def test_the_body_is_the_digest_with_its_key(client):
    async with ChatServer(strict=False) as server:
        await send(hook(server, client))
    [request] = server.accepted
    assert request.headers["Idempotency-Key"] == request.json["key"] == "digest/daily-brief/2026-11-24T080000+0100/hook"
    assert request.json["maybe_repeat"] is False
    assert [section["topic"] for section in request.json["sections"]] == ["ai-act", "frontier", "chips", "labour"]


async def test_a_repeat_has_the_same_key_and_says_that_it_is_one(client):
    async with ChatServer(strict=False) as server:
        await send(hook(server, client))
        await send(hook(server, client), maybe_repeat=True)
    first, second = server.accepted
    assert first.json["key"] == second.json["key"]
    assert second.json["maybe_repeat"] is True


async def test_a_2xx_is_an_acceptance_even_if_the_rest_of_the_answer_never_comes(client):
    async with ChatServer(["cut"]) as server:
        assert await send(hook(server, client)) == "http 200 thanks"


async def test_without_a_secret_nothing_is_signed(client):
    async with ChatServer(strict=False) as server:
        await send(hook(server, client, secret=None))
    assert "X-Monitor-Signature" not in server.accepted[0].headers


async def test_a_refusal_is_quoted_without_secrets(client):
    async with ChatServer(strict=False) as server:
        server.answers.append((404, {}, f"nothing at {server.url}/in?key=very-secret for s3cret"))
        with pytest.raises(DeliveryError) as raised:
            await send(hook(server, client))
    assert str(raised.value) == "http 404: nothing at *** for ***"
    assert not raised.value.retryable


async def test_a_redirect_is_a_refusal_that_says_what_to_configure(client):
    async with ChatServer(strict=False) as server:
        server.answers.append((308, {"Location": "/in/"}, "moved"))
        with pytest.raises(DeliveryError) as raised:
            await send(hook(server, client))
    advice = "redirects are not followed; configure the address that it redirects to"
    assert (str(raised.value), raised.value.retryable) == (f"http 308: {advice}", False)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("no /services/T0AB/B0CD/longsecret here", "no /*** here"),
        ("POST /services/T0AB/B0CD/longsecret?key=hunter22 failed", "POST /*** failed"),
        ("hunter22 and user-name:pass-word", "*** and ***:***"),
        ("B0CD", "B0CD"),
    ],
)
def test_no_secret_part_of_an_address_is_quoted(said, shown):
    address = Secret("https://user-name:pass-word@hooks.example/services/T0AB/B0CD/longsecret?key=hunter22")
    assert redact(said, [address]) == shown


async def test_the_check_that_the_documentation_shows_lets_pass_what_is_genuine_and_nothing_else(client):
    page = (Path(__file__).parents[2] / "docs" / "digests.md").read_text("utf-8")
    shown: dict = {}
    exec(page.split("```python\n")[1].split("```")[0], shown)
    is_genuine = shown["is_genuine"]
    config = WebhookConfig(type="webhook", url=Secret("http://placeholder.example"), secret=Secret("s3cret"))
    now = partial(datetime.now, UTC)
    async with ChatServer(strict=False) as server:
        await send(WebhookChannel("hook", config.model_copy(update={"url": Secret(server.url)}), client, now))
    [request] = server.accepted
    assert is_genuine("s3cret", request.headers, request.body)
    assert not is_genuine("another", request.headers, request.body)
    assert not is_genuine("s3cret", request.headers, request.body + b" ")
    assert not is_genuine("s3cret", {**request.headers, "X-Monitor-Timestamp": "1700000000"}, request.body)


async def test_a_post_that_is_broken_off_before_it_is_connected_was_not_sent():
    asked = asyncio.Event()

    async def resolve(host, port):
        asked.set()
        await asyncio.Event().wait()

    async with guarded_client(user_agent="test", resolve=resolve) as client:
        config = WebhookConfig(type="webhook", url=Secret("https://hooks.example/x"), secret=None)
        sending = asyncio.ensure_future(send(WebhookChannel("hook", config, client, lambda: NOW)))
        await asked.wait()
        sending.cancel()
        with pytest.raises(UnreachableError, match="interrupted"):
            await sending


async def test_a_post_that_is_broken_off_while_it_waits_for_the_answer_may_have_arrived():
    async with (
        ChatServer(strict=False, answers=["hang"]) as server,
        guarded_client(user_agent="test", allow_networks=["127.0.0.0/8"]) as client,
    ):
        sending = asyncio.ensure_future(send(hook(server, client)))
        await until(lambda: server.requests)
        sending.cancel()
        with pytest.raises(UnclearError, match="interrupted"):
            await sending


async def test_a_webhook_in_a_private_network_is_refused_with_what_to_configure():
    async with ChatServer(strict=False) as server, guarded_client(user_agent="test") as client:
        with pytest.raises(UnreachableError, match=r"127\.0\.0\.1 is not a public address, .* fetch\.allow_networks"):
            await send(hook(server, client))


async def test_a_webhook_that_does_not_answer_in_time_is_not_reached_for_a_named_reason():
    def refuse(request):
        raise httpx.ConnectTimeout("")  # as httpx raises it

    async with httpx.AsyncClient(transport=httpx.MockTransport(refuse)) as client:
        config = WebhookConfig(type="webhook", url=Secret("https://hooks.example/x"), secret=None)
        with pytest.raises(UnreachableError, match=r"not reached: ConnectTimeout$"):
            await send(WebhookChannel("hook", config, client, lambda: NOW))
