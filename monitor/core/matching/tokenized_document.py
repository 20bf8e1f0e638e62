"""An article as one sequence of tokens: title, body, and url, source and author if a rule uses them.

Zones are ranges of that sequence, separated by BREAK tokens so that no phrase matches across zones. Sentences,
distances and character offsets are computed on demand, since most articles match nothing.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator
from contextlib import suppress
from itertools import accumulate, filterfalse
from operator import itemgetter
from typing import Literal

from monitor.core.matching.tokenized_zone import TokenizedZone
from monitor.core.model import Article, Source
from monitor.core.text import BREAK, MAX_TEXT_CHARS, is_cjk, mask_spans, tokenize
from monitor.core.text.sentences import ends_phrase, may_end_phrase

MIN_LEAD_WORDS = 60
"""Whole paragraphs are added to the lead until it has this number of words: bylines and date lines are short ones."""
MAX_LEAD_WORDS = 120
"""The maximum number of words of the lead."""
MAX_HEADLINE_TOKENS = 60
"""How much of the first sentence stands for the title of an article without one: about two lines of a headline."""
_MAX_LEAD_TOKENS = 4 * MAX_LEAD_WORDS
"""An upper bound of a lead in tokens: CJK characters count half a word, breaks between paragraphs nothing."""
Unit = Literal["sentence", "paragraph"]
EXTRA_ZONES = ("url", "source", "author")
"""Zones that are tokenized only if a rule uses them."""
ZONES = ("title", "lead", "body", *EXTRA_ZONES)


class TokenizedDocument:
    """The tokens of one article, folded (core.text), with their zones."""

    def __init__(self, article: Article, source: Source, extra: Collection[str] = ()) -> None:
        self.article = article
        text = article.text[:MAX_TEXT_CHARS]
        if article.boilerplate:
            text = mask_spans(text, article.boilerplate)
        title, body = tokenize(article.title), tokenize(text)
        self.words = [*title.words, BREAK, *body.words, BREAK]
        self.body_end = len(self.words) - 1
        self._title = TokenizedZone("title", 0, title)
        self._body = TokenizedZone("body", len(title.words) + 1, body)
        self._extra = [
            self._append_zone(name, _extra_text(name, article, source)) for name in EXTRA_ZONES if name in extra
        ]
        self._lead_end = -1
        self._title_range: tuple[int, int] | None = None
        self._cumulative_words: list[float] | None = None

    @property
    def text_words(self) -> list[str]:
        """The words of the body without breaks and without boilerplate."""
        return [word for word in self._body.tokens.words if word != BREAK]

    @property
    def only_title_and_body(self) -> bool:
        """True if no extra zone was tokenized."""
        return not self._extra

    def _append_zone(self, name: str, text: str) -> TokenizedZone:
        zone = TokenizedZone(name, len(self.words), tokenize(text))
        self.words += [*zone.tokens.words, BREAK]
        return zone

    def zone_range(self, name: str) -> tuple[int, int]:
        """Return the range of tokens of a zone; an empty range for a zone that was not tokenized.

        The title of an article without one (a post, a message of a channel) is its first sentence, which remains a
        part of lead and body: what is found there is evidence from the lead.
        """
        if name == "lead":
            return self._body.start, self.lead_end
        if name == "title":
            return self.title_range
        zones = (self._body, *self._extra)
        return next(((zone.start, zone.end) for zone in zones if zone.name == name), (0, 0))

    @property
    def title_range(self) -> tuple[int, int]:
        """The tokens of the title; without a title, those of the first sentence, `MAX_HEADLINE_TOKENS` at most."""
        if self._title_range is None:
            start, end = self._title.start, self._title.end
            self._title_range = (start, end) if end > start else self._body.first_sentence(MAX_HEADLINE_TOKENS)
        return self._title_range

    @property
    def lead_end(self) -> int:
        """The index after the last token of the lead: the first paragraphs up to 60 words, 120 at most."""
        if self._lead_end < 0:
            self._lead_end = self._find_lead_end()
        return self._lead_end

    def _find_lead_end(self) -> int:
        start = self._body.start
        words = self.words[start : min(self._body.end, start + _MAX_LEAD_TOKENS)]
        is_ascii = "".join(words).replace(BREAK, "").isascii()
        return start + (_lead_length(words) if is_ascii else _lead_length_with_cjk(words))

    def zone_of(self, index: int) -> TokenizedZone:
        """Return the zone of a token; the lead belongs to the body."""
        if index <= self._title.end:
            return self._title
        if index <= self._body.end:
            return self._body
        return next(zone for zone in self._extra if index <= zone.end)

    def zone_name(self, index: int) -> str:
        """Return the name of a token's zone, `lead` for the beginning of the body."""
        zone = self.zone_of(index)
        near_start = zone is self._body and index <= zone.start + _MAX_LEAD_TOKENS
        return "lead" if near_start and index < self.lead_end else zone.name

    def cased(self, index: int) -> str:
        """Return a token with the case of the text."""
        zone = self.zone_of(index)
        return zone.tokens.cased(index - zone.start)

    def char_span(self, first: int, after: int) -> tuple[int, int]:
        """Return the character offsets of a token span in the text of its zone."""
        zone = self.zone_of(first)
        return zone.tokens.span(first - zone.start, after - zone.start)

    def is_unbroken(self, first: int, after: int) -> bool:
        """Return True if a phrase may cover a token span: no sentence, clause or list item ends within."""
        zone = self.zone_of(first)
        text = zone.tokens.text
        start, end = zone.tokens.span(first - zone.start, after - zone.start)
        if not may_end_phrase(text, start, end):
            return True
        return not ends_phrase(text, start, end, zone.all_sentences(zone.paragraph(first)))

    def is_korean_word(self, first: int, after: int) -> bool:
        """Return True if nothing stands between the syllables of a token span, or a word begins with the first.

        Without the second condition, terms that some writers divide and others do not would be missed.
        """
        zone = self.zone_of(first)
        text = zone.tokens.text
        start, end = zone.tokens.span(first - zone.start, after - zone.start)
        return text[start:end].isalpha() or start == 0 or not text[start - 1].isalnum()

    def zone_text(self, index: int) -> str:
        """Return the text of a token's zone."""
        return self.zone_of(index).tokens.text

    def paragraph_of(self, index: int) -> tuple[str, int]:
        """Return the zone and the number of a token's paragraph."""
        zone = self.zone_of(index)
        return zone.name, zone.paragraph(index)

    def unit_key(self, unit: Unit, index: int) -> tuple[str, int, int]:
        """Return a key for the sentence or paragraph of a token; a title is one sentence."""
        zone = self.zone_of(index)
        paragraph = zone.paragraph(index)
        if unit == "paragraph" or zone is self._title:
            return zone.name, paragraph, 0
        start = self.char_span(index, index + 1)[0]
        return zone.name, paragraph, bisect_right(zone.sentences(paragraph), start, key=itemgetter(1))

    def words_between(self, start: int, end: int) -> float:
        """Count the words in a token range; a CJK character is half a word."""
        if end <= start:
            return 0
        if self._cumulative_words is None:
            has_cjk = any(map(is_cjk, filterfalse(str.isascii, set(self.words))))
            weights = (0.5 if is_cjk(word) else 1.0 for word in self.words)
            self._cumulative_words = list(accumulate(weights, initial=0.0)) if has_cjk else []
        return self._cumulative_words[end] - self._cumulative_words[start] if self._cumulative_words else end - start

    def is_all_caps(self, index: int) -> bool:
        """Return True if at least four letters of five in the zone of a token are capitals."""
        return self.zone_of(index).is_all_caps


def _lead_length(words: list[str]) -> int:
    """Return the number of tokens of a lead, breaks included, where each word counts as one."""
    breaks = 0
    for index in _breaks(words):
        if index - breaks > MAX_LEAD_WORDS:
            return MAX_LEAD_WORDS + breaks
        if index - breaks >= MIN_LEAD_WORDS:
            return index
        breaks += 1
    return min(len(words), MAX_LEAD_WORDS + breaks)


def _breaks(words: list[str]) -> Iterator[int]:
    index = -1
    with suppress(ValueError):
        while True:
            index = words.index(BREAK, index + 1)
            yield index


def _lead_length_with_cjk(words: list[str]) -> int:
    """Like _lead_length, but a CJK character counts as half a word."""
    weight = 0.0
    for index, word in enumerate(words):
        if word == BREAK:
            if weight >= MIN_LEAD_WORDS:
                return index
        else:
            weight += 1 if word.isascii() or not is_cjk(word) else 0.5
            if weight > MAX_LEAD_WORDS:
                return index
    return len(words)


def _extra_text(name: str, article: Article, source: Source) -> str:
    if name == "url":
        return article.url
    return article.author if name == "author" else f"{source.id} {source.domain}"
