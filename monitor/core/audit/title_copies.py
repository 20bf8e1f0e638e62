"""Recognizes copies among a hundred thousand articles, by their titles and by how their texts begin.

This is coarser and faster than `core.stories`. It keeps readers from judging the same article twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from hashlib import blake2b

from monitor.core.model import AuditArticle

_WORD = re.compile(r"\w+")
_TITLE_WORDS, _LEAD_WORDS = 5, 30
"""Words of a title and of the beginning of a text below which they are too general, or too short, to identify one."""
COMPARED_CHARS = 600
"""Characters of the beginning of a text by which copies are recognized."""
_UNSPACED_TITLE = 12
"""Characters of a title of one or two words, as in Chinese, from which it identifies an article."""


def without_copies(articles: Iterable[AuditArticle]) -> Iterator[AuditArticle]:
    """Leave out unmatched articles that repeat another one, or a matched one; matched ones are one for each story."""
    seen: set[bytes] = set()
    stories: set[int] = set()
    unmatched = []
    for article in articles:
        if not article.matched:
            unmatched.append((article, _keys(article)))
            continue
        seen.update(_keys(article))
        if article.story_id is None or article.story_id not in stories:
            yield article
        if article.story_id is not None:
            stories.add(article.story_id)
    for article, keys in unmatched:
        if seen.isdisjoint(keys):
            yield article
        seen.update(keys)


def _keys(article: AuditArticle) -> list[bytes]:
    title = _WORD.findall(article.title.casefold())
    lead = _WORD.findall(article.beginning[:COMPARED_CHARS].casefold())[:_LEAD_WORDS]
    keys = []
    if len(title) >= _TITLE_WORDS or (len(title) <= 2 and len("".join(title)) >= _UNSPACED_TITLE):
        keys.append(_hash("title", title))
    if len(lead) == _LEAD_WORDS:
        keys.append(_hash("lead", lead))
    return keys


def _hash(kind: str, words: list[str]) -> bytes:
    return blake2b(" ".join((kind, *words)).encode("utf-8", "surrogatepass"), digest_size=8).digest()
