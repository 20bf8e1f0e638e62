"""Turns articles into vectors: one block of TF-IDF weights each for words, words of the title, and parts of words.

The blocks weigh the same, however many features each has, so that a title counts as much as the text below it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.core.audit.features import features, title_features, word_parts

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix
    from sklearn.feature_extraction.text import TfidfVectorizer

_FEWEST_EXAMPLES, _MAX_FEATURES = 2, 200_000
"""The fewest examples with a feature, and the most features of a block."""
_ENOUGH = 8
"""With this number of known words and pairs an article's score is fully trusted: one word alone is weak evidence."""


class Vectorizer:
    """Learns the features and their weights from examples; `fit` comes first."""

    def __init__(self) -> None:
        import numpy as np
        from sklearn.feature_extraction.text import TfidfVectorizer

        self._blocks = [
            TfidfVectorizer(
                analyzer=analyzer,
                sublinear_tf=True,
                min_df=_FEWEST_EXAMPLES,
                max_features=_MAX_FEATURES,
                dtype=np.float32,
            )
            for analyzer in (features, title_features, word_parts)
        ]

    def fit(self, texts: Sequence[str]) -> csr_matrix:
        """Learn from the texts, and return their vectors."""
        learned = [(block, _fitted(block, texts)) for block in self._blocks]
        self._blocks = [block for block, matrix in learned if matrix is not None]
        return _joined([matrix for _, matrix in learned if matrix is not None], len(texts))

    def transform(self, texts: Sequence[str]) -> csr_matrix:
        """Return the vectors of texts."""
        return _joined([block.transform(texts) for block in self._blocks], len(texts))

    def trust(self, vectors: csr_matrix) -> NDArray[np.float64]:
        """Return how far each vector can be trusted, 0 to 1: by the number of known words and pairs in the text."""
        import numpy as np

        words = len(self._blocks[0].vocabulary_) if self._blocks else 0
        return np.minimum(1.0, vectors[:, :words].getnnz(axis=1) / _ENOUGH)  # type: ignore[no-any-return]

    def names(self) -> list[str]:
        """Return the words or pairs of words of each column; empty for parts of words, which explain nothing."""
        found: list[str] = []
        for block in self._blocks:
            names = block.get_feature_names_out().tolist()
            found += ["" for _ in names] if block.analyzer is word_parts else names
        return found or [""]


def _joined(blocks: Sequence[csr_matrix], texts: int) -> csr_matrix:
    """Put the blocks beside each other; one empty column if no block has a feature."""
    import numpy as np
    from scipy.sparse import csr_matrix, hstack

    if not blocks:
        return csr_matrix((texts, 1), dtype=np.float32)
    return csr_matrix(hstack(blocks, format="csr", dtype=np.float32) * np.float32(len(blocks) ** -0.5))


def _fitted(block: TfidfVectorizer, texts: Sequence[str]) -> csr_matrix | None:
    """Learn the features of a block, and return the vectors; None if no feature is in enough examples."""
    try:
        return block.fit_transform(texts)
    except ValueError as error:
        if "vocabulary" in str(error) or "no terms remain" in str(error):
            return None
        raise
