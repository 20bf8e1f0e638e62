"""What stands between the paragraphs of an article and is no part of it: links elsewhere, the title again, dates.

`prune_links` works on the parsed page, where a link can be told from prose; `without_asides` on the extracted lines.
Rules would hit on every "Read more: ..." otherwise. A line that might be prose stays: losing text is the worse error.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from monitor.core.text import words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from lxml.html import HtmlElement

_BLOCKS = frozenset({"p", "li", "h2", "h3", "h4", "h5", "h6", "blockquote", "dt", "dd"})
_OUTSIDE = frozenset({"body", "html", "main", "article", "section", "table", "td", "th", "tr", "div", "ul", "ol", "dl"})
_LINKED = 0.9  # of a block's characters in links: the block is a link, not a sentence with one
_LONGEST_LINK = 300  # characters; a longer paragraph is prose, whatever it is wrapped in
_HEAD_LINES = 6  # of an article, in which its own title and date may stand
_TEASER = re.compile(
    r"[\W_]*(?:read (?:more|also|next|on)|also read|see (?:more|also)|more on this|related|don'?t miss|recommended"
    r"|watch|lire (?:aussi|plus)|[àa] lire(?: aussi)?|lesen sie (?:auch|mehr)|mehr (?:zum thema|dazu|lesen)|siehe auch"
    r"|lea tambi[eé]n|ver tambi[eé]n|te puede interesar|leia (?:tamb[eé]m|mais)|veja tamb[eé]m|leggi anche|lees ook"
    r"|czytaj (?:te[zż]|tak[zż]e)|baca juga|читайте также|قراءة المزيد|اقرأ أيضا|延伸阅读|相关阅读|関連記事)"
    r"\s*[:\uff1a|»>\u2013-]\s*\S",
    re.IGNORECASE,
)
_LONGEST_TEASER = 200
_DATE = re.compile(r"(?=.*\b(?:19|20)\d\d\b)(?=.*(?<!\d)\d{1,2}(?!\d))")
_LONGEST_DATE = 60
_SENTENCE_END = re.compile(r"[.!?…\u3002\uff01\uff1f][\"'\u2019”»)]*\s*$")


def remove_link_blocks(tree: HtmlElement) -> None:
    """Take the blocks that are nothing but links out of a page, in place."""
    linked: dict[HtmlElement, int] = {}
    for link in tree.iter("a"):
        block = _block_of(link)
        if block is not None and not (block.tag[0] == "h" and (link.get("href") or "").startswith("#")):
            linked[block] = linked.get(block, 0) + _length(link)
    for block, length in linked.items():
        total = _length(block)
        if total <= _LONGEST_LINK and length >= _LINKED * total and length:
            _drop(block)


def remove_clutter(lines: Iterable[str], titles: Collection[str]) -> list[str]:
    """Leave out what links elsewhere, and from the head of an article its own title and date."""
    headings = [folded for title in titles if (folded := words(title))]
    kept: list[str] = []
    for number, line in enumerate(lines):
        if len(line) <= _LONGEST_TEASER and _TEASER.match(line):
            continue
        if number < _HEAD_LINES and (_is_date(line) or words(line) in headings):
            continue
        kept.append(line)
    return kept


def _is_date(line: str) -> bool:
    return (
        len(line) <= _LONGEST_DATE
        and bool(_DATE.match(line))
        and not _SENTENCE_END.search(line)
        and len(words(line)) <= 10
    )


def _block_of(link: HtmlElement) -> HtmlElement | None:
    around = next((parent for parent in link.iterancestors() if parent.tag in _BLOCKS or parent.tag in _OUTSIDE), None)
    return around if around is not None and around.tag in _BLOCKS else None


def _length(element: HtmlElement) -> int:
    return sum(map(len, "".join(element.itertext()).split()))


def _drop(element: HtmlElement) -> None:
    """Remove an element, and keep the text behind it."""
    parent, tail = element.getparent(), element.tail
    if tail and tail.strip():
        before = element.getprevious()
        if before is not None:
            before.tail = (before.tail or "") + tail
        else:
            parent.text = (parent.text or "") + tail
    parent.remove(element)
