"""What the lab prints for a large archive: counts, and few examples."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from monitor.cli import backtest_view, lab_views

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SENTENCE = {"zone": "title", "text": "A GPU", "marks": [[2, 5]], "terms": []}
HIT = {
    "id": 7,
    "rule_id": "gpus",
    "rule_title": "GPUs",
    "title": "A GPU",
    "url": "",
    "feed_id": "wire",
    "published_at": None,
    "found_at": NOW,
    "partial": True,
    "updated": False,
    "backfilled": True,
    "branch": "",
    "prominence": "major",
    "score": 6.0,
    "rule_hash": "a" * 64,
    "rule_hash_now": "a" * 64,
    "rule_state": "same",
    "matches_now": True,
    "branch_now": "",
    "text_hash": "b" * 64,
    "text_state": "changed",
    "text_removed_after_days": None,
    "story": None,
    "passages": [SENTENCE],
}
BACKTEST = {
    "rule_id": "gpus",
    "title": "GPUs",
    "since": NOW - timedelta(days=1),
    "until": NOW,
    "articles": 1,
    "hits": 0,
    "stories": 0,
    "share": 0.0,
    "weeks": [],
    "against": None,
    "newest": [],
    "terms": [],
    "never_seen": [],
    "overlaps": [],
    "spike": None,
    "warnings": [],
}


WHY_NOT = {
    "rule_id": "gpus",
    "rule_status": "live",
    "outcome": "miss",
    "title": "A GPU",
    "article_id": 3,
    "feed_id": "wire",
    "stored_at": NOW,
    "partial": False,
    "partial_reason": "",
    "truncated": False,
    "text_removed_after_days": None,
    "causes": [],
    "passages": [],
}


def test_why_not_says_of_an_article_that_its_text_is_not_all_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    lab_views.print_why_not(WHY_NOT)
    whole = capsys.readouterr().out
    lab_views.print_why_not(WHY_NOT | {"partial": True, "partial_reason": "login wall: http 401", "truncated": True})
    output = capsys.readouterr().out
    assert "partial: login wall: http 401\n" in output
    assert "cut after 200,000 characters; what the text says after that is not matched\n" in output
    assert "partial" not in whole
    assert "cut" not in whole


def test_an_article_that_states_no_time_of_day_has_the_stated_day(capsys: pytest.CaptureFixture[str]) -> None:
    lab_views.print_explanation(HIT | {"published_at": NOW.replace(hour=0)})
    assert "published 2026-11-24, found" in capsys.readouterr().out


def printed(capsys: pytest.CaptureFixture[str], **changes: Any) -> str:
    backtest_view.print_backtest(BACKTEST | changes)
    return capsys.readouterr().out


def test_a_hit_without_link_date_or_story_is_explained_nevertheless(capsys: pytest.CaptureFixture[str]) -> None:
    lab_views.print_explanation(HIT)
    output = capsys.readouterr().out
    assert "marks     partial (perhaps only part of the article was read), backfilled (" in output
    assert "matched   by its term; major, score 6" in output
    assert "published -" in output
    assert "http" not in output
    assert "story" not in output


def test_a_story_of_one_article_has_no_others(capsys: pytest.CaptureFixture[str]) -> None:
    lab_views.print_explanation(HIT | {"story": {"id": 3, "articles": [{}]}})
    assert "story     3\n" in capsys.readouterr().out


def test_a_rule_without_hits_has_no_bars(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys) == "gpus  GPUs\n1 day, 1 article: 0 hits in 0 stories, 0 % of the archive\n"


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (1.0, "100 %"),
        (0.996, "100 %"),
        (0.123, "12 %"),
        (0.0012, "0.12 %"),
        (1e-6, "0.0001 %"),
        (1e-7, "less than 0.0001 %"),
    ],
)
def test_the_share_of_the_archive_is_no_power_of_ten(
    share: float, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert printed(capsys, share=share).endswith(f" stories, {shown} of the archive\n")


def test_an_empty_archive_is_reported_without_never_seen_terms(capsys: pytest.CaptureFixture[str]) -> None:
    output = printed(capsys, articles=0, never_seen=["GPU"])
    assert "No article of these days is stored: `monitor poll` stores some, --since 365d looks further back." in output
    assert "never seen" not in output


def test_bar_length_follows_the_stories_of_a_week(capsys: pytest.CaptureFixture[str]) -> None:
    weeks = [
        {"start": date(2026, 11, 9), "articles": 900, "hits": 400, "stories": 400},
        {"start": date(2026, 11, 16), "articles": 9, "hits": 2, "stories": 1},
        {"start": date(2026, 11, 23), "articles": 1, "hits": 0, "stories": 0},
    ]
    lines = printed(capsys, weeks=weeks).splitlines()
    assert f"2026-11-09 {'█' * 40} 400  (400 hits in 900 articles)" in lines
    assert "2026-11-16 ▏ 1  (2 hits in 9 articles)" in lines
    assert "2026-11-23  0  (0 hits in 1 article)" in lines


def test_many_terms_are_counted_and_the_first_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    terms = [{"term": f"term {n:02}", "list": "", "articles": 50 - n, "hits": 0} for n in range(40)]
    output = printed(capsys, terms=terms, never_seen=[f"word {n:02}" for n in range(40)])
    assert "term 24" in output
    assert "term 25" not in output
    assert "  and 15 more; --format json shows them all" in output
    assert "word 24 and 15 more" in output


def test_columns_are_aligned_in_every_script(capsys: pytest.CaptureFixture[str]) -> None:
    terms = [{"term": term, "list": "", "articles": 1, "hits": 1} for term in ("chip", "出口管制")]
    latin, chinese = (line for line in printed(capsys, terms=terms).splitlines() if line.endswith("1         1"))
    assert len(latin) - len(chinese) == 4


def test_more_gained_than_are_shown_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    sample = {
        "article_id": 5,
        "title": "",
        "feed_id": "wire",
        "stored_at": NOW,
        "prominence": "major",
        "passages": [SENTENCE] * 3,
    }
    against = {
        "name": "HEAD",
        "state": "changed",
        "hits": 1,
        "gained": 9,
        "lost": 0,
        "gained_articles": [sample],
        "lost_articles": [],
    }
    output = printed(capsys, against=against, newest=[sample])
    assert "gained  the newest 1 of 9\n+ 5  (no title)\n" in output
    assert output.count("title: A [GPU]") == 2
    assert "newest hits" not in output
