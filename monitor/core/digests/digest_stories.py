"""One story of a digest: its lead article, what happened, the other outlets, and the rules that matched.

The lead article comes from the outlet with the best tier; among equals, the one with the most urgent hit, then one with
its full text, then the earliest. Each version of an edited article is an article of its own; the summary shows the
version with the most urgent hit, among equals the newest.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from monitor.core.articles.opening import what_happened
from monitor.core.digests.ranking import NO_RANK, Rank, rank_story
from monitor.core.matching.passages import (
    CHARS_BEFORE_LINE_MARK,
    MAX_LINE_CHARS,
    Passage,
    Piece,
    best_sentence,
    mark_spans,
    plain_text,
)
from monitor.core.model import PRIORITIES, Tier
from monitor.core.text import clean_line
from monitor.core.text.lookalikes import domain_to_show
from monitor.core.text.shortening import characters_in

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from monitor.core.model import Evidence, Feed, FeedId, Hit, LabelCounts, Opening, Story

MAX_TITLE = 240
MAX_URL = 2_000
MAX_TERMS = 8
MAX_WHY_TERMS = 2
_ZONE_WEIGHTS = {"title": 4, "lead": 2}
"""How much an occurrence weighs when the terms to name are chosen; 1 elsewhere. It does not decide on any order."""
_URL_SAFE = "!#$%&'()*+,/:;=?@[]~"
_UNTITLED = "(no title)"
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """A feed that published an article of the story."""

    feed_id: FeedId
    title: str
    tier: Tier
    url: str
    """Address of its article; empty unless it is http(s)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchedRule:
    """A rule that matched the story, with the matched terms as the article spells them."""

    rule_id: str
    title: str
    terms: tuple[str, ...]
    more_terms: int = 0
    """Matched terms beyond MAX_TERMS."""
    main_terms: tuple[str, ...] = ()
    """The one or two of them that occur in the most prominent places."""
    is_catch_all: bool = False
    """Its topic collects what no other topic takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestStory:
    """One story as a digest shows it."""

    story_id: int
    title: str
    translated_title: str = ""
    """A machine translation; empty if there is none."""
    lead: Outlet
    language: str
    published_at: datetime | None
    found_at: datetime
    article_id: int
    """The version of the lead's article that is shown."""
    passage: Passage
    """The sentence that shows best why the story matched; empty if there is no evidence."""
    evidence: Passage
    """The same in one line, cut around its terms; empty if `summary` or the title contains the sentence."""
    in_title_only: bool
    """The terms occur in the title only, so the passage is the title."""
    summary: tuple[Passage, ...] = ()
    """What happened, in one or two sentences; terms are marked if the sentence that matched is among them."""
    has_headline_only: bool = False
    """Only the headline of the article is known."""
    rank: Rank = NO_RANK
    matched_rules: tuple[MatchedRule, ...]
    topic: str
    topic_title: str
    also_topics: tuple[str, ...]
    also_topic_titles: tuple[str, ...]
    priority: str
    score: float
    passing: bool
    partial: bool
    updated: bool
    backfilled: bool
    text_removed: bool = False
    """Retention has removed the text of the lead's article."""
    notified_at: datetime | None = None
    """When this digest last contained this story."""
    alerted_at: datetime | None = None
    """When an alert last contained this story."""
    others: tuple[Outlet, ...] = ()
    """Every other outlet once, best tier first."""
    hit_ids: tuple[int, ...] = ()

    @property
    def priority_rank(self) -> int:
        """3 for urgent, 0 for low."""
        return PRIORITIES.index(self.priority)

    @property
    def why(self) -> MatchedRule | None:
        """The rule to name as the reason: the most urgent one that is no catch-all."""
        return next(
            (rule for rule in self.matched_rules if not rule.is_catch_all), next(iter(self.matched_rules), None)
        )


def count_urgent(stories: Iterable[DigestStory]) -> int:
    """Count the stories of urgent priority."""
    return sum(story.priority == "urgent" for story in stories)


def summarize(
    hits: Sequence[Hit],
    story: Story | None,
    *,
    feeds: Mapping[FeedId, Feed],
    rules: Mapping[str, str],
    notified_at: datetime | None,
    alerted_at: datetime | None,
    topic_titles: Mapping[str, str],
    catch_all: Collection[str] = (),
    labels: Mapping[str, LabelCounts] | None = None,
    readers_language: str = "",
) -> DigestStory:
    """Summarize a story by its new hits; `story` adds the outlets without a hit.

    `catch_all`: topics under which it is listed only if it has no other. `labels`: what readers said, by rule.
    `readers_language`: empty if not known.
    """
    urgent = max(hits, key=_urgency)
    best = max(
        hits, key=lambda hit: (hit.topic not in catch_all, _urgency(hit), hit.prominence == "major", hit.score, -hit.id)
    )
    lead_hits = _lead_hits(hits, feeds)
    lead = lead_hits[0]
    also = tuple(sorted({hit.topic for hit in hits} - {best.topic, *catch_all}))
    sentence = best_sentence(_evidence(lead_hits))
    in_title_only = sentence is not None and sentence.zone == "title"
    text, marks = (sentence.text, sentence.marks) if sentence else ("", ())
    passage, columns = mark_spans(text, marks), characters_in(text, MAX_LINE_CHARS)
    fits = len(text) <= columns
    evidence = passage if fits else mark_spans(text, marks, columns, CHARS_BEFORE_LINE_MARK)
    shown = DigestStory(
        story_id=best.story_id,
        title=_title(lead),
        lead=_outlet(lead.feed_id, lead.url, feeds),
        language=lead.language if _LANGUAGE.fullmatch(lead.language) else "",
        published_at=lead.published_at,
        found_at=min(hit.found_at for hit in hits),
        article_id=lead.article_id,
        passage=passage,
        evidence=() if in_title_only else evidence,
        in_title_only=in_title_only,
        matched_rules=_matched_rules(hits, rules, catch_all),
        topic=best.topic,
        topic_title=topic_titles.get(best.topic, best.topic),
        also_topics=also,
        also_topic_titles=tuple(topic_titles.get(slug, slug) for slug in also),
        priority=urgent.priority,
        score=best.score,
        passing=all(hit.prominence == "passing" for hit in hits),
        partial=all(hit.partial for hit in lead_hits),
        updated=all(hit.updated for hit in hits),
        backfilled=all(hit.backfilled for hit in hits),
        text_removed=lead.text_removed_at is not None,
        notified_at=notified_at,
        alerted_at=alerted_at,
        others=_others(lead, hits, story, feeds),
        hit_ids=tuple(sorted(hit.id for hit in hits)),
    )
    of_rules = [labels[hit.rule_id] for hit in hits if hit.rule_id in labels] if labels else []
    return replace(shown, rank=rank_story(shown, of_rules, readers_language))


def add_summary(story: DigestStory, opening: Opening | None) -> DigestStory:
    """Add what happened, from the beginning of the lead's article; None: it is not stored any more."""
    sentences = what_happened(opening) if opening else ()
    if not sentences:
        return replace(story, summary=(), has_headline_only=True)
    said = _plain(" ".join(sentences))
    terms = [piece.text for piece in story.passage if piece.marked]
    contains = bool(story.passage) and not story.in_title_only and _plain(plain_text(story.passage)) in said
    summary = tuple(_marked(sentence, terms) if contains else (Piece(sentence),) for sentence in sentences)
    return replace(story, summary=summary, evidence=() if contains else story.evidence, has_headline_only=False)


def _plain(text: str) -> str:
    """Return the words of a text without the marks around them, to compare sentences."""
    return "".join(re.findall(r"[^\W_]+", text.casefold()))


def _marked(sentence: str, terms: Sequence[str]) -> Passage:
    """Mark the first occurrence of each term in a sentence."""
    found = ((sentence.find(term), len(term)) for term in terms)
    return mark_spans(sentence, [(at, at + length) for at, length in found if at >= 0], len(sentence))


def safe_link(url: str) -> str:
    """Return a percent-encoded http(s) address that is safe in any markup; empty for any other address."""
    url = url.strip()
    if len(url) > MAX_URL:
        return ""
    try:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            return ""
    except ValueError:
        return ""
    return quote(url, safe=_URL_SAFE, errors="ignore")


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
    title = clean_line(lead.title, limit=MAX_TITLE) or _UNTITLED
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


def _matched_rules(
    hits: Iterable[Hit], rules: Mapping[str, str], catch_all: Collection[str]
) -> tuple[MatchedRule, ...]:
    """List the rules with their terms, most urgent first; spellings that differ in case only count once."""
    evidence_by_rule: dict[str, list[Evidence]] = {}
    topics: dict[str, str] = {}
    for hit in sorted(hits, key=lambda hit: (-_urgency(hit), -hit.score, hit.id)):
        evidence_by_rule.setdefault(hit.rule_id, []).extend(hit.evidence)
        topics.setdefault(hit.rule_id, hit.topic)
    return tuple(
        _matched_rule(rule_id, rules.get(rule_id, rule_id), evidence, is_catch_all=topics[rule_id] in catch_all)
        for rule_id, evidence in evidence_by_rule.items()
    )


def _matched_rule(rule_id: str, title: str, evidence: Sequence[Evidence], *, is_catch_all: bool) -> MatchedRule:
    terms: dict[str, str] = {}
    weights: Counter[str] = Counter()
    for each in evidence:
        term = clean_line(each.as_written or each.term, limit=60)
        if term:
            terms.setdefault(term.casefold(), term)
            weights[term.casefold()] += _ZONE_WEIGHTS.get(each.zone, 1)
    main = _main_terms(weights)
    shown = tuple(terms.values())
    return MatchedRule(
        rule_id=rule_id,
        title=clean_line(title, limit=MAX_TITLE),
        terms=shown[:MAX_TERMS],
        more_terms=max(0, len(shown) - MAX_TERMS),
        main_terms=tuple(terms[key] for key in main),
        is_catch_all=is_catch_all,
    )


def _main_terms(weights: Mapping[str, int]) -> list[str]:
    """Choose the terms to name: those of the most prominent places, and no term that is a part of another one."""
    specific = [term for term in weights if not any(term != other and term in other for other in weights)]
    return sorted(specific, key=lambda term: -weights[term])[:MAX_WHY_TERMS]
