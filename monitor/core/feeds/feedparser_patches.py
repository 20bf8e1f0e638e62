# ruff: noqa: ANN401, SLF001 - feedparser has no types, and no public place for these changes
"""Changes to feedparser where it has no setting: else one feed could keep a worker busy, or be parsed wrongly."""

from __future__ import annotations

from typing import Any

import feedparser

_MAX_SEARCHED_AUTHOR_CHARS = 500
"""Characters of an author that feedparser searches for an address, by a pattern that is quadratic in them."""
_MAX_COMPARED_CATEGORIES = 500
"""Categories of an item among which feedparser looks for each further one, which takes quadratic time."""
_PARSER = feedparser.mixin._FeedParserMixin  # an update that renames it, or one of the methods, fails here
_search_author, _add_tag = _PARSER._sync_author_detail, _PARSER._add_tag
_end_tag = _PARSER.unknown_endtag


def apply() -> None:
    """Replace the methods of feedparser's parser; a second call changes nothing."""
    feedparser.api.PREFERRED_XML_PARSERS.clear()  # it would search the disk for drv_libxml2, long gone, at each call
    _PARSER._sync_author_detail = _search_shortened_author
    _PARSER.unknown_endtag = _end_tag_and_base
    _PARSER._add_tag = _add_category


def _search_shortened_author(self: Any, key: str = "author") -> None:
    """Shorten an author before it is searched for an address: one of 100,000 characters would take minutes.

    The author cannot be shortened in the bytes of a broken document, because its end is unknown.
    """
    context = self._get_context()
    if isinstance(author := context.get(key), str) and len(author) > _MAX_SEARCHED_AUTHOR_CHARS:
        context[key] = author[:_MAX_SEARCHED_AUTHOR_CHARS]
    _search_author(self, key)


def _end_tag_and_base(self: Any, tag: str) -> None:
    """Forget `xml:base` at the end of its element also where no base is known outside of it.

    Otherwise the relative links of all later items would be resolved against it. The base outside is unknown here,
    because the parser is not given the address of the feed (see `_headers` of the package).
    """
    _end_tag(self, tag)
    self.baseuri = self.basestack[-1] if self.basestack else ""


def _add_category(self: Any, term: Any, scheme: Any, label: Any) -> None:
    """Append a category without a search for the same one if an item has very many: 20,000 would take too long."""
    tags = self._get_context().get("tags", [])
    if len(tags) < _MAX_COMPARED_CATEGORIES:
        _add_tag(self, term, scheme, label)
    elif term or scheme or label:
        tags.append(feedparser.FeedParserDict(term=term, scheme=scheme, label=label))
