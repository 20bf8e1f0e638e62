"""The dictionary of the search index: each word of the archive with its id, several words in a row, in order.

A row that has grown beyond MAX_WORDS_IN_ROW is split in two, like the leaves of a B-tree.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from itertools import pairwise

from sqlalchemy import Select, func, select
from sqlalchemy.engine import Connection
from sqlmodel import col

from monitor.store._search_tables import SearchWordsRow
from monitor.store._statements import each_of, save_tuples

MAX_WORDS_IN_ROW = 32
"""Words in a row; at least half as many, except in a dictionary with fewer words."""
_FIRST, _WORDS = col(SearchWordsRow.first), col(SearchWordsRow.words)
_LAST = chr(0x10FFFF)


def word_ids_of(connection: Connection, words: Collection[str]) -> dict[str, int]:
    """Return the ids of those words that have one."""
    rows = _rows_of(connection, words)
    firsts = sorted(rows)
    word_ids = {}
    for word in words if rows else ():
        row = f"\n{rows[_first_of_row(firsts, word)]}\n"
        _, _, rest = row.partition(f"\n{word} ")
        if rest:
            word_ids[word] = int(rest[: rest.index("\n")])
    return word_ids


def word_ids_of_prefix(connection: Connection, beginning: str, most: int) -> list[int]:
    """Return the ids of words that begin so, at most about `most`."""
    start = select(func.max(_FIRST)).where(beginning >= _FIRST).scalar_subquery()
    rows = select(_WORDS).where(start <= _FIRST, beginning + _LAST > _FIRST).order_by(_FIRST)
    texts = connection.execute(rows.limit(2 + most // (MAX_WORDS_IN_ROW // 2))).scalars()
    return [word_id for row in texts for word, word_id in _parse(row).items() if word.startswith(beginning)]


def add(connection: Connection, word_ids: Mapping[str, int]) -> None:
    """Store words that are not in the dictionary."""
    rows = _rows_of(connection, word_ids) or {"": ""}
    firsts = sorted(rows)
    added: dict[str, list[str]] = {}
    for word, word_id in word_ids.items():
        added.setdefault(_first_of_row(firsts, word), []).append(f"{word} {word_id}")
    values = [value for first, lines in added.items() for value in _split(first, [*rows[first].splitlines(), *lines])]
    save_tuples(connection, SearchWordsRow, values)


def _first_of_row(firsts: Sequence[str], word: str) -> str:
    """Return the `first` of the row of a word, among those of some rows."""
    return firsts[bisect_right(firsts, word) - 1]


def _rows_of(connection: Connection, words: Iterable[str]) -> dict[str, str]:
    """Return the rows that have these words, or would have them, by their `first`."""
    rows = connection.execute(_rows_statement(connection.dialect.name), {"given": words}).all()
    return {row.first: row.words for row in rows}


@cache
def _rows_statement(dialect: str) -> Select[str, str]:
    each = each_of(dialect, _FIRST, "given")
    start = select(func.max(_FIRST)).where(each >= _FIRST).scalar_subquery()
    starts = select(each.label("word"), start.label("first")).subquery()
    return select(_FIRST, _WORDS).where(_FIRST.in_(select(starts.c.first)))


def _split(first: str, lines: list[str]) -> list[tuple[str, str]]:
    """Return a row, or as many as its words need. The order of lines is that of their words, which have no spaces."""
    lines.sort()
    parts = -(-len(lines) // MAX_WORDS_IN_ROW)
    ends = [len(lines) * part // parts for part in range(parts + 1)]
    return [
        (first if not start else lines[start].partition(" ")[0], "\n".join(lines[start:end]))
        for start, end in pairwise(ends)
    ]


def _parse(words: str) -> dict[str, int]:
    lines = (line.split(" ") for line in words.split("\n") if line)
    return {word: int(number) for word, number in lines}
