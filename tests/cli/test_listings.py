"""Listings: the keys that users' scripts rely on, the filters, and the four formats."""

from __future__ import annotations

import csv
import io
import json
from contextlib import closing
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from config_samples import minimal
from migrated_file import write_migrated
from sample_service import BAD, GOOD

from monitor.cli import row_keys
from monitor.cli.audit_archive import _suggestion_row
from monitor.cli.feed_probes import _check_row
from monitor.core.audit.edit_back_test import Suggestion
from monitor.core.audit.edited_files import RuleEdit
from monitor.core.model import Changed, DigestRun, Entry, Feed, FoundArticle, Poll, PossibleMiss
from monitor.diagnostics.feed_discovery import FeedCheck, entry_row
from monitor.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sample_service import Service

HIT_KEYS = [
    "id",
    "rule_id",
    "topic",
    "priority",
    "feed_id",
    "url",
    "title",
    "published_at",
    "found_at",
    "language",
    "prominence",
    "score",
    "partial",
    "backfilled",
    "story_id",
    "evidence",
]
EVIDENCE_KEYS = ["term", "as_written", "zone", "start", "end", "sentence"]
HEALTH_KEYS = [
    "id",
    "state",
    "last_success_at",
    "last_entry_at",
    "failures",
    "reason",
    "next_poll_at",
    "interval_s",
    "expected_silence_s",
    "usual_gap_s",
    "fingerprint",
    "layout_changed_at",
]
POLL_KEYS = ["polled", "changed", "unchanged", "failed", "entries_new", "articles", "partial", "hits", "seconds"]


def test_hits_carry_the_promised_keys(monitor: Callable) -> None:
    hits = monitor("hits", "--format", "json").json
    assert hits
    for hit in hits:
        assert not set(HIT_KEYS) - set(hit)
        assert hit["evidence"]
        assert all(not set(EVIDENCE_KEYS) - set(item) for item in hit["evidence"])


@pytest.mark.parametrize(
    ("option", "key", "value"),
    [
        ("--rule", "rule_id", "eu-ai-act"),
        ("--topic", "topic", "chip-export-controls"),
        ("--feed", "feed_id", "gazette-publique"),
    ],
)
def test_hits_are_filtered(option: str, key: str, value: str, monitor: Callable) -> None:
    everything = monitor("hits", "--format", "json").json
    chosen = monitor("hits", option, value, "--format", "json").json
    assert chosen == [hit for hit in everything if hit[key] == value]
    assert 0 < len(chosen) < len(everything)


def test_hits_are_limited_to_the_newest(monitor: Callable) -> None:
    everything = monitor("hits", "--format", "json").json
    assert monitor("hits", "--limit", "2", "--format", "json").json == everything[:2]


@pytest.mark.parametrize(
    ("option", "typo", "meant"),
    [
        ("--rule", "eu-ai-akt", "eu-ai-act"),
        ("--topic", "chip-export-control", "chip-export-controls"),
        ("--feed", "gazette-publik", "gazette-publique"),
    ],
)
def test_a_filter_that_names_nothing_is_reported(option: str, typo: str, meant: str, monitor: Callable) -> None:
    result = monitor("hits", option, typo, "--format", "json")
    assert (result.code, result.json) == (0, [])
    assert result.err == f"There is no {option[2:]} {typo!r} in the configuration; did you mean {meant!r}?\n"
    assert "There is no" in monitor("hits", option, "").err
    assert monitor("hits", option, meant, "--since", "1s", "--format", "json").err == ""


def test_tables_show_times_in_the_configured_zone(monitor: Callable, service: Service) -> None:
    text = (service.config / "monitor.yaml").read_text()
    service.write("monitor.yaml", text.replace("Europe/Brussels", "Asia/Kathmandu"))
    (hit,) = monitor("hits", "--limit", "1", "--format", "json").json
    local = datetime.fromisoformat(hit["found_at"]).astimezone(ZoneInfo("Asia/Kathmandu"))
    assert f"{local:%Y-%m-%d %H:%M}" in monitor("hits", "--limit", "1", "--format", "table").out


@pytest.mark.parametrize("command", ["hits", "ledger", "search chips", "digest preview daily-brief"])
def test_a_period_of_no_time_is_refused_since_nothing_can_be_in_it(command: str, monitor: Callable) -> None:
    result = monitor(*command.split(), "--since", "0d")
    assert (result.code, result.out) == (2, "")
    assert "'0d' is no time before now; write it like 30s, 15m, 6h, 7d or 2w, or a day: 2026-11-24" in result.err


@pytest.mark.parametrize(
    "command", ["hits", "ledger", "stories", "search chips", "digest preview brief", "audit estimate"]
)
def test_a_period_that_begins_in_the_future_is_refused_in_one_line(command: str, monitor: Callable) -> None:
    result = monitor(*command.split(), "--since", "2999-12-31")
    assert (result.code, result.out, result.err.count("\n")) == (2, "", 1)
    assert "--since 2999-12-31 has not begun, it is " in result.err


def test_a_period_may_end_now(monitor: Callable) -> None:
    assert monitor("search", "chips", "--since", "7d", "--until", "0").code == 0


@pytest.mark.parametrize("command", ["hits", "stories", "deliveries", "feeds list", "feeds health", "digest list"])
def test_every_listing_comes_in_four_formats(command: str, monitor: Callable) -> None:
    words = command.split()
    rows = monitor(*words, "--format", "json").json
    lines = monitor(*words, "--format", "jsonl").out.splitlines()
    cells = list(csv.DictReader(io.StringIO(monitor(*words, "--format", "csv").out)))
    assert [json.loads(line) for line in lines] == rows
    assert len(cells) == len(rows)
    result = monitor(*words, "--format", "table")
    assert result.code == 0
    first = rows[0]["id"] if rows and isinstance(rows[0]["id"], str) else ""
    assert first[:6] in result.out, "a narrow table may wrap an id, but begins it"


def test_csv_names_its_columns_also_where_nothing_was_found(
    monitor: Callable, service: Service, tmp_path: Path
) -> None:
    empty, article = minimal(tmp_path / "empty"), tmp_path / "article.txt"
    for name in ("feeds.yaml", "digests.yaml", "rules/one.yaml"):
        (empty / name).write_text("", encoding="utf-8")
    (empty / "monitor.yaml").write_text(f"database: {write_migrated(tmp_path / 'empty.db')}\n", encoding="utf-8")
    article.write_text("New export controls on AI chips\n", encoding="utf-8")
    monitor("digest", "send", "brief")

    def columns(command: str, config: Path) -> list[str]:
        return monitor(*command.split(), "--format", "csv", config=config).out.partition("\n")[0].split(",")

    for found, nothing in (
        ("hits", "hits --since 1ms"), ("stories", "stories --since 1ms"), ("search AI", "search zzzz"),
        ("deliveries", "deliveries --cancelled"), (f"match {article}", "match /dev/null"), ("audit next", ""),
    ):  # fmt: skip
        assert columns(found, service.config) == columns(nothing or found, service.config if nothing else empty), found
    for command in ("feeds list", "feeds health", "rules list", "digest list"):
        assert columns(command, service.config) == columns(command, empty), command


def test_the_columns_of_csv_are_the_keys_of_its_rows() -> None:
    edit = RuleEdit(rule_id="a", path="a.yaml", target="any", entry="b")
    figures = {field.name: 0 for field in fields(Suggestion)} | {"edit": edit}
    assert tuple(_suggestion_row(1, Suggestion(**figures))) == row_keys.SUGGESTIONS
    assert tuple(field.name for field in fields(PossibleMiss)) == row_keys.RANKED_ARTICLES
    assert tuple(field.name for field in fields(DigestRun)) == row_keys.RUNS
    assert tuple(entry_row(Entry(key="a", content_hash="b"))) == row_keys.ENTRIES
    checked = FeedCheck(feed=Feed(id="a", url="https://a.example/"), ok=True, reason="")
    assert tuple(_check_row(checked)) == row_keys.FEED_CHECKS


def test_stories_tell_which_outlets_had_the_same_news(monitor: Callable) -> None:
    stories = monitor("stories", "--format", "json").json
    widest = max(stories, key=lambda story: story["outlets"])
    assert {article["feed_id"] for article in widest["articles"]} == {"meridian-wire", "harbour-post"}
    assert widest["articles"][0]["feed_id"] == "meridian-wire"  # the agency stands before the paper that prints it


def test_search_finds_words_in_the_archive(monitor: Callable) -> None:
    (found,) = monitor("search", "lighthouse", "marathon", "--format", "json").json
    assert "marathon" in found["title"].lower()
    assert monitor("search", "zzzz", "--format", "json").json == []


@pytest.mark.parametrize("query", ["", "  ", '""'])
def test_a_search_for_no_word_is_a_usage_error(monitor: Callable, query: str) -> None:
    refused = monitor("search", query, "--format", "json")
    assert (refused.code, refused.out) == (2, "")
    assert "the query holds no word" in refused.err


def test_a_search_can_be_filtered_and_says_how_many_answers_there_are(monitor: Callable) -> None:
    shown = monitor("search", "AI", "--tier", "official", "--matched", "--limit", "1", "--format", "json")
    assert len(shown.json) == 1
    assert shown.json[0]["snippet"][slice(*shown.json[0]["marks"][0])].lower() == "ai"
    assert shown.err.startswith("Shown: 1 of ")
    refused = monitor("search", "AI", "OR")
    assert (refused.code, refused.err) == (2, "column 4: a word must follow OR\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["search", "AI", "--matched", "--unmatched"], "--matched and --unmatched exclude each other"),
        (["search", "-football AI"], "an excluded word cannot come first"),
        (["search", "AI", "--lang", "xx"], "neither a feed nor an article has the language 'xx'"),
        (["search", "AI", "--topic", "oversigth"], "there is no topic 'oversigth'"),
        (["stories", "--jsonl", "articles.jsonl", "--since", "7d"], "leave out --since"),
        (["stories", "--jsonl", "articles.jsonl", "--format", "csv"], "leave out --format"),
        (["audit", "estimate", "--jsonl", "counts.jsonl", "--format", "table"], "leave out --format"),
        (["audit", "rank", "--jsonl", "documents.jsonl", "--format", "csv"], "leave out --format"),
        (["feeds", "parse", "--jsonl", "answers.jsonl", "--format", "csv"], "leave out --format"),
        (["extract", "--jsonl", "pages.jsonl", "--format", "text"], "leave out --format"),
    ],
)
def test_invalid_filters_are_refused(monitor: Callable, arguments: list[str], message: str) -> None:
    refused = monitor(*arguments)
    assert (refused.code, refused.out) == (2, "")
    assert message in refused.err


def test_a_search_for_a_misspelt_feed_names_the_one_that_is_meant(monitor: Callable) -> None:
    feed = monitor("search", "AI", "--limit", "1", "--format", "json").json[0]["feed_id"]
    refused = monitor("search", "AI", "--feed", f"{feed}x")
    assert (refused.code, refused.err) == (2, f"there is no feed '{feed}x'; did you mean '{feed}'?\n")


def test_a_search_is_printed_as_a_rule_with_its_backtest(monitor: Callable) -> None:
    result = monitor("search", "title:marathon -cricket", "--as-rule")
    assert result.code == 0
    assert "(title:marathon NOT cricket)" in result.out
    assert "1 hit in 1 story" in result.err


def test_versions_show_what_an_edit_took_out_and_put_in(monitor: Callable, service: Service) -> None:
    number = monitor("search", "lighthouse", "marathon", "--format", "json").json[0]["id"]
    with closing(Store(f"sqlite:///{service.folder / 'monitor.db'}")) as store:
        before = store.article(number)
        first, _, rest = before.article.text.partition("\n\n")
        edited = FoundArticle(
            entry=Entry(key="edited", content_hash="edited", title=before.article.title),
            article=replace(before.article, text=f"{rest}\n\n[red]It was put off."),
            updated=True,
            entry_id=before.entry_id,
        )
        state = store.state(before.feed_id)
        now = datetime.now(UTC)
        poll = Poll(feed_id=before.feed_id, started_at=now, finished_at=now, outcome=Changed(entries=()), state=state)
        store.record(replace(poll, found=(edited,)))
    old, new = monitor("versions", str(number), "--format", "json").json
    assert (old["version"], new["version"], old["edits"]) == (1, 2, [])
    assert new["edits"] == [{"mark": "-", "text": first}, {"mark": "+", "text": "[red]It was put off."}]
    assert "+ [red]It was put off." in monitor("versions", str(new["id"]), "--format", "table").out


def test_an_article_that_is_not_there_has_no_versions(monitor: Callable) -> None:
    result = monitor("versions", "4711")
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("there is no article 4711 in the archive")


def test_feeds_are_listed_as_they_are_configured(monitor: Callable) -> None:
    assert {feed["id"] for feed in monitor("feeds", "list", "--format", "json").json} == {*GOOD, *BAD}


def test_the_table_of_feed_health_says_why_an_interval_is_what_it_is(
    monitor: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "140")
    shown = monitor("feeds", "health", "--format", "table").out
    assert "next poll" in shown
    assert "first poll" in shown
    assert "http: 404; back-off: 0.5 failures" in shown


@pytest.fixture
def narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let output be taken for a terminal of 80 columns without colours."""
    for name, value in {"COLUMNS": "80", "TERM": "dumb", "TTY_COMPATIBLE": "1"}.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("narrow_terminal")
def test_a_narrow_terminal_still_says_why_and_spares_the_times(monitor: Callable) -> None:
    shown = monitor("feeds", "health", "--format", "table").out
    assert "next poll" not in shown
    assert "http: 404" in shown
    assert all(feed in shown for feed in (*GOOD, *BAD))


@pytest.mark.parametrize(
    ("listed", "columns"),
    [("rules", ["id", "title", "status", "precision"]), ("feeds", ["id", "title", "tier", "url"])],
)
@pytest.mark.usefixtures("narrow_terminal")
def test_a_narrow_terminal_leaves_room_for_titles(listed: str, columns: list[str], monitor: Callable) -> None:
    lines = monitor(listed, "list", "--format", "table").out.splitlines()
    assert next(line.split() for line in lines if "title" in line) == columns


def test_a_table_in_a_file_has_all_columns(monitor: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    heading = next(line for line in monitor("rules", "list", "--format", "table").out.splitlines() if "title" in line)
    assert heading.split() == ["id", "title", "topic", "status", "priority", "tests", "precision"]


def test_feed_health_carries_the_promised_keys_and_names_what_fails(monitor: Callable) -> None:
    health = {feed["id"]: feed for feed in monitor("feeds", "health", "--format", "json").json}
    assert all(not set(HEALTH_KEYS) - set(feed) for feed in health.values())
    assert {name for name, feed in health.items() if feed["state"] == "failing"} == set(BAD)
    assert health["vanished-weekly"]["reason"].startswith("http: 404")
    assert health["meridian-wire"]["next_poll_at"]


def test_a_poll_counts_under_the_promised_names(monitor: Callable) -> None:
    result = monitor("poll", "meridian-wire", "--format", "json")
    assert result.code == 0
    assert not set(POLL_KEYS) - set(result.json)
    assert (result.json["polled"], result.json["unchanged"], result.json["entries_new"]) == (1, 1, 0)


def test_a_poll_when_nothing_is_due_says_so(monitor: Callable) -> None:
    result = monitor("poll", "--format", "table")
    assert result.code == 0
    assert "No feed is due" in result.err


def test_a_poll_that_fails_names_the_feed_and_ends_with_1(monitor: Callable) -> None:
    result = monitor("poll", "vanished-weekly", "--format", "table")
    assert result.code == 1
    assert "vanished-weekly: http: 404" in result.err
    assert "1 failed" in result.out


def test_labelled_hits_are_what_rules_score_reads(monitor: Callable, tmp_path: Path) -> None:
    lines = monitor("hits", "--label").out
    (tmp_path / "labelled.jsonl").write_text(lines)
    documents = [json.loads(line) for line in lines.splitlines()]
    hits = monitor("hits", "--format", "json").json

    assert {document["title"] for document in documents} == {hit["title"] for hit in hits}
    assert all(document["topics"] for document in documents)
    scores = monitor("rules", "score", str(tmp_path / "labelled.jsonl"), "--format", "json").json
    assert (scores["documents"], scores["unlabelled"]) == (0, len(documents))  # nobody has judged them yet

    judged = "".join(json.dumps(document | {"labelled": True}) + "\n" for document in documents)
    (tmp_path / "labelled.jsonl").write_text(judged)
    result = monitor("rules", "score", str(tmp_path / "labelled.jsonl"), "--format", "json")
    assert result.json["relevance"]["found"] == len(documents)
    assert result.json["relevance"]["recall"] is None
    assert "recall cannot be known from this file" in result.err


def test_what_readers_called_irrelevant_is_no_topic_of_its_article(monitor: Callable, service: Service) -> None:
    hits = monitor("hits", "--format", "json").json
    wrong = hits[0]["article_id"]
    database = Store(f"sqlite:///{service.folder}/monitor.db")
    for hit in hits:
        if hit["article_id"] == wrong:
            database.label(hit["id"], datetime.now(UTC), relevant=False)
        else:
            database.label(hit["id"], datetime.now(UTC), relevant=True)
    database.close()
    documents = [json.loads(line) for line in monitor("hits", "--label").out.splitlines()]
    assert [document["id"] for document in documents if not document["topics"]] == [str(wrong)]
    assert all(document["labelled"] for document in documents)


def test_hits_since_a_day_are_those_found_from_its_midnight_on(monitor: Callable) -> None:
    hits = monitor("hits", "--format", "json").json
    days = [datetime.fromisoformat(hit["found_at"]).astimezone(UTC).date() for hit in hits]
    assert monitor("hits", "--since", f"{days[-1]}", "--format", "json").json == hits
    of_last_day = [hit for hit, day in zip(hits, days, strict=True) if day == days[0]]
    assert monitor("hits", "--since", f"{days[0]}", "--format", "json").json == of_last_day
