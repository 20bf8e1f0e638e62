"""Texts that cannot be matched in time are stored whole, marked, counted and retried, and delay no others."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.core.digests.source_coverage import report_coverage
from monitor.core.messages.render._coverage_wording import coverage_summary
from monitor.core.model import Feed
from monitor.core.polls.retry_policy import MATCH_RETRIES
from monitor.core.rules import SourceFile, load
from monitor.extraction import ExtractionPool, PooledMatcher, pack_rules
from tests.poll.hanging_condition import DIES, HANGS, HangingCondition
from tests.poll.polled_feeds import PROSE, RULES, START, poll_one, polled_feeds
from tests.siteserver import Site, feed_xml, page, rss

ACT = "<p>The members will vote on the AI Act before the summer.</p>"
LONG = PROSE * 60
"""More than the beginning that is matched when the whole text cannot be."""


def rules(*, trap: bool):
    book, _ = load([SourceFile("r.yaml", RULES)])
    (rule,) = book.rules
    return [replace(rule, condition=HangingCondition(rule.condition.operands))] if trap else [rule]


class Brief(ExtractionPool):
    """A pool with a short deadline for matching a text that hangs."""

    def __init__(self) -> None:
        super().__init__(workers=2, timeout=60)

    def matcher(self, *, trap: bool = True) -> PooledMatcher:
        return BriefMatcher(self, pack_rules(rules(trap=trap)))


class BriefMatcher(PooledMatcher):
    async def analyse(self, article, source, common, *, seconds=None):
        return await super().analyse(article, source, common, seconds=0.3 if HANGS in article.text else None)


@pytest.fixture(scope="module")
def pool():
    pool = Brief()
    yield pool
    pool.close()


@pytest.fixture
async def site():
    async with Site() as site:
        yield site


def publish(site: Site, **texts: str) -> None:
    """Publish one feed for each text, named after it, with one entry whose page has the text."""
    for name, text in texts.items():
        item = {"title": f"The session of {name}", "link": f"/{name}/1", "guid": name, "description": "A session."}
        site.routes[f"/{name}"] = rss(feed_xml([item | {"pubDate": START.strftime("%a, %d %b %Y %H:%M:%S GMT")}]))
        site.routes[f"/{name}/1"] = page(f"<h1>The session of {name}</h1>{text}")


@asynccontextmanager
async def polling(site: Site, store, pool: Brief, *names: str):
    feeds = [Feed(id=name, url=site.url(f"/{name}")) for name in names]
    async with polled_feeds(store, feeds, reading=pool) as polled:
        polled.poller.reader.matcher = pool.matcher()
        yield polled


def stored(store):
    return {each.feed_id: each.article for each in store.articles(since=START - timedelta(days=1))}


async def test_a_text_that_hangs_the_matcher_delays_no_other_article_and_is_counted(site, store, pool):
    publish(site, bad=f"{ACT}{LONG}<p>Here stands {HANGS}.</p>", good=f"{LONG}{ACT}")
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0.01)

    async with polling(site, store, pool, "bad", "good") as polled, asyncio.TaskGroup() as group:
        ticking = group.create_task(tick())
        good = await poll_one(polled.poller, "good")
        bad = group.create_task(poll_one(polled.poller, "bad"))
        before = ticks
        poll = await bad
        ticking.cancel()
    assert ticks - before > 5, "the event loop goes on while a worker hangs"
    assert not good.notes
    assert poll.notes == ("not matched whole: 1 article",)
    article = stored(store)["bad"]
    assert article.partial_reason == "not matched whole: it took too long"
    assert HANGS in article.text
    assert article.quality == "full"
    coverage = store.coverage(
        [Feed(id="bad", url=""), Feed(id="good", url="")], START - timedelta(days=1), polled.now[0]
    )
    proof = report_coverage(coverage)
    assert "1 with articles not fully matched" in coverage_summary(proof)
    assert [note.feed_id for note in proof.unmatched] == ["bad"]
    hits = {hit.feed_id: hit for hit in store.hits()}
    assert hits["bad"].partial, "its beginning was matched"
    assert not hits["good"].partial


async def test_a_text_that_kills_the_worker_is_stored_with_its_reason(site, store, pool):
    publish(site, bad=f"<p>The members wait for {DIES}.</p>{ACT}{LONG}")
    async with polling(site, store, pool, "bad") as polled:
        poll = await poll_one(polled.poller, "bad")
    assert poll.notes == ("not matched whole: 1 article",)
    assert stored(store)["bad"].partial_reason == "not matched at all: the process died"
    assert DIES in stored(store)["bad"].text
    assert not store.hits()


async def test_a_text_that_could_not_be_matched_is_matched_later_without_fetching_its_page(site, store, pool):
    publish(site, bad=f"{LONG}<p>Here stands {HANGS}.</p>{ACT}")
    async with polling(site, store, pool, "bad") as polled:
        await poll_one(polled.poller, "bad")
        asked = list(site.paths())
        polled.poller.reader.matcher = pool.matcher(trap=False)
        polled.now[0] += MATCH_RETRIES[0]
        assert await polled.poller.retry_pages() == 1
    assert site.paths() == asked
    article = stored(store)["bad"]
    assert (article.partial, article.partial_reason, article.quality) == (False, "", "full")
    (hit,) = store.hits()
    assert not hit.partial


async def test_a_text_that_is_never_matched_is_not_retried_forever(site, store, pool):
    publish(site, bad=f"{LONG}<p>Here stands {HANGS}.</p>{ACT}")
    async with polling(site, store, pool, "bad") as polled:
        await poll_one(polled.poller, "bad")
        for wait in MATCH_RETRIES:
            polled.now[0] += wait
            assert len(store.partial_articles(polled.now[0])) == 1
            assert await polled.poller.retry_pages() == 0
        assert not store.partial_articles(polled.now[0] + timedelta(days=365))
    assert stored(store)["bad"].partial_reason == "not matched whole: it took too long"


async def test_the_feeds_own_text_that_could_not_be_matched_gets_its_hits_later(site, store, pool):
    publish(site, bad="")
    item = {"title": "T", "link": "/gone", "guid": "g", "description": f"{PROSE * 5}<p>{HANGS}</p>{ACT}"}
    site.routes["/bad"] = rss(feed_xml([item]))
    async with polling(site, store, pool, "bad") as polled:
        await poll_one(polled.poller, "bad")
        assert stored(store)["bad"].partial_reason == "not matched at all: it took too long; partial: http: 404"
        polled.poller.reader.matcher = pool.matcher(trap=False)
        polled.now[0] += MATCH_RETRIES[0]
        await polled.poller.retry_pages()
    assert stored(store)["bad"].partial_reason == "http: 404"
    (hit,) = store.hits()
    assert hit.rule_id == "ai-act"


async def test_edited_rules_reach_the_workers(site, store, pool):
    publish(site, one=f"{LONG}{ACT}", two=f"{LONG}{ACT}")
    async with polling(site, store, pool, "one", "two") as polled:
        await poll_one(polled.poller, "one")
        book, _ = load([SourceFile("r.yaml", RULES.replace("id: ai-act", "id: another"))])
        polled.poller.reader.matcher = PooledMatcher(pool, pack_rules(book.rules))
        await poll_one(polled.poller, "two")
    assert {hit.feed_id: hit.rule_id for hit in store.hits()} == {"one": "ai-act", "two": "another"}
