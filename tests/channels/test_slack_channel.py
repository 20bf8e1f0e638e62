"""Posting to Slack, and the meaning of each of its errors for a retry."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from chatserver import ChatServer
from letters import a_delivery, a_letter

from monitor.channels import UnclearError, UnreachableError
from monitor.channels.http_post import post, requested_wait
from monitor.channels.rate_limit import RateLimit
from monitor.channels.slack.config import SlackConfig
from monitor.channels.slack.sender import MAX_SLACK_TEXT_CHARS, SlackChannel
from monitor.config_types.credentials import Secret
from monitor.core.errors import DeliveryError
from monitor.core.messages import with_repeat_note
from monitor.fetch import guarded_client

TOKEN = "xoxb-123-secret"
HOOK = "/services/T0/B0/very-secret"


@pytest.fixture
async def client():
    async with httpx.AsyncClient(verify=False) as client:
        yield client


def hook(server, client):
    return SlackChannel("slack", SlackConfig(type="slack", webhook=Secret(server.url + HOOK)), client, RateLimit(0))


def bot(server, client):
    config = SlackConfig(type="slack", token=Secret(TOKEN), channel="#ai-policy", api_url=f"{server.url}/api/")
    return SlackChannel("slack", config, client, RateLimit(0))


def letter(**changes):
    return replace(a_letter("slack", ("slack",), ("slack",)), **changes)


async def send(channel, message=None, **delivery):
    message = message or letter()
    given = a_delivery(message, **delivery)
    return await channel.send(with_repeat_note(message, given), given)


async def refused(channel, **how):
    with pytest.raises(DeliveryError) as raised:
        await send(channel, **how)
    return raised.value


async def test_a_digest_is_posted_to_a_webhook_with_nothing_unfurled(client):
    async with ChatServer() as server:
        assert await send(hook(server, client)) == "ok"
    [request] = server.accepted
    assert request.path == HOOK
    assert request.json["unfurl_links"] is request.json["unfurl_media"] is False
    assert request.json["text"].startswith("First fine under the AI Act goes to a recruiter")
    assert "fallback" not in request.json


async def test_a_digest_is_posted_to_a_channel_with_a_bot_token(client):
    async with ChatServer([(200, {}, '{"ok": true, "ts": "1732431600.000100"}')]) as server:
        assert await send(bot(server, client)) == "ok 1732431600.000100"
    [request] = server.accepted
    assert request.path == "/api/chat.postMessage"
    assert request.headers["Authorization"] == f"Bearer {TOKEN}"
    assert request.json["channel"] == "#ai-policy"
    assert bot(server, client).recipients() == ("#ai-policy",)


async def test_an_answer_that_repeats_the_longest_message_is_read_uncompressed_and_to_its_end(client):
    echo = {
        "ok": True,
        "ts": "1732431600.000100",
        "message": {"text": "中" * MAX_SLACK_TEXT_CHARS, "blocks": ["•" * 13_000]},
    }
    async with ChatServer([(200, {}, json.dumps(echo))]) as server:
        assert await send(bot(server, client)) == "ok 1732431600.000100"
    assert server.requests[0].headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize("answer", ['{"ok": true, "ts": "17', "[" * 200_000], ids=["cut off", "nested"])
async def test_an_answer_of_slack_that_cannot_be_read_is_unclear(client, answer):
    async with ChatServer([(200, {}, answer)]) as server:
        assert isinstance(await refused(bot(server, client)), UnclearError)


@pytest.mark.parametrize("blocks", ["accepted", "refused"])
async def test_a_message_whose_thread_is_gone_is_posted_outside_of_it(client, blocks):
    answers = [{"ok": False, "error": "cannot_reply_to_message"}, {"ok": True, "ts": "1732431600.000200"}]
    if blocks == "refused":
        answers.insert(0, {"ok": False, "error": "invalid_blocks"})
    reply = letter()
    reply = replace(reply, payload={**reply.payload, "thread_ts": "1732431600.000100"})
    async with ChatServer([(200, {}, json.dumps(answer)) for answer in answers]) as server:
        answer = await send(bot(server, client), reply)
    assert answer.startswith("ok 1732431600.000200 ")
    assert "outside of its thread: cannot_reply_to_message" in answer
    assert [request.json.get("thread_ts") for request in server.requests][-2:] == ["1732431600.000100", None]
    assert ("blocks" in server.requests[-1].json) is (blocks == "accepted")


async def test_the_answer_to_a_reply_names_its_thread_so_that_further_replies_join_it(client):
    reply = letter(payload={**letter().payload, "thread_ts": "1732431600.000100"})
    async with ChatServer([(200, {}, '{"ok": true, "ts": "1732431600.000200"}')]) as server:
        assert await send(bot(server, client), reply) == "ok 1732431600.000100"


@pytest.mark.parametrize("kind", [hook, bot])
@pytest.mark.parametrize(
    ("status", "said", "retryable"),
    [
        (429, "rate_limited", True),
        (500, "server_error", True),
        (503, "", True),
        (403, "action_prohibited", False),
        (404, "no_service", False),
        (410, "channel_is_archived", False),
    ],
)
async def test_the_status_decides_whether_to_retry(client, kind, status, said, retryable):
    async with ChatServer([(status, {"Retry-After": "30"}, said)]) as server:
        error = await refused(kind(server, client))
    assert str(error) == (f"http {status}: {said}" if said else f"http {status}")
    assert error.retryable is retryable
    assert error.retry_after == timedelta(seconds=30)
    assert server.accepted == []


@pytest.mark.parametrize(
    ("headers", "asked"),
    [
        ({"retry-after": "120"}, timedelta(seconds=120)),
        ({"retry-after": "9" * 12}, timedelta(hours=24)),
        (
            {"retry-after": "Tue, 24 Nov 2026 08:10:00 GMT", "date": "Tue, 24 Nov 2026 08:00:00 GMT"},
            timedelta(minutes=10),
        ),
        ({"retry-after": "Tue, 24 Nov 2026 07:00:00 GMT", "date": "Tue, 24 Nov 2026 08:00:00 GMT"}, None),
        (
            {"retry-after": "Tue, 24 Nov 2026 08:10:00 -0000", "date": "Tue, 24 Nov 2026 08:00:00 GMT"},
            timedelta(minutes=10),
        ),
        ({"retry-after": "Tue, 24 Nov 2026 08:10:00 GMT"}, None),
        ({"retry-after": "soon", "date": "yesterday"}, None),
        ({}, None),
    ],
)
def test_a_wait_is_asked_for_in_seconds_or_as_a_date_beside_the_servers_own(headers, asked):
    assert requested_wait(headers) == asked


async def test_blocks_that_are_refused_are_sent_once_as_text(client):
    async with ChatServer([(400, {}, "invalid_blocks")]) as server:
        assert await send(hook(server, client)) == "ok (as text: the blocks were refused)"
    [request] = server.accepted
    assert "blocks" not in request.json
    assert "Consultation opens" in request.json["text"]


async def test_a_bot_whose_blocks_are_refused_sends_text(client):
    answers = [(200, {}, '{"ok": false, "error": "msg_blocks_too_long"}'), (200, {}, '{"ok": true}')]
    async with ChatServer(answers) as server:
        assert await send(bot(server, client)) == "ok (as text: the blocks were refused)"
    assert "blocks" not in server.accepted[1].json


async def test_text_that_is_refused_too_is_given_up(client):
    async with ChatServer([(400, {}, "invalid_blocks"), (400, {}, "no_text")]) as server:
        error = await refused(hook(server, client))
    assert (str(error), error.retryable) == ("http 400: no_text", False)


@pytest.mark.parametrize(
    ("error", "retryable"),
    [("invalid_auth", False), ("channel_not_found", False), ("ratelimited", True), ("internal_error", True)],
)
async def test_an_error_of_the_slack_api_is_reported_and_classified(client, error, retryable):
    async with ChatServer([(200, {}, json.dumps({"ok": False, "error": error}))]) as server:
        raised = await refused(bot(server, client))
    assert (str(raised), raised.retryable) == (f"slack: {error}", retryable)


@pytest.mark.parametrize(
    ("answer", "reason", "retryable"),
    [
        ("channel_is_archived", "http 200: channel_is_archived", False),
        ("service_unavailable\n", "http 200: service_unavailable", True),
        ('{"ok": false, "error": "no_service"}', "http 200: no_service", False),
        ('{"success": false}', "http 200: the service names no reason", False),
    ],
)
async def test_an_error_that_a_webhook_reports_with_status_200_is_no_success(client, answer, reason, retryable):
    async with ChatServer([(200, {}, answer)]) as server:
        raised = await refused(hook(server, client))
    assert (str(raised), raised.retryable) == (reason, retryable)


async def test_blocks_that_a_webhook_refuses_with_status_200_are_sent_once_as_text(client):
    async with ChatServer([(200, {}, "invalid_payload")]) as server:
        assert await send(hook(server, client)) == "ok (as text: the blocks were refused)"
    assert [("blocks" in request.json) for request in server.requests] == [True, False]


@pytest.mark.parametrize(
    "answer", ["", "ok", "OK", "Message received", "message_queued", '{"success":true}', "null", "[1, false]"]
)
async def test_a_program_that_takes_slacks_messages_may_confirm_them_in_its_own_words(client, answer):
    async with ChatServer([(200, {}, answer)]) as server:
        assert await send(hook(server, client)) == (answer or "ok")


@pytest.mark.parametrize("kind", [hook, bot])
async def test_a_web_page_in_place_of_an_answer_is_no_success_and_the_message_is_tried_again(client, kind):
    async with ChatServer([(200, {}, "\n<html>Sign in to the network")]) as server:
        raised = await refused(kind(server, client))
    assert "Sign in to the network" in str(raised)
    assert raised.retryable


async def test_an_answer_that_is_not_slacks_is_no_success(client):
    async with ChatServer([(200, {}, "[]")]) as server:
        raised = await refused(bot(server, client))
    assert str(raised) == "slack: the response is not one of the Slack API"
    assert not raised.retryable


async def test_a_connection_that_breaks_after_the_request_is_unclear(client):
    async with ChatServer(["drop"]) as server:
        assert isinstance(await refused(hook(server, client)), UnclearError)


async def test_a_service_that_is_not_there_is_unreachable(client):
    async with ChatServer() as server:
        pass
    error = await refused(hook(server, client))
    assert isinstance(error, UnreachableError)
    assert "secret" not in str(error)


@pytest.mark.parametrize("address", ["gopher://very-secret", "http://very\x07secret"])
async def test_an_address_that_is_none_is_a_permanent_failure(client, address):
    channel = SlackChannel("slack", SlackConfig.model_construct(webhook=Secret(address)), client, RateLimit(0))
    error = await refused(channel)
    assert (str(error), error.retryable) == ("the configured address is not an http(s) address", False)


async def test_an_address_that_the_client_refuses_is_named_and_nothing_is_sent():
    async with ChatServer() as server, guarded_client(user_agent="test") as client:
        error = await refused(hook(server, client))
    assert isinstance(error, UnreachableError)
    assert "127.0.0.1" in str(error)
    assert "secret" not in str(error)
    assert server.requests == []


async def test_an_answer_without_end_is_read_to_a_bound(client):
    async with ChatServer([(200, {}, "ok" * 1_000_000)]) as server:
        assert len(await send(hook(server, client))) <= 200


async def test_a_service_that_takes_too_long_is_unclear(client):
    async with ChatServer(["hang"]) as server:
        with pytest.raises(UnclearError, match="no answer: TimeoutError"):
            await post(client, server.url, b"{}", {}, within=0.2)


async def test_a_fault_of_the_client_is_not_taken_for_the_networks(client):
    def broken(request):
        raise ZeroDivisionError

    async with httpx.AsyncClient(transport=httpx.MockTransport(broken)) as client:
        with pytest.raises(ZeroDivisionError):
            await post(client, "http://127.0.0.1", b"", {})


@pytest.mark.parametrize("kind", [hook, bot])
async def test_an_answer_that_repeats_a_secret_is_quoted_without_it(client, kind):
    async with ChatServer() as server:
        server.answers.append((500, {}, f"cannot use {TOKEN} or {server.url}{HOOK}"))
        error = str(await refused(kind(server, client)))
    assert "***" in error
    assert (TOKEN if kind is bot else HOOK) not in error


async def test_a_repeat_says_so_above_everything_else(client):
    async with ChatServer() as server:
        await send(hook(server, client), maybe_repeat=True)
        await send(hook(server, client))
    first, second = (request.json["blocks"] for request in server.accepted)
    assert "may be a repeat" in first[0]["elements"][0]["text"]
    assert first[1:] == second


async def test_a_message_without_blocks_is_sent_as_escaped_text(client):
    async with ChatServer() as server:
        await send(hook(server, client), letter(payload={}, text="<!channel> & all"))
    assert server.accepted[0].json["text"] == "&lt;!channel&gt; &amp; all"
