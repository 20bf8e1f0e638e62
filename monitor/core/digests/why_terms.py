"""Lists the rules that matched a story, with the one or two phrases of the article that explain best why.

A phrase is a term of the rule, or several terms that stand close together, with the words between them: "AI firms name
the copyright works" says more than "copyright". A phrase explains more if few articles of the archive have its terms,
if they have several words or are names, and if it is in the title or the lead. It explains little if it repeats the
titles of rule and topic, which are shown beside it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from monitor.core.digests.digest_stories import MAX_STORY_TITLE_CHARS, MatchedRule, StoryContext
from monitor.core.grouping import group_by
from monitor.core.model import PRIORITIES, Evidence, Hit
from monitor.core.stories.frequencies import TOTAL, bounded_idf, frequency_buckets
from monitor.core.stories.headline_words import FUNCTION_WORDS, SHORT_FUNCTION_WORDS
from monitor.core.stories.weighted_terms import split_terms, term_hash
from monitor.core.text import clean_line, is_cjk

MAX_WHY_TERMS, MAX_TERM_CHARS, _MAX_WHY_PHRASE_CHARS = 2, 60, 48
_GAP = re.compile(r"(?:\W?[^\W_]+){0,3}\W?")
"""What may stand between two terms of a phrase: three words, with one space or hyphen between each."""
_CLAUSE_END = re.compile(r"[.,;:!?()\[\]\"\u2026\u201c-\u201e\u2013\u2014\u3001\u3002\uff0c\uff1b\uff1a]")
_MAX_CJK_GAP = 4
"""Characters between two terms of a phrase in scripts without spaces."""
_NEXT_WORD = re.compile(r"[\s-]([^\W_]+)")
_ZONE_WEIGHTS = {"title": 1.0, "lead": 0.85}
_BODY_WEIGHT = 0.5
"""Factor of the weight of a term that is in no zone of _ZONE_WEIGHTS."""
_WEIGHT_OF_FURTHER_WORD, _MAX_FURTHER_WORDS = 1.0, 2
"""What each of so many words after the first adds to the rarity of a phrase, the logarithm of its share of articles."""
_PLAIN_WEIGHT = 0.7
"""The weight of words that are no names: they are the verbs and general nouns of the rules."""
_PLAIN_CJK = 2
"""Characters of a Chinese or similar word that is as general."""
_KNOWN_WEIGHT, _INCOMPLETE_WEIGHT = 0.5, 0.9
"""Factors for a phrase whose words readers see anyway, and for one before a word that may belong to it."""
_LEAST_SHARE = 0.5
"""A second phrase is named only if its weight is at least half that of the first."""
_CACHED_TERMS = 1 << 12

MAX_TERMS_OF_RULE = 8


class _TermRun(NamedTuple):
    """One occurrence of terms that stand close together, in their order."""

    text: str
    """The term as the article writes it."""
    terms: tuple[Evidence, ...]

    @property
    def is_complete(self) -> bool:
        """Return True unless a word follows that may belong to it: `rules of the AI` Act."""
        last = self.terms[-1]
        following = _NEXT_WORD.match(last.sentence, last.end - last.sentence_start)
        word = following[1].casefold() if following else ""
        return not word or is_cjk(word[0]) or word in FUNCTION_WORDS or word in SHORT_FUNCTION_WORDS

    @property
    def words(self) -> list[str]:
        """The words of its terms, without those between them."""
        return [word for each in self.terms for word in _words(spelling(each))]


def term_hashes(hits: Iterable[Hit]) -> set[int]:
    """Return the hashes of the words of all terms that matched, to look up how many articles have them."""
    return {term_hash(word) for hit in hits for each in hit.evidence for word in _words(each.as_written)}


def spelling(evidence: Evidence) -> str:
    """Return a term as the article writes it, in one line."""
    return _line(evidence.as_written or evidence.term)


@lru_cache(_CACHED_TERMS)
def _line(term: str) -> str:
    return clean_line(term, limit=MAX_TERM_CHARS)


@lru_cache(_CACHED_TERMS)
def _words(term: str) -> tuple[str, ...]:
    return tuple(split_terms(term))


def choose_why_terms(evidence: Iterable[Evidence], shown: str, counts: Mapping[int, int]) -> tuple[str, ...]:
    """Return one or two phrases as the article writes them, the one that explains more first; none without evidence.

    `shown`: the titles of rule and topic. `counts`: articles by bucket of the words (`core.stories.frequencies`);
    without them, all words count as rare.
    """
    occurrences = group_by(_phrases(evidence), lambda each: each.text.casefold())
    shown_words = frozenset(split_terms(shown))
    weights = {text: _weight(phrases, shown_words, counts) for text, phrases in occurrences.items()}
    chosen: list[str] = []
    for text in sorted(weights, key=lambda text: (-weights[text], -len(text))):
        if chosen and (len(chosen) == MAX_WHY_TERMS or weights[text] < _LEAST_SHARE * weights[chosen[0]]):
            break
        if not any(_repeats(occurrences[text][0], occurrences[other][0]) for other in chosen):
            chosen.append(text)
    return tuple(_best(occurrences[text]).text for text in chosen)


def _phrases(evidence: Iterable[Evidence]) -> Iterator[_TermRun]:
    """Yield each term, and each sequence of terms of one sentence that stand close together."""
    by_sentence = group_by(filter(spelling, evidence), lambda each: (each.zone, each.sentence_start))
    for of_sentence in by_sentence.values():
        ordered = sorted(set(of_sentence), key=lambda each: (each.start, each.end))
        for index, first in enumerate(ordered):
            yield _TermRun(spelling(first), (first,))
            yield from _joined_phrases(first, ordered[index + 1 :])


def _joined_phrases(first: Evidence, following: Iterable[Evidence]) -> Iterator[_TermRun]:
    """Yield the phrases that begin with a term, each a term longer than the one before."""
    terms: tuple[Evidence, ...] = (first,)
    text, start = first.sentence, first.sentence_start
    for each in following:
        is_inside = first.start >= start and each.end - start <= len(text)
        is_close = is_inside and each.end - first.start <= _MAX_WHY_PHRASE_CHARS
        if not is_close or not _is_gap(text[terms[-1].end - start : each.start - start]):
            return
        if each.start >= terms[-1].end:
            terms = (*terms, each)
            yield _TermRun(clean_line(text[first.start - start : each.end - start]), terms)


def _is_gap(between: str) -> bool:
    """Return True if two terms with this between them are one phrase."""
    if any(map(is_cjk, between)):
        return len(between) <= _MAX_CJK_GAP and not _CLAUSE_END.search(between)
    return _GAP.fullmatch(between) is not None and not _CLAUSE_END.search(between)


def _weight(occurrences: Sequence[_TermRun], shown_words: frozenset[str], counts: Mapping[int, int]) -> float:
    phrase = _best(occurrences)
    weight = max((_rarity(word, counts) for word in phrase.words), default=0.0)
    if not is_cjk(phrase.text[0]):
        weight += _WEIGHT_OF_FURTHER_WORD * min(_MAX_FURTHER_WORDS, max(0, len(phrase.words) - 1))
    weight *= max(_ZONE_WEIGHTS.get(each.terms[0].zone, _BODY_WEIGHT) for each in occurrences)
    if shown_words.issuperset(phrase.words):
        weight *= _KNOWN_WEIGHT
    if len(phrase.terms) > 1 and not phrase.is_complete:
        weight *= _INCOMPLETE_WEIGHT
    is_plain = all(map(_is_plain, phrase.terms))
    return weight * (_PLAIN_WEIGHT if is_plain else 1.0) * (1 + 0.1 * math.log2(len(occurrences)))


def _rarity(word: str, counts: Mapping[int, int]) -> float:
    (bucket,) = frequency_buckets([term_hash(word)])
    return bounded_idf(counts.get(bucket, 0), counts.get(TOTAL, 0))


def _best(occurrences: Sequence[_TermRun]) -> _TermRun:
    """Return the occurrence that shows how a phrase is written: inside a sentence of the text, if there is one."""

    def begins_in_capitals(phrase: _TermRun) -> tuple[bool, bool]:
        first = phrase.terms[0]
        return first.zone == "title", first.start == first.sentence_start

    return min(occurrences, key=begins_in_capitals)


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


def _repeats(one: _TermRun, other: _TermRun) -> bool:
    """Return True if two phrases have a word of a term in common, or one is a part of the other."""
    mine, theirs = one.text.casefold(), other.text.casefold()
    return mine in theirs or theirs in mine or not set(one.words).isdisjoint(other.words)


def matched_rules(hits: Iterable[Hit], lead_id: int, context: StoryContext) -> tuple[MatchedRule, ...]:
    """List the rules with their terms, most urgent first; spellings that differ in case only count once.

    The terms to name are those of the lead article, if the rule matched it.
    """
    in_order = sorted(hits, key=lambda hit: (-PRIORITIES.index(hit.priority), -hit.score, hit.id))
    by_rule = group_by(in_order, lambda hit: hit.rule_id)
    return tuple(_matched_rule(of_rule, lead_id, context) for of_rule in by_rule.values())


def _matched_rule(hits: Sequence[Hit], lead_id: int, context: StoryContext) -> MatchedRule:
    rule_id, topic = hits[0].rule_id, hits[0].topic
    title = clean_line(context.rules.get(rule_id, rule_id), limit=MAX_STORY_TITLE_CHARS)
    terms: dict[str, str] = {}
    for term in filter(None, map(spelling, _evidence(hits))):
        terms.setdefault(term.casefold(), term)
    shown = tuple(terms.values())
    named = _evidence(hit for hit in hits if hit.article_id == lead_id) or _evidence(hits)
    return MatchedRule(
        rule_id=rule_id,
        title=title,
        terms=shown[:MAX_TERMS_OF_RULE],
        more_terms=max(0, len(shown) - MAX_TERMS_OF_RULE),
        main_terms=choose_why_terms(named, f"{title} {context.topic_titles.get(topic, topic)}", context.term_counts),
        is_catch_all=topic in context.catch_all,
    )


def _evidence(hits: Iterable[Hit]) -> list[Evidence]:
    return [each for hit in hits for each in hit.evidence]
