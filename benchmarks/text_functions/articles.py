"""Functions that extract articles and compare their versions."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from benchmarks.text_functions.sample_values import article_of, utf8
from monitor.core import articles
from monitor.core.articles import (
    boilerplate,
    carry_forward,
    clutter,
    main_text,
    page_blocks,
    page_facts,
    paragraph_edits,
    parsing,
    pdf,
    revisions,
    selection,
    standfirst,
)
from monitor.core.model import Entry

if TYPE_CHECKING:
    from collections.abc import Callable


def functions() -> dict[str, Callable[[str], object]]:
    entry = Entry(key="k", title="A title of six words here", summary="", link="https://news.example/1")
    return {
        "articles.boilerplate": _find_boilerplate,
        "articles.paragraph_edits, doubled": lambda text: paragraph_edits.compare_versions(
            article_of(text), article_of(text[1:] + "\n\n" + text)
        ),
        "articles.paragraph_edits, lines": lambda text: paragraph_edits.compare_versions(
            article_of(text.replace(" ", "\n\n")), article_of(text[::-1].replace(" ", "\n\n"))
        ),
        "articles.revisions.classify_change": lambda text: revisions.classify_change(
            article_of(text), article_of(text[len(text) // 3 :] + "x")
        ),
        "articles.revisions.differs_trivially": lambda text: revisions.differs_trivially(
            article_of(text), article_of(f"{text[::-1]} x")
        ),
        "articles.standfirst": lambda text: standfirst.prepend(text, f"x {text[: len(text) // 2]}", "A title"),
        "articles.standfirst, another": lambda text: standfirst.prepend(text, f"x {text[1::2]}", "A title"),
        "articles.standfirst, title": lambda text: standfirst.prepend(text[::2], text[::3], text),
        "articles.carry_forward.merge_versions": lambda text: carry_forward.merge_versions(
            replace(article_of(text), partial=True, quality="feed"),
            replace(entry, summary=text),
            entry,
            [article_of(f"x {text[: len(text) // 2]}")],
            waits=True,
        ),
        "articles.from_feed": lambda text: articles.from_feed(replace(entry, summary=text, title=text), "reason"),
        "articles.extract_plain": lambda text: articles.extract_plain(utf8(text), "text/html", entry, "reason"),
        "articles.extract, text": lambda text: articles.extract(utf8(text), "text/plain", replace(entry, summary=text)),
        "articles.extract, page": lambda text: articles.extract(_page(text), "text/html", entry),
        "articles.extract, raw page": lambda text: articles.extract(utf8(text), "text/html", entry),
        "articles.parsing.parse_html": lambda text: parsing.parse_html(f"<html><body>{text}"),
        "articles.page_blocks": lambda text: _of_tree(text, page_blocks.split_page),
        "articles.selection": lambda text: _of_tree(
            text, lambda tree: selection.select_blocks(page_blocks.split_page(tree), text)
        ),
        "articles.clutter.remove_link_blocks": lambda text: _of_tree(text, clutter.remove_link_blocks),
        "articles.page_facts": lambda text: _of_tree(text, page_facts.read_page_facts),
        "articles.page_facts, head": _read_page_facts,
        "articles.clutter.remove_clutter": lambda text: clutter.remove_clutter(
            [text, *text.split("\n"), *text.split(". ")], [text]
        ),
        "articles.parsing.detect_kind": lambda text: parsing.detect_kind(utf8(text), ""),
        "articles.pdf": pdf._paragraphs,  # noqa: SLF001 - making a file of each text would take longer
        "articles.main_text.significant_words": main_text.significant_words,
    }


def _find_boilerplate(text: str) -> object:
    found = boilerplate.split_paragraphs(text)
    return boilerplate.ParagraphHistory({number: boilerplate.paragraph_keys(found) for number in range(6)}).boilerplate(
        found, 1
    )


def _page(text: str) -> bytes:
    return utf8(f"<html><head><title>{text[:300]}</title></head><body><article><p>{text}</p></article></body></html>")


def _of_tree(text: str, call: Callable[[Any], object]) -> object:
    tree, complete = parsing.parse_html(f"<html><body>{text}")
    return call(tree) if tree is not None and complete else None


def _read_page_facts(text: str) -> object:
    quoted = escape(text, {'"': "&quot;"})
    page = f'<title>{quoted}</title><meta property="og:title" content="{quoted}"><meta name="date" content="{quoted}">'
    data = json.dumps(
        {"@type": "Article", "articleBody": text, "headline": text, "author": [text], "datePublished": text}
    )
    tree, _ = parsing.parse_html(f'{page}<script type="application/ld+json">{data}</script><h1>{quoted}</h1>')
    return page_facts.read_page_facts(tree) if tree is not None else None
