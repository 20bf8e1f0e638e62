import gzip
import zlib
from collections.abc import AsyncIterator

import pytest

from monitor.fetch import body

TEXT = b"The ministry published its plan for the regulation of artificial intelligence. " * 400


async def chunks(data: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


def raw_deflate(data: bytes) -> bytes:
    deflate = zlib.compressobj(wbits=-15)
    return deflate.compress(data) + deflate.flush()


@pytest.mark.parametrize(
    ("coding", "encode"),
    [
        ("", bytes),
        ("identity", bytes),
        ("gzip", gzip.compress),
        ("X-GZIP ", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", raw_deflate),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 100_000])
async def test_a_body_is_read_whole_in_each_coding_and_however_it_is_cut(coding, encode, size):
    assert await body.read_body(chunks(encode(TEXT), size), coding, 1_000_000) == TEXT


async def test_several_gzip_members_are_one_body_and_padding_behind_them_is_not():
    data = gzip.compress(TEXT) + gzip.compress(b"more") + b"\0\0\0"
    assert await body.read_body(chunks(data), "gzip", 1_000_000) == TEXT + b"more"


async def test_an_empty_body_is_empty_in_every_coding():
    assert await body.read_body(chunks(b""), "gzip", 10) == b""


@pytest.mark.parametrize("coding", ["gzip", "deflate", ""])
async def test_a_body_larger_than_the_limit_is_refused(coding):
    encode = {"gzip": gzip.compress, "deflate": zlib.compress, "": bytes}[coding]
    with pytest.raises(body.BodyError, match="too large"):
        await body.read_body(chunks(encode(b"\0" * 20_000_000), 65536), coding, 10_000_000)


async def test_a_decompression_bomb_is_stopped_at_the_limit():
    import tracemalloc

    bomb = gzip.compress(b"\0" * 200_000_000)
    tracemalloc.start()
    with pytest.raises(body.BodyError, match="too large"):
        await body.read_body(chunks(bomb, len(bomb)), "gzip", 1_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000


@pytest.mark.parametrize(
    ("first", "rest"), [(b"", gzip.compress(b"") * 3000), (b"\x1f\x8b\x08\x08\0\0\0\0\0\0", b"name " * 13_000)]
)
async def test_an_endless_body_that_decompresses_to_nothing_ends_at_the_limit(first, rest):
    async def endless():
        yield first
        while True:
            yield rest

    with pytest.raises(body.BodyError, match="too large"):
        await body.read_body(endless(), "gzip", 1_000_000)


@pytest.mark.parametrize("keep", [20, 60, 100])
async def test_a_compressed_body_without_its_end_is_cut_short(keep):
    with pytest.raises(body.BodyError, match="cut short"):
        await body.read_body(chunks(gzip.compress(TEXT)[:keep]), "gzip", 1_000_000)


@pytest.mark.parametrize(("coding", "word"), [("gzip", "bad compression"), ("br", "unknown encoding")])
async def test_a_body_that_is_not_in_its_declared_coding_is_refused(coding, word):
    with pytest.raises(body.BodyError, match=word):
        await body.read_body(chunks(b"<rss/>" * 10), coding, 1_000_000)


@pytest.mark.parametrize("coding", ["none", "UTF-8", "binary", "identity, none", "8bit"])
async def test_a_name_that_is_not_a_coding_but_often_used_as_one_changes_nothing(coding):
    assert await body.read_body(chunks(TEXT), coding, 1_000_000) == TEXT


@pytest.mark.parametrize("coding", ["gzip, identity", "utf-8,gzip"])
async def test_one_coding_beside_a_name_that_is_none_is_decoded(coding):
    assert await body.read_body(chunks(gzip.compress(TEXT)), coding, 1_000_000) == TEXT


async def test_two_codings_are_refused():
    with pytest.raises(body.BodyError, match="unknown encoding: gzip, gzip"):
        await body.read_body(chunks(b""), "gzip, gzip", 1_000_000)
