"""Short polls to store, which differ only in what a test is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import sqlalchemy as sa

from monitor.core.model import (
    Article,
    AuditRanking,
    Changed,
    Entry,
    EntryCounts,
    Evidence,
    FeedId,
    FeedState,
    FoundArticle,
    Health,
    ListedArticle,
    Match,
    Message,
    Outcome,
    Poll,
    RuleId,
)
from monitor.store import _entries

NOW = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
FEED = FeedId("gazette")


def an_entry(name: str, **changes) -> Entry:
    entry = Entry(
        key=sha256(name.encode()).hexdigest(),
        guid=f"urn:{name}",
        link=f"https://gazette.example/{name}",
        canonical_link=f"gazette.example/{name}",
        title=f"Title of {name}",
        author="A. Writer",
        summary=f"Summary of {name}",
        published_at=NOW - HOUR,
        published_raw="Tue, 24 Nov 2026 07:00:00 +0100",
        language="en",
        tags=("ai", "law"),
        aliases=(f"alias of {name}",),
        content_hash=sha256(f"content of {name}".encode()).hexdigest(),
    )
    return replace(entry, **changes)


def an_article(name: str, **changes) -> Article:
    article = Article(
        title=f"Title of {name}",
        text=f"The regulator opened an inquiry into {name}.\n\nMore is expected.",
        url=f"https://gazette.example/{name}",
        language="en",
        author="A. Writer",
        published_at=NOW - HOUR,
        quality="full",
    )
    return replace(article, **changes)


def a_match(rule: str = "inquiries", **changes) -> Match:
    match = Match(
        rule_id=RuleId(rule),
        rule_hash="r1",
        topic="oversight",
        status="live",
        priority="normal",
        branch="any[0]",
        prominence="major",
        score=1.5,
        evidence=(
            Evidence(
                term="inquiry*",
                as_written="inquiry",
                zone="lead",
                start=24,
                end=31,
                sentence="The regulator opened an inquiry.",
                sentence_start=0,
                list_name="acts",
            ),
        ),
    )
    return replace(match, **changes)


def a_find(name: str, *rules: str, **changes) -> FoundArticle:
    found = FoundArticle(
        entry=an_entry(name),
        article=an_article(name),
        matches=tuple(a_match(rule) for rule in rules),
        shingle_hashes=some_hashes(name) if rules else (),
    )
    return replace(found, **changes)


def some_hashes(name: str) -> tuple[int, ...]:
    """Eight 64-bit hashes; different names share none."""
    return tuple(int.from_bytes(sha256(f"{name} {n}".encode()).digest()[:8], "big", signed=True) for n in range(8))


def a_poll(
    *found: FoundArticle, at: datetime = NOW, feed: str = FEED, outcome: Outcome | None = None, **changes
) -> Poll:
    poll = Poll(
        feed_id=FeedId(feed),
        started_at=at - timedelta(seconds=2),
        finished_at=at,
        outcome=outcome or Changed(entries=tuple(each.entry for each in found)),
        state=FeedState(feed_id=FeedId(feed), health=Health.OK, last_poll_at=at, last_success_at=at),
        found=found,
        counts=EntryCounts(seen=len(found)),
    )
    return replace(poll, **changes)


def a_message(key: str = "digest:daily:1:outbox", **changes) -> Message:
    message = Message(
        key=key,
        kind="digest",
        channel="outbox",
        subject="Three stories",
        text="Three stories, in words.",
        html="<p>Three stories</p>",
        payload={"blocks": [{"type": "section", "text": "é"}], "n": 3},
        recipients=("a@example.org", "b@example.org"),
    )
    return replace(message, **changes)


def drop_search_index(store):
    """Leave an archive that was never indexed."""
    with store._writing() as connection:
        connection.execute(sa.text("DELETE FROM search_documents"))
        connection.execute(sa.text("UPDATE search_totals SET articles = 0, words = 0"))
        connection.execute(sa.text("DELETE FROM search_volumes"))
        connection.execute(sa.text("DELETE FROM search_postings"))
    store.restart_search_index()


def known_entries(store, feed, keys):
    """Look up entries by key or alias, like a poll that shows something new."""
    with store._reading() as connection:
        return _entries.known(connection, feed, keys)


def a_ranking(*article_ids: int, **changes) -> AuditRanking:
    """A ranking that lists these articles, the first with the highest score."""
    ranking = AuditRanking(
        trained_at=NOW,
        since=NOW - DAY,
        training_hash="t",
        rules_hash="r",
        seed=0,
        relevant=30,
        irrelevant=0,
        assumed=100,
        ranked=100,
        hits=30,
        articles=tuple(
            ListedArticle(article_id=number, score=2.0 - place, terms=("quay",))
            for place, number in enumerate(article_ids)
        ),
    )
    return replace(ranking, **changes)
