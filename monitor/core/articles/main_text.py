"""The article text of a parsed page: the readable part, without menus, teasers and comments.

trafilatura's strict and quick mode is right about nineteen pages in twenty. Where its text is short, or covers less
than half of the page's prose, other methods are tried and the fullest is taken; where the feed's own words are missing
from it, the text that has them is. All methods get the same parsed page, because parsing costs a quarter of an
extraction; each works on its own copy.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from monitor.core.articles.clutter import remove_clutter, remove_link_blocks
from monitor.core.articles.text_density import ParagraphText
from monitor.core.text import is_cjk, words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from lxml.html import HtmlElement

_REMOVED_TAGS = (
    "applet", "area", "aside", "audio", "blink", "button", "canvas", "datalist", "dialog", "embed", "fencedframe",
    "footer", "frame", "frameset", "head", "iframe", "input", "label", "legend", "link", "map", "marquee", "menu",
    "menuitem", "nav", "noindex", "noscript", "object", "optgroup", "option", "output", "param", "picture",
    "progress", "script", "select", "source", "style", "svg", "template", "textarea", "track", "use", "video",
)  # fmt: skip
_BORDERED = ".//*[self::p or self::span][contains(@style, 'border')][not(contains(@style, 'display'))]"
_LINK_SPANS = ".//span[contains(concat(' ', normalize-space(@class), ' '), ' link ')][.//a]"
_LIBRARY_ERRORS = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What the library lets escape on odd pages (it recurses into lists, for one). Not: memory that runs out."""
MAX_DEPTH = 512
"""Elements around an element; browsers nest no deeper (kMaximumHTMLParserDOMTreeDepth of Blink). trafilatura takes
cubic time in the depth of a page: 6 seconds for 16,000 characters that are nested 1,600 deep."""
_SHORT = 500  # characters: below, the strict mode may have cut too much
_COVERED = 0.5  # of the prose: below, a text misses the article or half of it
_ALL_COVERED = 0.9
_SOME_PROSE = 150
_LONGER = 1.2
_MAX_FEED_WORDS = 80
_FEW_WORDS = 6  # fewer words of the feed decide nothing
_LONG_WORD = 4
_AGREES = 0.4  # of the feed's words in a text: it is the right one
_AGREES_MORE = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractedText:
    """What was read from a page."""

    text: str
    """Paragraphs parted by a blank line; empty when nothing is readable."""
    agreement: float
    """The share of the feed's words that are in it; 1 if the feed says too little."""


def parse_html(markup: str) -> tuple[HtmlElement | None, bool]:
    """Return the parsed page, or None when it is empty; and whether it can be extracted from.

    False means that it is nested deeper than MAX_DEPTH, or so deep that the parser did not read it to the end.
    """
    from lxml.etree import LxmlError
    from lxml.html import document_fromstring

    parser = _parser()
    try:
        tree = document_fromstring(markup.encode("utf-8", errors="replace"), parser=parser)
    except (LxmlError, ValueError):  # nothing but comments, or nothing at all
        return None, False
    complete = not any("depth" in error.message for error in parser.error_log)
    return tree, complete and not _is_deeper(tree, MAX_DEPTH)


def _is_deeper(tree: HtmlElement, limit: int) -> bool:
    from lxml.etree import iterwalk

    depth = 0
    for event, _ in iterwalk(tree, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > limit:
            return True
    return False


def extract_main_text(
    tree: HtmlElement, titles: Collection[str], summary: str = "", embedded: str = ""
) -> ExtractedText:
    """Extract the main text of a parsed page, which is modified.

    `titles` are removed from the text; `summary` is that of the feed, whose words identify the right text (words
    of the titles do not count: they are above a wrong text too); `embedded` is the text in the JSON-LD of the page.
    """
    _prepare(tree)
    remove_link_blocks(tree)
    best = _BestText(ParagraphText(tree), embedded, significant_words(summary) - significant_words(" ".join(titles)))
    for text in _texts(tree, best.prose, embedded):
        best.offer(text)
        if best.is_sufficient:
            break
    lines = filter(None, map(_line, best.text.split("\n")))
    return ExtractedText(text="\n\n".join(remove_clutter(lines, titles)), agreement=best.agreement)


def significant_words(text: str) -> set[str]:
    """Return the words at the start of a text that say what it is of: long ones, all of scripts without spaces."""
    return {word for word in words(text)[:_MAX_FEED_WORDS] if len(word) >= _LONG_WORD or is_cjk(word)}


def _prepare(tree: HtmlElement) -> None:
    """Remove what no method reads, so that none walks or copies it, and marks by which prose would be thrown away."""
    from lxml.etree import strip_elements

    strip_elements(tree, *_REMOVED_TAGS, with_tail=False)
    for element in tree.xpath(_BORDERED):  # what is pasted from a word processor says `border:none` of each sentence
        del element.attrib["style"]
    for element in tree.xpath(_LINK_SPANS):  # some newsrooms wrap each link in its sentence so
        del element.attrib["class"]


def _texts(tree: HtmlElement, prose: ParagraphText, embedded: str) -> Iterator[str]:
    """Yield texts, the one that is mostly right first and the costly ones last."""
    yield _extract(tree, "strict")
    yield "\n".join(prose.lines())
    yield embedded
    yield _extract(tree, "quick")
    yield _extract(tree, "full")


def _line(line: str) -> str:
    """Take the bars off a row of a table, and leave out a row that is nothing else."""
    bare = line.strip(" \t|") if line.lstrip().startswith("|") else line.strip()
    return bare if any(map(str.isalnum, bare)) else ""


class _BestText:
    """The best text so far."""

    def __init__(self, prose: ParagraphText, embedded: str, summary: set[str]) -> None:
        self.prose = prose
        self.text = ""
        self.agreement = 0.0
        self._least = _COVERED * max(prose.length, len(embedded))
        self._feed_words = summary if len(summary) >= _FEW_WORDS else set()

    def offer(self, text: str) -> None:
        agreement = self._agreement(text)
        gain = agreement - self.agreement
        if not self.text or gain >= _AGREES_MORE or (gain > -_AGREES_MORE and len(text) > _LONGER * len(self.text)):
            self.text, self.agreement = text, agreement

    @property
    def is_sufficient(self) -> bool:
        """Return True if no other method needs to be tried."""
        length, mass = len(self.text), self.prose.length
        whole = length >= _SHORT or (mass >= _SOME_PROSE and length >= _ALL_COVERED * mass)
        return whole and length >= self._least and self.agreement >= _AGREES

    def _agreement(self, text: str) -> float:
        if not text:
            return 0.0
        return len(self._feed_words & set(words(text))) / len(self._feed_words) if self._feed_words else 1.0


def _extract(tree: HtmlElement, mode: str) -> str:
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
        "quick": extractor(output_format="python", fast=True, comments=False),
        "full": extractor(output_format="python", comments=False),
    }


@cache
def _parser() -> Any:  # noqa: ANN401  # the library is untyped
    from lxml.etree import ElementDefaultClassLookup
    from lxml.html import HtmlElement, HTMLParser

    parser = HTMLParser(
        collect_ids=False,
        default_doctype=False,
        encoding="utf-8",
        huge_tree=True,
        remove_comments=True,
        remove_pis=True,
    )
    # The library asks Python for the class of each element that it hands out, for forms; here all are alike.
    parser.set_element_class_lookup(ElementDefaultClassLookup(element=HtmlElement))
    return parser


def preload() -> None:
    """Load the extractor now, so that processes forked from here share it."""
    _options()
    _parser()
