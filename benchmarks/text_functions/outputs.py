"""Functions that group articles into stories, and that write what people read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from benchmarks.text_functions.sample_values import FEED, NOW, article_of, hit_of
from monitor.cli import listings, output
from monitor.core.digests.composing import DigestContext, compose_digest
from monitor.core.digests.digest import DigestWindow
from monitor.core.messages import render
from monitor.core.model import DigestConfig, FeedId, StoredArticle
from monitor.core.search.query_parser import parse_query
from monitor.core.search.snippets import snippet
from monitor.core.stories.copies import compare_copies
from monitor.core.stories.fingerprints import StoryFingerprint, hash_shingles
from monitor.core.stories.headlines import headline_features
from monitor.core.text import clean
from monitor.runtime.logs import Redactor
from monitor.web import evidence, templating

if TYPE_CHECKING:
    from collections.abc import Callable


def functions() -> dict[str, Callable[[str], object]]:
    return {
        "stories.hash_shingles": lambda text: hash_shingles(text.split(), "en"),
        "stories.headline": headline_features.__wrapped__,
        "stories.compare_copies": _same_story,
        "digests.compose": _digest,
        "render.html": lambda text: render.html(_digest(text)),
        "render.text": lambda text: render.text(_digest(text)),
        "render.slack": lambda text: render.slack(_digest(text)),
        "render.json": lambda text: render.json(_digest(text)),
        "cli.output.plain": output.plain,
        "cli.output.dumps": lambda text: output.dumps({"text": text}),
        "cli.output.csv": listings._csv_cell,  # noqa: SLF001 - the public function prints
        "web.templating": lambda text: [templating.safe_url(text), templating.clean_title(text), clean(text)],
        "search.snippets.snippet": lambda text: snippet(parse_query("a 中 b"), text),
        "web.evidence": _web_evidence,
        "logs": lambda text: Redactor(["hunter22", "s3cr3t-value"])(
            None, "", {"event": text, "error": ValueError(text)}
        ),
    }


def _same_story(text: str) -> object:
    one, other = (
        StoryFingerprint(
            title=title, language="en", shingle_hashes=hash_shingles(body.split(), "en"), feed_id=FeedId(feed)
        )
        for title, body, feed in ((text[:500], text, "f"), (text[3:503], text[7:], "g"))
    )
    return compare_copies(one, other)


def _digest(text: str) -> Any:
    config = DigestConfig(id="daily", title=text, schedule="0 8 * * *", timezone="UTC")
    window = DigestWindow(since=NOW, until=NOW, slot=NOW)
    feeds_ = {FEED.id: replace(FEED, title=text)}
    return compose_digest(config, [hit_of(text)], [], window, DigestContext(topics={}, feeds=feeds_, rules={"r": text}))


def _web_evidence(text: str) -> object:
    hit = hit_of(text)
    stored = StoredArticle(
        id=1, entry_id=1, feed_id=FEED.id, version=1, stored_at=NOW, text_hash="x", article=article_of(text), story_id=1
    )
    return evidence.summarize_evidence(hit), evidence.mark_paragraphs(stored, [hit])
