"""Finds terms that distinguish missed articles, by log-odds, and projects what a rule would gain by them.

Missed articles were judged near the beginning of the ranking; how many there are in all is estimated elsewhere. What a
term would gain is projected from its share of the judged misses, and from its share of a random sample of what is
unmatched.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb, log, sqrt

from monitor.core.audit.explanatory_terms import is_content_word
from monitor.core.audit.features import features
from monitor.core.text import is_cjk
from monitor.core.text.background import BACKGROUND, EDGES

MIN_MISSES = 2
"""Judged misses that a term must be in."""
_FEW_OTHERS, _MIN_MISSES_OF_FEW = 100, 4
"""With fewer than _FEW_OTHERS other articles a term must be in more misses: some word is in two by chance."""
_MAX_CHANCE = 0.001
"""Probability that a word that says nothing is in so many of the misses. Thousands of words are compared: in a small
archive some are in two of ten misses by chance."""
_MAX_CHANCE_OF_ORDINARY_WORD = 1e-6
"""The same for a single word of ordinary news, such as "first" or "oil": only clear evidence says that it is a term."""
MIN_PRECISION = 0.6
"""Projected share of relevant articles among those that a term gains."""
_PSEUDO_COUNT = 0.5
"""Articles that are added to the wrong ones, since few were judged."""
_MIN_COMMON_SHARE = 0.2
"""Share of the articles from which a word is common."""
_MAX_P_VALUE = 0.05
"""Probability that all hits with a term are false alarms although it says nothing."""
_MIN_WORD_LETTERS = 3
_MAX_PAIRED_TERMS = 25
"""Terms, best first, of which pairs are tried."""
_WORDS = re.compile(r"[^\W\d_]+(?: [^\W\d_]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedFeatures:
    """The judged articles and a sample of the others, each as its set of features."""

    misses: Sequence[frozenset[str]]
    irrelevant: Sequence[frozenset[str]]
    """Unmatched articles that were judged irrelevant."""
    background: Sequence[frozenset[str]]
    """A random sample of the unmatched, unjudged articles."""
    weights: Sequence[float]
    """By miss: how many misses of the archive it stands for."""
    irrelevant_weights: Sequence[float]
    """By irrelevant article: how many of the archive it stands for."""
    unmatched: int
    """Number of unmatched articles in the archive."""

    def precision(self, covered: Collection[int], wrong: Collection[int], others: int) -> float:
        """Project the share of relevant articles among those that an edit gains.

        `covered` are misses and `wrong` irrelevant articles, by index; `others` counts articles of the background. The
        lowest of three shares counts: that of the judged articles, the same weighted as they were drawn, since the
        beginning of the ranking has most misses, and that of the archive. How many relevant articles an edit gains
        there is the geometric mean of two estimates: what the covered misses stand for, which is unbiased and varies
        much, and their share of the judged misses, which varies little and follows the ranking.
        """
        missed, total = sum(self.weights[index] for index in covered), sum(self.weights)
        share = len(covered) / len(self.misses) if self.misses else 0.0
        scale = self.unmatched / len(self.background) if self.background else 0.0
        gained = (others + _PSEUDO_COUNT) * scale
        return min(
            1.0,
            sqrt(missed * share * total) / gained if gained else 1.0,
            _share(missed, sum(self.irrelevant_weights[index] for index in wrong)),
            _share(len(covered), len(wrong)),
        )


def _share(relevant: float, wrong: float) -> float:
    return relevant / (relevant + wrong + _PSEUDO_COUNT)


@dataclass(frozen=True, slots=True, kw_only=True)
class TermCandidate:
    """One term, or two that occur near each other."""

    terms: tuple[str, ...]
    log_odds: float
    precision: float
    covered: frozenset[int]
    """The misses that have it, by their index."""


def feature_set(text: str) -> frozenset[str]:
    """Return the words and pairs of words of an article, each once."""
    return frozenset(features(text))


def term_candidates(evidence: JudgedFeatures) -> list[TermCandidate]:
    """Return terms, and pairs of terms that are too broad alone, the one that gains most first."""
    common = _common_words(evidence.background)
    counts = Counter(term for miss in evidence.misses for term in miss if _can_be_written(term, common))
    others = len(evidence.irrelevant) + len(evidence.background)
    least = MIN_MISSES if others >= _FEW_OTHERS else _MIN_MISSES_OF_FEW
    postings = _ArticlesOfTerms(evidence, frozenset(term for term, count in counts.items() if count >= least))
    scored = [postings.candidate(term) for term in counts if counts[term] >= least]
    good = [each for each in scored if each.precision >= MIN_PRECISION and postings.is_evident(each)]
    broad = sorted((each for each in scored if each.precision < MIN_PRECISION), key=lambda each: -each.log_odds)
    good += _pairs(broad[:_MAX_PAIRED_TERMS], postings, least)
    return sorted(good, key=lambda each: (-len(each.covered) * each.precision, -each.log_odds, each.terms))


class GreedySelection:
    """Yields candidates, each time the one that gains most misses beside those of the accepted ones.

    A candidate that is not accepted takes no misses from others: a broad term that fails its back-test has nearly all.
    """

    def __init__(self, ranked: Sequence[TermCandidate]) -> None:
        self._left = list(ranked)
        self._covered: set[int] = set()

    def __iter__(self) -> Iterator[TermCandidate]:
        return self

    def __next__(self) -> TermCandidate:
        gains = [len(each.covered - self._covered) * each.precision for each in self._left]
        if max(gains, default=0.0) < MIN_MISSES * MIN_PRECISION:
            raise StopIteration
        return self._left.pop(gains.index(max(gains)))

    def accept(self, candidate: TermCandidate) -> None:
        """Count the misses of a candidate as gained."""
        self._covered |= candidate.covered


def find_exclusions(
    false_alarms: Sequence[frozenset[str]],
    relevant: Sequence[frozenset[str]],
    background: Sequence[frozenset[str]] = (),
) -> list[TermCandidate]:
    """Return terms of false alarms that no relevant hit has, the one of most false alarms first.

    Leaves out terms that are common in the background, or that relevant hits may lack by chance: Fisher's exact test.
    """
    common = _common_words(background)
    counts = Counter(term for each in false_alarms for term in each if _can_be_written(term, common))
    exclusions = []
    for term, count in counts.items():
        p_value = comb(len(false_alarms), count) / comb(len(false_alarms) + len(relevant), count)
        if count > MIN_MISSES and p_value <= _MAX_P_VALUE and not any(term in each for each in relevant):
            covered = frozenset(index for index, each in enumerate(false_alarms) if term in each)
            odds = _log_odds(count, len(false_alarms), 0, len(relevant))
            exclusions.append(TermCandidate(terms=(term,), log_odds=odds, precision=1.0, covered=covered))
    return sorted(exclusions, key=lambda each: (-len(each.covered), -len(each.terms[0]), each.terms))


def _pairs(broad: Sequence[TermCandidate], postings: _ArticlesOfTerms, least: int) -> Iterator[TermCandidate]:
    for first, second in combinations(broad, 2):
        (one,), (other,) = first.terms, second.terms
        if one in other or other in one or len(first.covered & second.covered) < least:
            continue
        pair = postings.candidate(one, other)
        if pair.precision >= MIN_PRECISION and postings.is_evident(pair):
            yield pair


class _ArticlesOfTerms:
    """Which articles have which of the terms: found in one pass over them, since there are thousands of terms."""

    def __init__(self, evidence: JudgedFeatures, terms: frozenset[str]) -> None:
        self._evidence = evidence
        self._misses, self._irrelevant, self._background = (
            _postings(articles, terms) for articles in (evidence.misses, evidence.irrelevant, evidence.background)
        )

    def candidate(self, *terms: str) -> TermCandidate:
        """Return a candidate of terms that an article must all have."""
        evidence = self._evidence
        covered, wrong, others = (
            frozenset.intersection(*(posting_lists[term] for term in terms))
            for posting_lists in (self._misses, self._irrelevant, self._background)
        )
        return TermCandidate(
            terms=terms,
            log_odds=_log_odds(
                len(covered),
                len(evidence.misses),
                len(wrong) + len(others),
                len(evidence.irrelevant) + len(evidence.background),
            ),
            precision=evidence.precision(covered, wrong, len(others)),
            covered=covered,
        )

    def is_evident(self, candidate: TermCandidate) -> bool:
        """Return True if a term is in more of the misses than by chance: Fisher's exact test, one-sided."""
        is_ordinary = len(candidate.terms) == 1 and candidate.terms[0] in BACKGROUND
        max_chance = _MAX_CHANCE_OF_ORDINARY_WORD if is_ordinary else _MAX_CHANCE
        evidence, found = self._evidence, len(candidate.covered)
        misses, others = len(evidence.misses), len(evidence.irrelevant) + len(evidence.background)
        of_all = found + sum(
            len(frozenset.intersection(*(lists[term] for term in candidate.terms)))
            for lists in (self._irrelevant, self._background)
        )
        as_many = sum(comb(misses, count) * comb(others, of_all - count) for count in range(found, of_all + 1))
        return as_many <= max_chance * comb(misses + others, of_all)


def _postings(articles: Sequence[frozenset[str]], terms: frozenset[str]) -> dict[str, frozenset[int]]:
    lists: dict[str, list[int]] = {term: [] for term in terms}
    for index, article in enumerate(articles):
        for term in article & terms:
            lists[term].append(index)
    return {term: frozenset(indexes) for term, indexes in lists.items()}


def _log_odds(part: int, whole: int, other: int, of_others: int) -> float:
    """Return the difference of the log-odds, each with half an article added, so that none is infinite."""
    return log((part + 0.5) / (whole - part + 0.5)) - log((other + 0.5) / (of_others - other + 0.5))


def _common_words(articles: Sequence[frozenset[str]]) -> frozenset[str]:
    """Return the words that many articles have, such as articles and prepositions."""
    counts = Counter(word for each in articles for word in each if " " not in word)
    return frozenset(word for word, count in counts.items() if count > _MIN_COMMON_SHARE * len(articles))


def _can_be_written(term: str, common: frozenset[str]) -> bool:
    """Return True for terms that say something in a rule: words of letters, not too short, none common.

    Words such as "said" say nothing at either end of a term.
    """
    words = term.split()
    if words[0] in EDGES or words[-1] in EDGES:
        return False
    if not _WORDS.fullmatch(term) or not common.isdisjoint(words) or not all(map(is_content_word, words)):
        return False
    return any(map(is_cjk, term)) or len(term) >= _MIN_WORD_LETTERS
