# ruff: noqa: RUF001 - stops and stamps of all scripts
"""Compares a refetched page with its stored version and classifies the change.

Most pages differ at each fetch: a clock, a counter, teasers of other articles. So the two texts are compared by
sentences, without boilerplate, and a change counts if a meaningful sentence was added or removed. The new page may also
be worse than the stored version: a login wall, an error, the publisher's front page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from monitor.core.articles import count_words
from monitor.core.model import Article
from monitor.core.text import mask_spans, words
from monitor.core.text.sentences import sentences

RANKS = {"full": 3, "pdf": 3, "plain": 2, "feed": 1, "title": 0}
"""Article qualities, ranked by reliability."""
_MIN_SENTENCE_WORDS = 5
"""A sentence with fewer words is a heading, a name or a time of day."""
_ENOUGH_WORDS = 12
"""A sentence with fewer words and no final punctuation is a teaser, a timestamp or a row of buttons."""
_MIN_REMAINING_SHARE = 0.1
"""Share of the stored text's characters; if less of it is left, the server may have returned another page."""
_MEAN_LETTERS = 12
"""Characters that count as one word at least, for scripts without spaces between words."""
_STOPS = tuple(".!?;:,。！？；：，…\"'”’»)]）」』")
_STAMP = re.compile(
    r"\bago\b|\bvor \d|\bil y a\b|\bhace \d|\bhá \d|\d \w+ fa\b|\d+\s?(?:秒|分钟|小时|天|分|時間|日)前"
    r"|\b(?:last|page) (?:updated|modified|reviewed|changed)\b|\bupdated (?:on|at|:|\d)|\baktualisiert\b"
    r"|\bmise? à jour\b|\b(?:actualizad|aggiornat|atualizad)[oa]\b|更新"
    r"|\d (?:views|comments|reads|shares|likes|kommentare|commentaires|comentarios|commenti)\b"
)
"""A short sentence about the page rather than its subject: when it was updated, how often it was read."""


class Revision(NamedTuple):
    """How a page changed."""

    verdict: Literal["same", "trivial", "rejected", "changed"]
    reason: str = ""


def classify_change(before: Article, after: Article, *, redirected: bool = False) -> Revision:
    """Compare the stored and the new version of a page, both with their boilerplate marked.

    `redirected`: the page came from another address. If it has nothing of the stored text, it is another page even if
    it mentions the title, as lists of news do.
    """
    if (before.title, before.text) == (after.title, after.text):
        return Revision("same")
    old, new = _sentences(before), _sentences(after)
    if why := _worse(before, after, old, new, redirected=redirected):
        return Revision("rejected", why)
    came, went = _count_meaningful(new, old), _count_meaningful(old, new)
    if came or went:
        return Revision("changed", f"sentences: {came} came, {went} went")
    if words(before.title) != words(after.title):
        return Revision("changed", "another title")
    return Revision("trivial", "nothing but marks, moves and short lines differs")


def differs_trivially(before: Article, after: Article) -> bool:
    """Return True if two versions differ only in punctuation, order, counters and short lines."""
    old, new = _sentences(before), _sentences(after)
    return (
        words(before.title) == words(after.title)
        and not _count_meaningful(new, old)
        and not _count_meaningful(old, new)
    )


def _worse(before: Article, after: Article, old: Mapping[str, str], new: Mapping[str, str], *, redirected: bool) -> str:
    """Return why the new version must not replace the stored one; empty if it may."""
    if after.partial:
        return after.partial_reason or "partial"
    if RANKS.get(after.quality, 0) < RANKS.get(before.quality, 0):
        return f"read as {after.quality}, was {before.quality}"
    left = sum(len(key) for key in old if key in new)
    if left >= _MIN_REMAINING_SHARE * sum(map(len, old)):
        return ""
    if redirected:
        return "another page: redirected to one that has nothing of the text"
    if not _mentions_title(before.title, after.text):
        return "another page: it has nothing of the text, and does not speak of its title"
    return ""


def _mentions_title(title: str, text: str) -> bool:
    title_words = {word for word in words(title) if len(word) > 3 or not word.isascii()}
    return bool(title_words) and 2 * len(title_words & set(words(text))) >= len(title_words)


def _sentences(article: Article) -> dict[str, str]:
    """Return the sentences of a text, keyed by their folded words, by which they are compared."""
    text = mask_spans(article.text, article.boilerplate)
    folded = ((" ".join(words(sentence)), sentence) for sentence in _split(text))
    return {key: sentence for key, sentence in folded if key}


def _split(text: str) -> Iterator[str]:
    for paragraph in text.split("\n"):
        if paragraph.strip():
            yield from (paragraph[start:end] for start, end in sentences(paragraph))


def _count_meaningful(these: Mapping[str, str], others: Mapping[str, str]) -> int:
    """Count the meaningful sentences that the others lack."""
    return sum(_is_meaningful(sentence) for key, sentence in these.items() if key not in others)


def _is_meaningful(sentence: str) -> bool:
    count = max(count_words(sentence), len(sentence) // _MEAN_LETTERS)
    if count >= _ENOUGH_WORDS:
        return True
    stripped = sentence.rstrip()
    return count >= _MIN_SENTENCE_WORDS and stripped.endswith(_STOPS) and not _STAMP.search(stripped.casefold())
