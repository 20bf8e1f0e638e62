"""Values made from a text, which several of the functions take."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.core.matching.matcher import Matcher
from monitor.core.model import Article, Evidence, Feed, FeedId, Hit, RuleId, Source
from monitor.core.rules import SourceFile, load
from monitor.core.text.chunks import CHUNK_TOKENS, FOLDED
from monitor.runtime.garbage_collection import collection_paused

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 11, 24, tzinfo=UTC)
SOURCE = Source(id="f", domain="news.example")
FEED = Feed(id=FeedId("f"), url="https://news.example/feed")
_RULES = Path(__file__).parents[2] / "config" / "rules"
OPERATORS = """version: 1
lists: {one: [a, b, U.S., 中国, export ban], two: [w1, w2, word*, aaaa*]}
rules:
- {id: near-one, title: t, topic: t, near: 3, of: [$one, $two]}
- {id: near-itself, title: t, topic: t, near: 3, of: [$one, $one]}
- {id: near-ordered, title: t, topic: t, near: 5, ordered: yes, of: [a, b]}
- {id: near-nested, title: t, topic: t, near: 5, of: [{near: 5, of: [a, b]}, {near: 5, of: [b, a]}]}
- {id: same-sentence, title: t, topic: t, same: sentence, of: [$one, {any: [a, w3]}]}
- {id: same-paragraph, title: t, topic: t, same: paragraph, of: [$one, $one]}
- {id: mentions, title: t, topic: t, mentions: 3, of: [$one, $two]}
- {id: ignored, title: t, topic: t, any: [a, b], ignore: [a b, b a, $two]}
- {id: in-title, title: t, topic: t, all: [{in: title, any: [a]}, {in: lead, any: [b]}, {in: url, any: [a]}]}
- {id: cased, title: t, topic: t, any: [=Aa, =A, US, AI, WHO]}
- {id: phrase, title: t, topic: t, any: [a a a a a a, a b a b a b, 中国人工智能, a aaaa*]}
- {id: prefix, title: t, topic: t, any: [aaaa*, word*, w123*]}
- {id: prominent, title: t, topic: t, prominence: major, at_least: 2, of: [$one, $two, a]}
"""
"""Rules of every operator, over words that the hostile texts hold."""


def shipped_terms() -> list[str]:
    """Return the terms of the rules that ship, as they are written."""
    return [term.text.strip("=*") for term in matcher(None).terms]


@cache
def matcher(rules: str | None) -> Matcher:
    files = [SourceFile("r.yaml", rules)] if rules else [
        SourceFile(file.name, file.read_text("utf-8")) for file in sorted(_RULES.rglob("*.yaml"))
    ]  # fmt: skip
    with collection_paused():
        book, problems = load(files, warn=False)
    assert not [problem for problem in problems if problem.level == "error"], problems
    return Matcher([replace(rule, status="live") for rule in book.rules])


def article_of(text: str) -> Article:
    return Article(title="Export ban", text=text, url="https://news.example/a", language="en", quality="full")


def evidence_of(text: str) -> list[Evidence]:
    return [
        Evidence(term="a", as_written=text[at : at + 2], zone="body", start=at, end=at + 2, sentence=text)
        for at in range(0, min(len(text), 400), 4)
    ]


def hit_of(text: str) -> Hit:
    return Hit(
        id=1, rule_id=RuleId("r"), rule_hash="h", topic="t", status="live", priority="urgent", branch="any[0]",
        prominence="major", score=3.0, evidence=tuple(evidence_of(text)), found_at=NOW, partial=False, backfilled=False,
        updated=False, article_id=1, entry_id=1, feed_id=FEED.id, url=f"https://news.example/{text}", title=text,
        published_at=NOW, language="en", story_id=1, text_hash="x",
    )  # fmt: skip


def utf8(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def with_empty_caches(call: Callable[[str], object]) -> Callable[[str], object]:
    """Call with empty caches, as for words that occur for the first time."""

    def run(text: str) -> object:
        for each in (FOLDED, CHUNK_TOKENS):
            each.clear()
        return call(text)

    return run
