"""Compare two versions of an article by paragraph: which were removed and which were added, in the order of the text.

A paragraph with any change counts as removed and added, so that readers see the sentence before and after.

The cost is bounded, because the page that shows edits reads whatever a publisher wrote. Ordinary articles are compared
exactly (difflib). Where difflib could take longer than `_MAX_STEPS`, the versions are split at paragraphs that both
have exactly once (patience diff), and what lies between two such paragraphs is compared exactly if that is cheap and
else reported as removed and added whole. The result is then longer than necessary, but still turns `before` into
`after`. See docs/decisions/0070.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from monitor.core.model import Article

_MAX_STEPS = 500_000
"""Comparisons allowed for an exact result: a tenth of a second. An article of 450 different paragraphs needs fewer."""
_STEPS_PER_PARAGRAPH = 64
"""Comparisons allowed for each paragraph of a gap between two anchors; makes the sum over all gaps linear."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One paragraph, or the title, that was removed or added."""

    mark: Literal["-", "+"]
    text: str


def compare_versions(before: Article, after: Article) -> tuple[Edit, ...]:
    """Return what was removed and what was added, the title first, in time n log n of the two texts."""
    return tuple(_edits(_paragraphs(before), _paragraphs(after)))


def _paragraphs(article: Article) -> list[str]:
    return [paragraph for paragraph in (article.title, *article.text.split("\n\n")) if paragraph]


def _edits(before: list[str], after: list[str]) -> Iterator[Edit]:
    if _steps(before, after) <= _MAX_STEPS:
        yield from _exact(before, after)
        return
    start, new_start = 0, 0
    for anchor, new_anchor in [*_anchors(before, after), (len(before), len(after))]:
        yield from _gap(before[start:anchor], after[new_start:new_anchor])
        start, new_start = anchor + 1, new_anchor + 1


def _steps(before: Sequence[str], after: Sequence[str]) -> int:
    """Return an upper bound of what difflib does: it looks at all equal pairs again for each block that it finds."""
    counts, new_counts = Counter(before), Counter(after)
    pairs = sum(count * new_counts[paragraph] for paragraph, count in counts.items())
    return (min(len(before), len(after)) + 1) * (len(before) + pairs)


def _exact(before: Sequence[str], after: Sequence[str]) -> Iterator[Edit]:
    for kind, start, end, new_start, new_end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind != "equal":
            yield from _replacement(before[start:end], after[new_start:new_end])


def _replacement(before: Sequence[str], after: Sequence[str]) -> Iterator[Edit]:
    yield from (Edit("-", paragraph) for paragraph in before)
    yield from (Edit("+", paragraph) for paragraph in after)


def _anchors(before: Sequence[str], after: Sequence[str]) -> list[tuple[int, int]]:
    """Return the longest sequence of paragraphs that both have once, in the same order, as pairs of positions."""
    counts, new_counts = Counter(before), Counter(after)
    at = {paragraph: index for index, paragraph in enumerate(after) if new_counts[paragraph] == 1}
    return _increasing([(index, at[each]) for index, each in enumerate(before) if counts[each] == 1 and each in at])


def _increasing(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the longest subsequence whose second numbers increase (patience sorting)."""
    tops: list[int] = []  # the smallest last number of a subsequence of each length
    rows: list[int] = []  # the pair that this number belongs to
    previous: list[int] = []
    for index, (_, number) in enumerate(pairs):
        length = bisect_left(tops, number)
        tops[length : length + 1] = [number]
        rows[length : length + 1] = [index]
        previous.append(rows[length - 1] if length else -1)
    increasing: list[tuple[int, int]] = []
    at = rows[-1] if rows else -1
    while at >= 0:
        increasing.append(pairs[at])
        at = previous[at]
    return increasing[::-1]


def _gap(before: Sequence[str], after: Sequence[str]) -> Iterator[Edit]:
    """Compare what lies between two anchors, without the paragraphs that both begin and end with."""
    shorter = min(len(before), len(after))
    head = next((index for index in range(shorter) if before[index] != after[index]), shorter)
    rest = shorter - head
    tail = next((index for index in range(rest) if before[-1 - index] != after[-1 - index]), rest)
    old, new = before[head : len(before) - tail], after[head : len(after) - tail]
    cheap = _steps(old, new) <= _STEPS_PER_PARAGRAPH * (len(old) + len(new))
    yield from (_exact if cheap else _replacement)(old, new)
