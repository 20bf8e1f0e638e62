"""Sentences of a feed's summary that the text of the page lacks: often the standfirst, which pages print separately.

They are put above the text, so that rules find what either contains. Sentences that only wrap the title (`The post ...
appeared first on ...`) are left out.
"""

from __future__ import annotations

import re
from functools import cached_property
from unicodedata import normalize

from monitor.core.text.sentences import sentences

_WORD = re.compile(r"\w+")
_WRAPPING, _TIMES = 10, 3
"""A sentence only wraps the title if it has at most ten words besides, and at most three for each word of the title
after the first."""
_MORE = re.compile(
    r"\b(?:continue reading|read (?:more|on|the (?:full|whole|rest)\b[^.]{0,40})"
    r"|weiterlesen|mehr lesen|lire la suite|leer más|seguir leyendo|leia mais|continua a leggere)[\s.…»→\[\]]*\Z",
    re.IGNORECASE,
)
"""Phrases at the end of a summary that mean "continued on the page"."""
_BEFORE_MORE = ".…[]" + "".join(filter(str.isspace, map(chr, range(0x3001))))
_BROKEN_OFF = ("…", "...", "]")
_MAX_TEXT_SEARCHES = 500
"""Sentences of a summary that are searched for in the whole text; makes the cost linear in summary and text."""


def prepend(summary: str, text: str, title: str) -> str:
    """Return a text with the missing sentences of the summary above it."""
    lead = missing_sentences(summary, text, title)
    return f"{lead}\n\n{text}" if lead else text


def missing_sentences(summary: str, text: str, title: str) -> str:
    """Return the sentences of a summary, in paragraphs, that neither the text nor the title contains.

    Beyond the first 500 sentences of a summary, one that the text has within a longer sentence may be returned too: a
    repetition is better than a gap.
    """
    if not summary or summary in title or summary in text:
        return ""
    article = _TextAndTitle(text, title)
    paragraphs = (_new_sentences(paragraph, article) for paragraph in summary.split("\n\n"))
    return "\n\n".join(filter(None, paragraphs))


def _new_sentences(paragraph: str, article: _TextAndTitle) -> str:
    more = _MORE.search(paragraph)
    text = f"{paragraph[: more.start()].rstrip(_BEFORE_MORE)}…" if more else paragraph
    spans = sentences(text)
    new = [span for span in spans if article.lacks(text[slice(*span)])]
    return text if new == spans else " ".join(text[slice(*span)] for span in new)


class _TextAndTitle:
    """The text and the title of an article, searched for sentences of its summary."""

    def __init__(self, text: str, title: str) -> None:
        self._text, self._title = text, _spaced_words(title)
        self._words = _spaced_words(text)
        self._title_words = self._title.count(" ") - 1
        self._searches = 0

    def lacks(self, sentence: str) -> bool:
        """Return True for a sentence that neither text nor title has; of a truncated one, the beginning is compared."""
        plain = _spaced_words(sentence)
        whole = plain.rstrip() if sentence.endswith(_BROKEN_OFF) else plain
        if not plain.strip() or whole in self._title or self._contains(whole):
            return False
        around = plain.count(" ") - 1 - self._title_words
        most = min(_WRAPPING, _TIMES * (self._title_words - 1))
        return not (self._title_words > 0 and self._title in plain and around <= most)

    def _contains(self, whole: str) -> bool:
        self._searches += 1
        return whole in (self._words if self._searches <= _MAX_TEXT_SEARCHES else self._sentences)

    @cached_property
    def _sentences(self) -> frozenset[str]:
        return frozenset(_spaced_words(self._text[slice(*span)]) for span in sentences(self._text))


def _spaced_words(text: str) -> str:
    """Return the words of a text, each between two spaces."""
    return f" {' '.join(_WORD.findall(normalize('NFKC', text).casefold()))} "
