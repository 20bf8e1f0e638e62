"""What programs read: JSON with the keys of the command line, and the Atom feed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import feedparser
import pytest
from sample_polls import HOUR, NOW, a_find, a_message, a_poll, an_article
from visitors import TOKEN, configured, key_of, sign_in, visiting

from monitor import cli
from monitor.core.model import FeedId


@pytest.fixture
def recent(store, tmp_path, capsys):
    """A page and a command line on one database, whose news is of today: the command line's clock is the wall's."""
    now = datetime.now(UTC) - timedelta(minutes=5)
    for number in range(3):
        store.record(a_poll(a_find(f"paper{number}", "inquiries"), at=now + timedelta(seconds=number)))
    store.record_run("daily", now, since=now - HOUR, until=now, hit_ids=[1], messages=[a_message()], now=now)
    loaded = configured(tmp_path / "config", store._address)

    def listing(*arguments):
        capsys.readouterr()
        assert cli.run(["--config", str(tmp_path / "config"), *arguments, "--format", "json"]) == 0
        return json.loads(capsys.readouterr().out)

    with visiting(loaded) as visitor:
        yield visitor, listing


@pytest.mark.parametrize(
    ("path", "arguments"),
    [
        ("/api/v1/hits", ["hits"]),
        ("/api/v1/hits?rule=inquiries&since=30d", ["hits", "--rule", "inquiries", "--since", "30d"]),
        ("/api/v1/hits?limit=2", ["hits", "--limit", "2"]),
        ("/api/v1/stories", ["stories"]),
        ("/api/v1/search?words=paper1", ["search", "paper1"]),
        ("/api/v1/feeds/health", ["feeds", "health"]),
        ("/api/v1/digests/runs?id=daily", ["digest", "runs", "daily"]),
        ("/api/v1/deliveries", ["deliveries"]),
        ("/api/v1/deliveries?failed=1", ["deliveries", "--failed"]),
    ],
)
def test_the_json_is_that_of_the_command_line(recent, path, arguments):
    visitor, listing = recent
    answer = visitor.get(path)
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == listing(*arguments)


def test_a_long_list_says_where_it_goes_on(visitor, filled):
    finds = [a_find(f"paper{number}", "inquiries") for number in range(4)]
    filled.record(a_poll(*finds, at=NOW + HOUR))
    path, ids = "/api/v1/hits?limit=2", []
    while path:
        answer = visitor.get(path)
        ids += [row["id"] for row in answer.json()]
        path = answer.links.get("next", {}).get("url", "")
    assert ids == [hit.id for hit in filled.hits()]


@pytest.mark.parametrize("path", ["/api/v1/search?words=title&limit=1", "/api/v1/stories?limit=1"])
def test_every_long_list_can_be_followed_to_its_end(visitor, filled, path):
    finds = [a_find(f"paper{number}", "inquiries") for number in range(4)]
    filled.record(a_poll(*finds, at=NOW + HOUR))
    whole = visitor.get(path.replace("limit=1", "limit=50")).json()
    ids = []
    while path:
        answer = visitor.get(path)
        assert answer.status_code == 200, answer.text
        ids += [row["id"] for row in answer.json()]
        path = answer.links.get("next", {}).get("url", "")
    assert ids == [row["id"] for row in whole]
    assert len(ids) > 1


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/api/v1/hits?since=soon", 400, "no length of time"),
        ("/api/v1/hits?limit=1000000", 400, "no number from 1 to 1000"),
        ("/api/v1/search", 400, "say which words"),
        ("/api/v1/digests/runs?id=nobody", 404, "no such digest"),
        ("/api/v1/hits?foo=1", 400, "foo: there is no such parameter; there are since, rule, topic, feed, language, "),
        ("/api/v1/hits?topics=chips", 400, "topics: there is no such parameter"),
        ("/api/v1/stories?rule=x", 400, "rule: there is no such parameter; there are since, limit, before"),
        ("/api/v1/search?words=a&since=7d", 400, "there are words, limit, before"),
        ("/api/v1/feeds/health?limit=1", 400, "limit: there is no such parameter; nothing can be asked here"),
        ("/api/v1/digests/runs?id=daily&since=7d", 400, "there are id, limit"),
        ("/api/v1/deliveries?failled=1", 400, "there are failed, limit"),
        ("/api/v1/nothing", 404, "nothing at this address"),
    ],
)
def test_a_refusal_is_json_too(visitor, path, status, said):
    answer = visitor.get(path)
    assert answer.status_code == status
    assert said in answer.json()["error"]


def test_a_program_without_the_token_is_told_so(stranger):
    answer = stranger.get("/api/v1/hits")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json() == {"error": "the token is missing"}
    assert len(stranger.get("/api/v1/hits", headers={"authorization": f"Bearer {TOKEN}"}).json()) == 2


def test_a_feed_reader_reads_the_hits(visitor):
    feed = feedparser.parse(visitor.get("/hits.atom").content)
    assert feed.bozo is False
    (entry,) = feed.entries
    assert entry.title == "Title of one"
    assert entry.link == "https://gazette.example/one"
    assert entry.author == "The Gazette"
    assert "inquiry" in entry.content[0].value
    assert {tag.term for tag in entry.tags} == {"oversight"}


def test_the_feed_is_sieved_as_the_page_is(visitor):
    assert feedparser.parse(visitor.get("/hits.atom?rule=nobody").content).entries == []
    assert visitor.get("/hits.atom?since=x").status_code == 400


def test_a_feed_reader_brings_its_key_in_the_address_and_reads_nothing_else_with_it(stranger):
    assert stranger.get("/hits.atom").status_code == 401
    assert stranger.get("/hits.atom?token=guess").status_code == 401
    assert stranger.get("/hits.atom", params={"token": TOKEN}).status_code == 200
    sign_in(stranger)
    page = stranger.get("/hits").text
    (address,) = {part.split('"')[0] for part in page.split('<a href="/hits.atom')[1:]}
    address = "/hits.atom" + address.replace("&amp;", "&")
    assert TOKEN not in page
    stranger.cookies.clear()
    assert stranger.get(address).status_code == 200
    assert stranger.get(address.replace("/hits.atom", "/hits")).status_code == 401
    assert stranger.get(address.replace("/hits.atom", "/api/v1/hits")).status_code == 401
    assert key_of(stranger.get("/hits"))


def test_the_feed_is_sound_whatever_a_publisher_writes(visitor, filled):
    title = "]]> <script>&amp;\x0b\x1f\ufffe \U0001f600 \u202e" + "x" * 100_000
    bad = an_article("bad", title=title, url="javascript:alert(1)")
    filled.record(a_poll(a_find("bad", "inquiries", article=bad), at=NOW + HOUR))
    content = visitor.get("/hits.atom").content
    root = ET.fromstring(content)
    first = root.find("{http://www.w3.org/2005/Atom}entry")
    assert first.find("{http://www.w3.org/2005/Atom}link") is None
    assert "<script>" in first.find("{http://www.w3.org/2005/Atom}title").text
    assert b"<script" not in content
    assert b"javascript" not in content
    assert FeedId("gazette")
