"""`monitor feeds parse` shows the entries of saved answers, one at a time or as JSON lines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FEED = """<rss version="2.0"><channel><title>Gazette</title>
<item><title>Tide gauges</title><link>/acts/1</link><pubDate>Tue, 24 Nov 2026 08:00:00 GMT</pubDate></item>
</channel></rss>"""
ENTRY = {
    "id": "https://gazette.example/acts/1",
    "url": "https://gazette.example/acts/1",
    "title": "Tide gauges",
    "published_at": "2026-11-24T08:00:00+00:00",
    "summary": "",
}
MAIL = """From: a@example.org
Subject: Tide gauges
Message-ID: <1@example.org>
Date: Tue, 24 Nov 2026 08:00:00 +0000

The ports publish their tide gauges.
"""


@pytest.fixture
def parse_lines(monitor: Callable, tmp_path: Path) -> Callable:
    """Return a function that writes lines, and returns exit code, answers and complaints."""
    (tmp_path / "feed.xml").write_text(FEED)
    (tmp_path / "mail.eml").write_text(MAIL)

    def parse(*lines: dict[str, Any]) -> tuple[int, list[Any], str]:
        written = [line | {"path": str(tmp_path / line["path"])} for line in lines]
        (tmp_path / "answers.jsonl").write_text("\n".join(map(json.dumps, written)))
        result = monitor("feeds", "parse", "--jsonl", str(tmp_path / "answers.jsonl"))
        return result.code, [json.loads(line) for line in result.out.splitlines()], result.err

    return parse


def test_a_saved_feed_gives_its_entries_with_links_from_its_address(parse_lines: Callable) -> None:
    code, answers, complaints = parse_lines({"id": 7, "path": "feed.xml", "url": "https://gazette.example/feed"})
    assert (code, answers, complaints) == (0, [{"id": 7, "kind": "feed", "entries": [ENTRY]}], "")


def test_a_saved_answer_without_its_address_is_refused_since_links_would_lead_elsewhere(parse_lines: Callable) -> None:
    elsewhere = {"id": "b", "path": "feed.xml", "source": {"url": "https://gazette.example/feed"}}
    code, answers, complaints = parse_lines({"id": "a", "path": "feed.xml"}, elsewhere)
    assert (code, [answer["id"] for answer in answers]) == (1, ["b"])
    assert complaints.startswith('line 1: "url" is missing: ')


def test_a_saved_message_needs_no_address(parse_lines: Callable) -> None:
    code, (answer,), _ = parse_lines({"id": "m", "path": "mail.eml"})
    assert (code, answer["kind"], [entry["title"] for entry in answer["entries"]]) == (0, "imap", ["Tide gauges"])


def test_a_file_that_is_not_there_has_its_error_in_its_place(parse_lines: Callable) -> None:
    lines = [{"id": name, "path": name, "url": "https://gazette.example/feed"} for name in ("none.xml", "feed.xml")]
    code, answers, _ = parse_lines(*lines)
    assert (code, [answer["id"] for answer in answers]) == (1, ["none.xml", "feed.xml"])
    assert answers[0]["error"].endswith("none.xml: No such file or directory")
