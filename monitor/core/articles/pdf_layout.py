"""Puts the lines of a PDF's page into reading order, and removes lines that most pages repeat.

Most programs write a page column by column, and then the order of the file is right. Some write line by line across the
columns: then the texts left and right of the gap between them follow each other in the file. Such a page is read
column by column from its picture in characters. A line without the gap, such as a headline, separates the text above it
from the text below. Rows of short texts are a table and stay rows.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise, zip_longest
from statistics import median, median_low
from typing import NamedTuple

_MIN_ROWS = 8
"""Fewest rows of a page with columns."""
_ROW_SHARE = 0.4
"""Share of the rows of a page that reach into the second column."""
_BLANK_SHARE = 0.85
"""Share of these rows that are blank between the columns."""
_MIN_COLUMN_CHARS = 20
"""Width of a column, and median length of its lines; those of tables are shorter."""
_WIDEST_SHARE = 0.6
"""Share of the rows with a gap in which no other blanks are as wide."""
_SAME_SHARE = 0.5
"""If the blanks of this share of the rows at a gap reach the next gap, both are one gap."""
_BETWEEN_WORDS = re.compile(r"(?<=\S)\s+(?=\S)")
_NEAR_GAP = 8
"""Distance in characters from a gap at which a row may have its own blanks."""
_MAX_PAGE_ROWS, _MAX_ROW_CHARS = 400, 400
"""Rows of a page, and characters of a row, in which gaps are looked for; the rest is ignored."""
_ADJACENT_SHARE = 0.5
"""If the parts of this share of the rows follow each other in the file, it is written across the columns."""
_WORDS_BESIDE_GAP = 3
"""Words before and after a gap that are looked for in the file."""
_EDGE_LINES = 3
"""Lines at the top, and at the bottom, of a page, among which running titles are."""
_MAX_RUNNING_LINE_CHARS = 120
"""A longer line is no running title."""


def reorder_columns(text: str, picture: str) -> str:
    """Return the text of a page column by column; the text itself if the order of the file is right.

    `picture` is the same text in lines of characters of one width, each in its place on the page.
    """
    rows = [line for line in picture.split("\n") if line.strip()]
    gaps = _gutters(rows)
    parts = [_split(row, gaps) for row in rows]
    across = [row for row in parts if len(list(filter(None, row))) > 1]
    if len(across) < _MIN_ROWS or median(len(part) for row in across for part in row if part) < _MIN_COLUMN_CHARS:
        return text
    written = " ".join(text.split())
    adjacent = sum(_around_gap(row) in written for row in across)
    return "\n".join(_lines_by_column(parts)) if adjacent >= _ADJACENT_SHARE * len(across) else text


def remove_running_lines(pages: Sequence[str]) -> list[str]:
    """Remove the titles and page numbers at the top or bottom of most pages."""
    lines = [[line for line in page.split("\n") if line.strip()] for page in pages]
    counts = Counter(key for page in lines for key in {*map(_running_key, _edge_lines(page))})
    running = {key for key, count in counts.items() if count >= max(2, len(pages) / 2)}
    return ["\n".join(_without(page, running)) for page in lines]


def _gaps(rows: Sequence[str]) -> list[int]:
    """Return the positions between columns of text, where nearly all rows that go on further right are blank."""
    blank = [column for column in range(_MIN_COLUMN_CHARS, max(map(len, rows), default=0)) if _is_blank(rows, column)]
    gaps: list[int] = []
    for _, run in groupby(enumerate(blank), key=lambda pair: pair[1] - pair[0]):  # consecutive columns
        middle = median_low([column for _, column in run])
        if middle - (gaps[-1] if gaps else 0) >= _MIN_COLUMN_CHARS:
            gaps.append(middle)
    return gaps


def _is_blank(rows: Sequence[str], column: int) -> bool:
    reaching = [row[column] for row in rows if len(row) > column + _MIN_COLUMN_CHARS // 2]
    enough = max(_MIN_ROWS, _ROW_SHARE * len(rows))
    return len(reaching) >= enough and sum(map(str.isspace, reaching)) >= _BLANK_SHARE * len(reaching)


def _gutters(rows: Sequence[str]) -> list[int]:
    """Return the gaps that are wider than those between words; of several within the same blanks, the last.

    The characters of the picture are narrow: between two words of a line are up to five blanks.
    """
    rows = [row[:_MAX_ROW_CHARS] for row in rows[:_MAX_PAGE_ROWS]]
    blanks = {gap: list(filter(None, (_blank_at(row, gap) for row in rows))) for gap in _gaps(rows)}
    wide = [gap for gap, runs in blanks.items() if sum(here.is_widest for here in runs) >= _WIDEST_SHARE * len(runs)]
    return [
        gap
        for gap, following in zip_longest(wide, wide[1:])
        if following is None or sum(here.end > following for here in blanks[gap]) < _SAME_SHARE * len(blanks[gap])
    ]


class _Blank(NamedTuple):
    """The blank characters of a row at a gap."""

    end: int
    is_widest: bool
    """True if no other blanks between two words of the row are as wide."""


def _blank_at(row: str, gap: int) -> _Blank | None:
    """Return the blanks of a row at a gap between two words; None if there are no words on both sides."""
    matches = list(_BETWEEN_WORDS.finditer(row))
    here = next((match for match in matches if match.start() <= gap < match.end()), None)
    if here is None:
        return None
    width = here.end() - here.start()
    return _Blank(here.end(), all(match.end() - match.start() < width for match in matches if match is not here))


def _split(row: str, gaps: Sequence[int]) -> list[str]:
    """Split a row at its own blanks near the gaps; a row that has text there is one part."""
    parts: list[str] = []
    begin = 0
    for gap in gaps:
        cut = gap if row[gap : gap + 1].strip() == "" else _blank_near(row, gap)
        if cut < 0:
            return [" ".join(row.split())]
        parts.append(" ".join(row[begin:cut].split()))
        begin = cut
    return [*parts, " ".join(row[begin:].split())]


def _blank_near(row: str, gap: int) -> int:
    """Return where the two blanks are that are nearest to a gap, or -1."""
    columns = (column for column in range(gap - _NEAR_GAP, gap + _NEAR_GAP) if row[column : column + 2] == "  ")
    return min(columns, key=lambda column: abs(column - gap), default=-1)


def _around_gap(row: Sequence[str]) -> str:
    left, right = next((left, right) for left, right in pairwise(row) if left or right)
    return " ".join([*left.split()[-_WORDS_BESIDE_GAP:], *right.split()[:_WORDS_BESIDE_GAP]])


def _lines_by_column(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of each band of the page, the left column first; a row of one part ends a band."""
    band: list[Sequence[str]] = []
    for row in [*rows, ("",)]:
        if len(row) > 1:
            band.append(row)
            continue
        for column in zip(*band, strict=True):
            yield from filter(None, column)
        band.clear()
        yield row[0]


def _edge_lines(page: Sequence[str]) -> list[str]:
    short = page if len(page) <= 2 * _EDGE_LINES else [*page[:_EDGE_LINES], *page[-_EDGE_LINES:]]
    return [line for line in short if len(line) <= _MAX_RUNNING_LINE_CHARS]


def _running_key(line: str) -> str:
    """Return what lines of two pages have in common that differ by the number of the page."""
    return re.sub(r"\d+", "#", " ".join(line.split()))


def _without(page: Sequence[str], running: set[str]) -> list[str]:
    at_edges = {*_edge_lines(page)}
    return [line for line in page if line not in at_edges or _running_key(line) not in running]
