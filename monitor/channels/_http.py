"""One POST to a chat service or a hook, and what its answer means.

429 and 5xx may pass, other refusals will not; a connection that breaks after the request went out leaves it unclear
whether it arrived. Of an answer no more is read than is shown. No address appears in an error: webhook addresses are
secrets.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import httpx

from monitor.channels._errors import UnclearError, UnreachableError
from monitor.core.errors import DeliveryError
from monitor.core.feeds import responses

if TYPE_CHECKING:
    from collections.abc import Mapping

TIMEOUT = 60.0
"""Seconds for the whole exchange."""
LONGEST_WAIT = timedelta(hours=24)
"""A Retry-After beyond that is cut."""
_MOST_READ = 20_000
_LONGEST_SHOWN = 200
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_NO_ADDRESS = "the configured address is not one"
_MAY_PASS = {408, 425, 429}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def taken(self) -> bool:
        """Whether it took the message."""
        return 200 <= self.status < 300

    @property
    def shown(self) -> str:
        """The beginning, for people."""
        return self.text[:_LONGEST_SHOWN]


async def post(
    client: httpx.AsyncClient, url: str, content: bytes, headers: Mapping[str, str], *, within: float = TIMEOUT
) -> Answer:
    """Post JSON and return the answer, whatever its status; DeliveryError when there is none."""
    if not url.lower().startswith(("http://", "https://")):
        raise DeliveryError(_NO_ADDRESS, retryable=False)
    headers = {"Content-Type": "application/json; charset=utf-8", **headers}
    progress = _Progress()
    try:
        async with asyncio.timeout(within):
            return await _exchange(client, url, content, headers, progress)
    except asyncio.CancelledError:
        raise progress.failure("broken off") from None
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError):
        raise DeliveryError(_NO_ADDRESS, retryable=False) from None
    except _NOT_SENT as error:
        # What is behind it may be the guard's refusal, which names host and address, and no more of the URL.
        raise UnreachableError(f"not reached: {_kind(error.__cause__ or error)} ({error})") from None
    except (TimeoutError, httpx.HTTPError) as error:
        raise progress.failure(f"no answer: {_kind(error)}") from None


class _Progress:
    """Whether a request has gone out, as httpcore reports it."""

    sent = False

    async def __call__(self, event: str, _details: object) -> None:
        """Note an event of httpcore (its extension `trace`)."""
        self.sent = self.sent or event.endswith("send_request_headers.started")

    def failure(self, reason: str) -> DeliveryError:
        """Return what an end without an answer means."""
        return UnclearError(reason) if self.sent else UnreachableError(reason)


async def _exchange(
    client: httpx.AsyncClient, url: str, content: bytes, headers: Mapping[str, str], progress: _Progress
) -> Answer:
    async with client.stream(
        "POST", url, content=content, headers=headers, follow_redirects=False, extensions={"trace": progress}
    ) as response:
        body = b""
        async for part in response.aiter_raw():
            body += part
            if len(body) > _MOST_READ:
                break
        return Answer(response.status_code, response.headers, body[:_MOST_READ].decode("utf-8", "replace"))


def refusal(answer: Answer, said: str) -> DeliveryError:
    """Say what a status means for trying again."""
    status = answer.status
    reason = f"http {status}: {said}" if said else f"http {status}"
    return DeliveryError(reason, retryable=may_pass(status), retry_after=retry_after(answer.headers))


def may_pass(status: int) -> bool:
    """Return whether a request that was refused with this status may be taken later."""
    return status in _MAY_PASS or status >= 500


def retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """Return the wait that Retry-After asks for, LONGEST_WAIT at most; None for no wait."""
    wait = responses.retry_after(headers)
    return min(wait, LONGEST_WAIT) if wait else None


def _kind(error: BaseException) -> str:
    """Name an error by its class: its text may hold the address."""
    return type(error).__name__
