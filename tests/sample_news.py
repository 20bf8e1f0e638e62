"""Invented news of one morning, for tests of digests and for the pictures in docs/images."""
# ruff: noqa: RUF001 - news in several languages

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from monitor.core.digests.composing import DigestContext, compose_digest
from monitor.core.digests.digest import Digest, DigestWindow
from monitor.core.model import (
    Coverage,
    DigestConfig,
    Evidence,
    Feed,
    FeedCoverage,
    FeedId,
    Health,
    Hit,
    RuleId,
    Story,
    StoryArticle,
    Tier,
)

NOW = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
YESTERDAY = NOW - timedelta(days=1)


@dataclass(frozen=True)
class Topic:
    """A topic, as the rules' files name it."""

    title: str
    order: int
    catch_all: bool = False


TOPICS = {
    "ai-act": Topic("EU AI Act", 1),
    "frontier": Topic("Frontier models and safety", 2),
    "chips": Topic("Chips and export controls", 3),
    "copyright": Topic("Training data and copyright", 4),
    "labour": Topic("AI at work", 5),
}
RULES = {
    "ai-act-gpai": "General-purpose AI under the AI Act",
    "ai-act-enforcement": "Enforcement of the AI Act",
    "frontier-evaluations": "Evaluations of frontier models",
    "chips-export": "Export controls on AI chips",
    "copyright-training": "Copyright in training data",
}
FEEDS = {
    feed.id: feed
    for feed in (
        Feed(
            id=FeedId("union-office"),
            url="https://office.example/rss",
            title="Union AI Office",
            tier=Tier.OFFICIAL,
            tags=("eu",),
        ),
        Feed(id=FeedId("gazette"), url="https://gazette.example/rss", title="Government Gazette", tier=Tier.OFFICIAL),
        Feed(id=FeedId("continental"), url="https://wire.example/rss", title="Continental Wire", tier=Tier.AGENCY),
        Feed(
            id=FeedId("courrier"), url="https://courrier.example/rss", title="Le Courrier du Numérique", language="fr"
        ),
        Feed(id=FeedId("meridian"), url="https://meridian.example/rss", title="The Meridian"),
        Feed(id=FeedId("harbour"), url="https://harbour.example/rss", title="Harbour Post"),
        Feed(id=FeedId("pearl"), url="https://pearl.example/rss", title="珠江科技报", language="zh", country="CN"),
        Feed(id=FeedId("lantern"), url="https://lantern.example/rss", title="Lantern Institute", tier=Tier.THINK_TANK),
        Feed(id=FeedId("ledger"), url="https://ledger.example/rss", title="The Chip Ledger", tier=Tier.NEWSLETTER),
        Feed(id=FeedId("commons"), url="https://commons.example/rss", title="Commons Watch", tier=Tier.CIVIL_SOCIETY),
    )
}  # fmt: skip


def evidence_of(sentence: str, *terms: str, zone: str = "lead", start: int = 0) -> tuple[Evidence, ...]:
    """Return the evidence of every term in a sentence."""
    return tuple(
        Evidence(
            term=term,
            as_written=term,
            zone=zone,
            start=start + sentence.index(term),
            end=start + sentence.index(term) + len(term),
            sentence=sentence,
            sentence_start=start,
        )
        for term in terms
    )


def hit(
    number: int, title: str, feed: str, topic: str, rule: str, evidence: tuple[Evidence, ...], **more: object
) -> Hit:
    """Make a hit with ordinary values for fields that are not given."""
    fields: dict[str, object] = {
        "id": number,
        "rule_id": RuleId(rule),
        "rule_hash": "1" * 12,
        "topic": topic,
        "status": "live",
        "priority": "normal",
        "branch": "any[0]",
        "prominence": "major",
        "score": 4.0,
        "evidence": evidence,
        "found_at": NOW - timedelta(hours=number % 20, minutes=7),
        "partial": False,
        "backfilled": False,
        "updated": False,
        "article_id": number,
        "entry_id": more.get("article_id", number),
        "feed_id": FeedId(feed),
        "url": f"https://{feed}.example/2026/11/{number}",
        "title": title,
        "published_at": NOW - timedelta(hours=number % 20, minutes=31),
        "language": "en",
        "story_id": number,
    }
    return Hit(**{**fields, **more})


_GUIDELINES = "Providers of general-purpose AI models have until 2 February to comment on the draft code of practice."
_COPY = "The Union AI Office wants comments on its code of practice for general-purpose AI before February."
_COURRIER = (
    "Le Bureau de l’IA publie un projet de code de bonnes pratiques pour les modèles d’IA à usage général, ouvert aux "
    "commentaires jusqu’au 2 février."
)
_FINE = "It is the first fine under the AI Act: 14 million euros for a deployer that scored job applicants unannounced."
_EVALUATION = (
    "The institute found that three of the five frontier models it tested could be led past their safeguards within an "
    "hour, and calls for evaluations before release rather than after."
)
_CHIPS = (
    "The rule extends export controls to accelerators above 4,800 points and to the cloud services that rent them out."
)
_PEARL = "新规要求人工智能芯片出口须事先申报，并对云端算力出租实行登记制度。"
_COURT = (
    "The court held that text and data mining for training needs a licence where authors have reserved their rights."
)

CONSULTATION, FINE, EVALUATION, EXPORT_RULE, CLAUSES, CHATBOT, OPINION, COURT, QUESTIONS = range(100, 109)
"""The ids of the stories."""
HITS = [
    hit(1, "Consultation opens on the code of practice for general-purpose AI", "union-office", "ai-act", "ai-act-gpai",
        evidence_of(_GUIDELINES, "general-purpose AI", "code of practice"), priority="high", score=9.0,
        story_id=CONSULTATION),
    hit(2, "Union seeks views on AI code of practice", "continental", "ai-act", "ai-act-gpai",
        evidence_of(_COPY, "general-purpose AI", "code of practice"), priority="high", score=7.0,
        story_id=CONSULTATION),
    hit(3, "IA à usage général : Bruxelles consulte", "courrier", "ai-act", "ai-act-gpai",
        evidence_of(_COURRIER, "IA à usage général"), priority="high", score=6.0, story_id=CONSULTATION, language="fr"),
    hit(4, "First fine under the AI Act goes to a recruiter", "gazette", "ai-act", "ai-act-enforcement",
        evidence_of(_FINE, "fine", "AI Act"), priority="urgent", score=8.0, story_id=FINE),
    hit(5, "First fine under the AI Act goes to a recruiter", "gazette", "labour", "ai-act-enforcement",
        evidence_of(_FINE, "job applicants"), article_id=4, score=3.0, story_id=FINE),
    hit(6, "Frontier models fail half of an independent evaluation", "lantern", "frontier", "frontier-evaluations",
        evidence_of(_EVALUATION, "frontier models", "evaluations"), score=7.5, story_id=EVALUATION),
    hit(7, "New export rule covers rented accelerators", "gazette", "chips", "chips-export",
        evidence_of(_CHIPS, "export controls"), priority="high", score=6.0, story_id=EXPORT_RULE, published_at=None),
    hit(8, "人工智能芯片出口新规公布", "pearl", "chips", "chips-export",
        evidence_of(_PEARL, "人工智能芯片出口"), score=5.0, story_id=EXPORT_RULE, language="zh"),
    hit(9, "Reading the export controls on AI chips, clause by clause", "ledger", "chips", "chips-export",
        evidence_of("Reading the export controls on AI chips, clause by clause", "export controls", "AI chips",
        zone="title"), score=4.5, story_id=CLAUSES, partial=True),
    hit(10, "Harbour city budgets for a municipal chatbot", "harbour", "ai-act", "ai-act-gpai",
        evidence_of("The city says it will follow the code of practice once it is final.", "code of practice",
        zone="body"), prominence="passing", score=1.0, story_id=CHATBOT),
    hit(11, "Opinion: what the summit left out", "meridian", "ai-act", "ai-act-enforcement",
        evidence_of("Nobody asked who would enforce the AI Act in schools.", "AI Act", zone="body"),
        prominence="passing", score=1.2, story_id=OPINION),
    hit(12, "Court reserves text and data mining for licence holders", "meridian", "copyright", "copyright-training",
        evidence_of(_COURT, "text and data mining", "training"), score=5.5, story_id=COURT),
    hit(13, "Five questions on licences for training data", "commons", "copyright", "copyright-training",
        evidence_of("Collecting societies expect the first licences for training data next year.", "training data"),
        story_id=QUESTIONS, backfilled=True, published_at=NOW - timedelta(days=40)),
]  # fmt: skip


def story_of(number: int, *articles: tuple[str, str, datetime]) -> Story:
    """Make a story of (feed, title, time) articles beyond those of the hits."""
    kept = [
        StoryArticle(article_id=each.article_id, feed_id=each.feed_id, title=each.title, url=each.url,
                     found_at=each.found_at, published_at=each.published_at, language=each.language)
        for each in HITS if each.story_id == number
    ]  # fmt: skip
    kept += [
        StoryArticle(article_id=1000 + 10 * number + index, feed_id=FeedId(feed), title=title,
                     url=f"https://{feed}.example/{index}", found_at=at, published_at=at, language="en")
        for index, (feed, title, at) in enumerate(articles)
    ]  # fmt: skip
    return Story(
        id=number, first_at=min(a.found_at for a in kept), last_at=max(a.found_at for a in kept), articles=tuple(kept)
    )


STORIES = [
    story_of(CONSULTATION, ("meridian", "Brussels asks", NOW - timedelta(hours=3)), ("harbour", "Comment now", NOW),
             ("lantern", "Our reading of the draft code", NOW)),
    story_of(FINE),
    story_of(EXPORT_RULE),
    story_of(COURT, ("courrier", "Fouille de textes : l’arrêt", NOW - timedelta(days=4))),
]  # fmt: skip


def covered(feed_id: str, health: Health = Health.OK, **more: object) -> FeedCoverage:
    """Make one feed's coverage."""
    fields: dict[str, object] = {
        "feed_id": FeedId(feed_id),
        "title": FEEDS[FeedId(feed_id)].title,
        "polls": 48,
        "failed": 0,
        "articles": 31,
        "partial": 0,
        "possible_gaps": 0,
        "health": health,
        "last_success_at": NOW - timedelta(minutes=12),
        "last_entry_at": NOW - timedelta(hours=2),
    }
    return FeedCoverage(**{**fields, **more})


COVERED_WELL = Coverage(since=YESTERDAY, until=NOW, feeds=tuple(covered(feed_id) for feed_id in FEEDS))
COVERAGE = Coverage(
    since=YESTERDAY,
    until=NOW,
    feeds=tuple(
        {
            "harbour": covered("harbour", Health.FAILING, polls=9, failed=6, reason="http 503: Service Unavailable",
                               last_success_at=NOW - timedelta(hours=11)),
            "commons": covered("commons", Health.SILENT, articles=0, last_entry_at=NOW - timedelta(days=19)),
            "ledger": covered("ledger", partial=3, possible_gaps=1),
        }.get(feed_id, covered(feed_id))
        for feed_id in FEEDS
    ),
)  # fmt: skip
CONFIG = DigestConfig(
    id="daily-brief",
    title="AI governance, daily brief",
    schedule="0 8 * * mon-fri",
    timezone="Europe/Brussels",
    channels=("outbox",),
    see_more="command",
)
WEEKS = {
    "ai-act": (9, 14, 11, 8, 12, 19, 16, 31),
    "frontier": (6, 2, 0, 3, 5, 4, 7, 5),
    "chips": (1, 0, 2, 12, 8, 3, 2, 9),
    "labour": (0, 0, 1, 0, 2, 0, 0, 1),
}
WINDOW = DigestWindow(since=YESTERDAY, until=NOW, slot=NOW)


def a_digest(**more: object) -> Digest:
    """Compose the morning's digest; keyword arguments replace what `compose_digest` and its context are given."""
    given: dict[str, object] = {
        "config": CONFIG,
        "hits": HITS,
        "stories": STORIES,
        "coverage": COVERAGE,
        "topics": TOPICS,
        "feeds": FEEDS,
        "window": WINDOW,
        "rules": RULES,
        "weeks": WEEKS,
        "notified_at": {COURT: NOW - timedelta(days=4)},
        "alerted_at": {FINE: NOW - timedelta(hours=10)},
    }
    given |= more
    config, hits, stories, window = (given.pop(name) for name in ("config", "hits", "stories", "window"))
    return compose_digest(config, hits, stories, window, DigestContext(**given))
