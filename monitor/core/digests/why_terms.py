"""Chooses the one or two terms of a rule that explain best why it matched a story.

A term explains more if few articles of the archive have it, if it has several words or is a name, and if it is in the
title or the lead. It explains little if it repeats the titles of rule and topic, which are shown beside it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from monitor.core.stories.frequencies import TOTAL, buckets, rarity
from monitor.core.stories.terms import split_terms, term_hash
from monitor.core.text import clean_line, is_cjk

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from monitor.core.model import Evidence, Hit

MAX_WHY_TERMS, MAX_TERM_CHARS = 2, 60
_ZONE_WEIGHTS = {"title": 1.0, "lead": 0.85}
_BODY_WEIGHT = 0.5
_WEIGHT_OF_FURTHER_WORD, _MAX_FURTHER_WORDS = 1.0, 2
"""Added to the rarity of a term, the logarithm of its share of the articles, for each word after the first."""
_PLAIN_WEIGHT = 0.7
"""Of one word that is no name: such words are the verbs and general nouns of the rules."""
_PLAIN_CJK = 2
"""Characters of a Chinese or similar word that is as general."""
_KNOWN_WEIGHT = 0.5
_MIN_SHARE = 0.5
"""A second term is named only if its weight is at least half that of the first."""


def term_hashes(hits: Iterable[Hit]) -> set[int]:
    """Return the hashes of the words of all terms that matched, to look up how many articles have them."""
    terms = {each.as_written.casefold() for hit in hits for each in hit.evidence}
    return {term_hash(word) for term in terms for word in split_terms(term)}


def spelling(evidence: Evidence) -> str:
    """Return a term as the article writes it, in one line."""
    return clean_line(evidence.as_written or evidence.term, limit=MAX_TERM_CHARS)


def choose_why_terms(evidence: Iterable[Evidence], shown: str, counts: Mapping[int, int]) -> tuple[str, ...]:
    """Return one or two terms as the article writes them, the one that explains more first; none without evidence.

    `shown`: the titles of rule and topic. `counts`: articles by bucket of the words (`core.stories.frequencies`);
    without them, all words count as rare.
    """
    occurrences: dict[str, list[Evidence]] = {}
    for each in evidence:
        if term := spelling(each):
            occurrences.setdefault(term.casefold(), []).append(each)
    known = frozenset(split_terms(shown))
    weights = {term: _weight(term, found, known, counts) for term, found in occurrences.items()}
    chosen: list[str] = []
    for term in sorted(weights, key=lambda term: -weights[term]):
        if chosen and (len(chosen) == MAX_WHY_TERMS or weights[term] < _MIN_SHARE * weights[chosen[0]]):
            break
        if not any(_repeats(term, other) for other in chosen):
            chosen.append(term)
    return tuple(spelling(_best(occurrences[term])) for term in chosen)


def _weight(term: str, occurrences: Sequence[Evidence], known: frozenset[str], counts: Mapping[int, int]) -> float:
    words = split_terms(term)
    weight = max((_rarity(word, counts) for word in words), default=0.0)
    if not is_cjk(term[0]):
        weight += _WEIGHT_OF_FURTHER_WORD * min(_MAX_FURTHER_WORDS, max(0, len(words) - 1))
    weight *= max(_ZONE_WEIGHTS.get(each.zone, _BODY_WEIGHT) for each in occurrences)
    if known.issuperset(words):
        weight *= _KNOWN_WEIGHT
    return weight * (_PLAIN_WEIGHT if _is_plain(_best(occurrences)) else 1.0) * (1 + 0.1 * math.log2(len(occurrences)))


def _rarity(word: str, counts: Mapping[int, int]) -> float:
    (bucket,) = buckets([term_hash(word)])
    return rarity(counts.get(bucket, 0), counts.get(TOTAL, 0))


def _best(occurrences: Sequence[Evidence]) -> Evidence:
    """Return the occurrence that shows how a term is written: inside a sentence of the text, if there is one."""
    return min(occurrences, key=lambda each: (each.zone == "title", each.start == each.sentence_start))


def _is_plain(occurrence: Evidence) -> bool:
    """Return True for one word that is no name."""
    term = spelling(occurrence)
    if is_cjk(term[0]):
        return len(term) <= _PLAIN_CJK
    if not term.isalnum():
        return False
    begins_with_capital = occurrence.zone != "title" and occurrence.start > occurrence.sentence_start
    is_name = any(map(str.isupper, term[1:])) or (begins_with_capital and term[0].isupper())
    return not is_name


def _repeats(term: str, other: str) -> bool:
    """Return True if two terms have a word in common, or one is a part of the other."""
    return term in other or other in term or not set(split_terms(term)).isdisjoint(split_terms(other))
