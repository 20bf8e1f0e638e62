"""Unpacks responses that are gzip without saying so, such as `sitemap.xml.gz` or a page that was saved as sent."""

from __future__ import annotations

import gzip
import io
import zlib

_MARK = b"\x1f\x8b"


def unpack(body: bytes, limit: int) -> bytes:
    """Return the first `limit` bytes of a body, unpacked if it is gzip; of broken gzip what can be unpacked."""
    if not body.startswith(_MARK):
        return body if len(body) <= limit else body[:limit]
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(body)) as packed:
            return packed.read(limit)
    except (OSError, EOFError, zlib.error):
        return _start_of_broken(body, limit)


def _start_of_broken(body: bytes, limit: int) -> bytes:
    try:
        return zlib.decompressobj(wbits=31).decompress(body, limit)
    except zlib.error:
        return b""
