"""The names by which pages mark what is not part of an article: words of classes and ids, and tags.

The words come from what 450 article pages of as many publishers print inside the container of their text and outside
of the text proper. A word stands in the list if the blocks under it are nearly never part of an article.
"""

from __future__ import annotations

import re

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_NAMES = frozenset(
    [
        "share",
        "sharing",
        "shares",
        "sharedaddy",
        "social",
        "facebook",
        "twitter",
        "likes",
        "like",
        "print",
        "toolbar",
        "buttons",
        "button",
        "byline",
        "author",
        "authors",
        "bio",
        "meta",
        "metadata",
        "timestamp",
        "date",
        "dateline",
        "credit",
        "copyright",
        "disclaimer",
        "nav",
        "navigation",
        "navbar",
        "menu",
        "breadcrumb",
        "breadcrumbs",
        "pagination",
        "pager",
        "toc",
        "skip",
        "sidebar",
        "widget",
        "footer",
        "banner",
        "header",
        "overlay",
        "hidden",
        "sronly",
        "nocontent",
        "message",
        "login",
        "newsletter",
        "subscribe",
        "subscription",
        "signup",
        "cta",
        "promo",
        "promotion",
        "ad",
        "ads",
        "advert",
        "advertisement",
        "sponsor",
        "sponsors",
        "sponsored",
        "outbrain",
        "taboola",
        "related",
        "recommend",
        "recommended",
        "recommendations",
        "popular",
        "trending",
        "recirc",
        "teaser",
        "teasers",
        "readmore",
        "tags",
        "taglist",
        "rating",
        "rate",
        "poll",
        "gallery",
        "reply",
        "replies",
        "respond",
    ]
)
LARGE_NAMES = frozenset(["comment", "comments", "disqus", "cookie", "cookies", "consent", "gdpr", "popup", "modal"])
"""Names that are believed however much stands under them: some articles have more comments than text."""
_TAGS = {
    "nav": "nav", "menu": "nav", "header": "header", "footer": "footer", "aside": "sidebar", "form": "form",
    "select": "form", "button": "button", "dialog": "modal", "noscript": "noscript", "figure": "caption",
    "figcaption": "caption",
}  # fmt: skip
_WHOLE_PAGE = frozenset({"html", "body", "main", "article"})


def region_names(tag: str, css_class: str | None, identifier: str | None) -> frozenset[str]:
    """Return the names under which an element would not be part of an article; empty if there are none."""
    if tag in _WHOLE_PAGE:
        return frozenset()
    words = {word.lower() for word in _WORD.findall(f"{css_class or ''} {identifier or ''}")}
    names = words & _NAMES | words & LARGE_NAMES
    if tag in _TAGS:
        names.add(_TAGS[tag])
    return frozenset(names)
