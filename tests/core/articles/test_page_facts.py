import json
from datetime import UTC, datetime

import pytest

from monitor.core.articles import page_facts, parsing
from monitor.core.articles.page_dates import parse_page_date

JUNE = datetime(2026, 6, 3, 7, 30, tzinfo=UTC)


def facts(head: str = "", body: str = "", attributes: str = "") -> page_facts.PageFacts:
    tree, _ = parsing.parse_html(f"<html {attributes}><head>{head}</head><body>{body}<p>words</p></body></html>")
    return page_facts.read_page_facts(tree)


def linked(**data: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(data)}</script>'


@pytest.mark.parametrize(
    ("head", "body", "title"),
    [
        ("<title>Register opens | Tidewater</title>", "<h1>Register opens</h1>", "Register opens"),
        ("<title>Register opens | Tidewater</title>", "", "Register opens | Tidewater"),
        ("<title>Register opens | The Tidewater</title>", "<h1>The Tidewater</h1>", "Register opens"),
        ("<title>The port: register opens | T</title>", "<h1>Register opens</h1>", "The port: register opens | T"),
        ('<title>x</title><meta property="og:title" content="Register opens">', "", "Register opens"),
        (
            '<meta property="og:title" content="Register opens - T"><meta property="og:site_name" content="T">',
            "",
            "Register opens",
        ),
        (linked(**{"@type": "NewsArticle", "headline": "Register opens"}), "", "Register opens"),
        ("", "<h1>Register <em>opens</em></h1>", "Register opens"),
        ('<meta property="og:title" content="https://example.org/a">', "<h1>Register opens</h1>", "Register opens"),
        ("", "<h1>Short</h1>", ""),
        ("", "", ""),
    ],
)
def test_the_title_is_found_without_the_name_of_the_site(head, body, title):
    assert facts(head, body).title == title


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ('<meta property="article:published_time" content="2026-06-03T09:30:00+02:00">', ""),
        ('<meta name="DC.date.issued" content="2026-06-03T07:30:00Z">', ""),
        (
            '<meta content="x"><meta name="date" content="June"><meta name="pubdate" content="2026-06-03T07:30Z">',
            "",
        ),
        (linked(**{"@type": "NewsArticle", "datePublished": "2026-06-03T07:30:00Z"}), ""),
        (linked(**{"@graph": [{"@type": ["Report"], "dateCreated": "2026-06-03T07:30Z"}]}), ""),
        ("", '<time datetime="2026-06-03T07:30Z">June</time>'),
        (
            "",
            '<time itemprop="datePublished" datetime="2026-06-03T07:30Z">x</time><time datetime="2020-01-01">y</time>',
        ),
    ],
)
def test_the_date_is_read_from_what_is_meant_for_machines(head, body):
    assert facts(head, body).published_at == JUNE


def test_of_several_dates_in_the_text_none_is_guessed():
    body = '<time datetime="2026-06-03">a</time><time datetime="2026-06-04">b</time>'
    assert facts(body=body).published_at is None


@pytest.mark.parametrize(
    ("raw", "moment"),
    [
        ("2026-06-03T07:30:00.123Z", JUNE),
        ("2026-06-03 07:30", JUNE),
        ("20260603T073000", JUNE),
        ("2026-06-03T03:00:00-0430", JUNE),
        ("2026-06-03", datetime(2026, 6, 3, tzinfo=UTC)),
        ("2026-13-03", None),
        ("2026-06-31", None),
        ("2026-06-03T25:00", None),
        ("2026-06-03T07:30:00+99:99", None),
        ("1969-06-03", None),
        ("0000-00-00", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_a_date_is_read_as_utc_or_not_at_all(raw, moment):
    assert parse_page_date(raw) == moment


@pytest.mark.parametrize(
    ("author", "name"),
    [
        ("Ilse Varga", "Ilse Varga"),
        ({"name": "Ilse Varga"}, "Ilse Varga"),
        ([{"name": "Ilse Varga"}, {"name": "Bo Quist"}], "Ilse Varga, Bo Quist"),
        ("https://example.org/varga", ""),
        (7, ""),
    ],
)
def test_the_author_is_a_name(author, name):
    assert facts(linked(**{"@type": "Article", "author": author})).author == name


def test_the_language_is_declared_in_several_places():
    assert facts(attributes='lang="fr-FR"').language == "fr-FR"
    assert facts('<meta property="og:locale" content="de_DE">').language == "de_DE"
    assert facts('<meta http-equiv="content-language" content="it">').language == "it"
    assert facts().language == ""


def test_the_text_that_a_page_carries_for_machines_is_read_without_its_markup():
    assert facts(linked(**{"@type": "Article", "articleBody": "Plain &amp; simple"})).body == "Plain & simple"
    assert facts(linked(**{"@type": "Article", "articleBody": "&lt;p&gt;One&lt;/p&gt;<p>Two</p>"})).body == "One\n\nTwo"
    assert facts(linked(**{"@type": "Article", "articleBody": ["no", "text"]})).body == ""


@pytest.mark.parametrize(
    "script", ["{", "[" * 5000, '"text"', "null", '{"@type": "Event"}', '[[{"@type": "Article"}]]', ""]
)
def test_broken_or_foreign_data_says_nothing(script):
    found = facts(f'<script type="application/ld+json">{script}</script>')
    assert found == page_facts.PageFacts()


def test_the_post_that_a_blog_is_of_states_title_author_and_date_and_a_list_of_posts_states_none():
    post = {"@type": "BlogPosting", "headline": "Register opens", "datePublished": "2026-06-03T07:30Z"}
    for data in (
        {"@type": "Blog", "name": "Tidewater", "blogPost": post},
        {"@type": "Blog", "blogPost": [post]},
        {"@type": "ItemPage", "mainEntity": post | {"@type": "NewsArticle"}},
    ):
        found = facts(linked(**data))
        assert (found.title, found.published_at) == ("Register opens", JUNE)
    assert facts(linked(**{"@type": "Blog", "blogPost": [post, post | {"headline": "Ferry closes"}]})).title == ""
