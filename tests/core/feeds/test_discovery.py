"""Addresses of feeds in the markup of a page."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.feeds import discovery
from monitor.core.feeds.discovery import MAX_FEED_CANDIDATES

URL = "https://example.org/news/index.html"


def found(page: str, origin: str) -> list[str]:
    return [item.url for item in discovery.feed_candidates(page, URL) if item.origin == origin]


def test_link_elements_come_first_in_the_order_of_the_page() -> None:
    page = """<head>
      <link rel="alternate" type="application/rss+xml" title="News" href="/rss">
      <link rel="ALTERNATE home" type="Application/Atom+XML; charset=utf-8" href="atom.xml">
      <link rel="alternate" type="text/html" hreflang="fr" href="/fr">
      <link rel="stylesheet" type="text/css" href="/feed.css">
      <link rel="alternate" type="application/rss+xml">
    </head>"""
    assert found(page, "link") == ["https://example.org/rss", "https://example.org/news/atom.xml"]
    assert discovery.feed_candidates(page, URL)[0].title == "News"


def test_links_that_look_like_feeds_come_next() -> None:
    page = """<a href="/about">About</a> <a href="/news/feed/">All  <b>news</b></a> <a href="x.rss#top">x</a>
              <a href="/feeding-cats">no</a> <a>none</a>"""
    assert found(page, "anchor") == ["https://example.org/news/feed/", "https://example.org/news/x.rss"]
    assert discovery.feed_candidates(page, URL)[0].title == "All news"


def test_the_base_of_the_page_is_honoured() -> None:
    page = '<base href="https://cdn.example.net/a/"><link rel="alternate" type="application/rss+xml" href="f.xml">'
    assert found(page, "link") == ["https://cdn.example.net/a/f.xml"]


def test_a_page_that_is_xml_too_and_names_its_encoding_is_read() -> None:
    page = """<?xml version="1.0" encoding="utf-8"?>
      <!DOCTYPE html><html><head><link rel="alternate" type="application/rss+xml" href="/rss"/></head></html>"""
    assert found(page, "link") == ["https://example.org/rss"]


@pytest.mark.parametrize("base", ["http://[", "mailto:a@example.org", "//[/"])
def test_a_base_that_is_no_address_is_none(base: str) -> None:
    page = f'<base href="{base}"><link rel="alternate" type="application/rss+xml" href="/rss">'
    assert found(page, "link") == ["https://example.org/rss"]


@pytest.mark.parametrize("page", ["", "   ", "\x00", "<!-- -->", "no mark-up at all"])
def test_the_usual_places_are_guessed_where_the_page_tells_nothing(page: str) -> None:
    assert found(page, "link") == found(page, "anchor") == []
    assert "https://example.org/feed" in found(page, "guess")


@pytest.mark.parametrize("href", ["javascript:feed()", "file:///etc/feed", "mailto:feed@example.org", "http://[/feed"])
def test_only_web_addresses_are_candidates(href: str) -> None:
    assert found(f'<a href="{href}">feed</a>', "anchor") == []


def test_each_address_is_named_once_and_not_too_many() -> None:
    page = "".join(f'<a href="/{number}/feed">x</a>' * 2 for number in range(50))
    urls = [item.url for item in discovery.feed_candidates(page, URL)]
    assert len(urls) == len(set(urls)) == MAX_FEED_CANDIDATES


@given(st.text())
def test_any_text_gives_web_addresses_or_nothing(text: str) -> None:
    assert all(
        item.url.startswith(("http://", "https://"))
        for item in discovery.feed_candidates(f"<a href='{text}feed'>", URL)
    )
