"""Orders unmatched articles by how much they look relevant: a linear support vector machine over TF-IDF.

Articles that are assumed irrelevant are themselves ranked, so they are divided into folds, and each is scored by a
model that was not trained with it. Training is deterministic. The ranker hides and drops nothing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from monitor.core.audit.corpus import FEWEST_RELEVANT, language_group, training_set, unjudged_unmatched
from monitor.core.audit.features import features
from monitor.core.errors import MonitorError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix
    from sklearn.svm import LinearSVC

    from monitor.core.audit.corpus import AuditDocument, TrainingSet

    Texts = Callable[[Sequence[str]], Sequence[str]]
    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int32]

_PENALTY = 0.11
"""C of the support vector machine, as in ASReview's default model."""
_FEWEST_EXAMPLES, _MAX_FEATURES = 2, 200_000
"""Minimum number of examples with a term, and maximum number of terms."""
_COMMON = 0.25
"""A term in a larger share of the unmatched articles is not shown: it explains nothing."""
_ONE_KIND, _JUDGED = 0.25, 3.0
"""Weights of an example whose language has no other kind, and of a judged example."""
_PRIOR = 5
"""Articles of the overall mean score that are added to each language's own mean."""
_FOLDS, _FOLDS_OF_FEW, _FEW = 2, 5, 2_000
"""Folds, those of a small pool, and how many unmatched articles are few."""
_BATCH = 500
TERMS = 5
_UNREADABLE = -10.0
"""The score of an article without a known term, which is ranked last; others have -3 to 3."""


class TooFewExamplesError(MonitorError):
    """There are too few relevant examples to learn from."""

    def __init__(self, relevant: int) -> None:
        self.relevant = relevant
        super().__init__(
            f"nothing is ranked yet: {relevant} of the {FEWEST_RELEVANT} relevant examples that are needed (hits in "
            "which a rule's terms are prominent, or articles judged relevant)"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedArticle:
    """An unmatched article with its score; the higher, the more it looks relevant."""

    id: str
    score: float
    terms: tuple[str, ...]
    """The terms of its text that weigh most in favour of it."""


def rank(
    documents: Sequence[AuditDocument],
    texts: Texts,
    seed: int = 0,
    *,
    assume_hits_relevant: bool = True,
    progress: Callable[[int, int | None], None] = lambda _done, _total: None,
) -> list[RankedArticle]:
    """Rank the unmatched, unjudged articles, best first.

    `texts` returns the beginnings of articles (`core.audit.features.beginning`) by their ids.
    TooFewExamplesError below FEWEST_RELEVANT relevant examples.
    """
    examples = training_set(documents, seed, assume_hits_relevant=assume_hits_relevant)
    pool = unjudged_unmatched(documents)
    if len(examples.relevant) < FEWEST_RELEVANT:
        raise TooFewExamplesError(len(examples.relevant))
    models = Models(examples, texts, seed, len(pool))
    ranked: list[RankedArticle] = []
    for start in range(0, len(pool), _BATCH):
        ranked += models.score(pool[start : start + _BATCH])
        progress(len(ranked), len(pool))
    return sorted(_centred(ranked, pool), key=lambda each: (-each.score, each.id))


def _centred(ranked: Sequence[RankedArticle], pool: Sequence[AuditDocument]) -> Iterator[RankedArticle]:
    """Give all languages the same mean score, since one with few examples gets lower or higher scores.

    In a language with few articles, scores are drawn towards the mean.
    """
    total: Counter[str] = Counter()
    number: Counter[str] = Counter()
    languages = [language_group(document) for document in pool]
    for each, language in zip(ranked, languages, strict=True):
        total[language] += each.score  # type: ignore[assignment]  # a Counter adds floats, too
        number[language] += 1
    overall = sum(total.values()) / max(1, len(ranked))
    for each, language in zip(ranked, languages, strict=True):
        mean = (total[language] + _PRIOR * overall) / (number[language] + _PRIOR)
        trust = number[language] / (number[language] + _PRIOR)
        yield replace(each, score=round((each.score - mean) * trust + overall, 6))


class Models:
    """One model for each fold of the articles that are assumed irrelevant; all have the same vocabulary."""

    def __init__(self, examples: TrainingSet, texts: Texts, seed: int, pool: int) -> None:
        import numpy as np
        from sklearn.feature_extraction.text import TfidfVectorizer

        folds = _FOLDS_OF_FEW if pool <= _FEW else _FOLDS
        self._texts = texts
        self._folds = max(1, min(folds, len(examples.assumed) // 2))
        self._fold_of = {each.id: number % self._folds for number, each in enumerate(examples.assumed)}
        self._vectorizer = TfidfVectorizer(
            analyzer=features,
            sublinear_tf=True,
            min_df=_FEWEST_EXAMPLES,
            max_features=_MAX_FEATURES,
            dtype=np.float32,
        )
        every = (*examples.relevant, *examples.irrelevant, *examples.assumed)
        matrix = self._vectorizer.fit_transform(texts([each.id for each in every]))
        self._names = self._vectorizer.get_feature_names_out()
        others = matrix[-len(examples.assumed) :] if examples.assumed else matrix[len(examples.relevant) :]
        self._telling = others.getnnz(axis=0) <= _COMMON * others.shape[0]
        fitted = [_fit(matrix, every, rows, len(examples.relevant), seed) for rows in self._rows(examples)]
        self._weights = np.stack([model.coef_[0] for model in fitted])
        self._offsets = np.array([model.intercept_[0] for model in fitted])

    def score(self, batch: Sequence[AuditDocument]) -> Iterator[RankedArticle]:
        """Score articles; one that was assumed irrelevant, by the models that were not trained with it."""
        matrix = self._vectorizer.transform(self._texts([each.id for each in batch]))
        scores = matrix @ self._weights.T + self._offsets
        mean = self._weights.mean(axis=0)
        for row, each in enumerate(batch):
            fold = self._fold_of.get(each.id)
            score = scores[row].mean() if fold is None else scores[row][fold]
            first, after = matrix.indptr[row], matrix.indptr[row + 1]
            if first == after:
                score = _UNREADABLE
            terms = self._terms(matrix.indices[first:after], matrix.data[first:after], mean)
            yield RankedArticle(id=each.id, score=round(float(score), 6), terms=terms)

    def _rows(self, examples: TrainingSet) -> Iterator[list[int]]:
        """Yield the rows that each model learns from."""
        judged, assumed = len(examples.relevant) + len(examples.irrelevant), len(examples.assumed)
        for fold in range(self._folds):
            others = (number for number in range(assumed) if self._folds == 1 or number % self._folds != fold)
            yield [*range(judged), *(judged + number for number in others)]

    def _terms(self, columns: IntArray, values: FloatArray, weights: FloatArray) -> tuple[str, ...]:
        """Return the terms of one article that weigh most."""
        gains = values * weights[columns] * self._telling[columns]
        best = (-gains).argsort(kind="stable")[:TERMS]
        return tuple(str(self._names[columns[at]]) for at in best if gains[at] > 0)


def _fit(
    matrix: csr_matrix, documents: Sequence[AuditDocument], rows: Sequence[int], relevant: int, seed: int
) -> LinearSVC:
    from sklearn.svm import LinearSVC

    labels = [int(row < relevant) for row in rows]
    weights = _example_weights([documents[row] for row in rows], labels)
    return LinearSVC(C=_PENALTY, random_state=seed).fit(matrix[rows], labels, sample_weight=weights)


def _example_weights(documents: Sequence[AuditDocument], labels: Sequence[int]) -> list[float]:
    """Give both kinds the same weight in each language, so that the language of an article is no evidence.

    A language with examples of one kind only counts little. Judged examples count more than assumed ones.
    """
    kinds = [(language_group(document), label) for document, label in zip(documents, labels, strict=True)]
    number = Counter(kinds)
    weights = []
    for document, (language, label) in zip(documents, kinds, strict=True):
        same, other = number[language, label], number[language, 1 - label]
        weight = (same + other) / (2 * same) if other else _ONE_KIND
        weights.append(weight if document.judged is None else weight * _JUDGED)
    return weights
