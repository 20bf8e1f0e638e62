"""`monitor stories why` explains a pair of articles, `monitor stories --jsonl` groups those of a file."""

from __future__ import annotations

import json
from itertools import combinations
from typing import TYPE_CHECKING

import pytest

from tests.core.stories.test_events import BID, BID_ELSEWHERE, REACTION, SIMPLIFIED, TRADITIONAL

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def line(name: str, written: tuple[str, str], hour: int, **more: str) -> str:
    given = {"id": name, "title": written[0], "text": written[1], "published_at": f"2026-11-24T{hour:02}:30:00+01:00"}
    return json.dumps(given | more)


def test_articles_of_a_file_are_grouped_in_the_order_of_publication_and_printed_in_theirs(
    monitor: Callable, tmp_path: Path
) -> None:
    lines = [
        line("late", REACTION, 20, source="a", language="en", authors="A. Author", sources="two"),
        line("bid", BID, 9, source="a", lang="en"),
        "not JSON",
        line("simplified", SIMPLIFIED, 9),
        line("again", BID_ELSEWHERE, 11, source="b"),
        line("traditional", TRADITIONAL, 10, lang="zh-Hant"),
        json.dumps({"id": "undated", "title": "Title", "text": "Text"}),
        line("misspelt", BID, 9).replace("title", "titel"),
        line("misspelt", BID, 9, lagn="en"),
        line("early", BID, 9, published_at="0001-01-01T00:00:00-23:59"),
    ]
    (tmp_path / "articles.jsonl").write_text("\n".join(lines))
    result = monitor("stories", "--jsonl", str(tmp_path / "articles.jsonl"))
    assert [json.loads(each) for each in result.out.splitlines()] == [
        {"id": "late", "story": 2},
        {"id": "bid", "story": 0},
        {"id": "simplified", "story": 1},
        {"id": "again", "story": 0},
        {"id": "traditional", "story": 1},
    ]
    assert result.code == 1
    assert "line 3: not JSON" in result.err
    assert 'line 7: "published_at" must be a time such as 2026-11-24T08:30:00Z\n' in result.err
    assert "line 8: unknown field 'titel'; did you mean 'title'?\n" in result.err
    assert "line 9: unknown field 'lagn'; did you mean 'lang'?\n" in result.err
    assert 'line 10: "published_at" must be a time such as 2026-11-24T08:30:00Z, not "0001-01-01' in result.err


def test_two_articles_are_explained_whether_they_are_one_story_or_not(monitor: Callable) -> None:
    stories = monitor("stories", "--format", "json").json
    widest = next(each for each in stories if len(each["articles"]) > 1)
    one, other = (each["article_id"] for each in widest["articles"][:2])
    pair = monitor("stories", "why", str(one), str(other), "--format", "json").json
    assert pair["one_story"]
    assert pair["conclusion"].startswith(f"Both are in story {widest['id']}. ")
    assert [each["story_id"] for each in pair["articles"]] == [widest["id"]] * 2

    apart = next(each for each in stories if each["id"] != widest["id"])["articles"][0]["article_id"]
    result = monitor("stories", "why", str(one), str(apart), "--format", "table")
    assert result.code == 0
    assert "They are in two stories" in result.out
    assert "days between them" in result.out


def test_what_why_says_of_a_pair_is_what_the_database_did(monitor: Callable) -> None:
    stories = monitor("stories", "--format", "json").json
    firsts = [each["articles"][0]["article_id"] for each in stories][:8]
    pairs = [
        monitor("stories", "why", str(one), str(other), "--format", "json") for one, other in combinations(firsts, 2)
    ]
    assert not any(each.json["would_join"] for each in pairs)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["why", "1", "1"], "name two different articles"),
        (["why", "1", "987654"], "there is no article 987654 in the archive"),
        (["why", "1"], "takes 2 values"),
        (["--jsonl", "x", "why", "1", "2"], "--jsonl groups the articles of a file"),
        (["--jsonl", "/no/such/file"], "No such file"),
        (["--jsonl", ""], "name a file, or - for stdin"),
    ],
)
def test_wrong_input_is_refused_in_one_line(monitor: Callable, arguments: list[str], words: str) -> None:
    result = monitor("stories", *arguments)
    assert result.code == 2
    assert words in result.err
    assert result.out == ""
