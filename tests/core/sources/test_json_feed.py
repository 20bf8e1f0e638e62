"""JSON Feed 1.0 and 1.1, as the second format of the kind `feed`."""

import json

import pytest

from monitor.core.model import Changed, Failed
from tests.core.sources.samples import parse, rows


def document(*items, **more):
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "Office", "items": items, **more})


@pytest.mark.parametrize("kind", ["auto", "feed"])
def test_items_become_entries_whatever_their_fields_are_called(kind):
    parsed = parse(
        document(
            {"id": "1", "url": "/a/1", "title": "A <b>rule</b>", "content_html": "<p>Whole text</p>",
             "summary": "Short", "date_published": "2026-11-24T10:00:00+01:00",
             "authors": [{"name": "Ada"}, {"name": "Bo"}], "tags": ["ai"]},
            {"id": 2, "external_url": "https://other.example/2", "content_text": "A note without a title"},
            {"id": "https://ministry.example/a/3", "title": "Its id is its address", "author": {"name": "Cy"}},
            home_page_url="https://ministry.example/", language="en-GB",
        ),
        kind=kind,
    )  # fmt: skip
    assert rows(parsed) == [
        ("https://ministry.example/a/1", "A rule", "2026-11-24"),
        ("https://other.example/2", "A note without a title", ""),
        ("https://ministry.example/a/3", "Its id is its address", ""),
    ]
    first, _, third = parsed.outcome.entries
    assert (first.summary, first.author, first.tags, first.language) == ("Whole text", "Ada, Bo", ("ai",), "en")
    assert third.author == "Cy"
    assert parsed.outcome.title == "Office"
    assert parsed.outcome.body_hash


def test_items_of_the_wrong_type_cost_only_themselves():
    parsed = parse(document(None, "text", {"title": {"a": 1}, "url": ["x"]}, {"url": "/good", "title": "Good"}, 7))
    assert [title for _, title, _ in rows(parsed)] == ["Good"]
    assert parsed.outcome.malformed == "3 items are not objects"


def test_a_publisher_who_escapes_slashes_and_begins_with_a_byte_order_mark_is_read():
    body = b"\xef\xbb\xbf" + document({"url": "/a", "title": "A"}).replace("/", "\\/").encode()
    assert rows(parse(body)) == [("https://ministry.example/a", "A", "")]


@pytest.mark.parametrize(
    "body",
    [
        '{"version": "https://jsonfeed.org/version/1", "items": [{"url": "/a", ',
        '{"version": "https://jsonfeed.org/version/1", "items": {"a": 1}}',
        '{"version": "https://jsonfeed.org/version/1", "items": ' + "[" * 100_000,
    ],
)
def test_a_broken_document_is_a_failure_that_says_what_is_wrong(body):
    outcome = parse(body, kind="feed").outcome
    assert isinstance(outcome, Failed)
    assert outcome.reason.startswith("not a feed: ")


def test_a_script_in_a_field_is_text_or_nothing():
    item = {
        "url": "javascript:alert(1)",
        "title": "<script>alert(1)</script>Law",
        "content_html": "<img onerror=x>Text",
    }
    (entry,) = parse(document(item)).outcome.entries
    assert (entry.link, entry.title, entry.summary) == ("", "Law", "Text")


def test_the_key_of_an_item_does_not_depend_on_its_position():
    one, two = {"id": "1", "url": "/1", "title": "One"}, {"id": "2", "url": "/2", "title": "Two"}
    first, second = parse(document(one, two)).outcome, parse(document(two, one)).outcome
    assert isinstance(first, Changed)
    assert {entry.key for entry in first.entries} == {entry.key for entry in second.entries}
