"""The models of the ranker: linear support vector machines over TF-IDF, one for each fold of the assumed articles.

Articles that are assumed irrelevant are themselves ranked, so they are divided into folds, and each is scored by a
model that was not trained with it. Training is deterministic.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.audit.vectors import Vectorizer
from monitor.core.audit.explanatory_terms import explanatory_terms
from monitor.core.text.languages import language_code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix
    from sklearn.svm import LinearSVC

    from monitor.core.audit.corpus import AuditDocument, TrainingSet
    from monitor.core.matching.rulebook import Rule

    Texts = Callable[[Sequence[str]], Sequence[str]]
    """Returns the beginnings of articles (`core.audit.features.beginning`) by their ids."""
    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int32]

_PENALTY = 0.11
"""C of the support vector machine, as in ASReview's default model."""
_MAX_OTHERS_SHARE = 0.25
"""A term in a larger share of the other examples is not shown: it explains nothing."""
_MIN_LIFT, _MIN_WORD_LIFT, _MIN_STANDARD_ERRORS = 2.0, 1.2, 1.64
"""Limits for a term to be shown: how many times as frequent it is in relevant examples as in others, the same for each
word of a pair, and the difference in standard errors, since among few examples some word is frequent by chance."""
_WEIGHT_OF_ONE_KIND, _WEIGHT_OF_JUDGED = 0.25, 3.0
"""Weights of an example whose language has no other kind, and of a judged example."""
_FOLDS = 5
"""Folds of the assumed articles, and so models; fewer if there are fewer than ten of these articles."""
_MIN_DIFFERENCE = 0.1
"""Smallest difference of the mean scores of relevant and other examples that scores are scaled by: a smaller one may be
chance."""
_MAX_WEIGHED_FEATURES = 40
"""Features of an article, those that weigh most, among which its explanatory terms are chosen."""
_IRRELEVANT_SCORE = -1.0
"""The mean score of articles that are not relevant, towards which the score of one with few known words is drawn."""
UNREADABLE_SCORE = -10.0
"""The score of an article without a known term, which is ranked last; others have about -3 to 3."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedArticle:
    """An unmatched article with its score; the higher, the more it looks relevant."""

    id: str
    score: float
    terms: tuple[str, ...]
    """The terms of its text that weigh most in favour of it, as it writes them."""


class Models:
    """One model for each fold of the articles that are assumed irrelevant; all have the same vocabulary."""

    def __init__(self, examples: TrainingSet, texts: Texts, seed: int, rules: Sequence[Rule]) -> None:
        import numpy as np

        self._texts = texts
        self._folds = max(1, min(_FOLDS, len(examples.assumed) // 2))
        self._fold_of = {each.id: number % self._folds for number, each in enumerate(examples.assumed)}
        self._vectorizer = Vectorizer(rules)
        every = (*examples.relevant, *examples.irrelevant, *examples.assumed)
        relevant = len(examples.relevant)
        matrix = self._vectorizer.fit(texts([each.id for each in every]))
        self._names = self._vectorizer.names()
        self._distinguishing = _distinguishing(self._names, matrix[:relevant], matrix[relevant:])
        fitted = [_fit(matrix, every, rows, relevant, seed) for rows in _rows(examples, self._folds)]
        self._weights = np.stack([model.coef_[0] for model in fitted])
        self._offsets = np.array([model.intercept_[0] for model in fitted])
        zero, factor = _scale(matrix, examples, seed)
        self._weights *= factor
        self._offsets = (self._offsets - zero) * factor

    def score(self, batch: Sequence[AuditDocument]) -> Iterator[RankedArticle]:
        """Score articles; one that was assumed irrelevant, by the model that was not trained with it."""
        texts = self._texts([each.id for each in batch])
        matrix = self._vectorizer.transform(texts)
        scores = matrix @ self._weights.T + self._offsets
        scores = _IRRELEVANT_SCORE + (scores - _IRRELEVANT_SCORE) * self._vectorizer.trust(matrix)[:, None]
        mean = self._weights.mean(axis=0)
        for row, each in enumerate(batch):
            fold = self._fold_of.get(each.id)
            score = scores[row].mean() if fold is None else scores[row][fold]
            first, after = matrix.indptr[row], matrix.indptr[row + 1]
            if first == after:
                score = UNREADABLE_SCORE
            features = self._best(matrix.indices[first:after], matrix.data[first:after], mean)
            terms = explanatory_terms(features, texts[row])
            yield RankedArticle(id=each.id, score=round(float(score), 6), terms=terms)

    def _best(self, columns: IntArray, values: FloatArray, weights: FloatArray) -> Iterator[str]:
        """Yield the features of one article that raise its score, the one with the highest weight first."""
        gains = values * weights[columns] * self._distinguishing[columns]
        best = (-gains).argsort(kind="stable")[:_MAX_WEIGHED_FEATURES]
        return (self._names[columns[at]] for at in best if gains[at] > 0)


def _rows(examples: TrainingSet, folds: int, *, without_relevant: bool = False) -> Iterator[list[int]]:
    """Yield for each model the rows of the matrix that it is trained on: without its fold of the assumed articles.

    `without_relevant`: also without its fold of the relevant ones. A single assumed article is in all of them, since
    there may be no other example of its kind.
    """
    relevant, assumed = len(examples.relevant), len(examples.assumed)
    start = relevant + len(examples.irrelevant)
    for fold in range(folds):
        kept = [row for row in range(relevant) if not without_relevant or row % folds != fold]
        others = (start + number for number in range(assumed) if 1 in {folds, assumed} or number % folds != fold)
        yield [*kept, *range(relevant, start), *others]


def _scale(matrix: csr_matrix, examples: TrainingSet, seed: int) -> tuple[float, float]:
    """Return the score that becomes 0, and the factor by which relevant examples get 1 in the mean and others -1.

    Both means are of models that did not learn from the scored example. Few examples give a model with small weights;
    what its scores mean must not depend on their number.
    """
    every = (*examples.relevant, *examples.irrelevant, *examples.assumed)
    relevant = len(examples.relevant)
    start = len(every) - len(examples.assumed) if examples.assumed else relevant
    sums = {True: 0.0, False: 0.0}
    for fold, rows in enumerate(_rows(examples, _FOLDS, without_relevant=True)):
        model = _fit(matrix, every, rows, relevant, seed)
        for kind, first, last in ((True, 0, relevant), (False, start, len(every))):
            held_out = range(first + fold, last, _FOLDS)
            if held_out:
                sums[kind] += float(model.decision_function(matrix[list(held_out)]).sum())
    high, low = sums[True] / relevant, sums[False] / max(1, len(every) - start)
    return (high + low) / 2, 2 / max(high - low, _MIN_DIFFERENCE)


def _distinguishing(names: Sequence[str], relevant: csr_matrix, others: csr_matrix) -> NDArray[np.bool_]:
    """Return which features distinguish relevant examples from others, so that they explain something.

    Of a pair, each word must be at least a little more frequent in relevant examples: `harbour said` explains nothing.
    """
    import numpy as np

    relevant_count, other_count = relevant.getnnz(axis=0), others.getnnz(axis=0)
    # Half an article with the term and half without it are added to both, so that no share is 0.
    relevant_total, other_total = relevant.shape[0] + 1, others.shape[0] + 1
    relevant_share, other_share = (relevant_count + 0.5) / relevant_total, (other_count + 0.5) / other_total
    lift = relevant_share / other_share
    overall = (relevant_count + other_count + 1) / (relevant_total + other_total)
    error = np.sqrt(overall * (1 - overall) * (1 / relevant_total + 1 / other_total))
    is_rare = other_count <= _MAX_OTHERS_SHARE * others.shape[0]
    is_clear = is_rare & (lift >= _MIN_LIFT) & (relevant_share - other_share >= _MIN_STANDARD_ERRORS * error)
    frequent_words = {name for name, lifts in zip(names, lift >= _MIN_WORD_LIFT, strict=True) if lifts}
    return np.array(
        [
            bool(clear and name) and frequent_words.issuperset(name.split())
            for name, clear in zip(names, is_clear, strict=True)
        ]
    )


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
    kinds = [(language_code(document.language), label) for document, label in zip(documents, labels, strict=True)]
    number = Counter(kinds)
    weights = []
    for document, (language, label) in zip(documents, kinds, strict=True):
        same, other = number[language, label], number[language, 1 - label]
        weight = (same + other) / (2 * same) if other else _WEIGHT_OF_ONE_KIND
        weights.append(weight if document.judged is None else weight * _WEIGHT_OF_JUDGED)
    return weights
