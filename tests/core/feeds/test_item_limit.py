from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from monitor.core.feeds.items import keep_newest_items

START = datetime(2026, 11, 1, tzinfo=UTC)
PADDING = "x" * 120


def rss(count: int, step: int = -1) -> bytes:
    items = "".join(
        f"<item><title>{number}</title>"
        f"<pubDate>{format_datetime(START + step * number * timedelta(minutes=1))}</pubDate>"
        f"<description>{PADDING}</description></item>"
        for number in range(count)
    )
    return f"<rss><channel><title>t</title>{items}</channel></rss>".encode()


def test_a_short_feed_is_left_alone():
    assert keep_newest_items(rss(100), 100) == (rss(100), 0)
    assert keep_newest_items(b"<rss><channel/></rss>", 100) == (b"<rss><channel/></rss>", 0)


def test_the_oldest_items_at_the_end_are_cut_off():
    body, left_out = keep_newest_items(rss(150), 100)
    assert left_out == 50
    assert body.count(b"<item>") == 100
    assert b"<title>99</title>" in body
    assert b"<title>100</title>" not in body
    assert body.endswith(b"</item></channel></rss>")


def test_the_oldest_items_at_the_start_are_cut_off_where_the_feed_goes_upwards():
    body, left_out = keep_newest_items(rss(150, step=1), 100)
    assert left_out == 50
    assert b"<title>49</title>" not in body
    assert b"<title>149</title>" in body
    assert body.startswith(b"<rss><channel><title>t</title><item>")


@pytest.mark.parametrize("tag", ["entry", "atom:entry"])
def test_entries_of_atom_count_alike(tag):
    entries = "".join(f"<{tag}><id>{number}</id><summary>{PADDING}</summary></{tag}>" for number in range(120))
    body, left_out = keep_newest_items(f"<feed>{entries}</feed>".encode(), 100)
    assert left_out == 20
    assert body.endswith(b"</feed>")


@pytest.mark.parametrize("tag", ["<item/>", "<ITEM>", "<Entry\n>"])
def test_items_count_however_they_are_written(tag):
    body = f"<rss><channel>{(tag + PADDING) * 120}</channel></rss>".encode()
    assert keep_newest_items(body, 100)[1] == 20


@pytest.mark.parametrize(("start", "end"), [("<![CDATA[", "]]>"), ("<!-- ", " -->")])
def test_what_only_looks_like_an_item_is_neither_counted_nor_cut_apart(start, end):
    body = rss(90).replace(PADDING.encode(), f"{start}<item> <item><entry >{PADDING}{end}".encode())
    assert keep_newest_items(body, 100) == (body, 0)
    shorter, left_out = keep_newest_items(body, 80)
    assert left_out == 10
    assert shorter.count(b"<item><title>") == 80
    assert shorter.count(start.encode()) == shorter.count(end.encode()) == 80


def test_a_section_without_end_holds_all_that_follows():
    body = rss(50) + b"<![CDATA[" + b"<item>" * 1000 + PADDING.encode() * 100
    assert keep_newest_items(body, 60) == (body, 0)


def test_a_cut_document_stays_cut():
    body, left_out = keep_newest_items(rss(150)[:-40], 100)
    assert left_out == 50
    assert not body.endswith(b"</rss>")
    assert body.count(b"<item>") == 100


def test_items_of_which_only_the_first_has_a_date_are_taken_as_newest_first():
    body = rss(150).replace(b"<pubDate>", b"<x>").replace(b"</pubDate>", b"</x>")
    assert b"<title>99</title>" in keep_newest_items(body, 100)[0]
    assert b"<title>100</title>" not in keep_newest_items(body, 100)[0]
