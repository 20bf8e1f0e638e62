"""What is kept of a response: some of its headers, and its body within the limit of the request."""

from __future__ import annotations

from collections.abc import Mapping

import httpx

from monitor.fetch import body

REDIRECTS = frozenset({301, 302, 303, 307, 308})
_STORED_HEADERS = frozenset(
    b"cache-control cf-mitigated content-encoding content-language content-type date etag expires last-modified link "
    b"location retry-after server".split()
)
_MAX_HEADER_BYTES = 4096
_MAX_ERROR_BODY_BYTES = 100_000


async def read_content(response: httpx.Response, headers: Mapping[str, str], max_body: int) -> bytes:
    """Read the body: nothing of a redirect, and only the beginning of an error's."""
    if response.status_code in REDIRECTS:
        return b""
    is_error = response.status_code >= 400
    try:
        return await body.read_body(
            response.aiter_raw(), headers.get("content-encoding", ""), _MAX_ERROR_BODY_BYTES if is_error else max_body
        )
    except body.BodyError:
        if is_error:
            return b""
        raise


def stored_headers(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return the headers that are used, by name in lower case; values of one name are joined, long ones left out."""
    stored: dict[str, str] = {}
    for name, value in raw:
        key = name.lower()
        if key in _STORED_HEADERS and len(value) <= _MAX_HEADER_BYTES:
            text = value.decode("utf-8", "replace") if key == b"location" else value.decode("latin-1")
            word = key.decode("ascii")
            stored[word] = f"{stored[word]}, {text}" if word in stored else text
    return stored
