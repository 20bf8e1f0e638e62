# ruff: noqa: RUF001 - stops and stamps of all scripts
"""Tells whether a page that was looked at again says something else than it did before.

Most pages differ at every look: a clock, a counter, headlines from elsewhere. So the two texts are compared by their
sentences, without what the source prints under everything, and a change counts when a sentence came or went that says
something. And a page may be worse than what was read of it: a wall, an error, the publisher's front page.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple

from monitor.core.articles import count_words
from monitor.core.text import mask_spans, words
from monitor.core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from monitor.core.model import Article

RANKS = {"full": 3, "pdf": 3, "plain": 2, "feed": 1, "title": 0}
"""Ways in which a text was got, by how far they are to be trusted."""
FEWEST_WORDS = 5
"""A sentence of fewer is a heading, a name, a time of day."""
ENOUGH_WORDS = 12
"""One of fewer that ends without a stop is a headline from elsewhere, a stamp, a line of buttons."""
LITTLE = 0.1
"""Of a text, by its characters: when no more is left of it, it may be another page that answered."""
_MEAN_LETTERS = 12
"""Characters for which a word is counted at least, for scripts that put no spaces between theirs."""
_STOPS = tuple(".!?;:,。！？；：，…\"'”’»)]）」』")
_STAMP = re.compile(
    r"\bago\b|\bvor \d|\bil y a\b|\bhace \d|\bhá \d|\d \w+ fa\b|\d+\s?(?:秒|分钟|小时|天|分|時間|日)前"
    r"|\b(?:last|page) (?:updated|modified|reviewed|changed)\b|\bupdated (?:on|at|:|\d)|\baktualisiert\b"
    r"|\bmise? à jour\b|\b(?:actualizad|aggiornat|atualizad)[oa]\b|更新"
    r"|\d (?:views|comments|reads|shares|likes|kommentare|commentaires|comentarios|commenti)\b"
)
"""What a short sentence says of its page rather than of its subject."""


class Revision(NamedTuple):
    """What became of a page."""

    verdict: Literal["same", "trivial", "worse", "changed"]
    reason: str = ""


def classify_change(before: Article, after: Article, *, redirected: bool = False) -> Revision:
    """Compare what was stored of a page with what is read of it now, both with their boilerplate marked.

    `redirected`: another address answered. One that has nothing of the text is another page even if it names this one,
    as lists of news do.
    """
    if (before.title, before.text) == (after.title, after.text):
        return Revision("same")
    old, new = _sentences(before), _sentences(after)
    if why := _worse(before, after, old, new, redirected=redirected):
        return Revision("worse", why)
    came, went = _telling(new, old), _telling(old, new)
    if came or went:
        return Revision("changed", f"sentences: {came} came, {went} went")
    if words(before.title) != words(after.title):
        return Revision("changed", "another title")
    return Revision("trivial", "nothing but marks, moves and short lines differs")


def is_trivial_change(before: Article, after: Article) -> bool:
    """Tell whether two texts of an entry say the same but for marks, moves, counters and short lines."""
    old, new = _sentences(before), _sentences(after)
    return words(before.title) == words(after.title) and not _telling(new, old) and not _telling(old, new)


def _worse(before: Article, after: Article, old: Mapping[str, str], new: Mapping[str, str], *, redirected: bool) -> str:
    """Say why what is read now must not take the place of what was read before; empty when it may."""
    if after.partial:
        return after.partial_reason or "partial"
    if RANKS.get(after.quality, 0) < RANKS.get(before.quality, 0):
        return f"read as {after.quality}, was {before.quality}"
    left = sum(len(key) for key in old if key in new)
    if left >= LITTLE * sum(map(len, old)):
        return ""
    if redirected:
        return "another page: redirected to one that has nothing of the text"
    if not _speaks_of(before.title, after.text):
        return "another page: it has nothing of the text, and does not speak of its title"
    return ""


def _speaks_of(title: str, text: str) -> bool:
    asked = {word for word in words(title) if len(word) > 3 or not word.isascii()}
    return bool(asked) and 2 * len(asked & set(words(text))) >= len(asked)


def _sentences(article: Article) -> dict[str, str]:
    """Give the sentences of a text by what they are compared by: their words, without marks and case."""
    text = mask_spans(article.text, article.boilerplate)
    spoken = ((" ".join(words(sentence)), sentence) for sentence in _split(text))
    return {key: sentence for key, sentence in spoken if key}


def _split(text: str) -> Iterator[str]:
    for paragraph in text.split("\n"):
        if paragraph.strip():
            yield from (paragraph[start:end] for start, end in sentences(paragraph))


def _telling(these: Mapping[str, str], others: Mapping[str, str]) -> int:
    """Count the sentences that the others lack and that say something."""
    return sum(_tells(sentence) for key, sentence in these.items() if key not in others)


def _tells(sentence: str) -> bool:
    count = max(count_words(sentence), len(sentence) // _MEAN_LETTERS)
    if count >= ENOUGH_WORDS:
        return True
    stripped = sentence.rstrip()
    return count >= FEWEST_WORDS and stripped.endswith(_STOPS) and not _STAMP.search(stripped.casefold())
