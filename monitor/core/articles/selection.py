"""Selects the blocks of a page that are its article, with the library's extraction as a second opinion.

The library knows thousands of sites and is right about most paragraphs, but loses lists, tables, quotations and whole
sections; the containers of a page show what belongs together, but not where an article ends. So the article is taken to
be the smallest container that holds most of the prose, where a block that the library does not have counts less; of
it, all blocks that are neither clutter nor links. Outside of it, in the container that agrees best with the library,
only what the library has. If the library has little of the prose, its opinion is not asked.
"""

from __future__ import annotations

import re
from itertools import accumulate
from typing import TYPE_CHECKING

from monitor.core.articles.regions import mark_clutter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from monitor.core.articles.page_blocks import Block, Container, PageBlocks

_WORD = re.compile(r"\w+")
_SHARED_TRIPLES = 0.6  # of a block's word triples in the library's text: the library has the block
_UNCONFIRMED_WEIGHT = 0.3  # weight of a block that the library does not have
_ARTICLE_SHARE = 0.75  # of the weight of all prose, that the container of an article holds
_CARD_BLOCKS = 4  # blocks between two links to other articles: title, date, author and teaser of each
_LIBRARY_SHARE = 0.3  # of the prose: with less of it, the library is no judge of what is a list of other articles
_RELIABLE_SHARE = 0.4  # of the prose: with less of it, the library missed the article
_LINK_BLOCK_TAGS = frozenset({"li", "h2", "h3", "h4", "h5", "h6"})
"""Blocks of links that belong to an article beside its paragraphs; a paragraph of links leads to other articles."""
_SHORT_TEXT_TAGS = frozenset(
    {"p", "li", "tr", "dt", "dd", "blockquote", "caption", "summary", "h1", "h2", "h3", "h4", "h5", "h6"}
)
"""Elements whose text may be short; a short text that stands directly in a container is mostly a label or a button."""
_ENDING_TAGS = frozenset({"li", "tr", "dd"})


def select_blocks(page: PageBlocks, library_text: str) -> list[Block]:
    """Return the blocks of the article in their order; empty for a page without prose."""
    blocks = page.blocks
    mark_agreed(blocks, library_text)
    mark_clutter(page, [_weight(block) for block in blocks])
    weights = _weights_in_article(blocks)
    inner = _container(page.containers, weights)
    if inner is None:
        return []
    outer = inner
    is_reliable = _is_reliable(blocks, weights, _RELIABLE_SHARE)
    if is_reliable:
        outer = _agreeing_container(page)
        if outer.depth > inner.depth:
            inner = outer
    beside = {block.parent for block in blocks if block.agreed}
    selected = [
        block
        for number, (before, block) in enumerate(zip([None, *blocks], blocks, strict=False))
        if not block.is_clutter and not block.is_repeated
        if (block.agreed and outer.start <= number < outer.end)
        or (
            inner.start <= number < inner.end
            and _belongs(block, beside=block.parent in beside)
            and not (is_reliable and _is_aside(block, before, beside=block.parent in beside))
        )
    ]
    while selected and not _can_end(selected[-1]):
        selected.pop()
    return _without_title(selected)


def mark_agreed(blocks: Iterable[Block], text: str) -> None:
    """Mark the blocks that are in a text: as one of its lines, or by most of their word triples."""
    lines: set[tuple[str, ...]] = set()
    triples: set[tuple[str, ...]] = set()
    for row in _rows(text):
        lines.add(tuple(row))
        triples.update(_triples(row))
    for block in blocks:
        rows = list(_rows(block.text))
        own = [triple for row in rows for triple in _triples(row)]
        block.agreed = (
            sum(triple in triples for triple in own) >= _SHARED_TRIPLES * len(own)
            if own
            else bool(rows) and all(tuple(row) in lines for row in rows)
        )


def _rows(text: str) -> Iterator[list[str]]:
    return filter(None, map(_WORD.findall, text.lower().split("\n")))


def _triples(row: Sequence[str]) -> Iterable[tuple[str, ...]]:
    return zip(row, row[1:], row[2:], strict=False)


def _cards(blocks: Sequence[Block]) -> list[bool]:
    """Return for each block whether it stands closely between links to other articles: in a list of cards."""
    after = list(_distances(reversed(blocks)))
    pairs = zip(_distances(blocks), reversed(after), strict=True)
    return [max(pair) <= _CARD_BLOCKS and not block.agreed for pair, block in zip(pairs, blocks, strict=True)]


def _distances(blocks: Iterable[Block]) -> Iterator[int]:
    """Yield for each block how many blocks ago the last link was, if no block of the library came in between."""
    distance = _CARD_BLOCKS + 1
    for block in blocks:
        yield distance
        distance = _CARD_BLOCKS + 1 if block.agreed else 1 if block.is_links else distance + 1


def _weights_in_article(blocks: Sequence[Block]) -> list[float]:
    """Return how much each block counts as prose of the article: not what is clutter, nor lists of other articles.

    An article may itself be such a list: then the library has little of the page's prose.
    """
    prose = [0.0 if block.is_clutter else _weight(block) for block in blocks]
    if not _is_reliable(blocks, prose, _LIBRARY_SHARE):
        return prose
    return [0.0 if is_card else weight for weight, is_card in zip(prose, _cards(blocks), strict=True)]


def _is_reliable(blocks: Sequence[Block], weights: Sequence[float], share: float) -> bool:
    """Return True if the library has at least a share of the prose."""
    agreed = sum(map(_agreed_length, blocks))
    return agreed >= share * sum(len(block.text) for block, weight in zip(blocks, weights, strict=True) if weight)


def _weight(block: Block) -> float:
    """Return how much a block counts as prose."""
    if not block.is_prose:
        return 0.0
    return len(block.text) * (1.0 if block.agreed else _UNCONFIRMED_WEIGHT)


def _container(containers: Sequence[Container], weights: Sequence[float]) -> Container | None:
    """Find the deepest container with most of the weight."""
    totals = [0.0, *accumulate(weights)]
    enough = _ARTICLE_SHARE * totals[-1]
    found = [each for each in containers if totals[each.end] - totals[each.start] >= enough > 0]
    return max(found, key=lambda each: each.depth, default=None)


def _agreed_length(block: Block) -> int:
    return len(block.text) if block.agreed and not block.is_clutter else 0


def _other_length(block: Block) -> int:
    return 0 if block.agreed or block.is_clutter or block.is_links else len(block.text)


def _agreeing_container(page: PageBlocks) -> Container:
    """Find the container whose text agrees best with the library's: the harmonic mean of precision and recall."""
    agreed = [0, *accumulate(map(_agreed_length, page.blocks))]
    others = [0, *accumulate(map(_other_length, page.blocks))]

    def agreement(container: Container) -> tuple[float, int]:
        same = agreed[container.end] - agreed[container.start]
        more = others[container.end] - others[container.start]
        return 2 * same / max(1.0, same + _UNCONFIRMED_WEIGHT * more + agreed[-1]), -container.depth

    return max(page.containers, key=agreement)


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
    """Return True for a text that stands under the link to its article."""
    return not block.agreed and before is not None and before.is_links and not before.agreed


def _without_title(blocks: list[Block]) -> list[Block]:
    """Return the blocks without an h1 above the first prose: the title is a field of its own."""
    first = next((number for number, block in enumerate(blocks) if block.is_prose and not block.is_heading), 0)
    return [block for block in blocks[:first] if block.tag != "h1"] + blocks[first:]


def _can_end(block: Block) -> bool:
    """Return False for what introduces something that is not part of the article: a heading, a short line."""
    if block.is_heading:
        return False
    return block.agreed or block.is_prose or block.tag in _ENDING_TAGS
