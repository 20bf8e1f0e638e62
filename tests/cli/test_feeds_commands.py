"""`monitor feeds`: showing, finding, importing and exporting feeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from lxml import etree
from sample_service import chosen, in_thread

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sample_service import Service


def test_check_looks_at_feeds_and_stores_nothing(monitor: Callable, service: Service) -> None:
    result = monitor("feeds", "check", "meridian-wire", "inkblot-herald", "vanished-weekly", "--format", "json")
    assert result.code == 1
    checks = {check["id"]: check for check in result.json}
    assert list(checks) == ["inkblot-herald", "meridian-wire", "vanished-weekly"]  # in the order of feeds.yaml
    assert (checks["meridian-wire"]["ok"], checks["meridian-wire"]["entries"]) == (True, 5)
    assert checks["inkblot-herald"]["ok"]
    assert checks["inkblot-herald"]["reason"]  # its XML is broken, and that is said
    assert checks["vanished-weekly"]["reason"].startswith("http: 404")


def test_check_of_good_feeds_is_0(monitor: Callable) -> None:
    result = monitor("feeds", "check", "donghai-daily", "--format", "table")
    assert result.code == 0
    assert "东海日报" in result.out


def test_the_feeds_that_a_page_links_are_found(monitor: Callable, service: Service) -> None:
    feed = service.servers.feeds["digital-policy-office"]
    result = monitor("feeds", "discover", feed.removesuffix("feed") + "roaming", "--format", "json")
    assert result.code == 0
    assert [found["url"] for found in result.json] == [feed]


def test_the_address_of_a_feed_is_found_as_that_feed(monitor: Callable, service: Service) -> None:
    feed = service.servers.feeds["gazette-publique"]
    (found,) = monitor("feeds", "discover", feed, "--format", "json").json
    assert (found["url"], found["title"]) == (feed, "La Gazette publique")
    assert "id" not in found  # it has one when it is added


def test_an_address_without_a_scheme_is_read_over_http_if_there_is_no_https(
    monitor: Callable, service: Service
) -> None:
    feed = service.servers.feeds["gazette-publique"]
    typed = feed.removeprefix("http://")
    assert [found["url"] for found in monitor("feeds", "discover", typed, "--format", "json").json] == [feed]
    assert monitor("feeds", "preview", typed, "--format", "json").json
    service.write("feeds.yaml", "feeds: []\n")
    assert monitor("feeds", "add", typed).code == 0
    assert [each["url"] for each in monitor("feeds", "list", "--format", "json").json] == [feed]
    missing = service.servers.feeds["vanished-weekly"].removeprefix("http://")
    assert "(http: 404); use --unchecked" in monitor("feeds", "add", missing).err  # the reason of http, not of https
    assert "no feed was found (connection failed: " in monitor("feeds", "discover", "127.0.0.1:1/feed").err


@pytest.mark.parametrize("form", ["table", "json"])
def test_where_there_is_none_discovery_says_why(form: str, monitor: Callable, service: Service) -> None:
    result = monitor("feeds", "discover", service.servers.feeds["vanished-weekly"], "--format", form)
    assert result.code == 1
    assert "no feed was found" in result.err


def test_an_address_is_previewed_while_a_variable_of_channels_yaml_is_not_set(
    monitor: Callable, service: Service
) -> None:
    service.write("channels.yaml", 'channels: {team: {type: slack, webhook: "${WEBHOOK_NOT_SET}"}}\n')
    result = monitor("feeds", "preview", service.servers.feeds["gazette-publique"], "--format", "json")
    assert result.code == 0, result.err
    assert result.json


def test_add_keeps_the_comments_of_the_file(monitor: Callable, service: Service) -> None:
    url = service.servers.feeds["gazette-publique"]
    service.write("feeds.yaml", "# watched by Ana\nfeeds:\n  - id: one  # the first\n    url: https://example.org/1\n")
    result = monitor("feeds", "add", url, "--tier", "agency")
    assert result.code == 0, result.err
    text = (service.config / "feeds.yaml").read_text()
    assert "# watched by Ana" in text
    assert "# the first" in text
    feeds = monitor("feeds", "list", "--format", "json").json
    assert [(feed["id"], feed["url"], feed["tier"]) for feed in feeds] == [
        ("one", "https://example.org/1", "press"),
        ("la-gazette-publique", url, "agency"),
    ]


def test_a_feed_that_is_there_is_not_added_again(monitor: Callable, service: Service) -> None:
    before = (service.config / "feeds.yaml").read_text()
    assert monitor("feeds", "add", service.servers.feeds["meridian-wire"]).code == 2
    assert (service.config / "feeds.yaml").read_text() == before


def test_a_feed_at_an_address_that_may_not_be_fetched_is_said_to_be_there(monitor: Callable, service: Service) -> None:
    service.write("feeds.yaml", "feeds: [{id: intranet, url: http://10.1.2.3/feed, allow_networks: [10.1.2.3/32]}]\n")
    result = monitor("feeds", "add", "http://10.1.2.3/feed/")
    assert result.code == 2
    assert result.err.endswith("the feed intranet has this address already: http://10.1.2.3/feed/\n")


def test_what_is_no_feed_is_added_only_when_insisted_on(monitor: Callable, service: Service) -> None:
    url = service.servers.feeds["vanished-weekly"] + "/other"
    result = monitor("feeds", "add", url)
    assert (result.code, result.err) == (
        1,
        f"{url}: no feed was found (http: 404); use --unchecked to add the address anyway\n",
    )
    assert monitor("feeds", "add", url, "--unchecked", "--id", "hopeful").code == 0
    assert "hopeful" in [feed["id"] for feed in monitor("feeds", "list", "--format", "json").json]


def test_a_page_without_a_feed_is_not_added_and_the_command_that_adds_it_is_named(
    monitor: Callable, service: Service
) -> None:
    service.write("feeds.yaml", "feeds: []\n")
    with in_thread(chosen(["ministerio-digital"])) as servers:
        url = servers.feeds["ministerio-digital"]
        result = monitor("feeds", "add", url)
        assert (result.code, f"# monitor feeds add {url} --kind page" in result.err) == (1, True)
        assert monitor("feeds", "add", url, "--kind", "page").code == 0
        assert "a web page; --kind page reads a list on it" in monitor("feeds", "preview", url).err
        (article, *_) = monitor("feeds", "preview", url, "--kind", "page", "--format", "json").json
        result = monitor("feeds", "add", article["url"])
    assert (result.code, "if the page itself lists articles, add it with --kind page" in result.err) == (1, True)


def test_an_id_that_is_no_slug_is_refused_and_nothing_is_written(monitor: Callable, service: Service) -> None:
    before = (service.config / "feeds.yaml").read_text()
    result = monitor("feeds", "add", "https://example.org/x", "--unchecked", "--id", "Not A Slug")
    assert (result.code, "id must consist of" in result.err) == (2, True)
    assert (service.config / "feeds.yaml").read_text() == before


def test_what_is_exported_can_be_imported(
    monitor: Callable, service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMAP_PASSWORD", "pw")
    file = tmp_path / "feeds.opml"
    assert monitor("feeds", "export", str(file)).code == 0
    known = {feed["url"] for feed in monitor("feeds", "list", "--format", "json").json}
    assert {node.get("xmlUrl") for node in etree.parse(file).iter("outline") if node.get("xmlUrl")} == known
    assert monitor("feeds", "add", "imaps://me@mail.example.org/News", "--unchecked").code == 0
    assert monitor("feeds", "list", "--format", "json").json[-1]["tier"] == "newsletter"
    result = monitor("feeds", "export", str(file))
    assert "Left out, mail-example-org: a mailbox" in result.err
    service.write("feeds.yaml", "feeds: []\n")
    result = monitor("feeds", "import", str(file))
    assert result.code == 0, result.err
    assert {feed["url"] for feed in monitor("feeds", "list", "--format", "json").json} == known
    assert "Added 0 of" in monitor("feeds", "import", str(file)).err


def test_sources_that_are_no_feeds_are_named_when_they_are_exported(monitor: Callable, service: Service) -> None:
    sources = [
        {"id": "feed", "url": "https://example.org/feed"},
        {"id": "page", "url": "https://example.org/news", "kind": "page"},
        {"id": "api", "url": "https://example.org/api", "items": "results"},
    ]
    service.write("feeds.yaml", {"feeds": sources})
    result = monitor("feeds", "export")
    assert [line.split(":")[0] for line in result.err.splitlines()] == [
        "Only its address exported, page",
        "Only its address exported, api",
    ]
    assert result.out.count("xmlUrl") == len(sources)


def test_a_feed_that_cannot_be_imported_is_named_and_holds_up_no_other(
    monitor: Callable, service: Service, tmp_path: Path
) -> None:
    service.write("feeds.yaml", "feeds:\n  - id: a\n    url: https://example.org/feed\n")
    outlines = {
        "Here already": "http://www.example.org/feed/",
        "With a login": "https://ana:secret@example.org/1",
        "Good": "https://example.org/2",
        "A program": "exec:~/bin/feed",
    }
    listed = "".join(f'<outline text="{name}" xmlUrl="{url}"/>' for name, url in outlines.items())
    (tmp_path / "x.opml").write_text(f"<opml><body>{listed}</body></opml>")
    result = monitor("feeds", "import", str(tmp_path / "x.opml"))
    assert result.code == 1
    assert "Added 1 of 4 feeds" in result.err
    assert "Skipped, A program: no http address" in result.err
    assert "Skipped, Here already: the feed a has this address already" in result.err
    assert "Skipped, With a login: this feed cannot be added: url must not hold a user name" in result.err
    assert "secret" not in result.err
    assert [feed["id"] for feed in monitor("feeds", "list", "--format", "json").json] == ["a", "good"]


def test_an_import_ends_with_1_if_a_feed_has_an_address_that_cannot_be_polled(
    monitor: Callable, tmp_path: Path
) -> None:
    (tmp_path / "x.opml").write_text('<opml><body><outline text="A" xmlUrl="ftp://example.org/a"/></body></opml>')
    result = monitor("feeds", "import", str(tmp_path / "x.opml"))
    assert (result.code, result.err) == (1, "Added 0 of 1 feed.\nSkipped, A: no http address\n")


def test_what_is_no_opml_is_refused_in_one_line(monitor: Callable, tmp_path: Path) -> None:
    (tmp_path / "x.opml").write_bytes(b"<rss/>")
    result = monitor("feeds", "import", str(tmp_path / "x.opml"))
    assert result.code == 2
    assert len(result.err.splitlines()) == 1
