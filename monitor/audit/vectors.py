"""Turns articles into vectors: a block of TF-IDF weights each for words, words of the title, parts and lists of words.

The blocks weigh the same, however many features each has, so that a title counts as much as the text below it. The
weights are those of scikit-learn's TfidfVectorizer with `sublinear_tf`, which takes several times as long.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.audit.feature_numbers import MIN_EXAMPLES, FeatureNumbers
from monitor.audit.number_index import NumberIndex

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from monitor.audit.feature_numbers import Occurrences
    from monitor.core.matching.rulebook import Rule

_MAX_FEATURES = 200_000
"""The most features of a block."""
_TRUSTED_FEATURES = 8
"""With this number of known words and pairs an article's score is fully trusted: one word alone is weak evidence."""
_BATCH_SIZE = 250


class Vectorizer:
    """Learns the features and their weights from examples; `fit` comes first."""

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        """Count the named lists of `rules` among the features."""
        self._numbers = FeatureNumbers(rules)
        self._blocks: list[_FeatureBlock] = []

    def fit(self, texts: Sequence[str]) -> csr_matrix:
        """Learn from the texts, and return their vectors."""
        self._numbers.fit(texts)
        frequencies = zip(*(map(_frequencies, self._numbers.read(batch)) for batch in _batches(texts)), strict=True)
        blocks = [_FeatureBlock(kind, each, len(texts)) for kind, each in enumerate(frequencies)]
        self._blocks = [block for block in blocks if block.size]
        return self.transform(texts)

    def transform(self, texts: Sequence[str]) -> csr_matrix:
        """Return the vectors of texts; one empty column if there is no feature."""
        import numpy as np
        from scipy.sparse import csr_matrix, vstack

        if not self._blocks:
            return csr_matrix((len(texts), 1), dtype=np.float32)
        return csr_matrix(vstack([self._transformed(batch) for batch in _batches(texts)], format="csr"))

    def _transformed(self, texts: Sequence[str]) -> csr_matrix:
        """Return vectors in which each block has the same length, or 0 without a known feature."""
        import numpy as np
        from scipy.sparse import csr_matrix

        features = self._numbers.read(texts)
        sizes = [block.size for block in self._blocks]
        starts = np.cumsum([0, *sizes])
        known = [block.find(features[block.kind]) for block in self._blocks]
        columns = np.concatenate([positions + start for (positions, _), start in zip(known, starts, strict=False)])
        rows = np.concatenate([each for _, each in known])
        ones = np.ones(len(rows), dtype=np.float32)
        # Transposing orders the columns of each row in less time than sorting does.
        matrix = csr_matrix((ones, (columns, rows)), shape=(starts[-1], len(texts))).T.tocsr()
        idf = np.concatenate([block.idf for block in self._blocks])
        block_of = np.repeat(np.arange(len(sizes)), sizes)[matrix.indices]
        part = np.repeat(np.arange(len(texts)) * len(sizes), np.diff(matrix.indptr)) + block_of
        weights = (np.log(matrix.data) + 1) * idf[matrix.indices]
        lengths = np.sqrt(np.bincount(part, weights**2) * len(sizes)).astype(np.float32)
        matrix.data = weights / lengths[part]
        return matrix

    def trust(self, vectors: csr_matrix) -> NDArray[np.float64]:
        """Return how far each vector can be trusted, 0 to 1: by the number of known words and pairs in the text."""
        import numpy as np

        words = self._blocks[0].size if self._blocks else 0
        known = np.concatenate(([0], np.cumsum(vectors.indices < words)))[vectors.indptr]
        return np.minimum(1.0, np.diff(known) / _TRUSTED_FEATURES)  # type: ignore[no-any-return]

    def names(self) -> list[str]:
        """Return the words or pairs of words of each column; empty for parts and lists, which explain nothing."""
        names: list[str] = []
        for block in self._blocks:
            names += self._numbers.names(block.kind, block.features)
        return names or [""]


def _batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    return (texts[start : start + _BATCH_SIZE] for start in range(0, len(texts), _BATCH_SIZE))


def _frequencies(found: Occurrences) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the features of texts, and how many of the texts have each."""
    import numpy as np
    from scipy.sparse import csr_matrix

    features, positions = np.unique(found.numbers, return_inverse=True)
    ones = np.ones(len(positions), dtype=np.float32)
    return features, csr_matrix((ones, (positions, found.rows)), shape=(len(features), found.texts)).getnnz(axis=1)


class _FeatureBlock:
    """The features of one kind, and how rare each is."""

    def __init__(
        self, kind: int, frequencies: Sequence[tuple[NDArray[np.int64], NDArray[np.int64]]], examples: int
    ) -> None:
        """Learn from the features of batches of examples, and how many of these have each."""
        import numpy as np

        self.kind = kind
        features, positions = np.unique(np.concatenate([each for each, _ in frequencies]), return_inverse=True)
        number = np.bincount(positions, np.concatenate([each for _, each in frequencies]), len(features))
        frequent = np.lexsort((features, -number))[: np.count_nonzero(number >= MIN_EXAMPLES)]
        kept = np.sort(frequent[:_MAX_FEATURES])
        self.features = features[kept]
        self.size = len(kept)
        self.idf = (np.log((1 + examples) / (1 + number[kept])) + 1).astype(np.float32)
        self._index = NumberIndex(self.features)

    def find(self, features: Occurrences) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return the positions of the known features among those found, and the rows of their texts."""
        positions, is_known = self._index.find(features.numbers)
        return positions[is_known], features.rows[is_known]
