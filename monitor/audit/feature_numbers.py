"""Represents the features of articles as numbers, which takes a fraction of the time that strings take.

A text is divided into words once for all kinds of features. Characters of scripts without spaces are read as an array.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING

from monitor.audit.number_index import NumberIndex
from monitor.core.audit.features import (
    LEAD_CHARS,
    UNSPACED_RANGES,
    WORD_BREAK,
    may_have_unspaced_terms,
    spaced_words,
    word_parts,
)
from monitor.core.audit.list_features import ListFeatures

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from monitor.core.matching.rulebook import Rule

    Numbers = NDArray[np.int64]
    Rows = NDArray[np.int32]

WORDS, TITLES, PARTS, LISTS = range(4)
"""The kinds of features: words with pairs of words, those of titles, parts of words, and named lists."""
MIN_EXAMPLES = 2
"""The fewest examples with a feature."""
_WORD_BITS, _CHARACTER_BITS = 24, 16
"""A pair is one number: that of the first word or character shifted by this number of bits, plus that of the second."""
_UNSPACED_PAIR = 1 << 62
"""Added to the number of a pair of characters, so that it differs from those of words."""
_FIRST_WIDE, _LAST_WIDE = "\uff01", "\uff5e"
"""ASCII characters in the width of Han characters."""
_MAX_CACHED_WORDS = 200_000


@dataclass(frozen=True, slots=True)
class Occurrences:
    """Where features of one kind occur in some texts: each occurrence with the row of its text."""

    texts: int
    rows: Rows
    numbers: Numbers


class FeatureNumbers:
    """Numbers the features of articles; `fit` comes first."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._lists = ListFeatures(rules)
        self._words = _WordNumbers((), self._lists)
        self._parts = _PartNumbers(())
        self._list_beginnings = NumberIndex(_numbers_of(self._lists.beginnings()))

    def fit(self, texts: Iterable[str]) -> None:
        """Learn which words, and parts of words, enough texts have."""
        words: Counter[str] = Counter()
        parts: Counter[str] = Counter()
        for text in texts:
            words.update(set(spaced_words(text)) - {WORD_BREAK})
            parts.update(set(chain.from_iterable(map(word_parts, spaced_words(text[:LEAD_CHARS])))))
        self._words = _WordNumbers(_frequent(words), self._lists)
        self._parts = _PartNumbers(_frequent(parts))

    def read(self, texts: Sequence[str]) -> tuple[Occurrences, Occurrences, Occurrences, Occurrences]:
        """Return the features of texts, by kind."""
        import numpy as np

        split = [[*spaced_words(text), ""] for text in texts]
        titles = [len(spaced_words(text.partition("\n")[0])) for text in texts]
        leads = [len(spaced_words(text[:LEAD_CHARS])) for text in texts]
        lengths = [len(words) for words in split]
        rows = np.repeat(np.arange(len(texts), dtype=np.int32), lengths)
        starts = np.cumsum(lengths) - lengths
        packed = np.fromiter(map(self._words.__getitem__, chain.from_iterable(split)), np.int64, len(rows))
        numbers = packed >> 1
        in_title = np.arange(len(rows)) < np.repeat(starts + titles, lengths)
        title_numbers = np.where(in_title, numbers, 0)
        unspaced = _Unspaced(texts)
        parts = [
            list(chain.from_iterable(map(self._parts.__getitem__, words[:lead])))
            for words, lead in zip(split, leads, strict=True)
        ]
        lists = self._lists_of(split, rows, np.flatnonzero(packed & 1), starts)
        for row, number in unspaced.lists(self._lists, self._list_beginnings):
            lists[row].append(number)
        return (
            _joined(len(texts), _words_and_pairs(rows, numbers), unspaced.pairs()),
            _joined(len(texts), _words_and_pairs(rows, title_numbers), unspaced.pairs(only_titles=True)),
            _joined(len(texts), _flat(parts)),
            _joined(len(texts), _flat(lists)),
        )

    def names(self, kind: int, numbers: Numbers) -> Iterator[str]:
        """Yield the words and pairs of words that have numbers; empty for parts and lists, which explain nothing."""
        for number in numbers.tolist():
            if kind not in {WORDS, TITLES}:
                yield ""
            elif number >= _UNSPACED_PAIR:
                first, last = divmod(number - _UNSPACED_PAIR, 1 << _CHARACTER_BITS)
                yield chr(first) + chr(last)
            else:
                first, last = divmod(number, 1 << _WORD_BITS)
                yield " ".join(filter(None, (self._words.known[first], self._words.known[last])))

    def _lists_of(
        self, split: Sequence[Sequence[str]], rows: Rows, positions: Numbers, starts: Numbers
    ) -> list[list[int]]:
        """Return the lists of each text that have the words at these positions, alone or with the next word."""
        lists: list[list[int]] = [[] for _ in split]
        at_rows = rows[positions]
        for row, index in zip(at_rows.tolist(), (positions - starts[at_rows]).tolist(), strict=True):
            words = split[row]
            lists[row] += self._lists.of_words(words[index], words[index + 1])
        return lists


class _WordNumbers(dict[str, int]):
    """By word: twice its number, 0 for unknown ones, plus 1 if terms of lists begin with it. Filled on demand."""

    def __init__(self, known: Iterable[str], lists: ListFeatures) -> None:
        self.known = ["", *known]
        self._numbers = {word: number for number, word in enumerate(self.known)}
        self._lists = lists

    def __missing__(self, word: str) -> int:
        number = 2 * self._numbers.get(word, 0) + self._lists.begins_with(word)
        if len(self) >= _MAX_CACHED_WORDS:
            self.clear()
        self[word] = number
        return number


class _PartNumbers(dict[str, tuple[int, ...]]):
    """By word: the numbers of its known parts. Filled on demand."""

    def __init__(self, known: Iterable[str]) -> None:
        self._numbers = {part: number for number, part in enumerate(known, 1)}

    def __missing__(self, word: str) -> tuple[int, ...]:
        numbers = (self._numbers.get(part, 0) for part in word_parts(word))
        if len(self) >= _MAX_CACHED_WORDS:
            self.clear()
        self[word] = tuple(filter(None, numbers))
        return self[word]


class _Unspaced:
    """The characters of the texts that have scripts without spaces, as one array."""

    def __init__(self, texts: Sequence[str]) -> None:
        import numpy as np

        # Writers put spaces beside Latin words or leave them out.
        written = [
            (row, text.lower().replace(" ", "") + "\n")
            for row, text in enumerate(texts)
            if may_have_unspaced_terms(text)
        ]
        lengths = [len(text) for _, text in written]
        titles = [text.index("\n") for _, text in written]
        encoded = "".join(text for _, text in written).encode("utf-32-le", "surrogatepass")
        codes = np.frombuffer(encoded, dtype=np.uint32)
        is_wide = (codes >= ord(_FIRST_WIDE)) & (codes <= ord(_LAST_WIDE))
        codes = codes - is_wide * np.uint32(ord(_FIRST_WIDE) - ord("!"))
        self._text = codes.tobytes().decode("utf-32-le", "surrogatepass")
        self._rows = np.repeat(np.array([row for row, _ in written], dtype=np.int32), lengths)
        self._in_title = np.arange(len(codes)) < np.repeat(np.cumsum(lengths) - lengths + titles, lengths)
        self._codes = np.where(codes >> _CHARACTER_BITS, 0, codes).astype(np.int64)
        self._numbers = (self._codes[:-1] << _CHARACTER_BITS) + self._codes[1:]

    def pairs(self, *, only_titles: bool = False) -> tuple[Rows, Numbers]:
        """Return the pairs of neighbours that words are made of."""
        is_unspaced = _is_unspaced()[self._codes]
        is_pair = is_unspaced[:-1] & is_unspaced[1:]
        if only_titles:
            is_pair &= self._in_title[:-1]
        return self._rows[:-1][is_pair], self._numbers[is_pair] + _UNSPACED_PAIR

    def lists(self, lists: ListFeatures, beginnings: NumberIndex) -> Iterator[tuple[int, int]]:
        """Yield the lists with terms that the texts have, each with the row of its text."""
        _, begins = beginnings.find(self._numbers)
        for start in begins.nonzero()[0].tolist():
            for number in lists.of_unspaced(self._text, start):
                yield int(self._rows[start]), number


@cache
def _is_unspaced() -> NDArray[np.bool_]:
    """Return for each character code whether words of its script have no spaces between them."""
    import numpy as np

    is_unspaced = np.zeros(1 << _CHARACTER_BITS, dtype=bool)
    for first, last in UNSPACED_RANGES:
        is_unspaced[ord(first) : ord(last) + 1] = True
    return is_unspaced


def _numbers_of(pairs: Iterable[str]) -> Numbers:
    import numpy as np

    return np.array(sorted((ord(pair[0]) << _CHARACTER_BITS) + ord(pair[1]) for pair in pairs), dtype=np.int64)


def _frequent(examples: Counter[str]) -> list[str]:
    return sorted(each for each, number in examples.items() if number >= MIN_EXAMPLES)


def _words_and_pairs(rows: Rows, words: Numbers) -> tuple[Rows, Numbers]:
    """Return the known words, and the pairs of known neighbours; texts end with an unknown word."""
    import numpy as np

    is_known = words > 0
    is_pair = is_known[:-1] & is_known[1:]
    pairs = (words[:-1][is_pair] << _WORD_BITS) + words[1:][is_pair]
    return np.concatenate((rows[is_known], rows[:-1][is_pair])), np.concatenate((words[is_known], pairs))


def _flat(lists: Sequence[Sequence[int]]) -> tuple[Rows, Numbers]:
    import numpy as np

    rows = np.repeat(np.arange(len(lists), dtype=np.int32), [len(each) for each in lists])
    return rows, np.fromiter(chain.from_iterable(lists), np.int64, len(rows))


def _joined(texts: int, *parts: tuple[Rows, Numbers]) -> Occurrences:
    import numpy as np

    return Occurrences(texts, np.concatenate([rows for rows, _ in parts]), np.concatenate([each for _, each in parts]))
