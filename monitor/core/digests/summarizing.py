"""Summarizes a story by its hits: which article leads, what it says, why it matched, and who else reports it.

The lead article comes from the outlet with the best tier; among equals, the one with the most urgent hit, then one with
its full text, then the earliest. Each version of an edited article is an article of its own; the summary shows the
version with the most urgent hit, among equals the newest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from monitor.core.articles.opening import summarize_opening
from monitor.core.digests.digest_stories import MAX_STORY_TITLE_CHARS, DigestStory, Outlet, StoryContext, safe_link
from monitor.core.digests.ranking import rank_story
from monitor.core.digests.why_terms import matched_rules
from monitor.core.matching.passages import (
    CHARS_BEFORE_LINE_MARK,
    MAX_PASSAGE_LINE_CHARS,
    MarkedSentence,
    Passage,
    Piece,
    best_sentence,
    mark_spans,
    plain_text,
)
from monitor.core.model import PRIORITIES, Evidence, Feed, FeedId, Hit, Opening, Story, Tier
from monitor.core.text import CJK_RANGES, clean_line
from monitor.core.text.lookalikes import domain_to_show
from monitor.core.text.shortening import characters_in

_LETTER = rf"[^\W{CJK_RANGES}]"
"""A letter or digit of a script with spaces between words."""
_INSIDE_WORD = re.compile(rf"(?<={_LETTER})(?={_LETTER})")
_UNTITLED = "(no title)"
_LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")


def summarize(hits: Sequence[Hit], story: Story | None, context: StoryContext) -> DigestStory:
    """Summarize a story by its new hits; `story` adds the outlets without a hit."""
    best = max(hits, key=lambda hit: _importance_key(hit, context))
    lead_hits = _lead_hits(hits, context.feeds)
    also = tuple(sorted({hit.topic for hit in hits} - {best.topic, *context.catch_all}))
    shown = replace(
        _build_story(lead_hits, best, hits, context),
        also_topics=also,
        also_topic_titles=tuple(context.topic_titles.get(slug, slug) for slug in also),
        passing=all(hit.prominence == "passing" for hit in hits),
        updated=all(hit.updated for hit in hits),
        backfilled=all(hit.backfilled for hit in hits),
        notified_at=context.notified_at.get(best.story_id),
        alerted_at=context.alerted_at.get(best.story_id),
        others=_others(lead_hits[0], hits, story, context.feeds),
        hit_ids=tuple(sorted(hit.id for hit in hits)),
    )
    labels = [context.labels[hit.rule_id] for hit in hits if hit.rule_id in context.labels]
    return replace(shown, rank=rank_story(shown, labels, context.readers_language))


def _importance_key(hit: Hit, context: StoryContext) -> tuple[bool, int, bool, float, int]:
    """Return the sort key of the hit under whose topic a story is listed."""
    return hit.topic not in context.catch_all, _urgency(hit), hit.prominence == "major", hit.score, -hit.id


def _build_story(lead_hits: Sequence[Hit], best: Hit, hits: Sequence[Hit], context: StoryContext) -> DigestStory:
    """Make the story of its lead article, and of the hit under whose topic it is listed."""
    lead, sentence = lead_hits[0], best_sentence(_evidence(lead_hits))
    in_title_only = sentence is not None and sentence.zone == "title"
    in_title = _different_terms(lead_hits, "title")
    passage, line = _passages(sentence)
    return DigestStory(
        story_id=best.story_id,
        title=_title(lead),
        lead=_outlet(lead.feed_id, lead.url, context.feeds),
        language=lead.language if _LANGUAGE_TAG.fullmatch(lead.language) else "",
        published_at=lead.published_at,
        found_at=min(hit.found_at for hit in hits),
        article_id=lead.article_id,
        passage=passage,
        evidence=() if in_title_only else line,
        in_title_only=in_title_only,
        title_terms=len(in_title),
        lead_terms=len(_different_terms(lead_hits, "lead") - in_title),
        matched_rules=matched_rules(hits, lead.article_id, context),
        topic=best.topic,
        topic_title=context.topic_titles.get(best.topic, best.topic),
        priority=max(hits, key=_urgency).priority,
        score=best.score,
        partial=all(hit.partial for hit in lead_hits),
        text_removed=lead.text_removed_at is not None,
    )


def _different_terms(hits: Iterable[Hit], zone: str) -> frozenset[str]:
    """Return the matched terms of a zone; the terms of one list are the name of the list."""
    return frozenset(
        f"${each.list_name}" if each.list_name else each.term.casefold()
        for hit in hits
        for each in hit.evidence
        if each.zone == zone
    )


def _passages(sentence: MarkedSentence | None) -> tuple[Passage, Passage]:
    """Return the sentence that matched, and the same in one line, cut around its terms."""
    text, marks = (sentence.text, sentence.marks) if sentence else ("", ())
    passage, columns = mark_spans(text, marks), characters_in(text, MAX_PASSAGE_LINE_CHARS)
    fits = len(text) <= columns
    return passage, passage if fits else mark_spans(text, marks, columns, CHARS_BEFORE_LINE_MARK)


def add_summary(story: DigestStory, opening: Opening | None) -> DigestStory:
    """Add what happened, from the beginning of the lead's article; None: it is not stored any more.

    A sentence that matched is no evidence of its own if it only repeats the headline.
    """
    if _plain(plain_text(story.evidence)) in _plain(story.title):
        story = replace(story, evidence=())
    sentences = summarize_opening(opening) if opening else ()
    if not sentences:
        return replace(story, summary=(), has_headline_only=True)
    summarized = _plain(" ".join(sentences))
    terms = [piece.text for piece in story.passage if piece.marked]
    contains = bool(story.passage) and not story.in_title_only and _plain(plain_text(story.passage)) in summarized
    summary = tuple(_mark_terms(sentence, terms) if contains else (Piece(sentence),) for sentence in sentences)
    return replace(story, summary=summary, evidence=() if contains else story.evidence, has_headline_only=False)


def _plain(text: str) -> str:
    """Return the words of a text without the marks around them, to compare sentences."""
    return "".join(re.findall(r"[^\W_]+", text.casefold()))


def _mark_terms(sentence: str, terms: Sequence[str]) -> Passage:
    """Mark the first occurrence of each term in a sentence, as a whole word in scripts that have spaces."""
    spans = (_find_word(term, sentence) for term in terms)
    return mark_spans(sentence, [span for span in spans if span], len(sentence))


def _find_word(term: str, sentence: str) -> tuple[int, int] | None:
    """Return the span of the first occurrence of a term as whole words."""
    start = sentence.find(term)
    while start >= 0:
        end = start + len(term)
        if not _INSIDE_WORD.match(sentence, start) and not _INSIDE_WORD.match(sentence, end):
            return start, end
        start = sentence.find(term, start + 1)
    return None


def _rank(feeds: Mapping[FeedId, Feed], feed_id: FeedId) -> int:
    feed = feeds.get(feed_id)
    return feed.tier.rank if feed else len(Tier)


def _urgency(hit: Hit) -> int:
    return PRIORITIES.index(hit.priority)


def _lead_hits(hits: Sequence[Hit], feeds: Mapping[FeedId, Feed]) -> list[Hit]:
    """Choose the lead article and the version of it to show; return the hits of that version."""
    first = min(
        hits, key=lambda hit: (_rank(feeds, hit.feed_id), -_urgency(hit), hit.partial, hit.found_at, hit.article_id)
    )
    versions = [hit for hit in hits if hit.entry_id == first.entry_id]
    shown = max(versions, key=lambda hit: (_urgency(hit), hit.article_id)).article_id
    return [hit for hit in versions if hit.article_id == shown]


def _evidence(hits: Sequence[Hit]) -> list[Evidence]:
    """Collect the evidence of all rules in the sentences of the most urgent hits."""
    most = max(map(_urgency, hits))
    sentences = {(each.zone, each.sentence) for hit in hits if _urgency(hit) == most for each in hit.evidence}
    return [each for hit in hits for each in hit.evidence if (each.zone, each.sentence) in sentences]


def _title(lead: Hit) -> str:
    """Return the title, followed by the registrable domain if lookalike letters may mislead a reader."""
    title = clean_line(lead.title, limit=MAX_STORY_TITLE_CHARS) or _UNTITLED
    domain = domain_to_show(title, lead.url)
    return f"{title} [{domain}]" if domain else title


def _outlet(feed_id: FeedId, url: str, feeds: Mapping[FeedId, Feed]) -> Outlet:
    feed = feeds.get(feed_id)
    return Outlet(
        feed_id=feed_id,
        title=clean_line(feed.title if feed else "", limit=80) or feed_id,
        tier=feed.tier if feed else Tier.NEWSLETTER,
        url=safe_link(url),
    )


def _others(lead: Hit, hits: Iterable[Hit], story: Story | None, feeds: Mapping[FeedId, Feed]) -> tuple[Outlet, ...]:
    """List every other outlet once, with its first article."""
    articles = [(hit.found_at, hit.feed_id, hit.url) for hit in hits]
    articles += [(article.found_at, article.feed_id, article.url) for article in (story.articles if story else ())]
    outlets: dict[FeedId, Outlet] = {}
    for _, feed_id, url in sorted(articles):
        if feed_id != lead.feed_id and feed_id not in outlets:
            outlets[feed_id] = _outlet(feed_id, url, feeds)
    return tuple(sorted(outlets.values(), key=lambda outlet: (_rank(feeds, outlet.feed_id), outlet.title)))
