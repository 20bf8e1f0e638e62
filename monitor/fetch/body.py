"""Reading and decompressing of a response body, up to a maximum size after decompression.

Decompression stops at the limit, so a gzip bomb costs no more memory than that. A compressed stream that is cut short
is an error: half a feed must not pass for a whole one.
"""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator

from monitor.fetch.connection_failures import FetchError

ACCEPT_ENCODING = "gzip"
"""The only coding requested, because its decompression can be bounded."""
_NO_CODING = frozenset({"", "identity", "none", "binary", "8bit", "utf-8", "utf8", "iso-8859-1"})
"""Values of Content-Encoding that servers send for uncompressed bodies; browsers accept them too."""
_STEP_BYTES = 1 << 20
_GZIP_WBITS = 16 + zlib.MAX_WBITS


class BodyError(FetchError):
    """The body cannot be read completely."""


async def read_body(chunks: AsyncIterator[bytes], coding: str, max_bytes: int) -> bytes:
    """Read and decompress the whole body, at most `max_bytes`; BodyError otherwise."""
    codings = [word for part in coding.lower().split(",") if (word := part.strip()) not in _NO_CODING]
    decoder = _decoder(", ".join(codings), max_bytes)
    async for chunk in chunks:
        decoder.feed(chunk)
    return decoder.finish()


def _decoder(coding: str, max_bytes: int) -> _PlainDecoder:
    if not coding:
        return _PlainDecoder(max_bytes)
    if coding in {"gzip", "x-gzip"}:
        return _InflatingDecoder(max_bytes, _GZIP_WBITS)
    if coding == "deflate":
        return _InflatingDecoder(max_bytes, zlib.MAX_WBITS)
    raise BodyError("unknown encoding", coding[:40])


class _PlainDecoder:
    def __init__(self, max_bytes: int) -> None:
        self._max = max_bytes
        self._parts: list[bytes] = []
        self._size = 0

    def feed(self, chunk: bytes) -> None:
        self._append(chunk)

    def finish(self) -> bytes:
        return b"".join(self._parts)

    def _append(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > self._max:
            raise BodyError("too large", f"more than {self._max:,} bytes")
        self._parts.append(data)


class _InflatingDecoder(_PlainDecoder):
    def __init__(self, max_bytes: int, wbits: int) -> None:
        super().__init__(max_bytes)
        self._wbits = wbits
        self._inflate = zlib.decompressobj(wbits)
        self._started = False
        self._compressed_size = 0

    def feed(self, chunk: bytes) -> None:
        self._compressed_size += len(chunk)
        if self._compressed_size > self._max + _STEP_BYTES:  # an endless gzip header decompresses to nothing
            raise BodyError("too large", f"more than {self._max:,} bytes, packed")
        try:
            self._inflate_all(chunk)
        except zlib.error as error:
            raise BodyError("bad compression", str(error)[:80]) from error

    def _inflate_all(self, data: bytes) -> None:
        if not self._started and data:
            self._begin(data)
        while data:
            if self._inflate.eof:
                if not data.startswith(b"\x1f\x8b"):
                    return  # padding after the end, which gzip allows and some servers send
                self._inflate = zlib.decompressobj(self._wbits)
            self._append(self._inflate.decompress(data, _STEP_BYTES))
            data = self._inflate.unconsumed_tail or self._inflate.unused_data

    def _begin(self, data: bytes) -> None:
        """Detect raw deflate: some servers send it without the zlib header that RFC 9110, 8.4.1.2 requires."""
        self._started = True
        if self._wbits == zlib.MAX_WBITS and data[0] & 0x0F != zlib.DEFLATED:
            self._wbits = -zlib.MAX_WBITS
            self._inflate = zlib.decompressobj(self._wbits)

    def finish(self) -> bytes:
        if self._started and not self._inflate.eof:
            raise BodyError("cut short", "the compressed body has no end")
        return super().finish()
