"""The fingerprint of an article: hashes of its text and its title, by which copies are found, and what dates it.

A text is hashed by its shingles: overlapping sequences of five words, or of eight characters in scripts without spaces.
Of a long text only about every fourth is hashed, chosen by its checksum, so that two texts keep the same ones. The
checksum also decides whether a hash is divisible by THINNING, and takes a fifth of the time of a hash.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from itertools import filterfalse
from struct import unpack
from typing import TYPE_CHECKING
from zlib import crc32

from monitor.core.model import has_time_of_day
from monitor.core.stories.headlines import headline_features
from monitor.core.text import is_cjk, mask_spans, words
from monitor.core.text.languages import is_unspaced

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from monitor.core.model import Article, FeedId

MIN_TOKENS = 40
"""A shorter text has no hashes; its title alone decides."""
THINNING = 4
"""Of a long text only hashes that are divisible by this are kept. A power of two."""
_ALL_BELOW = 120
"""Texts with fewer shingles keep all of their hashes, so that short texts can be compared too."""
_SHINGLE, _CJK_SHINGLE = 5, 8
"""Tokens of a shingle; the latter in texts of scripts without spaces, where a token is a character."""
_SCRIPT_SAMPLE = 300
"""Tokens from which the script of a text is detected."""
_CJK_SHARE, _CJK_SHARE_OF_OTHERS = 0.3, 0.6
"""Share of such tokens from which a text is hashed by characters: in a language without spaces, and in any other."""
_EMPTY_HASH = blake2b(digest_size=8)
_THINNED_SAMPLE = 20
"""Number of hashes that shows whether they are thinned: else one is almost certainly not divisible by THINNING."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryFingerprint:
    """All that the comparison of two articles needs; small enough to be loaded by the hundred."""

    title: str
    language: str
    shingle_hashes: Sequence[int]
    feed_id: FeedId
    url: str = ""
    at: datetime | None = None
    """When it was published, or first seen (`event_time`)."""
    terms: bytes = b""
    """Its `weighted_terms`; empty for articles stored by earlier versions of the program."""


def hash_shingles(words: Sequence[str], language: str = "") -> tuple[int, ...]:
    """Return signed 64-bit hashes of a text in its order: about 145 for an article, none for a text below MIN_TOKENS.

    The words are those that rules are matched on, without boilerplate.
    """
    if len(words) < MIN_TOKENS:
        return ()
    size = _CJK_SHINGLE if _is_cjk(words[:_SCRIPT_SAMPLE], language) else _SHINGLE
    sequences = zip(*[words[start:] for start in range(size)], strict=False)
    shingles = dict.fromkeys(map(str.encode, map(" ".join, sequences)))
    if len(shingles) < _ALL_BELOW:
        hashes = zip(_hash(shingles), map(crc32, shingles), strict=True)
        return tuple([value & -THINNING | checksum % THINNING for value, checksum in hashes])
    return tuple([value & -THINNING for value in _hash([each for each in shingles if not crc32(each) % THINNING])])


def hash_article_shingles(article: Article) -> tuple[int, ...]:
    """Hash the shingles of an article, without its boilerplate; tokenizes the text."""
    return hash_shingles(words(mask_spans(article.text, article.boilerplate)), article.language)


def is_thinned(hashes: Sequence[int]) -> bool:
    """Return True if these are hashes of a long text, of which only some were kept."""
    return not any(map((THINNING - 1).__and__, hashes[:_THINNED_SAMPLE]))


def title_key(title: str, url: str = "") -> int | None:
    """Return a hash of the normalized title, with the address if the title is too general to identify a story."""
    features = headline_features(title)
    if features.is_specific:
        return _hash([features.folded.encode()])[0]
    return _hash([f"{features.folded}\n{url}".encode()])[0] if url and features.folded else None


def event_time(published_at: datetime | None, stored_at: datetime) -> datetime:
    """Return when an article was published, or first seen if it has no time of day or one in the future."""
    if published_at is None or published_at > stored_at or not has_time_of_day(published_at):
        return stored_at
    return published_at


def _is_cjk(sample: Sequence[str], language: str) -> bool:
    """Return True for scripts without spaces; the language decides about mixed text."""
    share = sum(map(is_cjk, filterfalse(str.isascii, sample))) / len(sample)
    return share > (_CJK_SHARE if is_unspaced(language) else _CJK_SHARE_OF_OTHERS)


def _hash(texts: Collection[bytes]) -> tuple[int, ...]:
    """Return a signed 64-bit hash of each text."""
    digests = []
    for text in texts:
        hashed = _EMPTY_HASH.copy()  # takes two thirds of the time of a new one
        hashed.update(text)
        digests.append(hashed.digest())
    return unpack(f">{len(digests)}q", b"".join(digests))
