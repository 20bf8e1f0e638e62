"""One zone of an article (title, body, url, source or author): its tokens, paragraphs and sentences."""

from __future__ import annotations

from monitor.core.text import BREAK, Tokens
from monitor.core.text.sentences import sentences


class TokenizedZone:
    """One zone: its tokens, and their range in the document."""

    __slots__ = ("_all_caps", "_sentences", "end", "name", "start", "tokens")

    def __init__(self, name: str, start: int, tokens: Tokens) -> None:
        self.name = name
        self.start = start
        self.end = start + len(tokens.words)
        self.tokens = tokens
        self._sentences: dict[int, list[tuple[int, int]]] = {}
        self._all_caps: bool | None = None

    def paragraph(self, index: int) -> int:
        """Return the number of the paragraph of a token, by its index in the document."""
        return self.tokens.paragraph(index - self.start)

    def sentences(self, paragraph: int) -> list[tuple[int, int]]:
        """Return the character offsets of the sentences of a paragraph; a title is one sentence."""
        return [self.tokens.bounds(paragraph)] if self.name == "title" else self.all_sentences(paragraph)

    def all_sentences(self, paragraph: int) -> list[tuple[int, int]]:
        """Return the character offsets of the sentences of a paragraph, also of a title."""
        if paragraph not in self._sentences:
            self._sentences[paragraph] = sentences(self.tokens.text, *self.tokens.bounds(paragraph))
        return self._sentences[paragraph]

    def first_sentence(self, max_tokens: int) -> tuple[int, int]:
        """Return the range of the tokens of the first sentence in the document, cut after `max_tokens`."""
        words = self.tokens.words
        first = next((index for index, word in enumerate(words) if word != BREAK), len(words))
        limit = min(first + max_tokens, len(words))
        if first == limit:
            return self.start, self.start
        begin = self.tokens.span(first, first + 1)[0]
        end = next(end for _, end in self.all_sentences(self.tokens.paragraph(first)) if end > begin)
        after = next((index for index in range(first, limit) if self._begins_after(index, end)), limit)
        return self.start + first, self.start + after

    def _begins_after(self, index: int, end: int) -> bool:
        return self.tokens.words[index] == BREAK or self.tokens.span(index, index + 1)[0] >= end

    @property
    def is_all_caps(self) -> bool:
        """True if at least four letters of five are capitals."""
        if self._all_caps is None:
            self._all_caps = _is_all_caps(self.tokens.text)
        return self._all_caps


_UPPER = bytes(range(ord("A"), ord("Z") + 1))
_LOWER = bytes(range(ord("a"), ord("z") + 1))


def _is_all_caps(text: str) -> bool:
    """Return True if at least four letters of five are capitals. Counts ASCII as bytes, which is mostly enough."""
    raw = text.encode("ascii", "ignore")
    upper = len(raw) - len(raw.translate(None, _UPPER))
    lower = len(raw) - len(raw.translate(None, _LOWER))
    if upper < 4 * lower or not upper:
        return False
    non_ascii = [char for char in text if char.isalpha() and not char.isascii()] if len(raw) < len(text) else []
    capitals = sum(map(str.isupper, non_ascii))
    return upper + capitals >= 4 * (lower + len(non_ascii) - capitals)
