"""extract: output and exit codes, of single pages and of lists."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from monitor.demo import documents
from monitor.demo.news import outlets

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sample_service import Service
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def pages(tmp_path: Path) -> list[Path]:
    """Pages of the demo, with everything around an article."""
    made = []
    for outlet in outlets()[:4]:
        for article in outlet.articles:
            file = tmp_path / f"{outlet.id}-{article.slug}.html"
            file.write_bytes(documents.page(outlet, article, NOW))
            made.append(file)
    return made


def test_extract_shows_the_article_alone(monitor: Callable, pages: list[Path]) -> None:
    result = monitor("extract", str(pages[0]), "--format", "json")
    assert result.code == 0
    assert result.json["text"].count("\n\n") >= 2
    assert "cookies" not in result.json["text"].lower()
    assert result.json["quality"] == "full"


def test_extract_of_text_prints_title_and_text(monitor: Callable, pages: list[Path]) -> None:
    article = monitor("extract", str(pages[0]), "--format", "json").json
    printed = monitor("extract", str(pages[0])).out
    assert printed.startswith(article["title"])
    assert article["text"] in printed


def test_extract_of_what_holds_no_article_is_1(monitor: Callable, tmp_path: Path) -> None:
    (tmp_path / "empty.html").write_bytes(b"")
    assert monitor("extract", str(tmp_path / "empty.html")).code == 1


def test_extract_fetches_an_address(monitor: Callable, service: Service) -> None:
    address = service.servers.feeds["meridian-wire"].removesuffix("feed") + "grain-harvest"
    result = monitor("extract", address, "--format", "json")
    assert result.code == 0, result.err
    assert "wheat harvest" in result.json["text"]


def test_extract_of_an_address_that_fails_says_why(monitor: Callable, service: Service) -> None:
    result = monitor("extract", service.servers.feeds["vanished-weekly"])
    assert result.code == 1
    assert "404" in result.err


def test_extract_takes_no_date_of_the_future(monitor: Callable, tmp_path: Path) -> None:
    words = "<p>The committee met again.</p>" * 30
    (tmp_path / "a.html").write_text(f"<time pubdate datetime='2099-01-01'></time>{words}")
    assert monitor("extract", str(tmp_path / "a.html"), "--format", "json").json["published_at"] is None
    (tmp_path / "list.jsonl").write_text(json.dumps({"id": "a", "path": str(tmp_path / "a.html")}))
    assert json.loads(monitor("extract", "--jsonl", str(tmp_path / "list.jsonl")).out)["published_at"] is None


def test_many_pages_come_back_in_order_and_a_bad_one_stops_no_other(
    monitor: Callable, pages: list[Path], tmp_path: Path
) -> None:
    lines = [json.dumps({"id": f"p{number}", "path": str(page)}) for number, page in enumerate(pages)]
    lines.insert(2, json.dumps({"id": "gone", "path": str(tmp_path / "gone.html")}))
    (tmp_path / "list.jsonl").write_text("\n".join(lines))
    result = monitor("extract", str(tmp_path / "list.jsonl"), "--jsonl", "--workers", "2")
    rows = [json.loads(line) for line in result.out.splitlines()]
    assert result.code == 1
    assert [row["id"] for row in rows] == [json.loads(line)["id"] for line in lines]
    assert rows[2]["error"].startswith("unreadable file")
    assert all(row["text"] for row in rows if row["id"] != "gone")
    assert not {"id", "title", "text", "language", "published_at", "quality"} - set(rows[0])


FORM = 'write {"id": ..., "path": ...}'


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"[]", FORM),
        (b'{"id": 1}', FORM),
        (b'"x"', FORM),
        (b'{"id": "a", "path": 3}', FORM),
        (b"nonsense", "not JSON: Expecting value (column 1)"),
        (b'{"id": "x"', "not JSON: Expecting ',' delimiter (column 11)"),
        (b"\xff\xfe", "not UTF-8: byte 1 cannot be read"),
        (b"[" * 100_000, "not JSON that can be read: nested too deep"),
    ],
    ids=range(8),
)
def test_a_line_that_names_no_page_is_reported_by_number_and_the_others_are_extracted(
    line: bytes, why: str, monitor: Callable, pages: list[Path], tmp_path: Path
) -> None:
    good = [json.dumps({"id": name, "path": str(pages[0])}).encode() for name in ("first", "last")]
    (tmp_path / "list.jsonl").write_bytes(b"\n".join([good[0], line, b"", good[1]]))
    result = monitor("extract", str(tmp_path / "list.jsonl"), "--jsonl")
    assert [json.loads(row)["id"] for row in result.out.splitlines()] == ["first", "last"]
    assert (result.code, result.err) == (1, f"line 2: {why}\n")


def test_a_list_of_pages_that_is_not_there_is_a_usage_error(monitor: Callable) -> None:
    assert monitor("extract", "--jsonl", "no-such-list.jsonl").code == 2
