"""An article as the matcher reads it: title, body, and url, source and author where a rule asks, in one row of words.

Zones are ranges of that row, parted by BREAK, so that no phrase can cross from one into the next. Distances, sentences
and places are worked out when they are asked for: most articles match nothing.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, Literal

from monitor.core.sentences import sentences
from monitor.core.text import BREAK, MAX_TEXT, Part, Tokens, is_cjk, tokenize

if TYPE_CHECKING:
    from collections.abc import Collection

    from monitor.core.model import Article, Source

LEAD_PARAGRAPHS = 2
LEAD_WORDS = 60
Unit = Literal["sentence", "paragraph"]
EXTRA_ZONES = ("url", "source", "author")


class Reading:
    """The words of one article, with their zones."""

    def __init__(self, article: Article, source: Source, extra: Collection[str] = ()) -> None:
        self.article = article
        title, body = tokenize(article.title), tokenize(article.text[:MAX_TEXT])
        self.words = [*title.words, BREAK, *body.words, BREAK]
        body_start = len(title.words) + 1
        self.body_end = len(self.words) - 1
        self._zones: list[tuple[str, int, int, Tokens]] = [
            ("title", 0, body_start - 1, title),
            ("body", body_start, self.body_end, body),
        ]
        for name in EXTRA_ZONES:
            if name in extra:
                self._add(name, tokenize(_extra(name, article, source)))

    @property
    def only_title_and_body(self) -> bool:
        """Say whether no zone beside these two was read."""
        return len(self._zones) == 2

    def _add(self, name: str, tokens: Tokens) -> None:
        start = len(self.words)
        self._zones.append((name, start, start + len(tokens.words), tokens))
        self.words += [*tokens.words, BREAK]

    def scope(self, zone: str) -> tuple[int, int]:
        """Give the range of words that a zone covers; an empty one for a zone that was not read."""
        if zone == "lead":
            return self._zones[1][1], self.lead_end
        return next(((low, high) for name, low, high, _ in self._zones if name == zone), (0, 0))

    @cached_property
    def lead_end(self) -> int:
        """Where the lead ends: after two paragraphs or sixty words, whichever is less."""
        _, start, end, tokens = self._zones[1]
        if len(tokens.firsts) > LEAD_PARAGRAPHS:
            end = start + tokens.firsts[LEAD_PARAGRAPHS] - 1
        weight = 0.0
        for index in range(start, end):
            weight += 0 if self.words[index] == BREAK else 0.5 if is_cjk(self.words[index]) else 1
            if weight > LEAD_WORDS:
                return index
        return end

    def zone(self, index: int) -> str:
        """Name the zone of a word; the lead is named before the body that holds it."""
        name = self._at(index)[0]
        return "lead" if name == "body" and index < self.lead_end else name

    def part(self, index: int) -> Part:
        """Give a word with its case and its place in its zone's text."""
        _, low, _, tokens = self._at(index)
        return tokens.part(index - low)

    def cased(self, index: int) -> str:
        """Give a word as it is written."""
        _, low, _, tokens = self._at(index)
        return tokens.cased(index - low)

    def span(self, first: int, after: int) -> tuple[int, int]:
        """Give the place of a run of words in its zone's text."""
        return self.part(first).start, self.part(after - 1).end

    def text(self, index: int) -> str:
        """Give the text of a word's zone."""
        return self._at(index)[3].text

    def paragraph(self, index: int) -> tuple[str, int]:
        """Give the zone and the number of the paragraph in which a word stands."""
        name, low, _, tokens = self._at(index)
        return name, tokens.paragraph(index - low)

    def unit(self, unit: Unit, index: int) -> tuple[str, int, int]:
        """Name the sentence or paragraph in which a word stands; the title is one of both."""
        name, paragraph = self.paragraph(index)
        if unit == "paragraph" or name == "title":
            return name, paragraph, 0
        ends = [end for _, end in self.sentences(index)]
        return name, paragraph, bisect_right(ends, self.part(index).start)

    def sentences(self, index: int) -> list[tuple[int, int]]:
        """Give the places of the sentences in the paragraph of a word."""
        name, paragraph = self.paragraph(index)
        key = (name, paragraph)
        if key not in self._sentences:
            tokens = self._at(index)[3]
            start, end = tokens.bounds(paragraph)
            whole = [(start, end)] if name == "title" else sentences(tokens.text, start, end)
            self._sentences[key] = whole
        return self._sentences[key]

    @cached_property
    def _sentences(self) -> dict[tuple[str, int], list[tuple[int, int]]]:
        return {}

    def between(self, first: int, after: int) -> float:
        """Count the words from `first` up to `after`; a character of a script without spaces is half a word."""
        if after <= first:
            return 0
        return self._weights[after] - self._weights[first] if self._has_cjk else after - first

    @cached_property
    def _has_cjk(self) -> bool:
        return any(map(is_cjk, set(self.words)))

    @cached_property
    def _weights(self) -> list[float]:
        return list(accumulate((0.5 if is_cjk(word) else 1.0 for word in self.words), initial=0.0))

    def in_capitals(self, index: int) -> bool:
        """Say whether the zone of a word is written in capitals (four letters of five)."""
        name = self._at(index)[0]
        if name not in self._capitals:
            self._capitals[name] = _in_capitals(self._at(index)[3].text)
        return self._capitals[name]

    @cached_property
    def _capitals(self) -> dict[str, bool]:
        return {}

    def _at(self, index: int) -> tuple[str, int, int, Tokens]:
        return next(zone for zone in self._zones if index <= zone[2])


def _extra(name: str, article: Article, source: Source) -> str:
    if name == "url":
        return article.url
    return article.author if name == "author" else f"{source.id} {source.domain}"


_UPPER = bytes(range(ord("A"), ord("Z") + 1))
_LOWER = bytes(range(ord("a"), ord("z") + 1))


def _in_capitals(text: str) -> bool:
    """Count ASCII letters as bytes: acronyms that spell English words matter in texts of such letters only."""
    raw = text.encode("ascii", "ignore")
    upper = len(raw) - len(raw.translate(None, _UPPER))
    lower = len(raw) - len(raw.translate(None, _LOWER))
    return upper >= 4 * lower and upper > 0
