# ruff: noqa: RUF001 - punctuation of several scripts
"""Selects the blocks of a page that are its article, by its containers and by the text that the library extracts.

The library knows thousands of sites and is right about most paragraphs, but loses lists, tables, quotations and whole
sections; the containers of a page show what belongs together, but not where an article ends. So the article is taken to
be the smallest container that holds most of the prose, where a block that the library does not have counts less; of
it, all blocks that are neither clutter nor links. Outside of it, in the container that agrees best with the library,
only what the library has. If the library has little of the prose, its text is not used.

On a page whose prose is in one container of paragraphs, without links and labels between them, the library changes
nothing; `select_clear_article` finds these pages, which saves half of an extraction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from monitor.core.articles.announcements import links_article
from monitor.core.articles.article_containers import (
    agreeing_container,
    is_library_reliable,
    smallest_container,
    weights_in_article,
)
from monitor.core.articles.back_matter import is_announcement
from monitor.core.articles.page_blocks import Block, Container, PageBlocks
from monitor.core.articles.repetitions import mark_library_text

_LINK_BLOCK_TAGS = frozenset({"li", "h2", "h3", "h4", "h5", "h6"})
"""Blocks of links that belong to an article beside its paragraphs; a paragraph of links leads to other articles."""
_SHORT_TEXT_TAGS = frozenset(
    {"p", "li", "tr", "dt", "dd", "blockquote", "caption", "summary", "h1", "h2", "h3", "h4", "h5", "h6"}
)
"""Elements whose text may be short; a short text directly in a container is mostly a label or a button."""
_COLONS = (":", "：")
_ENDING_TAGS = frozenset({"li", "tr", "dd"})
_CLOSING, _ENDS_OF_SENTENCES = "\"'”’»›)）」』", (".", "!", "?", "…", "。", "！", "？", "؟", "।")
_MIN_CLEAR_CHARS = 1_000
"""Fewest characters of prose in a clear article."""
_CLEAR_SHARE = 0.97
"""Share of the page's prose outside of clutter that a clear article has."""
_MAX_STANDFIRST_PARAGRAPHS = 2
"""Most paragraphs between headline and article that are taken for a standfirst."""
_MAX_LEAD_CHARS = 600
"""Characters of a paragraph above the article that may be its standfirst."""
_CLEAR_SHARE_OF_ALL = 0.5
"""Share of all prose of the page, clutter included, that a clear article has."""
_CLEAR_EXCEPTIONS = 1
"""Most blocks of each kind that make a page unclear: of links, of short text, of text without a paragraph."""


def select_clear_article(page: PageBlocks) -> list[Block] | None:
    """Return the blocks of an article that is clear without the library; None if it is not clear."""
    container = smallest_container(page.containers, weights_in_article(page))
    if container is None:
        return None
    standfirst = _standfirst(page.blocks, container)
    if not _is_clear(page.blocks, container, standfirst):
        return None
    return [*standfirst, *_select(page, container, container, is_reliable=False)]


def select_blocks(page: PageBlocks, library_text: str) -> list[Block]:
    """Return the blocks of the article in their order; empty for a page without prose."""
    mark_library_text(page.blocks, library_text)
    weights = weights_in_article(page)
    inner = smallest_container(page.containers, weights)
    if inner is None:
        return []
    is_reliable = is_library_reliable(page.blocks, weights)
    outer = agreeing_container(page) if is_reliable else inner
    narrow = max(inner, outer, key=lambda each: each.depth)
    selected = _select(page, narrow, outer, is_reliable=is_reliable)
    return [*(block for block in _lead(page.blocks, narrow) if block not in selected), *selected]


def _select(page: PageBlocks, inner: Container, outer: Container, *, is_reliable: bool) -> list[Block]:
    """Select all that belongs to the article from the inner container, and from the outer what the library has."""
    blocks = page.blocks
    beside = {block.parent for block in blocks if block.is_in_library_text} | set(_introduced_lists(page))
    selected = [
        block
        for index, (before, block) in enumerate(zip([None, *blocks], blocks, strict=False))
        if not block.is_clutter and not block.is_repeated
        if not (2 * block.linked >= len(block.text) and links_article(block.text))
        if (block.is_in_library_text and outer.start <= index < outer.end)
        or (
            inner.start <= index < inner.end
            and _belongs(block, beside=block.parent in beside)
            and not (is_reliable and _is_aside(block, before, beside=block.parent in beside))
        )
    ]
    while selected and not _can_end(selected[-1], sentences=not is_reliable):
        selected.pop()
    return _without_title(selected)


def _introduced_lists(page: PageBlocks) -> Iterator[int]:
    """Yield the numbers of lists of links between two blocks of the library, the first of which ends with a colon."""
    for index in {block.parent for block in page.blocks if block.tag == "li" and block.is_links}:
        items = page.containers[index]
        if items.start > 0 and items.end < len(page.blocks):
            before, after = page.blocks[items.start - 1], page.blocks[items.end]
            introduces = before.text.rstrip().endswith(_COLONS) and not is_announcement(before)
            if before.is_in_library_text and after.is_in_library_text and introduces:
                yield index


def _standfirst(blocks: Sequence[Block], container: Container) -> list[Block]:
    """Return the one or two paragraphs between headline and container of the article; none if there are more."""
    start = container.start
    headline = next((index for index in range(start, -1, -1) if blocks[index].tag == "h1"), start)
    between = [block for block in blocks[headline + 1 : start] if block.is_prose and not block.is_clutter]
    is_certain = len(between) <= _MAX_STANDFIRST_PARAGRAPHS and all(block.tag in _SHORT_TEXT_TAGS for block in between)
    return between if is_certain else []


def _lead(blocks: Sequence[Block], container: Container) -> list[Block]:
    """Return the only paragraph between the headline and the container of the article, whatever its element is."""
    start = container.start
    headline = next((index for index in range(start - 1, -1, -1) if blocks[index].tag == "h1"), start)
    between = [block for block in blocks[headline + 1 : start] if block.is_prose]
    is_lead = len(between) == 1 and not between[0].is_clutter and not between[0].is_repeated
    is_sentence = is_lead and between[0].text.rstrip(_CLOSING).endswith(_ENDS_OF_SENTENCES)
    return between if is_sentence and len(between[0].text) <= _MAX_LEAD_CHARS else []


def _is_clear(blocks: Sequence[Block], container: Container, standfirst: Sequence[Block]) -> bool:
    """Return True if container and standfirst are the page's prose, with hardly any links, labels or bare text."""
    inside = [block for block in blocks[container.start : container.end] if not block.is_clutter]
    unclear = (
        sum(block.is_links for block in inside),
        sum(not block.is_prose and block.tag not in _SHORT_TEXT_TAGS for block in inside),
        sum(block.is_prose and block.tag not in _SHORT_TEXT_TAGS for block in inside),
    )
    prose = _prose_length(inside) + _prose_length(standfirst)
    return (
        prose >= _MIN_CLEAR_CHARS
        and max(unclear) <= _CLEAR_EXCEPTIONS
        and prose >= _CLEAR_SHARE * _prose_length(block for block in blocks if not block.is_clutter)
        and prose >= _CLEAR_SHARE_OF_ALL * _prose_length(blocks)
    )


def _prose_length(blocks: Iterable[Block]) -> int:
    return sum(len(block.text) for block in blocks if block.is_prose)


def _belongs(block: Block, *, beside: bool) -> bool:
    """Return True for a block in the container of the article that the library need not have.

    `beside`: in the same container is a block that the library has.
    """
    if block.is_links:
        return block.tag in _LINK_BLOCK_TAGS and beside
    return block.tag != "pre" and (block.is_prose or not beside or block.tag in _SHORT_TEXT_TAGS)


def _is_aside(block: Block, before: Block | None, *, beside: bool) -> bool:
    """Return True for what a library that has most of the article left out for a reason: teasers, short notes."""
    return _is_teaser(block, before) if block.is_prose else beside and block.tag == "p"


def _is_teaser(block: Block, before: Block | None) -> bool:
    """Return True for a text under the link to its article."""
    return not block.is_in_library_text and before is not None and before.is_links and not before.is_in_library_text


def _without_title(blocks: list[Block]) -> list[Block]:
    """Return the blocks without an h1 above the first prose: the title is a field of its own."""
    first = next((index for index, block in enumerate(blocks) if block.is_prose and not block.is_heading), 0)
    return [block for block in blocks[:first] if block.tag != "h1"] + blocks[first:]


def _can_end(block: Block, *, sentences: bool) -> bool:
    """Return False for what introduces something that is not part of the article: a heading, a short line.

    `sentences`: a short paragraph that ends like a sentence can end an article, since the library's text was not used.
    """
    if block.is_heading:
        return False
    if sentences and block.tag == "p" and block.text.rstrip(_CLOSING).endswith(_ENDS_OF_SENTENCES):
        return True
    return block.is_in_library_text or block.is_prose or block.tag in _ENDING_TAGS
