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

MIN_MISSES = 2
"""Judged misses that a term must be in."""
_FEW_OTHERS, _MIN_MISSES_OF_FEW = 100, 4
"""With fewer than _FEW_OTHERS other articles a term must be in more misses: some word is in two by chance."""
MIN_PRECISION = 0.6
"""Projected share of relevant articles among those that a term gains."""
_CAUTION = 0.5
"""Articles that are added to the wrong ones, since few were judged."""
_COMMON = 0.2
"""Share of the articles from which a word is common."""
_MAX_CHANCE = 0.05
"""Probability that all hits with a term are false alarms although it says nothing."""
_MIN_WORD_LETTERS = 3
_PAIRED = 25
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
    unmatched: int
    """Number of unmatched articles in the archive."""

    def precision(self, covered: Collection[int], wrong: int, others: int) -> float:
        """Project the share of relevant articles among those that an edit gains.

        `covered` are misses, by place; `wrong` and `others` count irrelevant articles and those of the background. Of
        the two shares, that of the judged articles and that of the archive, the lower one counts. How many relevant
        articles it gains is the geometric mean of two estimates: what the covered misses stand for, which is unbiased
        and varies much, and their share of the judged misses, which varies little and follows the ranking.
        """
        share = len(covered) / len(self.misses) if self.misses else 0.0
        relevant = sqrt(sum(self.weights[place] for place in covered) * share * sum(self.weights))
        scale = self.unmatched / len(self.background) if self.background else 0.0
        gained = (others + _CAUTION) * scale
        return min(1.0, relevant / gained if gained else 1.0, len(covered) / (len(covered) + wrong + _CAUTION))


@dataclass(frozen=True, slots=True, kw_only=True)
class TermCandidate:
    """One term, or two that occur near each other."""

    terms: tuple[str, ...]
    log_odds: float
    precision: float
    covered: frozenset[int]
    """The misses that have it, by their place."""


def feature_set(text: str) -> frozenset[str]:
    """Return the words and pairs of words of an article, each once."""
    return frozenset(features(text))


def candidates(evidence: JudgedFeatures) -> list[TermCandidate]:
    """Return terms, and pairs of terms that are too broad alone, the one that gains most first."""
    common = _common_words(evidence.background)
    counts = Counter(term for miss in evidence.misses for term in miss if _can_be_written(term, common))
    others = len(evidence.irrelevant) + len(evidence.background)
    least = MIN_MISSES if others >= _FEW_OTHERS else _MIN_MISSES_OF_FEW
    places = _Places(evidence, frozenset(term for term, number in counts.items() if number >= least))
    found = [places.candidate(term) for term in counts if counts[term] >= least]
    good = [each for each in found if each.precision >= MIN_PRECISION]
    broad = sorted((each for each in found if each.precision < MIN_PRECISION), key=lambda each: -each.log_odds)
    good += _pairs(broad[:_PAIRED], places, least)
    return sorted(good, key=lambda each: (-len(each.covered) * each.precision, -each.log_odds, each.terms))


def choose(found: Sequence[TermCandidate], most: int) -> Iterator[TermCandidate]:
    """Yield candidates that add misses to those of the ones before, best first."""
    covered: set[int] = set()
    left = list(found)
    for _ in range(most):
        gains = [(len(each.covered - covered) * each.precision, -place) for place, each in enumerate(left)]
        if not gains or max(gains)[0] < MIN_MISSES * MIN_PRECISION:
            return
        each = left.pop(-max(gains)[1])
        covered |= each.covered
        yield each


def excluding(
    false_alarms: Sequence[frozenset[str]],
    relevant: Sequence[frozenset[str]],
    background: Sequence[frozenset[str]] = (),
) -> list[TermCandidate]:
    """Return terms of false alarms that no relevant hit has, the one of most false alarms first.

    Not those that are common in the background, or that relevant hits may lack by chance: Fisher's exact test.
    """
    common = _common_words(background)
    counts = Counter(term for each in false_alarms for term in each if _can_be_written(term, common))
    found = []
    for term, number in counts.items():
        chance = comb(len(false_alarms), number) / comb(len(false_alarms) + len(relevant), number)
        if number > MIN_MISSES and chance <= _MAX_CHANCE and not any(term in each for each in relevant):
            covered = frozenset(place for place, each in enumerate(false_alarms) if term in each)
            odds = _log_odds(number, len(false_alarms), 0, len(relevant))
            found.append(TermCandidate(terms=(term,), log_odds=odds, precision=1.0, covered=covered))
    return sorted(found, key=lambda each: (-len(each.covered), -len(each.terms[0]), each.terms))


def _pairs(broad: Sequence[TermCandidate], places: _Places, least: int) -> Iterator[TermCandidate]:
    for first, second in combinations(broad, 2):
        (one,), (other,) = first.terms, second.terms
        if one in other or other in one or len(first.covered & second.covered) < least:
            continue
        pair = places.candidate(one, other)
        if pair.precision >= MIN_PRECISION:
            yield pair


class _Places:
    """Which articles have which of the terms: found in one pass over them, since there are thousands of terms."""

    def __init__(self, evidence: JudgedFeatures, terms: frozenset[str]) -> None:
        self._evidence = evidence
        self._misses, self._irrelevant, self._background = (
            _places(articles, terms) for articles in (evidence.misses, evidence.irrelevant, evidence.background)
        )

    def candidate(self, *terms: str) -> TermCandidate:
        """Return a candidate of terms that an article must all have."""
        evidence = self._evidence
        covered, wrong, others = (
            frozenset.intersection(*(found[term] for term in terms))
            for found in (self._misses, self._irrelevant, self._background)
        )
        return TermCandidate(
            terms=terms,
            log_odds=_log_odds(
                len(covered),
                len(evidence.misses),
                len(wrong) + len(others),
                len(evidence.irrelevant) + len(evidence.background),
            ),
            precision=evidence.precision(covered, len(wrong), len(others)),
            covered=covered,
        )


def _places(articles: Sequence[frozenset[str]], terms: frozenset[str]) -> dict[str, frozenset[int]]:
    found: dict[str, list[int]] = {term: [] for term in terms}
    for place, article in enumerate(articles):
        for term in article & terms:
            found[term].append(place)
    return {term: frozenset(places) for term, places in found.items()}


def _log_odds(part: int, whole: int, other: int, of_others: int) -> float:
    """Return the difference of the log-odds, each with half an article added, so that none is infinite."""
    return log((part + 0.5) / (whole - part + 0.5)) - log((other + 0.5) / (of_others - other + 0.5))


def _common_words(articles: Sequence[frozenset[str]]) -> frozenset[str]:
    """Return the words that many articles have, such as articles and prepositions."""
    counts = Counter(word for each in articles for word in each if " " not in word)
    return frozenset(word for word, number in counts.items() if number > _COMMON * len(articles))


def _can_be_written(term: str, common: frozenset[str]) -> bool:
    """Return True for terms that say something in a rule: words of letters, not too short, none common."""
    words = term.split()
    if not _WORDS.fullmatch(term) or not common.isdisjoint(words) or not all(map(is_content_word, words)):
        return False
    return any(map(is_cjk, term)) or len(term) >= _MIN_WORD_LETTERS
