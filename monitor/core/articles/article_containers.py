"""Finds the containers of a page that hold its article: by the weight of their prose, and by the library's text.

A block of prose that the library does not have weighs less; clutter and lists of other articles weigh nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

from monitor.core.articles.page_blocks import Block, Container, PageBlocks
from monitor.core.articles.regions import mark_clutter
from monitor.core.articles.repetitions import mark_repeated

_UNCONFIRMED_WEIGHT = 0.3
"""Weight of a block of prose that the library does not have; one that it has weighs 1."""
_ARTICLE_SHARE = 0.75
"""Share of the weight of all prose that the container of the article must hold."""
_CARD_BLOCKS = 4
"""Most blocks between two links to other articles in a list of cards: title, date, author and teaser."""
_LIBRARY_SHARE = 0.3
"""If the library has a smaller share of the prose, cards are not left out: the article may be such a list itself."""
_RELIABLE_SHARE = 0.4
"""If the library has a smaller share of the prose, it missed the article, and its text is not used."""


def weights_in_article(page: PageBlocks) -> list[float]:
    """Mark the clutter of a page, and return how much each block counts as prose of the article.

    Clutter and lists of other articles do not count. An article may itself be such a list: then the library has little
    of the page's prose.
    """
    blocks = page.blocks
    mark_repeated(blocks)
    mark_clutter(page, [_weight(block) for block in blocks])
    mark_repeated(blocks)
    prose = [0.0 if block.is_clutter else _weight(block) for block in blocks]
    if not _has_share(blocks, prose, _LIBRARY_SHARE):
        return prose
    return [0.0 if is_card else weight for weight, is_card in zip(prose, _cards(blocks), strict=True)]


def smallest_container(containers: Sequence[Container], weights: Sequence[float]) -> Container | None:
    """Find the deepest container with most of the weight."""
    totals = [0.0, *accumulate(weights)]
    enough = _ARTICLE_SHARE * totals[-1]
    large_enough = [each for each in containers if totals[each.end] - totals[each.start] >= enough > 0]
    return max(large_enough, key=lambda each: each.depth, default=None)


def is_library_reliable(blocks: Sequence[Block], weights: Sequence[float]) -> bool:
    """Return True if the library has enough of the prose that its choice can be used."""
    return _has_share(blocks, weights, _RELIABLE_SHARE)


def agreeing_container(page: PageBlocks) -> Container:
    """Find the container whose text agrees best with the library's: the harmonic mean of precision and recall."""
    confirmed = [0, *accumulate(map(_confirmed_length, page.blocks))]
    other_chars = [0, *accumulate(map(_other_length, page.blocks))]

    def agreement(container: Container) -> tuple[float, int]:
        same = confirmed[container.end] - confirmed[container.start]
        more = other_chars[container.end] - other_chars[container.start]
        return 2 * same / max(1.0, same + _UNCONFIRMED_WEIGHT * more + confirmed[-1]), -container.depth

    return max(page.containers, key=agreement)


def _has_share(blocks: Sequence[Block], weights: Sequence[float], share: float) -> bool:
    confirmed = sum(map(_confirmed_length, blocks))
    return confirmed >= share * sum(len(block.text) for block, weight in zip(blocks, weights, strict=True) if weight)


def _weight(block: Block) -> float:
    """Return how much a block counts as prose."""
    if not block.is_prose:
        return 0.0
    return len(block.text) * (1.0 if block.is_in_library_text else _UNCONFIRMED_WEIGHT)


def _cards(blocks: Sequence[Block]) -> list[bool]:
    """Return for each block whether it is closely between links to other articles: in a list of cards."""
    after = list(_distances(reversed(blocks)))
    pairs = zip(_distances(blocks), reversed(after), strict=True)
    return [
        max(pair) <= _CARD_BLOCKS and not block.is_in_library_text for pair, block in zip(pairs, blocks, strict=True)
    ]


def _distances(blocks: Iterable[Block]) -> Iterator[int]:
    """Yield for each block how many blocks ago the last link was, if no block of the library came in between."""
    distance = _CARD_BLOCKS + 1
    for block in blocks:
        yield distance
        distance = _CARD_BLOCKS + 1 if block.is_in_library_text else 1 if block.is_links else distance + 1


def _confirmed_length(block: Block) -> int:
    return len(block.text) if block.is_in_library_text and not block.is_clutter else 0


def _other_length(block: Block) -> int:
    return 0 if block.is_in_library_text or block.is_clutter or block.is_links else len(block.text)
