"""Turns articles into vectors: a block of TF-IDF weights each for words, words of the title, parts and lists of words.

The blocks weigh the same, however many features each has, so that a title counts as much as the text below it. The
weights are those of scikit-learn's TfidfVectorizer with `sublinear_tf`, which takes several times as long.
"""

from __future__ import annotations

from collections import Counter
from itertools import chain, repeat
from typing import TYPE_CHECKING

from monitor.core.audit.features import title_words, word_parts, words
from monitor.core.audit.list_features import ListFeatures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from monitor.core.matching.rulebook import Rule

_MIN_EXAMPLES, _MAX_FEATURES = 2, 200_000
"""The fewest examples with a feature, and the most features of a block."""
_TRUSTED_FEATURES = 8
"""With this number of known words and pairs an article's score is fully trusted: one word alone is weak evidence."""


class Vectorizer:
    """Learns the features and their weights from examples; `fit` comes first."""

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        """Count the named lists of `rules` among the features."""
        self._blocks = [
            _Block(words, has_pairs=True),
            _Block(title_words, has_pairs=True),
            _Block(word_parts, has_pairs=False),
            _Block(ListFeatures(rules), has_pairs=False),
        ]

    def fit(self, texts: Sequence[str]) -> csr_matrix:
        """Learn from the texts, and return their vectors."""
        for block in self._blocks:
            block.fit(texts)
        self._blocks = [block for block in self._blocks if block.names]
        return self.transform(texts)

    def transform(self, texts: Sequence[str]) -> csr_matrix:
        """Return the vectors of texts; one empty column if there is no feature."""
        import numpy as np
        from scipy.sparse import csr_matrix, hstack

        if not self._blocks:
            return csr_matrix((len(texts), 1), dtype=np.float32)
        joined = hstack([block.transform(texts) for block in self._blocks], format="csr", dtype=np.float32)
        return csr_matrix(joined * np.float32(len(self._blocks) ** -0.5))

    def trust(self, vectors: csr_matrix) -> NDArray[np.float64]:
        """Return how far each vector can be trusted, 0 to 1: by the number of known words and pairs in the text."""
        import numpy as np

        words = len(self._blocks[0].names) if self._blocks else 0
        return np.minimum(1.0, vectors[:, :words].getnnz(axis=1) / _TRUSTED_FEATURES)  # type: ignore[no-any-return]

    def names(self) -> list[str]:
        """Return the words or pairs of words of each column; empty for parts and lists, which explain nothing."""
        found: list[str] = []
        for block in self._blocks:
            found += block.names if block.has_pairs else ["" for _ in block.names]
        return found or [""]


class _Block:
    """The TF-IDF weights of one kind of feature: words and, with `has_pairs`, pairs of neighbouring words.

    A feature is one number: that of its last word plus `_base` times that of the first word of a pair. To make and look
    up a string for each pair would take most of the time.
    """

    def __init__(self, words: Callable[[str], list[str]], *, has_pairs: bool) -> None:
        self.has_pairs = has_pairs
        self.names: list[str] = []
        self._words = words
        self._numbers: dict[str, int] = {}
        self._base = 1
        self._known: NDArray[np.int64]
        self._idf: NDArray[np.float32]

    def fit(self, texts: Sequence[str]) -> None:
        """Learn the features, and how rare each is."""
        import numpy as np
        from scipy.sparse import csr_matrix

        examples = Counter(chain.from_iterable(set(self._words(text)) for text in texts))
        known = ["", *sorted(word for word, number in examples.items() if word and number >= _MIN_EXAMPLES)]
        self._numbers = {word: number for number, word in enumerate(known)}
        self._base = len(known)
        rows, found = self._features(texts)
        features, columns = np.unique(found, return_inverse=True)
        number = csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(texts), len(features))).getnnz(axis=0)
        frequent = np.lexsort((features, -number))[: np.count_nonzero(number >= _MIN_EXAMPLES)]
        kept = np.sort(frequent[:_MAX_FEATURES])
        self._known = features[kept]
        self._idf = (np.log((1 + len(texts)) / (1 + number[kept])) + 1).astype(np.float32)
        pairs = (divmod(feature, self._base) for feature in self._known.tolist())
        self.names = [f"{known[first]} {known[last]}" if first else known[last] for first, last in pairs]

    def transform(self, texts: Sequence[str]) -> csr_matrix:
        """Return the vectors of texts, each of length 1, or 0 without a known feature."""
        import numpy as np
        from scipy.sparse import csr_matrix
        from sklearn.preprocessing import normalize

        rows, found = self._features(texts)
        columns = np.minimum(np.searchsorted(self._known, found), len(self._known) - 1)
        is_known = self._known[columns] == found
        places = rows[is_known], columns[is_known]
        ones = np.ones(len(places[0]), dtype=np.float32)
        matrix = csr_matrix((ones, places), shape=(len(texts), len(self._known)))
        matrix.data = (np.log(matrix.data) + 1) * self._idf[matrix.indices]
        return normalize(matrix, copy=False)

    def _features(self, texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the features of texts, each with the row of its text; only of words that are known."""
        import numpy as np

        lists = [[*self._words(text), ""] for text in texts]
        numbers = map(self._numbers.get, chain.from_iterable(lists), repeat(0))
        words = np.fromiter(numbers, dtype=np.int64, count=sum(map(len, lists)))
        rows = np.repeat(np.arange(len(texts)), [len(each) for each in lists])
        is_word = words > 0
        if not self.has_pairs:
            return rows[is_word], words[is_word]
        is_pair = is_word[:-1] & is_word[1:]
        pairs = words[:-1][is_pair] * self._base + words[1:][is_pair]
        return np.concatenate((rows[is_word], rows[:-1][is_pair])), np.concatenate((words[is_word], pairs))
