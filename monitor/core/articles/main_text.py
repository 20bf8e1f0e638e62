"""The article text of a parsed page: the readable part, without menus, teasers and comments.

The page is split into blocks (`page_blocks`), and the blocks of the article are selected by their containers and by
what trafilatura extracts in its strict and quick mode (`selection`). Where this text is short or covers less than half
of the page's prose, other texts are tried and the fullest is taken: the data that the page holds for machines, the
library's full cascade. Where the feed's own words are missing from it, the text that has them is taken. All methods get
the same parsed page, because parsing costs a quarter of an extraction; the library works on its own copy.
"""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from monitor.core.articles.back_matter import remove_back_matter
from monitor.core.articles.clutter import remove_clutter, remove_link_blocks
from monitor.core.articles.embedded_data import data_scripts, data_text
from monitor.core.articles.page_blocks import Block, PageBlocks, block_lines, is_long, split_page
from monitor.core.articles.parsing import html_parser, remove_misleading_marks, remove_unread
from monitor.core.articles.selection import select_blocks, select_clear_article
from monitor.core.text import is_cjk, words

if TYPE_CHECKING:
    from lxml.html import HtmlElement


_SHORT_CHARS = 500
"""A shorter text may lack parts of the article, so that other methods are tried."""
_MIN_COVERED_SHARE = 0.5
"""A text with a smaller share of the page's prose misses the article, or half of it."""
_WHOLE_ARTICLE_SHARE = 0.9
"""A short text with this share of the page's prose is the whole article, if the page has _MIN_PROSE_CHARS."""
_MIN_PROSE_CHARS = 150
"""Prose of a page that has an article, if only a short one."""
_MIN_LONGER_RATIO = 1.2
"""A text with this many times the prose of another is clearly longer."""
_MAX_FEED_WORDS = 80
"""First words of the feed that are compared with a text."""
_MIN_FEED_WORDS = 6
"""Fewer significant words of the feed decide nothing."""
_MIN_WORD_LETTERS = 4
"""Letters from which a word is significant."""
_MIN_AGREEMENT = 0.4
"""Share of the feed's words that the right text contains."""
_CLEAR_GAIN = 0.25
"""Difference of two such shares that decides between two texts."""

Mode = Literal["strict", "full"]
"""strict: favours precision, without the comparison with other extractors; full: the whole cascade, slow."""
_LIBRARY_ERRORS = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""Exceptions of the library on unusual pages (it recurses into lists, for one). Not: exhausted memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractedText:
    """The text of a page."""

    text: str
    """Paragraphs separated by a blank line; empty if nothing readable was found."""
    agreement: float
    """The share of the feed's words that the text contains; 1 if the feed has too few."""
    reason: str = ""
    """Where the text comes from if it is not the usual one; empty if it is."""


def extract_main_text(
    tree: HtmlElement, titles: Collection[str], summary: str = "", embedded: str = ""
) -> ExtractedText:
    """Extract the main text of a parsed page, which is modified.

    `titles` are removed from the text; `summary` is that of the feed, whose words identify the right text (words
    of the titles do not count: they are above a wrong text too); `embedded` is the text that the page holds as data.
    """
    scripts = data_scripts(tree)
    remove_unread(tree)
    page = split_page(tree)
    texts = _texts(tree, page, scripts, embedded)
    first, reason = next(texts)
    feed_words = significant_words(summary) - significant_words(" ".join(titles))
    best = _BestText(max(_prose_of(page), _prose(embedded)), feed_words)
    best.offer(first, reason)
    while not best.is_sufficient and (another := next(texts, None)):
        best.offer(*another)
    lines = filter(None, map(_line, best.text.split("\n")))
    text = "\n\n".join(remove_clutter(lines, titles))
    return ExtractedText(text=text, agreement=best.agreement, reason=best.reason)


def significant_words(text: str) -> set[str]:
    """Return the words at the start of a text that show its subject: long ones, and all of scripts without spaces."""
    return {word for word in words(text)[:_MAX_FEED_WORDS] if len(word) >= _MIN_WORD_LETTERS or is_cjk(word)}


def _texts(tree: HtmlElement, page: PageBlocks, scripts: list[str], embedded: str) -> Iterator[tuple[str, str]]:
    """Yield texts with the reason for taking each: the usually right one first, the costly one last."""
    clear = select_clear_article(page)
    if clear is not None:
        yield _join_blocks(clear), ""
    remove_misleading_marks(tree)
    remove_link_blocks(tree)
    library_text = extract_with_library(tree, "strict")
    yield _join_blocks(select_blocks(page, library_text)), ""
    yield embedded, "read from the data of the page"
    yield library_text, "read by the library alone"
    yield data_text(scripts), "read from the data of the page"
    yield extract_with_library(tree, "full"), "read by the library's full cascade"


def _join_blocks(blocks: list[Block]) -> str:
    return "\n".join(block_lines(remove_back_matter(blocks)))


def _line(line: str) -> str:
    """Remove the bars around a row of a table; empty for a row of bars only."""
    bare = line.strip(" \t|") if line.lstrip().startswith("|") else line.strip()
    return bare if any(map(str.isalnum, bare)) else ""


def _prose_of(page: PageBlocks) -> int:
    """Count the characters of the page's prose outside of clutter."""
    return sum(len(block.text) for block in page.blocks if block.is_prose and not block.is_clutter)


def _prose(text: str) -> int:
    """Count the characters of a text in lines of the length of a sentence."""
    return sum(len(line) for line in map(str.strip, text.split("\n")) if is_long(line))


class _BestText:
    """Keeps the best of the texts that are offered."""

    def __init__(self, page_prose: int, feed_words: set[str]) -> None:
        self.text = self.reason = ""
        self.agreement = 0.0
        self._prose, self._page_prose = 0, page_prose
        self._feed_words = feed_words if len(feed_words) >= _MIN_FEED_WORDS else set()

    def offer(self, text: str, reason: str) -> None:
        """Take a text that has clearly more of the feed's words, or clearly more prose and no fewer of these words."""
        agreement, prose = self._agreement(text), _prose(text)
        gain = agreement - self.agreement
        is_fuller = gain > -_CLEAR_GAIN and prose > _MIN_LONGER_RATIO * self._prose
        if not self.text or gain >= _CLEAR_GAIN or is_fuller:
            self.text, self.reason, self.agreement, self._prose = text, reason, agreement, prose

    @property
    def is_sufficient(self) -> bool:
        """Return True if no other text needs to be tried."""
        length, prose = len(self.text), self._page_prose
        whole = length >= _SHORT_CHARS or (prose >= _MIN_PROSE_CHARS and length >= _WHOLE_ARTICLE_SHARE * prose)
        return whole and length >= _MIN_COVERED_SHARE * prose and self.agreement >= _MIN_AGREEMENT

    def _agreement(self, text: str) -> float:
        if not text:
            return 0.0
        return len(self._feed_words & set(words(text))) / len(self._feed_words) if self._feed_words else 1.0


def extract_with_library(tree: HtmlElement, mode: Mode) -> str:
    """Return the text of a parsed page, one line for each paragraph; "" if there is none or the library fails."""
    trafilatura = trafilatura_module()
    try:
        document = trafilatura.bare_extraction(tree, options=_options()[mode])
    except _LIBRARY_ERRORS:
        return ""  # another method may do
    return (document.text or "") if document is not None else ""


@cache
def trafilatura_module() -> Any:  # noqa: ANN401  # a module
    """Import trafilatura, which takes half a second and is needed in workers only."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # urllib3 misses PySocks, which would serve the library's own fetching only
        import trafilatura
        import trafilatura.settings

    return trafilatura


@cache
def _options() -> dict[str, Any]:
    extractor = trafilatura_module().settings.Extractor
    return {
        "strict": extractor(output_format="python", fast=True, precision=True, comments=False),
        "full": extractor(output_format="python", comments=False),
    }


def preload() -> None:
    """Load the extractor and its library now, so that processes forked from here share them."""
    _options()
    html_parser()
