"""Results of the rule lab as the JSON objects of `--format json`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from monitor.core import serializers
from monitor.core.json_objects import fields_of
from monitor.core.matching.passages import MarkedSentence, marked_sentences
from monitor.core.model import Match

if TYPE_CHECKING:
    from monitor.core.json_objects import JsonObject
    from monitor.core.lab.backtests import Backtest, Comparison, TermCount
    from monitor.core.lab.batch_matches import SampleHit
    from monitor.core.lab.explanations import HitExplanation, WhyNotAnswer


def explanation(value: HitExplanation) -> JsonObject:
    """Return a hit with its rule, its story, and whether it still matches."""
    return {
        **serializers.hit(value.hit),
        "rule_title": value.rule.title if value.rule else "",
        "rule_state": value.rule_state,
        "rule_hash_now": value.rule.hash if value.rule else "",
        "matches_now": value.match is not None,
        "branch_now": value.match.branch if value.match else "",
        "text_state": value.text_state,
        "text_hash_now": value.text_hash,
        "text_removed_after_days": value.removed_after_days,
        "story": serializers.story(value.story) if value.story else None,
        "passages": _sentences(value.sentences),
    }


def answer(value: WhyNotAnswer) -> JsonObject:
    """Return whether a rule matches an article, and the causes if not."""
    stored = value.stored
    return {
        "rule_id": value.rule.id,
        "rule_status": value.rule.status,
        "outcome": value.outcome,
        "hit_id": value.hit.id if value.hit else None,
        "matches_now": value.match is not None,
        "article_id": stored.id if stored else None,
        "feed_id": stored.feed_id if stored else "",
        "url": value.url,
        "title": value.title,
        "stored_at": stored.stored_at if stored else None,
        "partial": bool(stored and stored.article.partial),
        "partial_reason": stored.article.partial_reason if stored else "",
        "truncated": value.truncated,
        "text_removed_after_days": stored.days_until_removal if stored else None,
        "causes": [{"distance": each.distance, "message": each.message} for each in value.causes],
        "branch": value.match.branch if value.match else "",
        "passages": _evidence_sentences(value.match) if value.match else [],
    }


def backtest(value: Backtest) -> JsonObject:
    """Return the back-test of a rule."""
    return {
        "rule_id": value.rule.id,
        "title": value.rule.title,
        "status": value.rule.status,
        "since": value.since,
        "until": value.until,
        "articles": value.articles,
        "hits": value.hits,
        "stories": value.stories,
        "share": round(value.share, 6),
        "weeks": [
            {
                "week": "{}-W{:02}".format(*week.start.isocalendar()[:2]),
                **fields_of(week),
            }
            for week in value.weeks
        ],
        "against": _comparison(value.against) if value.against else None,
        "newest": _samples(value.samples),
        "terms": [_term(count) for count in value.terms],
        "never_seen": [count.term.text for count in value.terms if not count.articles],
        "overlaps": list(map(fields_of, value.overlaps)),
        "spike": _spike(value),
        "warnings": list(map(fields_of, value.warnings)),
    }


def _comparison(value: Comparison) -> JsonObject:
    return fields_of(value, without=("gained_samples", "lost_samples")) | {
        "gained_articles": _samples(value.gained_samples),
        "lost_articles": _samples(value.lost_samples),
    }


def _samples(samples: Iterable[SampleHit]) -> list[JsonObject]:
    return [
        {
            "article_id": sample.article_id,
            "feed_id": sample.feed_id,
            "url": sample.url,
            "title": sample.title,
            "stored_at": sample.stored_at,
            "prominence": sample.match.prominence,
            "branch": sample.match.branch,
            "passages": _evidence_sentences(sample.match),
        }
        for sample in samples
    ]


def _evidence_sentences(match: Match) -> list[JsonObject]:
    return _sentences(marked_sentences(match.evidence))


def _sentences(sentences: Iterable[MarkedSentence]) -> list[JsonObject]:
    return [
        {
            "zone": sentence.zone,
            "text": sentence.text,
            "marks": [list(mark) for mark in sentence.marks],
            "terms": [{"term": each.term, "list": each.list_name} for each in sentence.evidence],
        }
        for sentence in sentences
    ]


def _term(count: TermCount) -> JsonObject:
    return {
        "term": count.term.text,
        "list": count.term.list_name,
        "articles": count.articles,
        "hits": count.hits,
        "words": list(count.words),
    }


def _spike(value: Backtest) -> JsonObject | None:
    spike = value.rule.spike
    if spike is None:
        return None
    return {
        "stories": spike.stories,
        "within_s": spike.within.total_seconds(),
        "min_sources": spike.min_sources,
        "times": len(value.peaks) + value.peaks_left_out,
        "newest": [{"at": peak.at, "stories": peak.stories, "sources": peak.sources} for peak in value.peaks],
    }
