"""OPML: exports of other readers are parsed, hostile files refused, and written files parsed again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.errors import UsageError
from monitor.core.feeds.opml import MAX_OPML_BYTES, Subscription, format_opml, parse_opml, slugify
from monitor.core.model import Feed, FeedId

EXPORTED = """<?xml version="1.0" encoding="UTF-8"?>
<opml version="1.1">
  <head><title>My feeds</title></head>
  <body>
    <!-- exported by a reader -->
    <outline text="Règles &amp; lois" title="Règles &amp; lois">
      <outline text="EU">
        <outline type="rss" text="Gazette" xmlUrl="https://gazette.example/feed" language="fr-FR"/>
      </outline>
    </outline>
    <outline title="Second title wins" text="text" xmlURL="https://second.example/rss" category="/ai/chips,press"/>
    <outline type="rss" text="https://bare.example/rss" xmlurl=" https://bare.example/rss "/>
    <outline text="AI"><outline text="Gazette again" xmlUrl="https://gazette.example/feed"/></outline>
    <outline text="A file" xmlUrl="file:///etc/passwd"/>
    <outline text="" xmlUrl="javascript:alert(1)"/>
    <outline text="An empty folder"/>
  </body>
</opml>"""


def test_folders_and_categories_become_tags_and_each_address_comes_once():
    assert parse_opml(EXPORTED.encode()).feeds == (
        Subscription(
            url="https://gazette.example/feed", title="Gazette", language="fr", tags=("regles-lois", "eu", "ai")
        ),
        Subscription(url="https://second.example/rss", title="Second title wins", tags=("ai", "chips", "press")),
        Subscription(url="https://bare.example/rss"),
    )


def test_every_outline_that_gives_no_feed_of_its_own_is_reported_with_the_reason():
    read = parse_opml(EXPORTED.encode())
    assert read.skipped == (
        "Gazette again: the same address is listed above; its folders were added as tags",
        "An empty folder: no address of a feed (xmlUrl)",
    )
    assert read.refused == ("A file: no http address", "javascript:alert(1): no http address")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "not an OPML file"),
        (b"feeds:\n  - id: a", "not an OPML file"),
        (b"<opml><body><outline></opml>", "not an OPML file: .*line 1"),
        (b"<rss version='2.0'/>", "not <opml>"),
        (b'<!DOCTYPE opml [<!ENTITY x SYSTEM "file:///etc/passwd">]><opml>&x;</opml>', "document type"),
        ('<!DOCTYPE opml [<!ENTITY x "y">]><opml/>'.encode("utf-16"), "document type"),
        (b"<opml>" + b" " * MAX_OPML_BYTES + b"</opml>", "larger than 10 MB"),
        (b"<opml>" * 300 + b"</opml>" * 300, "not an OPML file"),
    ],
)
def test_what_is_no_opml_or_attacks_is_refused_in_one_line(data, said):
    with pytest.raises(UsageError, match=said) as caught:
        parse_opml(data)
    assert len(str(caught.value).splitlines()) == 1


def test_entities_that_expand_without_limit_are_refused():
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    data = f'<!DOCTYPE opml [<!ENTITY l0 "ha">{entities}]><opml><body><outline text="&l9;"/></body></opml>'
    with pytest.raises(UsageError):
        parse_opml(data.encode())


def test_headers_are_not_exported():
    feed = Feed(id=FeedId("a"), url="https://a.example/rss", headers={"Authorization": "canary"})
    assert b"canary" not in format_opml([feed])


words = st.text(st.characters(exclude_categories=["Cc", "Cs", "Co", "Cn"]), max_size=30).map(
    lambda t: " ".join(t.split())
)
tags = st.lists(st.from_regex("[a-z0-9]{1,8}(-[a-z0-9]{1,4})?", fullmatch=True), max_size=3, unique=True).map(tuple)


@given(st.lists(st.tuples(words, tags, st.sampled_from(["", "en", "zh"])), max_size=6))
def test_what_is_written_is_read_again(result):
    feeds = [
        Feed(
            id=FeedId(f"feed-{n}"), url=f"https://f{n}.example/rss?a=1&b=<2>", title=title, tags=own, language=language
        )
        for n, (title, own, language) in enumerate(result)
    ]
    again = {feed.url: feed for feed in parse_opml(format_opml(feeds)).feeds}
    assert set(again) == {feed.url for feed in feeds}
    for feed in feeds:
        assert (again[feed.url].language, again[feed.url].tags) == (feed.language, feed.tags)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data):
    try:
        outcome = parse_opml(data).feeds
    except UsageError as error:
        outcome = str(error)
    assert outcome is not None


@pytest.mark.parametrize(
    ("text", "made"),
    [("Règles & lois", "regles-lois"), ("  AI Act!  ", "ai-act"), ("中国", ""), ("x" * 80, "x" * 64)],
)
def test_a_slug_is_made_of_small_letters_digits_and_hyphens(text, made):
    assert slugify(text) == made


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("HTTP://B.Example/Feed", "http://B.Example/Feed"),
        ("feed://c.example/rss", "http://c.example/rss"),
        ("feed:https://c.example/rss", "https://c.example/rss"),
        ("Feed://HTTPS://c.example/rss", "https://c.example/rss"),
        ("feed:javascript:alert(1)", None),
        ("feed:///etc/passwd", None),
    ],
)
def test_an_address_is_taken_as_readers_write_it(written, url):
    result = parse_opml(f'<opml><body><outline text="x" xmlUrl="{written}"/></body></opml>'.encode())
    assert [feed.url for feed in result.feeds] == ([url] if url else [])


OUTLINE = '<opml><body><outline text="Décret R&amp;D" xmlUrl="https://a.example/?a=1&amp;b=2"/></body></opml>'


@pytest.mark.parametrize(
    "data",
    [
        OUTLINE.replace("&amp;", "&").encode(),
        OUTLINE.encode("latin-1"),
        ('<?xml version="1.0" encoding="utf-8"?>' + OUTLINE).encode("latin-1"),
        ('<?xml version="1.0" encoding="windows-1252"?>' + OUTLINE).encode("cp1252"),
        ('\ufeff\n<?xml version="1.0" encoding="utf-8"?>' + OUTLINE).encode(),
        OUTLINE.replace("<opml", '<opml xmlns="http://opml.org/spec2"').encode(),
    ],
)
def test_an_export_is_repaired_like_a_feed(data):
    assert parse_opml(data).feeds == (Subscription(url="https://a.example/?a=1&b=2", title="Décret R&D"),)
