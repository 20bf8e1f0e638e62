"""One POST to a chat service or a hook, and what its answer means.

429 and 5xx may pass, other refusals will not; a connection that breaks after the request went out leaves it unclear
whether it arrived. No address appears in an error: webhook addresses are secrets.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import httpx

from monitor.channels._errors import UnclearError, UnreachableError
from monitor.core.errors import DeliveryError

if TYPE_CHECKING:
    from collections.abc import Mapping

TIMEOUT = 30.0
LONGEST_WAIT = timedelta(hours=24)
"""A Retry-After beyond that is cut."""
_LONGEST_ANSWER = 200
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_MAY_PASS = {408, 425, 429}


async def post(client: httpx.AsyncClient, url: str, content: bytes, headers: Mapping[str, str]) -> httpx.Response:
    """Post JSON and return the answer, whatever its status; DeliveryError when there is none."""
    try:
        return await client.post(
            url,
            content=content,
            headers={"Content-Type": "application/json; charset=utf-8", **headers},
            timeout=TIMEOUT,
            follow_redirects=False,
        )
    except _NOT_SENT as error:
        raise UnreachableError(f"not reached: {_kind(error)}") from None
    except httpx.TransportError as error:
        raise UnclearError(f"no answer: {_kind(error)}") from None
    except (httpx.InvalidURL, httpx.UnsupportedProtocol):
        raise DeliveryError("the configured address is not one", retryable=False) from None


def refusal(response: httpx.Response, said: str) -> DeliveryError:
    """Say what a status means for trying again."""
    status = response.status_code
    reason = f"http {status}: {said}" if said else f"http {status}"
    return DeliveryError(
        reason, retryable=status in _MAY_PASS or status >= 500, retry_after=retry_after(response.headers)
    )


def retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """Read a Retry-After of seconds; a date is left to the ordinary back-off."""
    value = headers.get("retry-after", "").strip()
    if not value.isascii() or not value.isdigit():
        return None
    return min(timedelta(seconds=int(value[:9])), LONGEST_WAIT)


def said(response: httpx.Response) -> str:
    """Give the beginning of an answer's body."""
    return response.text[:_LONGEST_ANSWER]


def _kind(error: Exception) -> str:
    """Name an error by its class: its text may hold the address."""
    return type(error).__name__
