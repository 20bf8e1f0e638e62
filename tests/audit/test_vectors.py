"""The vectors of articles, against those of scikit-learn."""

from __future__ import annotations

import pytest

from monitor.audit.vectors import Vectorizer
from monitor.core.audit.features import LEAD_CHARS, features, spaced_words, word_parts

EXAMPLES = (
    "Ports meet\nThe new quay of the port, the new quay of the harbour.",
    "AI 治理框架 news\n人工智能 AI act 治理框架, a new quay.",
    "Ports meet again\n" + "x" * 50 + " the AI act of the harbour",
    "港口治理框架\n人工智能\U0001f6a2\ud800" + " the long account of a quay" * 20 + " harbour",
    "",
)
NEW = ("The AI act\nof the 治理框架 unknown quay of the harbour, the port", "人工智能治理 news", "unknown", "")


def parts(text: str) -> list[str]:
    return [part for word in spaced_words(text[:LEAD_CHARS]) for part in word_parts(word)]


def test_weights_are_those_of_scikit_learn_for_words_titles_and_parts_of_words() -> None:
    from sklearn.feature_extraction.text import TfidfVectorizer  # a second, which each process of the tests would take

    vectorizer = Vectorizer()
    vectorizer.fit(EXAMPLES)
    found, names, start = vectorizer.transform(NEW).toarray() * 3**0.5, vectorizer.names(), 0
    for analyze in (features, lambda text: features(text.partition("\n")[0]), parts):
        oracle = TfidfVectorizer(analyzer=analyze, sublinear_tf=True, min_df=2).fit(EXAMPLES)
        expected = oracle.transform(NEW).toarray()
        terms = oracle.get_feature_names_out().tolist()
        block = slice(start, start + len(terms))
        order = range(len(terms)) if analyze is parts else [terms.index(name) for name in names[block]]
        assert found[:, block] == pytest.approx(expected[:, list(order)], abs=1e-6)
        start = block.stop
    assert start == found.shape[1]


def test_texts_without_a_common_word_have_no_features() -> None:
    vectorizer = Vectorizer()
    assert vectorizer.fit(("one", "two")).nnz == 0
    assert vectorizer.transform(("one",)).shape == (1, 1)


def test_the_score_of_a_text_is_trusted_by_its_known_words_and_pairs_alone() -> None:
    vectorizer = Vectorizer()
    vectorizer.fit(EXAMPLES)
    assert vectorizer.trust(vectorizer.transform(("unknown", "Ports meet", NEW[0]))).tolist() == [0, 3 / 8, 1]
