"""A cache of a feed changes the cost of parsing its next document, but not the result."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.core import feeds
from monitor.core.feeds import document_parser, feed_cache
from monitor.core.feeds.document_parser import ParseContext
from monitor.core.model import Feed, Response
from tests.siteserver import feed_xml

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
FEED = Feed(id="x", url="https://www.example.org/news/feed.xml")
SOURCE = ParseContext(feed=FEED, url=FEED.url, headers={}, now=NOW)


def numbered(*numbers: int, extra: str = "") -> bytes:
    return feed_xml(
        [
            {
                "title": f"Title {number}",
                "link": f"/{number}",
                "guid": f"g{number}",
                "pubDate": format_datetime(NOW - timedelta(hours=number)),
            }
            for number in numbers
        ],
        extra=extra,
    )


def parsed_beside(before: bytes, body: bytes, source: ParseContext = SOURCE) -> int:
    """Return how many items were parsed of a document after another one, whose items are cached."""
    cache = document_parser.parse_feed_document(before, SOURCE).cache
    assert cache
    found = document_parser.parse_feed_document(body, source, feed_cache.load_cache(cache.to_bytes()))
    assert found.entries == document_parser.parse_feed_document(body, source).entries
    return len(found.parsed.entries)


def test_only_new_items_are_parsed():
    assert parsed_beside(numbered(3, 2, 1), numbered(5, 4, 3, 2)) == 2


def test_nothing_is_parsed_of_items_that_only_went_or_changed_places():
    assert parsed_beside(numbered(3, 2, 1), numbered(1, 3)) == 0


def test_a_changed_item_is_parsed_again():
    assert parsed_beside(numbered(3, 2, 1), numbered(3, 2, 1).replace(b"Title 2", b"Title II")) == 1


def test_a_document_that_was_only_built_later_is_the_same_document():
    built = "<lastBuildDate>Tue, 24 Nov 2026 1{}:00:00 GMT</lastBuildDate>"
    assert parsed_beside(numbered(2, 1, extra=built.format(1)), numbered(3, 2, 1, extra=built.format(2))) == 1


@pytest.mark.parametrize("extra", ["<language>fr</language>", "<image><url>/i</url></image>", '<a xml:base="/b/"/>'])
def test_all_is_parsed_when_what_stands_around_the_items_is_another(extra):
    assert parsed_beside(numbered(2, 1), numbered(3, 2, 1, extra=extra)) == 3


@pytest.mark.parametrize(
    "source",
    [
        ParseContext(feed=FEED, url="https://moved.example/feed", headers={}, now=NOW),
        ParseContext(feed=Feed(id="x", url=FEED.url, language="fr"), url=FEED.url, headers={}, now=NOW),
        ParseContext(feed=FEED, url=FEED.url, headers={"content-type": "text/xml"}, now=NOW),
        ParseContext(feed=FEED, url=FEED.url, headers={}, now=NOW - timedelta(hours=1)),
    ],
    ids=["address", "language", "headers", "a clock that was put back"],
)
def test_all_is_parsed_when_the_feed_is_read_in_another_way(source):
    assert parsed_beside(numbered(2, 1), numbered(3, 2, 1), source) == 3


@pytest.mark.parametrize(
    "title",
    [b"<![CDATA[</item> <item>]]>", b"<b>"],
    ids=["items in a section", "not well-formed"],
)
def test_all_is_parsed_when_a_new_item_is_not_what_it_seems(title):
    assert parsed_beside(numbered(2, 1), numbered(3, 2, 1).replace(b"Title 3", title)) == 3


@pytest.mark.parametrize(("before", "after"), [((20, 20, 11), (20, 20)), ((20,), (20, 20))], ids=["left", "doubled"])
def test_all_is_parsed_when_all_that_is_left_is_dated_alike(before, after):
    def dated(days: tuple[int, ...]) -> bytes:
        items = [{"title": f"Title {day}", "dc:date": f"2026-11-{day}T10:00:00Z"} for day in days]
        return feed_xml(items).replace(b'2.0"', b'2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"', 1)

    assert parsed_beside(dated(before), dated(after)) == len(after)


def test_an_item_with_a_date_too_far_ahead_is_not_remembered():
    ahead = numbered(-48, 1)
    cache = document_parser.parse_feed_document(ahead, SOURCE).cache
    assert len(cache.items) == 1
    later = ParseContext(feed=FEED, url=FEED.url, headers={}, now=NOW + timedelta(days=2))
    assert document_parser.parse_feed_document(ahead, later, cache).entries[0].published_at == NOW + timedelta(hours=48)


@pytest.mark.parametrize(
    "body",
    [
        numbered(2, 1)[:-30],
        numbered(2, 1).replace(b"Title 1", b"<b>Title 1"),
        numbered(2, 1).replace(b"Title 1", b"<![CDATA[</item> <item>]]>"),
        numbered(2, 1).replace(b"<item>", b"<item><!-- </item><item> -->", 1),
    ],
    ids=["cut short", "not well-formed", "items in a section", "items in a comment"],
)
def test_nothing_is_remembered_of_a_document_that_is_not_what_it_seems(body):
    assert document_parser.parse_feed_document(body, SOURCE).cache is None


def test_nothing_is_remembered_of_a_feed_that_dates_all_its_items_anew():
    items = [{"title": f"Title {number}", "guid": f"g{number}", "dc:date": "2026-11-20T10:00:00Z"} for number in (1, 2)]
    body = feed_xml(items).replace(b'version="2.0"', b'version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"')
    assert document_parser.parse_feed_document(body, SOURCE).cache is None


# ---------------------------------------------------------------- any history

FIELDS = st.sampled_from(
    [
        "<guid>1</guid>",
        "<guid>2</guid>",
        '<guid isPermaLink="false">3</guid>',
        "<title>News of the day</title>",
        "<title>Other news &amp; more</title>",
        "<title>R&D; a=1&copy=2</title>",
        "<title xml:lang='fr'>Une loi</title>",
        "<link>/a?utm_source=x</link>",
        "<link>https://example.org/b#c</link>",
        "<pubDate>Tue, 24 Nov 2026 10:00:00 GMT</pubDate>",
        "<pubDate>Thu, 26 Nov 2026 10:00:00 GMT</pubDate>",
        "<pubDate>yesterday</pubDate>",
        "<updated>2026-11-20T10:00:00Z</updated>",
        "<updated>2026-11-20T10:00:30Z</updated>",
        "<updated>2026-11-27T10:00:00Z</updated>",
        "<description>short</description>",
        "<description><![CDATA[<p>long</p> and more of it]]></description>",
        "<description><![CDATA[</item><item><title>x</title>]]></description>",
        "<!-- </item> <item> -->",
        "<a:x xmlns:a='http://www.w3.org/2005/Atom' xml:base='/deep/'><a:link href='er'/></a:x>",
        "<description><div xmlns='http://www.w3.org/1999/xhtml'><title>x</title><b>bold</b></div></description>",
        '<content type="xhtml" xmlns="http://www.w3.org/1999/xhtml"><div>text</div></content>',
        "<dc:title xmlns:dc='http://purl.org/dc/elements/1.1/'>DC</dc:title>",
        "<description xml:base='http://b.example/x/'>based</description>",
        "<image><url>/i</url><title>image</title></image>",
        "<author><name>A</name></author>",
        "<media:content url='/m' lang='fr'/>",
        "<x:y>z</x:y>",
        "<language>fr</language>",
        "<source url='http://other.example/'>Other</source>",
        "<unclosed>",
        "</item>",
        "<item>",
        "]]>",
    ]
)
ITEMS = st.lists(FIELDS, max_size=5).map("".join)
DOCUMENTS = st.lists(st.integers(0, 5), max_size=6)


WRAPPINGS = {
    "rss": ('<rss version="2.0"><channel><title>t</title>', "</channel></rss>", "item"),
    "atom": ('<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>t</title>', "</feed>", "entry"),
    "rdf": (
        '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel/>',
        "</r:RDF>",
        "item",
    ),
}


@given(
    kind=st.sampled_from(sorted(WRAPPINGS)),
    pool=st.lists(ITEMS, min_size=6, max_size=6),
    documents=st.lists(DOCUMENTS, min_size=2, max_size=5),
    around=st.lists(st.sampled_from(["", "<language>de</language>", "<pubDate>now</pubDate>"]), min_size=5, max_size=5),
    hours=st.lists(st.integers(-30, 60), min_size=5, max_size=5),
)
@example(
    kind="rss",
    pool=["<guid>1</guid><title>a</title>", "<guid>1</guid><title>b</title>", "", "", "", ""],
    documents=[[0], [0, 1], [1, 0], [1]],
    around=[""] * 5,
    hours=[0] * 5,
)
@example(
    kind="rss",
    pool=["<a:x xmlns:a='http://www.w3.org/2005/Atom' xml:base='/deep/'><a:link href='er'/></a:x>", *[""] * 5],
    documents=[[0], [0, 0]],
    around=[""] * 5,
    hours=[0] * 5,
)
def test_any_history_gives_what_its_documents_give_alone(kind, pool, documents, around, hours):
    (start, end, tag), cache, now = WRAPPINGS[kind], b"", NOW
    for numbers, extra, later in zip(documents, around, hours, strict=False):
        now += timedelta(hours=later)
        items = "\n".join(f"<{tag}>{pool[number]}</{tag}>" for number in numbers)
        body = f"{start}{extra}{items}{end}".replace("item>", f"{tag}>").encode()
        response = Response(url=FEED.url, status=200, headers={}, body=body)
        outcome, cache = feeds.parse_cached(FEED, response, now, cache)
        assert outcome == feeds.parse(FEED, response, now)


def test_an_item_with_very_many_categories_keeps_all_without_comparing_each_with_all_others() -> None:
    names = [*range(500), *range(50)]
    item = "".join(f"<category>c{name}</category>" for name in names)
    body = f"<rss version='2.0'><channel><item><title>Title</title>{item}</item></channel></rss>".encode()
    (found,) = document_parser.parse_feed_document(body, SOURCE).parsed.entries
    assert [tag["term"] for tag in found.tags] == [f"c{name}" for name in names]
