"""The names by which pages mark what is not part of an article: words of classes and ids, and tags.

The words come from what 450 article pages of as many publishers print inside the container of their text and outside
of the text proper. A word is in the list if the blocks under it are nearly never part of an article.
"""

from __future__ import annotations

import re

from monitor.core.text.tags import HEADING_TAGS

_WORD = re.compile(r"[A-Z]?[a-z]{5,}|(?<![0-9])[A-Z]?[a-z]+(?![0-9])|[A-Z]+(?![a-z])")
"""Words of up to four letters beside a digit are parts of a hash: `css-9f4ad0`."""
_NAMES = frozenset(
    {"share", "sharing", "shares", "sharedaddy", "social", "facebook", "twitter", "likes", "like", "print", "toolbar",
     "buttons", "button", "byline", "author", "authors", "bio", "meta", "metadata", "timestamp", "date", "dateline",
     "credit", "copyright", "disclaimer", "nav", "navigation", "navbar", "menu", "breadcrumb", "breadcrumbs",
     "pagination", "pager", "toc", "skip", "sidebar", "footer", "banner", "header", "overlay", "nocontent", "message",
     "login", "newsletter", "subscribe", "subscription", "signup", "cta", "promo", "promotion", "ad", "ads", "advert",
     "advertisement", "sponsor", "sponsors", "sponsored", "outbrain", "taboola", "related", "recommend", "recommended",
     "recommendations", "popular", "trending", "recirc", "teaser", "teasers", "readmore", "tags", "taglist", "rating",
     "rate", "poll", "gallery", "reply", "replies", "respond"}
)  # fmt: skip
PAGE_FOOTER = "page footer"
"""Name of a footer that ends the page, which `core.articles.regions` gives."""
LARGE_NAMES = frozenset(
    [PAGE_FOOTER, "comment", "comments", "disqus", "cookie", "cookies", "consent", "gdpr", "popup", "modal"]
)
"""Names that mark clutter however much text is under them: some articles have more comments than text."""
_TAGS = {
    "nav": "nav", "menu": "nav", "header": "header", "footer": "footer", "aside": "sidebar", "form": "form",
    "select": "form", "button": "button", "dialog": "modal", "noscript": "noscript", "figure": "caption",
    "figcaption": "caption",
}  # fmt: skip
_NEVER_CLUTTER = frozenset({"html", "body", "main", "article", "blockquote"})
"""The page, and quotations: of a post, its class is the name of the network."""
_ROWS_AND_LINES = HEADING_TAGS | {"p", "tr", "thead"}
"""Elements that are called headers because they head a table or a section of the text."""
_HIDDEN = frozenset({"hidden", "is-hidden", "visually-hidden", "visuallyhidden", "sr-only", "screen-reader-text"})
"""Whole classes; `overflow-hidden`, `label-hidden` and the closed panel of an accordion hide no text."""
_WITHOUT = frozenset({"no", "not", "has", "with", "without", "under", "below"})
"""First words of classes that say what an element has or lacks, not what it is."""
_MIN_SLUG_WORDS = 4
"""An identifier of so many words is made of the heading of a section, and names nothing."""


def region_names(tag: str, css_class: str | None, identifier: str | None) -> frozenset[str]:
    """Return the names under which an element would not be part of an article; empty if there are none."""
    if tag in _NEVER_CLUTTER:
        return frozenset()
    classes = css_class.split() if css_class else []
    words = {word for each in classes for word in _words_of_class(each)}
    if identifier and tag not in HEADING_TAGS and len(id_words := _words(identifier)) < _MIN_SLUG_WORDS:
        words.update(id_words)
    names = words & _NAMES | words & LARGE_NAMES
    if not _HIDDEN.isdisjoint(classes) and not any(":" in each for each in classes):  # md:block shows it after all
        names.add("hidden")
    if any(each.startswith("widget") for each in classes):  # page builders name every element *-widget
        names.add("widget")
    if tag in _ROWS_AND_LINES:
        names -= {"header"}
    if tag in _TAGS:
        names.add(_TAGS[tag])
    return frozenset(names)


def _words_of_class(css_class: str) -> list[str]:
    words = _words(css_class)
    if words and words[0] in _WITHOUT:
        return []
    return [word for index, word in enumerate(words) if word != "header" or index in {0, len(words) - 1}]


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(name)]
