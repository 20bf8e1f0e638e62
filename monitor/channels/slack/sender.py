"""Slack, by an incoming webhook or a bot token.

If Slack refuses the blocks of a message (400, `invalid_blocks`), the message is sent once more as text; if it refuses
the thread (its first message was deleted, say), outside of it. Links are not unfurled. Slack accepts one message per
second for a webhook or channel, and a rate limit keeps to that.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

import httpx

from monitor.channels.errors import UnclearError, redact
from monitor.channels.http_post import PostResponse, post, rejection, requested_wait
from monitor.channels.interface import Channel
from monitor.channels.rate_limit import RateLimit
from monitor.channels.slack.config import SlackConfig
from monitor.config_types.credentials import secrets_in
from monitor.core.errors import DeliveryError
from monitor.core.messages.render import slack_escape
from monitor.core.model import Delivery, Message

MAX_SLACK_TEXT_CHARS = 39_000
"""Characters; Slack cuts a text at 40,000."""
_BLOCKS_REFUSED = {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "invalid_payload"}
_THREAD_REFUSED = {
    "cannot_reply_to_message", "invalid_thread_ts", "message_not_found", "thread_not_found",
    "restricted_action_non_threadable_channel", "restricted_action_thread_locked",
}  # fmt: skip
_INTERNAL_KEYS = {"story_id", "thread_of", "after"}
"""Keys of a payload that are not sent to Slack. `thread_ts`, which the sender of deliveries adds, is sent."""
_RETRYABLE = {
    "ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout",
    "rollup_error", "accesslimited", "server_error",
}  # fmt: skip
_ERRORS = _BLOCKS_REFUSED | _THREAD_REFUSED | _RETRYABLE | {
    "access_denied", "account_inactive", "action_prohibited", "channel_is_archived", "channel_not_found",
    "ekm_access_denied", "enterprise_is_restricted", "invalid_arguments", "invalid_auth", "invalid_token",
    "is_archived", "message_limit_exceeded", "missing_scope", "missing_text_or_fallback_or_attachments", "msg_too_long",
    "no_active_hooks", "no_permission", "no_service", "no_service_id", "no_team", "no_text", "not_allowed_token_type",
    "not_authed", "not_in_channel", "org_login_required", "posting_to_general_channel_denied", "restricted_action",
    "restricted_action_read_only_channel", "team_access_not_granted", "team_added_to_org", "team_disabled",
    "token_expired", "token_revoked", "too_many_attachments", "two_factor_setup_required", "user_not_found",
}  # fmt: skip
"""The errors that Slack documents for incoming webhooks and for chat.postMessage."""


class SlackChannel(Channel):
    """A channel that posts to Slack."""

    def __init__(self, name: str, config: SlackConfig, client: httpx.AsyncClient, rate_limit: RateLimit) -> None:
        self.name = name
        self.formats = frozenset({"slack-webhook" if config.webhook else "slack"})
        self.rate_limit = rate_limit
        self._config = config
        self._client = client

    def recipients(self) -> tuple[str, ...]:
        """Return the name of the channel in Slack if it is configured, else the name of this channel."""
        return (self._config.channel or self.name,)

    async def send(self, message: Message, delivery: Delivery) -> str:  # noqa: ARG002 - as in Channel
        """Post the blocks in their thread; if Slack refuses the blocks or the thread, without these."""
        body = {key: value for key, value in message.payload.items() if key not in _INTERNAL_KEYS}
        text = {"text": (body.pop("fallback", "") or slack_escape(message.text))[:MAX_SLACK_TEXT_CHARS]}
        body, remark = body or text, ""
        while True:
            try:
                return await self._post(body) + remark
            except _BlocksRefusedError:
                remark += " (as text: the blocks were refused)"
                body = text | {key: body[key] for key in ("thread_ts",) if key in body}
            except _ThreadRefusedError as error:
                remark += f" (outside of its thread: {error})"
                body = {key: value for key, value in body.items() if key != "thread_ts"}

    async def _post(self, body: Mapping[str, Any]) -> str:
        await self.rate_limit.acquire()
        try:
            return await self._post_now({**body, "unfurl_links": False, "unfurl_media": False})
        except DeliveryError as error:
            if error.retryable and error.retry_after:
                self.rate_limit.pause(error.retry_after)
            raise

    async def _post_now(self, body: Mapping[str, Any]) -> str:
        if self._config.webhook:
            return await self._post_to_webhook(self._config.webhook.reveal(), body)
        return await self._post_to_api({**body, "channel": self._config.channel})

    async def _post_to_webhook(self, url: str, body: Mapping[str, Any]) -> str:
        response = await self._post_json(url, body, {})
        excerpt = self._redact(response.excerpt)
        if response.accepted and (error := _webhook_error(response.text)):
            if error in _BLOCKS_REFUSED and "blocks" in body:
                raise _BlocksRefusedError(error)
            raise DeliveryError(
                f"http {response.status}: {self._redact(error)}",
                retryable=error in _RETRYABLE,
                retry_after=requested_wait(response.headers),
            )
        if response.accepted:
            return excerpt or "ok"
        if response.status == 400 and "blocks" in body:
            raise _BlocksRefusedError(excerpt)
        raise rejection(response, excerpt)

    async def _post_to_api(self, body: Mapping[str, Any]) -> str:
        """Post by the API; the answer ends with the id of the thread that later messages about the subject join."""
        token = self._config.token.reveal() if self._config.token else ""
        url = f"{self._config.api_url.rstrip('/')}/chat.postMessage"
        response = await self._post_json(url, body, {"Authorization": f"Bearer {token}"})
        if not response.accepted:
            raise rejection(response, self._redact(response.excerpt))
        result = _parse(response.text)
        if result.get("ok") is True:
            return f"ok {body.get('thread_ts') or result.get('ts', '')}".strip()
        error = self._redact(str(result.get("error", "the response is not one of the Slack API")))
        if error in _BLOCKS_REFUSED and "blocks" in body:
            raise _BlocksRefusedError(error)
        if error in _THREAD_REFUSED and "thread_ts" in body:
            raise _ThreadRefusedError(error)
        raise DeliveryError(
            f"slack: {error}",
            retryable=error in _RETRYABLE,
            retry_after=requested_wait(response.headers) or (timedelta(minutes=1) if "limited" in error else None),
        )

    async def _post_json(self, url: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> PostResponse:
        """Post JSON; DeliveryError if a proxy or a portal answers in place of Slack, which never sends a web page."""
        response = await post(self._client, url, json.dumps(body, ensure_ascii=False).encode(), headers)
        if response.accepted and response.text.lstrip().startswith("<"):
            excerpt = self._redact(response.excerpt)
            raise DeliveryError(f"http {response.status} with a web page, not from Slack: {excerpt}", retryable=True)
        return response

    def _redact(self, text: str) -> str:
        return redact(text, secrets_in(self._config))


class _BlocksRefusedError(Exception):
    """Slack refused the blocks of a message."""


class _ThreadRefusedError(Exception):
    """Slack refused the thread of a message."""


def _webhook_error(text: str) -> str:
    """Return the error that a webhook names in a response with status 200; empty for none.

    Slack itself answers errors with another status, but programs that take Slack's messages, and gateways before
    Slack, pass its error on: as a bare code (`invalid_payload`), or as the JSON of the API. Any other word is their own
    confirmation (`message_queued`): Slack documents status 200 as success.
    """
    if text.strip() in _ERRORS:
        return text.strip()
    with suppress(ValueError, RecursionError):
        answer = json.loads(text)
        if isinstance(answer, dict) and False in (answer.get("ok"), answer.get("success")):
            return str(answer.get("error") or "the service names no reason")
    return ""


def _parse(text: str) -> dict[str, Any]:
    """Return the response of the API; UnclearError for one that is cut off or not JSON."""
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        raise UnclearError("the response of Slack cannot be read") from None
    return answer if isinstance(answer, dict) else {}
