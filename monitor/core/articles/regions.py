"""Decides which regions of a page are clutter: menus, teasers, comments, forms.

Themes give such names to whole pages too (`has-sidebar`, `header-wrapper`), and page builders to each paragraph
(`widget-text`). So a region is not clutter if it holds most of the page's prose, or if all regions of its name together
hold half of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

from monitor.core.articles.page_blocks import PageBlocks, Region
from monitor.core.articles.region_names import LARGE_NAMES, PAGE_FOOTER

_MIN_WRAPPER_SHARE = 0.7
"""A region with this share of the page's prose wraps the article."""
_MAX_SHARE_OF_NAME = 0.5
"""If all regions of a name together have more of the page's prose, the theme gives the name to everything."""
_MAX_BLOCKS_BEHIND_FOOTER = 3
"""Most blocks behind the footer of a page, such as a button or a dialog."""
_HEADER = frozenset({"header"})
_HEADLINES = frozenset({"h1", "h2"})
_REST, _REST_SHARE = 300, 0.1
"""Characters and share of prose outside of it that comments and consent dialogs must leave; else they are the page."""


def mark_clutter(page: PageBlocks, weights: list[float]) -> None:
    """Mark the blocks in clutter; `weights` are those of the blocks as prose."""
    totals = [0.0, *accumulate(weights)]
    _name_page_footer(page)
    candidates = [
        (region, weight)
        for region in page.regions
        if not _is_wrapper(region, weight := totals[region.end] - totals[region.start], totals[-1])
    ]
    together = _weights_by_name(candidates)
    clutter = [
        region
        for region, _ in candidates
        if any(name in LARGE_NAMES or together[name] <= _MAX_SHARE_OF_NAME * totals[-1] for name in region.names)
    ]
    for block, depth in zip(page.blocks, _depths(clutter, len(page.blocks)), strict=False):
        block.is_clutter = depth > 0
    _keep_standfirsts(page, clutter)


def _name_page_footer(page: PageBlocks) -> None:
    """Name the footer that ends the page, below an article that may be shorter than it."""
    last = len(page.blocks) - _MAX_BLOCKS_BEHIND_FOOTER
    for region in page.regions:
        if "footer" in region.names and region.end >= last:
            region.names |= {PAGE_FOOTER}


def _depths(regions: Iterable[Region], block_count: int) -> Iterator[int]:
    """Yield for each block how many regions contain it."""
    changes = [0] * (block_count + 1)
    for region in regions:
        changes[region.start] += 1
        changes[region.end] -= 1
    return accumulate(changes)


def _keep_standfirsts(page: PageBlocks, clutter: Sequence[Region]) -> None:
    """Unmark the paragraphs below the headline in the header of an article; menus above it have no headline."""
    block_count = len(page.blocks)
    in_headers = _depths((region for region in clutter if region.names == _HEADER), block_count)
    in_others = _depths((region for region in clutter if region.names != _HEADER), block_count)
    is_below = False
    for block, headers, others in zip(page.blocks, in_headers, in_others, strict=False):
        is_below = headers > 0 and (is_below or block.tag in _HEADLINES)
        if is_below and block.is_prose and block.tag == "p" and not others:
            block.is_clutter = False


def _is_wrapper(region: Region, weight: float, total: float) -> bool:
    if region.names & LARGE_NAMES:
        return weight > 0 and weight >= total - min(_REST, _REST_SHARE * total)
    return weight > 0 and weight >= _MIN_WRAPPER_SHARE * total


def _weights_by_name(regions: list[tuple[Region, float]]) -> dict[str, float]:
    """Add up the prose under each name; a region inside another of the same name is counted once."""
    together: dict[str, float] = {}
    ends: dict[str, int] = {}
    for region, weight in regions:
        for name in region.names:
            if region.start >= ends.get(name, 0):
                together[name] = together.get(name, 0.0) + weight
                ends[name] = region.end
            else:
                together.setdefault(name, 0.0)
    return together
