from datetime import UTC, datetime

import pytest

from monitor.core.articles import page_facts, parsing

DAY = datetime(2026, 6, 3, tzinfo=UTC)


def date_of(head: str = "", body: str = "") -> datetime | None:
    tree, _ = parsing.parse_html(f"<html><head>{head}</head><body><h1>Register of decisions</h1>{body}</body></html>")
    return page_facts.read_page_facts(tree).published_at


@pytest.mark.parametrize(
    "head",
    [
        '<meta name="date-pub" content="2026-06-03">',
        '<meta name="published" content="June 3, 2026">',
        '<meta property="og:updated_time" content="2026-06-03T00:00:00Z">',
        '<script type="application/ld+json">{"@type": "Article", "datePublished": "Jun 03, 2026"}</script>',
        '<script type="application/ld+json">{"@type": "WebPage", "dateModified": "2026-06-03 00:00:00"}</script>',
    ],
)
def test_a_date_in_the_metadata_is_read_in_words_and_under_all_usual_names(head):
    assert date_of(head) == DAY


def test_the_date_of_publication_counts_more_than_that_of_a_change():
    changed = '<meta property="article:modified_time" content="2026-06-20">'
    assert date_of(changed, "<p>Published on 3 June 2026</p>") == DAY


@pytest.mark.parametrize(
    ("zone", "hour"), [("AEST", 22), ("+10:00", 22), ("JST", 23), ("EST", 13), ("Z", 8), ("", 8), ("CEST", 6)]
)
def test_an_abbreviated_time_zone_is_understood(zone, hour):
    found = date_of(f'<meta name="date" content="2026-06-03 08:00 {zone}">')
    assert found == DAY.replace(hour=hour, day=3 if hour <= 13 else 2)


@pytest.mark.parametrize(
    "body",
    [
        "<time>June 3, 2026</time>",
        '<time datetime="2026-06-03">yesterday</time><aside><time datetime="2026-06-09">today</time></aside>',
        '<div class="meta"><a href="/v">I. Varga</a><div>Last updated:</div><div>June 3, 2026</div></div>',
        '<p class="post-date"><b>Posted</b> 3. Juni 2026</p>',
        "<div><span>2026年6月3日</span></div>",
        "<p>Published June 3, 2026, updated June 5, 2026</p>",
    ],
)
def test_a_date_beside_the_headline_is_read(body):
    assert date_of(body=body) == DAY


@pytest.mark.parametrize(
    "body",
    [
        "<h1>The Daily Register</h1>{menu}<div><h1>Assembly votes</h1><p>June 3, 2026</p></div>",
        "<div><span class=kind>Press release</span> <span class=date>June 3, 2026</span><h1>Assembly votes</h1></div>",
        "<p><span class=date>Law<b>June 3, 2026</b>Updated: June 5, 2026</span></p><h1>Assembly votes</h1>",
    ],
    ids=["the first headline names the site", "above the headline", "with a second date"],
)
def test_a_date_is_read_beside_any_headline_and_above_it(body):
    menu = "<ul>" + "<li><a>Section</a></li>" * 80 + "</ul>"
    tree, _ = parsing.parse_html(f"<html lang=en><body>{body.format(menu=menu)}<p>Some words.</p></body></html>")
    assert page_facts.read_page_facts(tree).published_at == DAY


def test_a_date_in_a_sentence_is_not_that_of_the_page():
    sentence = "On June 3, 2026 the Assembly voted to register every public use of automated decisions."
    assert date_of(body=f"<p>{sentence}</p>") is None


def test_a_month_is_read_in_the_language_of_the_page():
    page = '<html lang="hr-HR"><body><h1>Registar odluka</h1><p>5. listopada 2025.</p></body></html>'
    tree, _ = parsing.parse_html(page)
    assert page_facts.read_page_facts(tree).published_at == datetime(2025, 10, 5, tzinfo=UTC)
