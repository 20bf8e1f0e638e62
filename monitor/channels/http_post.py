"""One POST to a web service, and what its response means for a retry.

429 and 5xx are retried, other refusals are not; if the connection breaks after the request was sent, it is unclear
whether it arrived. Responses are asked for uncompressed, and only the beginning is read. Errors contain no address:
webhook addresses are secrets.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import httpx

from monitor.channels.errors import UnclearError, UnreachableError
from monitor.core.errors import DeliveryError
from monitor.core.feeds import responses
from monitor.core.links import is_web_address

POST_TIMEOUT_SECONDS = 60.0
"""Seconds for the whole exchange."""
_MAX_BODY_SECONDS = 10.0
"""Seconds for reading the text of a response; its status alone says whether the message was accepted."""
MAX_RETRY_AFTER = timedelta(hours=24)
"""A longer Retry-After is cut to this."""
_MAX_READ_BYTES = 1_000_000
"""Slack repeats the message in its response: up to 40,000 characters, with `\\uXXXX` for each that is not ASCII."""
_MAX_EXCERPT_CHARS = 200
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_NO_ADDRESS = "the configured address is not an http(s) address"
_RETRYABLE = {408, 425, 429}
_GATEWAY_STATUSES = {502, 504}
"""Statuses of a gateway, which does not know whether the service behind it has the message."""


@dataclass(frozen=True, slots=True)
class PostResponse:
    """The response to a POST."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def accepted(self) -> bool:
        """True if the message was accepted."""
        return 200 <= self.status < 300

    @property
    def excerpt(self) -> str:
        """The beginning of the text, for people."""
        return self.text[:_MAX_EXCERPT_CHARS]


async def post(
    client: httpx.AsyncClient,
    url: str,
    content: bytes,
    headers: Mapping[str, str],
    *,
    within: float = POST_TIMEOUT_SECONDS,
) -> PostResponse:
    """Post JSON and return the response, whatever its status; DeliveryError if there is none in `within` seconds."""
    if not is_web_address(url):
        raise DeliveryError(_NO_ADDRESS, retryable=False)
    headers = {"Content-Type": "application/json; charset=utf-8", "Accept-Encoding": "identity", **headers}
    progress = _Progress()
    try:
        async with asyncio.timeout(within):
            return await _exchange(client, url, content, headers, progress)
    except asyncio.CancelledError:
        raise progress.failure("interrupted, the program is stopping") from None
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError):
        raise DeliveryError(_NO_ADDRESS, retryable=False) from None
    except _NOT_SENT as error:
        # The reason of the address guard names host and address, and nothing else of the URL, which is a secret.
        raise UnreachableError(f"not reached: {str(error) or _kind(error)}") from None
    except (TimeoutError, httpx.HTTPError) as error:
        raise progress.failure(f"no answer: {_kind(error)}") from None


class _Progress:
    """The progress of a request as httpcore reports it: whether its headers were sent."""

    sent = False

    async def __call__(self, event: str, _details: object) -> None:
        """Note an event of httpcore (its extension `trace`)."""
        self.sent = self.sent or event.endswith("send_request_headers.started")

    def failure(self, reason: str) -> DeliveryError:
        """Return the error for a request that ended without a response."""
        return UnclearError(reason) if self.sent else UnreachableError(reason)


async def _exchange(
    client: httpx.AsyncClient, url: str, content: bytes, headers: Mapping[str, str], progress: _Progress
) -> PostResponse:
    async with client.stream(
        "POST", url, content=content, headers=headers, follow_redirects=False, extensions={"trace": progress}
    ) as response:
        body = bytearray()
        with suppress(httpx.HTTPError, TimeoutError):
            async with asyncio.timeout(_MAX_BODY_SECONDS):
                async for part in response.aiter_raw():
                    body += part
                    if len(body) > _MAX_READ_BYTES:
                        break
        return PostResponse(response.status_code, response.headers, body[:_MAX_READ_BYTES].decode("utf-8", "replace"))


def rejection(response: PostResponse, excerpt: str) -> DeliveryError:
    """Return the error for a response that is no acceptance; its status decides whether to retry."""
    status = response.status
    if 300 <= status < 400:
        excerpt = "redirects are not followed; configure the address that it redirects to"
    reason = f"http {status}: {excerpt}" if excerpt else f"http {status}"
    return DeliveryError(
        reason,
        retryable=is_retryable(status),
        retry_after=requested_wait(response.headers),
        arrival="unlikely" if status in _GATEWAY_STATUSES else "no",
    )


def is_retryable(status: int) -> bool:
    """Return True if a request that was refused with this status may be accepted later."""
    return status in _RETRYABLE or status >= 500


def requested_wait(headers: Mapping[str, str]) -> timedelta | None:
    """Return the wait that Retry-After asks for, MAX_RETRY_AFTER at most; None for no wait."""
    wait = responses.retry_after(headers)
    return min(wait, MAX_RETRY_AFTER) if wait else None


def _kind(error: BaseException) -> str:
    """Name an error by its class: its text may hold the address."""
    return type(error).__name__
