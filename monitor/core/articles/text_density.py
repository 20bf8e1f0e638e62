"""Measures the paragraphs of a parsed page, and finds the container that holds most of their text.

`length` is compared with the extractor's result to see whether it found the whole text; `lines` replaces that result
if it did not. Only <p> elements count as paragraphs. A class name such as `share` or `promo` marks clutter only if the
element holds less than half of the text, since some themes give such names to the whole page.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

_CLUTTER_TAGS = frozenset(
    {"nav", "footer", "aside", "form", "header", "figure", "noscript", "script", "style", "button", "select",
     "dialog", "menu"}
)  # fmt: skip
_CLUTTER_NAMES = re.compile(
    r"repl(?:y|ies)|respond|related|recommend|sidebar|widget|newsletter|promo|teaser|share|social|banner|footer|breadcrumb"
    r"|subscri|signup|sponsor|advert|most-read|popular|trending|recirc|author-bio|\bbio\b|pagination|navbar",
    re.IGNORECASE,
)
_CLUTTER_OF_ANY_SIZE = re.compile(r"comment|disqus|cookie|consent|gdpr|popup|modal", re.IGNORECASE)
"""Names that are believed however much there is: some articles have more comments than text."""
_PAGE_TAGS = frozenset({"html", "body", "main", "article"})
_HEADINGS = ("h2", "h3", "h4", "h5")
_BLOCKS = ("p", "li", "blockquote", "pre", "dt", "dd", *_HEADINGS)
_SHORTEST = 60  # characters of a paragraph that counts as prose
_SHORTEST_WIDE = 25  # the same in a script without spaces
_HALF, _WHOLE_PAGE = 0.5, 0.9  # of the prose, up to which a name is believed
_MOST = 0.75  # of the prose, that the container of an article holds


class ParagraphText:
    """The prose of one page."""

    def __init__(self, tree: HtmlElement) -> None:
        paragraphs = [(element, length) for element in tree.iter("p") if (length := _prose_length(element))]
        self._weight = _weights(paragraphs)
        self._clutter: dict[HtmlElement, bool] = {}
        self._paragraphs = [(element, length) for element, length in paragraphs if not self._is_in_clutter(element)]
        self.length = sum(length for _, length in self._paragraphs)
        """Characters of all prose that does not stand in menus, comments and the like."""

    def lines(self) -> list[str]:
        """Return the blocks of the container that holds most of the prose, headings and lists included."""
        container = self._container()
        found = [] if container is None else list(self._blocks(container))
        while found and found[-1][0] in _HEADINGS:  # of a list of other articles, which are not prose
            found.pop()
        return [text for _, text in found]

    def _container(self) -> HtmlElement | None:
        """Find the deepest element with most of the prose in it."""
        weights = _weights(self._paragraphs)
        enough = [element for element, weight in weights.items() if weight >= _MOST * self.length]
        return max(enough, key=lambda element: sum(1 for _ in element.iterancestors()), default=None)

    def _blocks(self, container: HtmlElement) -> Iterator[tuple[str, str]]:
        for element in container.iter(*_BLOCKS):
            if not self._is_in_clutter(element) and (text := _own_text(element)):
                yield element.tag, text

    def _is_in_clutter(self, element: HtmlElement) -> bool:
        """Return True if an element is inside clutter; results for its ancestors are cached."""
        chain = []
        verdict = False
        for parent in element.iterancestors():
            if parent in self._clutter:
                verdict = self._clutter[parent]
                break
            chain.append(parent)
        for parent in reversed(chain):
            verdict = verdict or self._is_clutter_itself(parent)
            self._clutter[parent] = verdict
        return verdict

    def _is_clutter_itself(self, element: HtmlElement) -> bool:
        if element.tag in _CLUTTER_TAGS:
            return True
        names = f"{element.get('class') or ''} {element.get('id') or ''}"
        if _CLUTTER_OF_ANY_SIZE.search(names) and element.tag not in _PAGE_TAGS:
            return self._share(element) < _WHOLE_PAGE
        return bool(_CLUTTER_NAMES.search(names)) and self._share(element) < _HALF

    def _share(self, element: HtmlElement) -> float:
        """Return the share of the page's paragraph text that is in an element."""
        return self._weight.get(element, 0) / max(1, self._weight.get(_root(element), 0))


def _own_text(block: HtmlElement) -> str:
    """Return the text of a block without that of the blocks inside it, which come on their own."""
    if not _holds_blocks(block):
        return " ".join("".join(block.itertext()).split())
    parts = [block.text or ""]
    for child in block:
        inline = child.tag not in _BLOCKS and not _holds_blocks(child)
        parts += ["".join(child.itertext()) if inline else " ", child.tail or ""]
    return " ".join("".join(parts).split())


def _holds_blocks(element: HtmlElement) -> bool:
    return next(element.iterdescendants(*_BLOCKS), None) is not None


def _prose_length(paragraph: HtmlElement) -> int:
    """Count the characters of a paragraph, 0 when it is too short to be prose."""
    text = "".join(paragraph.itertext()).strip()
    shortest = _SHORTEST_WIDE if "\u3000" < text[:1] < "\uffff" else _SHORTEST
    return len(text) if len(text) >= shortest else 0


def _weights(paragraphs: list[tuple[HtmlElement, int]]) -> dict[HtmlElement, int]:
    """Add up the prose in each element that holds any."""
    weights: dict[HtmlElement, int] = {}
    for paragraph, length in paragraphs:
        for parent in paragraph.iterancestors():
            weights[parent] = weights.get(parent, 0) + length
    return weights


def _root(element: HtmlElement) -> HtmlElement:
    return element.getroottree().getroot()
