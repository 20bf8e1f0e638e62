"""The functions that take publishers' text, each as a call of one argument: the text."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from protego import Protego

from monitor.cli import output
from monitor.core import articles, feeds, seeds, stories
from monitor.core.articles import (
    boilerplate,
    carry_forward,
    clutter,
    content_types,
    edits,
    main_text,
    page_blocks,
    page_dates,
    page_facts,
    parsing,
    pdf,
    revisions,
    selection,
    standfirst,
)
from monitor.core.digests import DigestContext, Window, compose
from monitor.core.errors import UsageError
from monitor.core.feeds import ampersands, dates, discovery, item_limit, items, links, opml, prolog, responses
from monitor.core.lab import scoring
from monitor.core.matching import passages
from monitor.core.matching.matcher import Matcher
from monitor.core.messages import render
from monitor.core.model import (
    Article,
    DigestConfig,
    Entry,
    Evidence,
    Feed,
    FeedId,
    FeedState,
    Hit,
    Response,
    RuleId,
    Source,
    StoredArticle,
)
from monitor.core.newsletters import tracking
from monitor.core.newsletters.items import read_items
from monitor.core.newsletters.mail_batch import StoredMail
from monitor.core.rules import SourceFile, load
from monitor.core.rules.why_not import why_not
from monitor.core.seeds.phrases import phrases
from monitor.core.sources import page
from monitor.core.stories.headlines import headline
from monitor.core.text import (
    clean,
    clean_line,
    encodings,
    find_tokens,
    languages,
    markup,
    mask_spans,
    tags,
    tokenize,
    words,
)
from monitor.core.text.chinese import to_traditional
from monitor.core.text.folding import CASED, CHUNK_TOKENS, FOLDED
from monitor.core.text.sentences import sentences
from monitor.runtime.logs import Redactor
from monitor.web import evidence, templating

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 11, 24, tzinfo=UTC)
_SOURCE = Source(id="f", domain="news.example")
_FEED = Feed(id=FeedId("f"), url="https://news.example/feed")
_RULES = Path(__file__).parent.parent / "config" / "rules"
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


def calls() -> dict[str, Callable[[str], object]]:
    """Return all of them by name."""
    return {**_texts(), **_matching(), **_articles(), **_feeds(), **_readers(), **_others()}


def shipped_terms() -> list[str]:
    """Return the terms of the rules that ship, as they are written."""
    return [term.text.strip("=*") for term in _matcher(None).terms]


def _texts() -> dict[str, Callable[[str], object]]:
    return {
        "text.sentences": sentences,
        "text.tokenize": _cold(tokenize),
        "text.find_tokens": _cold(find_tokens),
        "text.words": _cold(words),
        "text.Tokens.span": _cold(_spans),
        "text.Tokens.cased": _cold(_all_cased),
        "text.clean": clean,
        "text.clean_line": clean_line,
        "text.without": lambda text: mask_spans(text, [(at, at + 3) for at in range(0, len(text), 5)]),
        "text.markup.plain": markup.html_to_text,
        "text.markup.plain_line": markup.html_to_line,
        "text.plain.read": tags.strip_tags,
        "text.languages.guess": languages.guess_language,
        "text.languages.detect": lambda text: languages.detect_language(text, "en"),
        "text.languages.declared": languages.language_code,
        "text.encodings.decode": lambda text: encodings.decode(_utf8(text), "text/html"),
        "text.encodings.decode, guessed": lambda text: encodings.decode(_utf8(text) + b"\xe9\xff" * (len(text) // 3)),
        "text.encodings.decode, declared": lambda text: encodings.decode(
            _utf8(text) + b"\xff" * len(text), "text/html; charset=shift_jis"
        ),
        "text.chinese": to_traditional,
    }


def _matching() -> dict[str, Callable[[str], object]]:
    return {
        "matching.scan, shipped": _cold(lambda text: _matcher(None).scan(_article(text), _SOURCE)),
        "matching.match, shipped": _cold(lambda text: _matcher(None).match(_article(text), _SOURCE)),
        "matching.match, in a title": _cold(lambda text: _matcher(None).match(Article(title=text, text=""), _SOURCE)),
        "matching.match, operators": _cold(lambda text: _matcher(OPERATORS).match(_article(text), _SOURCE)),
        "matching.match, boilerplate": _cold(_beside_boilerplate),
        "rules.why_not": _cold(lambda text: [why_not(rule, _article(text), _SOURCE) for rule in _operators()]),
        "matching.passages": lambda text: passages.best_sentence(_evidence(text)),
        "matching.passages.mark_spans": lambda text: passages.mark_spans(
            text, [(at, at + 3) for at in range(0, len(text), 4)]
        ),
        "matching.passages.marked_sentences": lambda text: passages.marked_sentences(_evidence(text)),
        "lab.scoring.read": lambda text: scoring.read_documents(
            [json.dumps({"text": text, "topics": []}), text], "file"
        ),
    }


def _articles() -> dict[str, Callable[[str], object]]:
    entry = Entry(key="k", title="A title of six words here", summary="", link="https://news.example/1")
    return {
        "articles.boilerplate": _boilerplate,
        "articles.edits, doubled": lambda text: edits.compare_versions(
            _article(text), _article(text[1:] + "\n\n" + text)
        ),
        "articles.edits, lines": lambda text: edits.compare_versions(
            _article(text.replace(" ", "\n\n")), _article(text[::-1].replace(" ", "\n\n"))
        ),
        "articles.revisions.judge": lambda text: revisions.classify_change(
            _article(text), _article(text[len(text) // 3 :] + "x")
        ),
        "articles.revisions.is_trivial": lambda text: revisions.is_trivial_change(
            _article(text), _article(f"{text[::-1]} x")
        ),
        "articles.standfirst": lambda text: standfirst.prepend(text, f"x {text[: len(text) // 2]}", "A title"),
        "articles.standfirst, another": lambda text: standfirst.prepend(text, f"x {text[1::2]}", "A title"),
        "articles.standfirst, title": lambda text: standfirst.prepend(text[::2], text[::3], text),
        "articles.kept": lambda text: carry_forward.merge_versions(
            replace(_article(text), partial=True, quality="feed"),
            replace(entry, summary=text),
            entry,
            [_article(f"x {text[: len(text) // 2]}")],
            waits=True,
        ),
        "articles.from_feed": lambda text: articles.from_feed(replace(entry, summary=text, title=text), "reason"),
        "articles.extract_plain": lambda text: articles.extract_plain(_utf8(text), "text/html", entry, "reason"),
        "articles.extract, text": lambda text: articles.extract(
            _utf8(text), "text/plain", replace(entry, summary=text)
        ),
        "articles.extract, page": lambda text: articles.extract(_page(text), "text/html", entry),
        "articles.extract, raw page": lambda text: articles.extract(_utf8(text), "text/html", entry),
        "articles.readable.parse": lambda text: parsing.parse_html(f"<html><body>{text}"),
        "articles.page_blocks": lambda text: _of_tree(text, page_blocks.split_page),
        "articles.selection": lambda text: _of_tree(
            text, lambda tree: selection.select_blocks(page_blocks.split_page(tree), text)
        ),
        "articles.asides.prune_links": lambda text: _of_tree(text, clutter.remove_link_blocks),
        "articles.page_facts": lambda text: _of_tree(text, page_facts.read_page_facts),
        "articles.page_facts, head": _facts,
        "articles.page_facts.when": page_dates.parse_iso_date,
        "articles.asides": lambda text: clutter.remove_clutter([text, *text.split("\n"), *text.split(". ")], [text]),
        "articles.pages.kind": lambda text: content_types.detect_kind(_utf8(text), ""),
        "articles.pdf": pdf._paragraphs,  # noqa: SLF001 - making a file of each text would take longer
        "articles.readable.telling_words": main_text.significant_words,
    }


def _feeds() -> dict[str, Callable[[str], object]]:
    return {
        "feeds.parse, raw": lambda text: _parsed(_utf8(text)),
        "feeds.parse, raw in a channel": lambda text: _parsed(b"<rss version='2.0'><channel>" + _utf8(text)),
        "feeds.parse, description": lambda text: _parsed(_feed(description=escape(text))),
        "feeds.parse, section": lambda text: _parsed(_feed(description=f"<![CDATA[{text}]]>")),
        "feeds.parse, title": lambda text: _parsed(_feed(title=escape(text))),
        "feeds.parse, others": lambda text: _parsed(
            _feed(
                link=escape(text), guid=escape(text), author=escape(text), pubDate=escape(text), category=escape(text)
            )
        ),
        "feeds.dates": lambda text: dates.parse_date(text, NOW),
        "feeds.ampersands": lambda text: ampersands.escape_ampersands(ampersands.join_surrogates(_utf8(text))),
        "feeds.prolog.transcode_to_utf8": lambda text: prolog.transcode_to_utf8(
            _utf8(text), "text/xml; charset=iso-8859-1"
        ),
        "feeds.prolog.strip_entities": lambda text: prolog.strip_entities(_utf8(text)),
        "feeds.prolog, in a doctype": lambda text: prolog.strip_entities(b"<!DOCTYPE rss [" + _utf8(text)),
        "feeds.item_limit": lambda text: item_limit.keep_newest_items(_utf8(text), 10),
        "feeds.windows, items": lambda text: item_limit.keep_newest_items(
            b"<item>" * 400 + _utf8(text) + b"<item>" * 20, 10
        ),
        "feeds.items": lambda text: items.split_document(_utf8(text)),
        "feeds.opml": _opml,
        "feeds.opml.slug": opml.slug,
        "feeds.discovery": lambda text: discovery.candidates(text, "https://news.example/"),
        "feeds.discovery, links": lambda text: discovery.candidates(
            f"<a href={json.dumps(text)}>{text}</a>", "https://news.example/"
        ),
        "sources.page_list, raw": _page_items,
        "sources.page_list, links": lambda text: _page_items(
            "".join(f"<li><a href='/{n}'>{part}</a>" for n, part in enumerate(text.split()))
        ),
        "sources.page_list, one link": lambda text: _page_items(
            f"<ul><li><a href='/a'>{text}</a><li><a href='/b'>b</a>"
        ),
        "newsletters, plain": lambda text: _letter_items(_utf8(text)),
        "newsletters, headers": lambda text: _letter_items(b"Subject: " + _utf8(text)),
        "newsletters, type": lambda text: _letter_items(b"Content-Type: multipart/mixed; boundary=" + _utf8(text)),
        "newsletters, html": lambda text: _letter_items(b"Content-Type: text/html\n\n" + _utf8(text)),
        "newsletters, links": lambda text: _letter_items(
            b"Content-Type: text/html\n\n"
            + "".join(f"<p><a href='/{n}'>{part}</a>" for n, part in enumerate(text.split())).encode("utf-8", "replace")
        ),
        "newsletters, one link": lambda text: _letter_items(
            b"Content-Type: text/html\n\n<p>x <a href='https://a.example/b'>here</a> " + _utf8(text)
        ),
        "newsletters.tracking": lambda text: tracking.resolve("https://click.a.example/" + text[:8_000]),
        "feeds.links": lambda text: [links.resolve_link("https://a.b/", text), links.canonical(f"https://a.b/?{text}")],
        "feeds.responses": _responses,
        "feeds.responses, headers": lambda text: [
            responses.freshness_lifetime({"cache-control": text, "expires": text, "date": text}),
            responses.retry_after({"retry-after": text}, NOW),
        ],
    }


def _readers() -> dict[str, Callable[[str], object]]:
    return {
        "stories.sketch": lambda text: stories.hash_shingles(text.split(), "en"),
        "stories.headline": headline.__wrapped__,
        "stories.same_story": _same_story,
        "digests.compose": _digest,
        "render.html": lambda text: render.html(_digest(text)),
        "render.text": lambda text: render.text(_digest(text)),
        "render.slack": lambda text: render.slack(_digest(text)),
        "render.json": lambda text: render.json(_digest(text)),
        "cli.output.plain": output.plain,
        "cli.output.dumps": lambda text: output.dumps({"text": text}),
        "cli.output.csv": output._csv_cell,  # noqa: SLF001 - the public function prints
        "web.templating": lambda text: [templating.safe_url(text), templating.clean_title(text), clean(text)],
        "web.evidence.excerpt": lambda text: evidence.excerpt(text, ["a", ".", "中"]),
        "web.evidence": _web_evidence,
        "logs": lambda text: Redactor(["hunter22", "s3cr3t-value"])(
            None, "", {"event": text, "error": ValueError(text)}
        ),
    }


def _others() -> dict[str, Callable[[str], object]]:
    return {
        "robots": lambda text: Protego.parse(_utf8(text).decode()).can_fetch("https://news.example/aaaa", "monitor"),
        "robots, one rule": _robots,
        "seeds.paragraphs": seeds.paragraphs_of,
        "seeds.phrases": lambda text: phrases(seeds.paragraphs_of(text), "en"),
        "seeds.themes": _themes,
    }


def _letter_items(raw: bytes) -> object:
    return read_items(StoredMail(raw), split_links=True)


def _page_items(text: str) -> object:
    tree = page.parse_html(_utf8(text), "text/html; charset=utf-8")
    return None if tree is None else page.detect_items(tree, "https://news.example/", "en")


def _cold(call: Callable[[str], object]) -> Callable[[str], object]:
    """Call with empty caches, as for words that occur for the first time."""

    def run(text: str) -> object:
        for each in (FOLDED, CASED, CHUNK_TOKENS):
            each.clear()
        return call(text)

    return run


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _article(text: str) -> Article:
    return Article(title="Export ban", text=text, url="https://news.example/a", language="en", quality="full")


def _spans(text: str) -> object:
    tokens = tokenize(text)
    return [tokens.span(at, at + 1) for at, word in enumerate(tokens.words) if word != "¶"]


def _all_cased(text: str) -> object:
    tokens = tokenize(text)
    return [tokens.cased(at) for at in range(len(tokens.words))]


@cache
def _matcher(rules: str | None) -> Matcher:
    files = [SourceFile("r.yaml", rules)] if rules else [
        SourceFile(file.name, file.read_text("utf-8")) for file in sorted(_RULES.glob("*.yaml"))
    ]  # fmt: skip
    book, problems = load(files)
    assert not [problem for problem in problems if problem.level == "error"], problems
    return Matcher([replace(rule, status="live") for rule in book.rules])


def _operators() -> tuple[Any, ...]:
    return _matcher(OPERATORS).rules


def _beside_boilerplate(text: str) -> object:
    places = tuple((at, at + 4) for at in range(0, len(text), 9))
    return _matcher(OPERATORS).match(replace(_article(text), boilerplate=places), _SOURCE)


def _evidence(text: str) -> list[Evidence]:
    return [
        Evidence(term="a", as_written=text[at : at + 2], zone="body", start=at, end=at + 2, sentence=text)
        for at in range(0, min(len(text), 400), 4)
    ]


def _boilerplate(text: str) -> object:
    found = boilerplate.split_paragraphs(text)
    return boilerplate.ParagraphHistory({number: boilerplate.paragraph_keys(found) for number in range(6)}).boilerplate(
        found, 1
    )


def _page(text: str) -> bytes:
    return _utf8(f"<html><head><title>{text[:300]}</title></head><body><article><p>{text}</p></article></body></html>")


def _of_tree(text: str, call: Callable[[Any], object]) -> object:
    tree, complete = parsing.parse_html(f"<html><body>{text}")
    return call(tree) if tree is not None and complete else None


def _facts(text: str) -> object:
    quoted = escape(text, {'"': "&quot;"})
    page = f'<title>{quoted}</title><meta property="og:title" content="{quoted}"><meta name="date" content="{quoted}">'
    data = json.dumps(
        {"@type": "Article", "articleBody": text, "headline": text, "author": [text], "datePublished": text}
    )
    tree, _ = parsing.parse_html(f'{page}<script type="application/ld+json">{data}</script><h1>{quoted}</h1>')
    return page_facts.read_page_facts(tree) if tree is not None else None


def _parsed(body: bytes) -> object:
    response = Response(url=_FEED.url, status=200, headers={"content-type": "text/xml"}, body=body)
    return feeds.parse(_FEED, response, NOW)


def _feed(**fields: str) -> bytes:
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    return _utf8(f"<rss version='2.0'><channel><title>F</title><item>{inner}</item></channel></rss>")


def _opml(text: str) -> object:
    with suppress(UsageError):
        opml.parse_opml(_utf8(text))
    title = escape(clean(text), {'"': "&quot;"})
    with suppress(UsageError):
        return opml.parse_opml(
            _utf8(f'<opml><body><outline text="{title}" xmlUrl="{title}" category="{title}"/></body></opml>')
        )


def _responses(text: str) -> object:
    response = Response(url="https://news.example/", status=200, body=_utf8(text))
    page = replace(response, body=b"<html>" + response.body, redirects=((302, "https://news.example/"),))
    judged = [responses.non_feed_failure(each) for each in (response, page)]
    return [
        *judged,
        responses.classify_response(page, FeedState(feed_id=_FEED.id), NOW),
        responses.page_failure(page, NOW, "https://news.example/a"),
    ]


def _same_story(text: str) -> object:
    one, other = (
        stories.StoryFingerprint(
            title=title, language="en", shingle_hashes=stories.hash_shingles(body.split(), "en"), feed_id=FeedId(feed)
        )
        for title, body, feed in ((text[:500], text, "f"), (text[3:503], text[7:], "g"))
    )
    return stories.same_story(one, other)


def _hit(text: str) -> Hit:
    return Hit(
        id=1, rule_id=RuleId("r"), rule_hash="h", topic="t", status="live", priority="urgent", branch="any[0]",
        prominence="major", score=3.0, evidence=tuple(_evidence(text)), found_at=NOW, partial=False, backfilled=False,
        updated=False, article_id=1, entry_id=1, feed_id=_FEED.id, url=f"https://news.example/{text}", title=text,
        published_at=NOW, language="en", story_id=1, text_hash="x",
    )  # fmt: skip


def _digest(text: str) -> Any:
    config = DigestConfig(id="daily", title=text, schedule="0 8 * * *", timezone="UTC")
    window = Window(since=NOW, until=NOW, slot=NOW)
    feeds_ = {_FEED.id: replace(_FEED, title=text)}
    return compose(config, [_hit(text)], [], window, DigestContext(topics={}, feeds=feeds_, rules={"r": text}))


def _web_evidence(text: str) -> object:
    hit = _hit(text)
    stored = StoredArticle(
        id=1, entry_id=1, feed_id=_FEED.id, version=1, stored_at=NOW, text_hash="x", article=_article(text), story_id=1
    )
    return evidence.summarize_evidence(hit), evidence.mark_paragraphs(stored, [hit])


def _robots(text: str) -> object:
    text = _utf8(text).decode()
    rule = text.replace("\n", "")
    return Protego.parse(f"User-agent: *\nDisallow: /{rule}").can_fetch(
        f"https://news.example/{text[:2000]}", "monitor"
    )


def _themes(text: str) -> object:
    return seeds.themes(seeds.Document(title="t", paragraphs=seeds.paragraphs_of(text), language="en"), lambda *_: [])
