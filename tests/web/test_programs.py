"""The JSON API and the Atom feed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import feedparser
import pytest
from sample_polls import HOUR, NOW, a_find, a_message, a_poll, an_article
from web_clients import TOKEN, csrf_token_of, load_config, running_server, sign_in

from monitor import cli


@pytest.fixture
def recent(store, tmp_path, capsys):
    """A page and a command line on one database with news of today, since the command line reads the real clock."""
    now = datetime.now(UTC) - timedelta(minutes=5)
    for number in range(3):
        store.record(a_poll(a_find(f"paper{number}", "inquiries"), at=now + timedelta(seconds=number)))
    store.record_run("daily", now, since=now - HOUR, until=now, hit_ids=[1], messages=[a_message()], now=now)
    loaded = load_config(tmp_path / "config", store._address)

    def listing(*arguments):
        capsys.readouterr()
        assert cli.run(["--config", str(tmp_path / "config"), *arguments, "--format", "json"]) == 0
        return json.loads(capsys.readouterr().out)

    with running_server(loaded) as client:
        yield client, listing


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
def test_the_api_returns_the_json_of_the_command_line(recent, path, arguments):
    client, listing = recent
    response = client.get(path)
    assert response.headers["content-type"] == "application/json"
    assert response.json() == listing(*arguments)


def test_a_long_list_links_to_its_next_page(client, store_with_hits):
    finds = [a_find(f"paper{number}", "inquiries") for number in range(4)]
    store_with_hits.record(a_poll(*finds, at=NOW + HOUR))
    path, ids = "/api/v1/hits?limit=2", []
    while path:
        response = client.get(path)
        ids += [row["id"] for row in response.json()]
        path = response.links.get("next", {}).get("url", "")
    assert ids == [hit.id for hit in store_with_hits.hits()]


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/search?words=title&limit=1",
        "/api/v1/stories?limit=1",
        "/api/v1/digests/runs?id=daily&limit=1",
        "/api/v1/deliveries?limit=1",
        "/api/v1/deliveries?cancelled=1&limit=1",
    ],
)
def test_next_links_lead_through_the_whole_list(client, store_with_hits, path):
    finds = [a_find(f"paper{number}", "inquiries") for number in range(4)]
    store_with_hits.record(a_poll(*finds, at=NOW + HOUR))
    for number in range(3):
        slot, to = NOW + number * HOUR, (f"{number}@example.org", "anna@example.org")
        messages = [a_message(f"key {number}", recipients=to)]
        store_with_hits.record_run("daily", slot, since=NOW, until=slot, hit_ids=[], messages=messages, now=NOW)
    for delivery in store_with_hits.deliveries()[::2]:
        store_with_hits.cancel(delivery.id, NOW, "not a recipient any more")
    whole = client.get(path.replace("limit=1", "limit=50")).json()
    ids = []
    while path:
        response = client.get(path)
        assert response.status_code == 200, response.text
        ids += [row["id"] for row in response.json()]
        path = response.links.get("next", {}).get("url", "")
    assert ids == [row["id"] for row in whole]
    assert len(ids) > 1


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        ("/api/v1/hits?since=soon", 400, "is not a duration"),
        ("/api/v1/hits?limit=1000000", 400, "is not a number from 1 to 1000"),
        ("/api/v1/search", 400, "Missing parameter words"),
        ("/api/v1/digests/runs?id=nobody", 404, "There is no digest with this id"),
        (
            "/api/v1/hits?foo=1",
            400,
            "Unknown parameter 'foo'; this address takes since, until, rule, topic, feed, ",
        ),
        ("/api/v1/hits?topics=chips", 400, "Unknown parameter 'topics'"),
        ("/api/v1/stories?rule=x", 400, "Unknown parameter 'rule'; this address takes since, limit, before"),
        ("/api/v1/search?words=a&rule=x", 400, "this address takes words, since, until, feed, topic, language, tier"),
        ("/api/v1/feeds/health?limit=1", 400, "Unknown parameter 'limit'; this address takes none"),
        ("/api/v1/quality?topic=chips", 400, "Unknown parameter 'topic'; this address takes none"),
        ("/api/v1/digests/runs?id=daily&since=7d", 400, "this address takes id, limit, before"),
        ("/api/v1/deliveries?failled=1", 400, "this address takes failed, cancelled, limit, before"),
        ("/api/v1/search?words=a&words=b", 400, "Parameter 'words' is given 2 times: give it once"),
        ("/api/v1/digests/runs?id=daily&id=weekly", 400, "Parameter 'id' is given 2 times"),
        ("/api/v1/nothing", 404, "no page at this address"),
    ],
)
def test_an_api_error_is_json(client, path, status, message):
    response = client.get(path)
    assert response.status_code == status
    assert message in response.json()["error"]


def test_an_api_request_without_the_token_is_401(anonymous):
    response = anonymous.get("/api/v1/hits")
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.json() == {"error": "token missing"}
    assert len(anonymous.get("/api/v1/hits", headers={"authorization": f"Bearer {TOKEN}"}).json()) == 2


def test_the_atom_feed_lists_the_hits(client):
    feed = feedparser.parse(client.get("/hits.atom").content)
    assert feed.bozo is False
    (entry,) = feed.entries
    assert entry.title == "Title of one"
    assert entry.link == "https://gazette.example/one"
    assert entry.author == "The Gazette"
    assert "inquiry" in entry.content[0].value
    assert {tag.term for tag in entry.tags} == {"oversight"}


def test_the_atom_feed_takes_the_filters_of_the_page(client):
    assert feedparser.parse(client.get("/hits.atom?rule=nobody").content).entries == []
    assert client.get("/hits.atom?since=x").status_code == 400


def test_the_feed_key_opens_the_atom_feed_and_nothing_else(anonymous):
    assert anonymous.get("/hits.atom").status_code == 401
    assert anonymous.get("/hits.atom?token=guess").status_code == 401
    assert anonymous.get("/hits.atom", params={"token": TOKEN}).status_code == 200
    sign_in(anonymous)
    page = anonymous.get("/hits").text
    (address,) = {part.split('"')[0] for part in page.split('<a href="/hits.atom')[1:]}
    address = "/hits.atom" + address.replace("&amp;", "&")
    assert TOKEN not in page
    anonymous.cookies.clear()
    assert anonymous.get(address).status_code == 200
    assert anonymous.get(address.replace("/hits.atom", "/hits")).status_code == 401
    assert anonymous.get(address.replace("/hits.atom", "/api/v1/hits")).status_code == 401
    assert csrf_token_of(anonymous.get("/hits"))


def test_the_atom_feed_is_valid_whatever_a_publisher_writes(client, store_with_hits):
    title = "]]> <script>&amp;\x0b\x1f\ufffe \U0001f600 \u202e" + "x" * 100_000
    bad = an_article("bad", title=title, url="javascript:alert(1)")
    store_with_hits.record(a_poll(a_find("bad", "inquiries", article=bad), at=NOW + HOUR))
    content = client.get("/hits.atom").content
    root = ET.fromstring(content)
    first = root.find("{http://www.w3.org/2005/Atom}entry")
    assert first.find("{http://www.w3.org/2005/Atom}link") is None
    assert "<script>" in first.find("{http://www.w3.org/2005/Atom}title").text
    assert b"<script" not in content
    assert b"javascript" not in content
