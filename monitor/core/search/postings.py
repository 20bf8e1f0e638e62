"""Postings: which articles have a key, for `SEGMENT_ARTICLES` articles at a time.

A key is the code of a word, or a mark and a code: of a word of the title, of the feed, of the language. Keys are
spread over POSTING_BUCKETS by the numbers of their codes, so that a search reads a kilobyte of each volume for a key.
In each bucket a segment has a part: a header, the keys, for each of them how many articles have it less one, and the
places of these articles in the segment, each one byte. So nothing has to be decoded, and a volume of several segments
is written by joining their parts. Joined parts are compressed, since they have many keys in common.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from struct import Struct

from monitor.core.search.coded_query import AllKeys, AnyKey, EncodedArticle, Keys
from monitor.core.search.codes import codes_in, decode_id, from_bytes, to_bytes
from monitor.core.search.index_words import FEED_MARK, LANGUAGE_MARK, TITLE_MARK, title_word_key

SEGMENT_ARTICLES = 256
"""At most 256, so that a place is one byte."""
SEGMENT_WORDS = 400_000
"""Words of the articles with which a segment is full too: twice those of 256 news articles. Much longer ones, as a
publisher may send, would keep other writers waiting for a minute."""
VOLUME_SEGMENTS = 16
"""Segments that a volume has in the end."""
POSTING_BUCKETS = 2_048
_KINDS = f" {TITLE_MARK}{FEED_MARK}{LANGUAGE_MARK}"
"""The characters before the code of a key; the first stands for none."""
_KINDS_OF_WORDS = (0, 1)
"""Places in _KINDS of keys of words: of those anywhere, and of those in the title."""
_KEY_BYTES = 3
_HEADER = Struct("<BH")
"""The place of the segment in its volume, and the number of keys in the part."""
_COMPRESSED = b"x"
"""The first byte of compressed parts, which is that of no header."""
_MAX_SINGLE_SEARCHES = 20
"""Up to so many keys, looking for each in an article is faster than collecting all keys of the article first."""


def keys_of(document: EncodedArticle, labels: str) -> set[str]:
    """Return the keys of an article; `labels`: those of feed and language."""
    words, end = document
    title, keys = codes_in(from_bytes(words[:end])), codes_in(from_bytes(words[end:]))
    keys.update(title, map(title_word_key, title), labels.split(" "))
    return keys


def any_key_test(keys: Collection[str]) -> Callable[[EncodedArticle, str], bool]:
    """Return a function that is true for the words and labels of an article that has one of the keys."""
    split = [_split(key) for key in keys]
    anywhere, in_title = ([to_bytes(code) for kind, code in split if kind == wanted] for wanted in _KINDS_OF_WORDS)
    wanted = set(keys)

    def has_label(labels: str) -> bool:
        return not wanted.isdisjoint(labels.split(" "))

    def has_one(article: EncodedArticle, labels: str) -> bool:
        words, end = article
        return (
            any(code in words for code in anywhere)
            or any(words.find(code, 0, end) >= 0 for code in in_title)
            or has_label(labels)
        )

    def has_one_of_many(article: EncodedArticle, labels: str) -> bool:
        return not wanted.isdisjoint(keys_of(article, labels))

    return has_one_of_many if reads_all_words(keys) else has_one


def reads_all_words(keys: Iterable[str]) -> bool:
    """Return True if `any_key_test` collects all words of each article, which pays for many keys of words."""
    return sum(_split(key)[0] in _KINDS_OF_WORDS for key in keys) > _MAX_SINGLE_SEARCHES


def are_labels(keys: Iterable[str]) -> bool:
    """Return True if no key is that of a word, so that `any_key_test` needs only the labels of each article."""
    return not any(_split(key)[0] in _KINDS_OF_WORDS for key in keys)


def locate(key: str) -> tuple[int, bytes]:
    """Return the bucket of a key, and the key as the parts of the bucket write it."""
    kind, code = _split(key)
    rest, bucket = divmod(decode_id(code), POSTING_BUCKETS)
    return bucket, (rest * len(_KINDS) + kind).to_bytes(_KEY_BYTES)


def _split(key: str) -> tuple[int, str]:
    """Split a key into its kind and its code. Marks are codes of one byte, so no longer code begins with one."""
    return (_KINDS.index(key[0]), key[1:]) if len(key) > 1 and key[0] in _KINDS else (0, key)


def write_segment(articles: Iterable[Iterable[str]]) -> dict[int, bytes]:
    """Return the parts of a segment by bucket: of articles with these keys, in order."""
    places = defaultdict[str, bytearray](bytearray)
    for article, keys in enumerate(articles):
        for key in keys:
            places[key].append(article)
    buckets = defaultdict[int, list[tuple[bytes, bytearray]]](list)
    for key, having in places.items():
        bucket, written = locate(key)
        buckets[bucket].append((written, having))
    return {bucket: _part(entries) for bucket, entries in buckets.items()}


def _part(entries: Sequence[tuple[bytes, bytearray]]) -> bytes:
    keys, having = zip(*sorted(entries), strict=True)
    return b"".join([_HEADER.pack(0, len(keys)), *keys, bytes(len(each) - 1 for each in having), *having])


def join(parts: Iterable[tuple[int, bytes]]) -> bytes:
    """Join the parts of a bucket, each with the place that its segment gets in the volume."""
    return zlib.compress(b"".join(chain.from_iterable((place.to_bytes(), part[1:]) for place, part in parts)))


def read(stored: bytes) -> bytes:
    """Return the parts of a bucket as `find` reads them."""
    return zlib.decompress(stored) if stored.startswith(_COMPRESSED) else stored


def find(postings: bytes, key: bytes) -> Iterator[tuple[int, bytes]]:
    """Iterate over the segments with a key, each with the places of its articles; `postings`: of the key's bucket."""
    at, end = 0, postings.rfind(key) + 1
    while at < end:
        segment, size = _HEADER.unpack_from(postings, at)
        at += _HEADER.size
        counts = at + _KEY_BYTES * size
        start = counts + size
        more = postings[counts:start]
        offset = postings.find(key, at, counts)
        while (offset - at) % _KEY_BYTES and offset >= 0:
            offset = postings.find(key, offset + 1, counts)
        if offset >= 0:
            index = (offset - at) // _KEY_BYTES
            first = start + sum(more[:index]) + index
            yield segment, postings[first : first + more[index] + 1]
        at = start + sum(more) + size


def every_key(keys: Keys) -> Iterator[str]:
    """Iterate over the keys that a condition names."""
    if isinstance(keys, str):
        yield keys
    else:
        for part in (*keys.parts, *(keys.excluded if isinstance(keys, AllKeys) else ())):
            yield from every_key(part)


Places = Mapping[int, set[int]]
"""Articles by segment: the places of each segment's articles, none empty. A set of places is made of stored bytes
without decoding them."""
KeyLookup = Callable[[Sequence[str], Places | None], Places]
"""Returns the articles that have one of some keys; of those of the second argument, unless it is None."""


def find_articles(keys: Keys, look_up: KeyLookup, within: Places | None = None) -> Places:
    """Return the articles that fulfil a condition; of several parts, that with the rarest keys is looked up first."""
    if isinstance(keys, str):
        return look_up([keys], within)
    if isinstance(keys, AnyKey):
        single = [each for each in keys.parts if isinstance(each, str)]
        others = [find_articles(each, look_up, within) for each in keys.parts if not isinstance(each, str)]
        return union([look_up(single, within), *others] if single else others)
    for part in sorted(keys.parts, key=_expected_cost):
        within = find_articles(part, look_up, within)
        if not within:
            return {}
    found = within or {}
    for part in keys.excluded:
        if not found:
            break
        without = find_articles(part, look_up, found)
        found = _without_empty({each: places.difference(without.get(each, ())) for each, places in found.items()})
    return found


def _expected_cost(keys: Keys) -> tuple[int, int]:
    """Sort one key before several, and of single keys the longest codes first, which are those of rare words."""
    return (1, -len(keys)) if isinstance(keys, str) else (sum(1 for _ in every_key(keys)), 0)


def union(parts: Sequence[Places]) -> Places:
    """Return the articles that are in any of the parts."""
    if len(parts) == 1:
        return parts[0]
    found = defaultdict[int, set[int]](set)
    for part in parts:
        for segment, places in part.items():
            found[segment] |= places
    return found


def _without_empty(found: Places) -> Places:
    return {segment: places for segment, places in found.items() if places}
