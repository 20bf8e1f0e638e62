"""The commands of the lab: keys of their JSON, their text, and their errors."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from sample_service import RULES, Service

from monitor.cli.lab_lines import marked

if TYPE_CHECKING:
    from collections.abc import Callable

RULE = "chip-export-controls"
WHY_KEYS = ["id", "rule_id", "branch", "prominence", "score", "rule_state", "rule_hash", "rule_hash_now", "matches_now",
            "text_state", "text_hash", "story", "passages", "evidence", "partial", "backfilled", "updated"]  # fmt: skip
WHY_NOT_KEYS = ["rule_id", "outcome", "hit_id", "matches_now", "article_id", "url", "title", "causes", "passages"]
BACKTEST_KEYS = ["rule_id", "since", "until", "articles", "hits", "stories", "share", "weeks", "against", "newest",
                 "terms", "never_seen", "overlaps", "spike", "warnings"]  # fmt: skip
WEEK_KEYS = ["week", "start", "articles", "hits", "stories", "hits_before"]


@pytest.fixture
def committed(service: Service) -> Service:
    """The service's configuration, committed to git."""
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "rules"]):
        options = ["-c", "core.hooksPath=/dev/null", "-c", "user.name=A", "-c", "user.email=a@example.org",
                   "-c", "commit.gpgsign=false"]  # fmt: skip
        subprocess.run(["git", "-C", str(service.config), *options, *words], check=True)
    return service


def washington(monitor: Callable) -> dict[str, Any]:
    """Always the same hit; which feed is stored first is not defined."""
    hits = monitor("hits", "--rule", RULE, "--format", "json").json
    return next(hit for hit in hits if hit["title"].startswith("Washington widens"))


# ---------------------------------------------------------------- why


def test_why_carries_the_promised_keys(monitor: Callable) -> None:
    (hit, *_) = monitor("hits", "--rule", RULE, "--format", "json").json
    result = monitor("rules", "why", str(hit["id"]), "--format", "json")
    assert result.code == 0
    assert not set(WHY_KEYS) - set(result.json)
    assert result.json["rule_state"] == "same"
    for passage in result.json["passages"]:
        marked = [passage["text"][start:end] for start, end in passage["marks"]]
        assert all(marked)


def test_why_shows_the_sentences_with_their_terms_marked(monitor: Callable) -> None:
    hit = washington(monitor)
    result = monitor("rules", "why", str(hit["id"]), "--format", "table")
    assert f"hit {hit['id']}" in result.out
    assert "title: Washington widens [export controls] on advanced [AI chips] to cover rented computing" in result.out
    assert "as it was" in result.out


def test_why_says_that_the_rule_was_changed_since(monitor: Callable, service: Service) -> None:
    hit = washington(monitor)
    service.write("rules/sample.yaml", RULES.replace("near: 12", "near: 1"))
    result = monitor("rules", "why", str(hit["id"]), "--format", "table")
    assert "changed since" in result.out
    assert "as it is now it no longer matches" in result.out
    service.write("rules/sample.yaml", RULES.replace("near: 12", "near: 11"))
    assert (
        "as it is now it still matches, by any[0] near"
        in monitor("rules", "why", str(hit["id"]), "--format", "table").out
    )
    service.write("rules/sample.yaml", RULES.replace(RULE, "other"))
    assert "no longer there" in monitor("rules", "why", str(hit["id"]), "--format", "table").out


@pytest.mark.parametrize(
    ("hit", "said"),
    [("0", "'HIT_ID': '0' is not"), ("-1", "no such option '-1'"), ("x", "'HIT_ID': 'x'"), ("999", "no hit 999")],
)
def test_why_refuses_what_is_no_hit(hit: str, said: str, monitor: Callable) -> None:
    result = monitor("rules", "why", hit)
    assert (result.code, result.out) == (2, "")
    assert said in result.err


# ---------------------------------------------------------------- why not


def test_why_not_carries_the_promised_keys(monitor: Callable) -> None:
    hit = washington(monitor)
    result = monitor("rules", "why-not", "eu-ai-act", str(hit["article_id"]), "--format", "json")
    assert result.code == 0
    assert not set(WHY_NOT_KEYS) - set(result.json)
    assert result.json["outcome"] == "miss"
    assert all(set(cause) == {"distance", "message"} for cause in result.json["causes"])


def test_why_not_tells_a_hit_by_its_number(monitor: Callable) -> None:
    hit = washington(monitor)
    result = monitor("rules", "why-not", RULE, hit["url"], "--format", "table")
    assert f"It did match: hit {hit['id']}. `monitor rules why {hit['id']}` shows where." in result.out


def test_why_not_tells_a_hit_that_would_not_be_made_again(monitor: Callable, service: Service) -> None:
    hit = washington(monitor)
    service.write("rules/sample.yaml", RULES.replace("near: 12", "near: 1").replace("出口管制, 芯片", "出口管制, 玉米"))
    result = monitor("rules", "why-not", RULE, str(hit["article_id"]), "--format", "table")
    assert "As the rule is now, it would not, the nearest miss first:\n  near: 1: closest pair" in result.out


def test_why_not_of_a_file_tells_the_nearest_miss(monitor: Callable, service: Service) -> None:
    file = service.folder / "text.txt"
    file.write_text("Chips\n\nExport controls.\n\nSome chip.", encoding="utf-8")
    result = monitor("rules", "why-not", RULE, str(file), "--format", "table")
    assert "It does not match, the nearest miss first:\n  near: 12: closest pair" in result.out
    file.write_text("Export controls on chips", encoding="utf-8")
    result = monitor("rules", "why-not", RULE, str(file), "--format", "table")
    assert "It matches, by any[0] near.\ntitle: [Export controls] on [chips]" in result.out.replace("  title", "title")


def test_why_not_of_a_file_says_that_only_its_beginning_is_matched(monitor: Callable, service: Service) -> None:
    file = service.folder / "text.txt"
    file.write_text("Chips\n" + "Nothing of note. " * 12_000 + "Export controls on chips.", encoding="utf-8")
    assert monitor("rules", "why-not", RULE, str(file)).json["truncated"]
    assert "cut after 200,000 characters" in monitor("rules", "why-not", RULE, str(file), "--format", "table").out


def test_why_not_of_a_file_without_text_says_so_and_is_1(monitor: Callable, service: Service) -> None:
    file = service.folder / "article.txt"
    file.write_text(" \n\n")
    result = monitor("rules", "why-not", RULE, str(file))
    assert (result.code, result.json["outcome"]) == (1, "miss")
    assert result.err == f"{file}: holds no text, so that no rule can match\n"


def test_why_not_of_a_draft_says_that_it_is_not_run(monitor: Callable, service: Service) -> None:
    draft = RULES.replace("status: live", "status: draft")
    service.write("rules/sample.yaml", draft)
    file = service.folder / "text.txt"
    file.write_text("Export controls on chips", encoding="utf-8")
    result = monitor("rules", "why-not", RULE, str(file), "--format", "table")
    assert "if it were run:\n  the rule is draft, so it is not run" in result.out


def test_why_not_says_how_to_store_what_matches_now(monitor: Callable, service: Service) -> None:
    hit = washington(monitor)
    service.write("rules/sample.yaml", RULES.replace(RULE, "chips-anew"))
    result = monitor("rules", "why-not", "chips-anew", str(hit["article_id"]), "--format", "table")
    assert "It matches now, by any[0] near, and no hit is stored" in result.out
    assert "`monitor rules backfill chips-anew`" in result.out
    service.write("rules/sample.yaml", RULES.replace(RULE, "chips-anew").replace("status: live", "status: draft"))
    result = monitor("rules", "why-not", "chips-anew", str(hit["article_id"]), "--format", "table")
    assert "It would match, by any[0] near, but:\n  the rule is draft, so it is not run" in result.out


def test_why_not_refuses_an_unknown_rule_and_an_unknown_article(monitor: Callable) -> None:
    result = monitor("rules", "why-not", "chip-export-control", "1")
    assert (result.code, result.out) == (2, "")
    assert f"did you mean '{RULE}'?" in result.err
    assert "no article is named" in monitor("rules", "why-not", RULE, "").err
    result = monitor("rules", "why-not", RULE, "nothing-here")
    assert (result.code, result.out) == (2, "")
    assert "name an article by its number, its address, or a file" in result.err


# ---------------------------------------------------------------- back-test


def test_backtest_carries_the_promised_keys(monitor: Callable) -> None:
    result = monitor("rules", "backtest", RULE, "--format", "json")
    assert result.code == 0
    assert not set(BACKTEST_KEYS) - set(result.json)
    assert all(list(week) == WEEK_KEYS for week in result.json["weeks"])
    assert result.json["hits"] == len(monitor("hits", "--rule", RULE, "--format", "json").json)
    assert result.json["against"] is None


def test_backtest_shows_bars_terms_and_marked_sentences(monitor: Callable) -> None:
    result = monitor("rules", "backtest", RULE, "--format", "table")
    assert result.out.startswith(f"{RULE}  Export controls on advanced chips\n90 days, ")
    assert "█" in result.out
    assert "newest hits" in result.out
    assert "[export controls]" in result.out
    assert "never seen" not in result.out


def test_backtest_against_git_shows_what_is_gained_and_lost(monitor: Callable, committed: Service) -> None:
    edited = RULES.replace("出口管制, 芯片", "出口管制, 玉米").replace("any: [EU AI Act,", "any: [unheard of,")
    committed.write("rules/sample.yaml", edited)
    result = monitor("rules", "backtest", RULE, "--against", "HEAD", "--format", "table")
    assert result.code == 0, result.err
    assert "against HEAD  3 hits there; 0 gained, 1 lost" in result.out
    assert "never seen  玉米" in result.out
    row = monitor("rules", "backtest", RULE, "--against", "HEAD", "--format", "json").json["against"]
    assert (row["state"], row["gained"], row["lost"], len(row["lost_articles"])) == ("changed", 0, 1, 1)


def test_backtest_says_that_a_rule_is_the_same_or_new_in_git(monitor: Callable, committed: Service) -> None:
    result = monitor("rules", "backtest", RULE, "--against", "HEAD", "--format", "table")
    assert "against HEAD  the rule finds the same there: nothing gained, nothing lost" in result.out
    committed.write("rules/sample.yaml", RULES.replace(RULE, "chips-anew"))
    result = monitor("rules", "backtest", "chips-anew", "--against", "HEAD", "--format", "table")
    assert "against HEAD  the rule is not there: all that it finds is new" in result.out
    assert "+ " in result.out


def test_backtest_refuses_an_unknown_revision(monitor: Callable, committed: Service) -> None:
    result = monitor("rules", "backtest", RULE, "--against", "nowhere")
    assert (result.code, result.out) == (2, "")
    assert "'nowhere' is neither a file nor a revision that git knows here" in result.err


def test_backtest_tries_a_rule_that_is_not_in_the_configuration(monitor: Callable, service: Service) -> None:
    draft = service.folder / "draft.yaml"
    draft.write_text(
        "version: 1\nrules:\n- {id: tried, title: Tried, topic: x, status: draft, any: [the, EU AI Act, zyzzyva],\n"
        "   spike: {stories: 2, within: 1d, min_sources: 2}}\n",
        encoding="utf-8",
    )
    result = monitor("rules", "backtest", "tried", "--rules", str(draft), "--format", "table")
    assert result.code == 0, result.err
    assert "never seen  zyzzyva" in result.out
    assert "spikes  1 time (2 stories from 2 sources within 1d)" in result.out
    assert f"{draft}:3:60: warning: W101 'the' alone is too broad: it occurs in " in result.out
    row = monitor("rules", "backtest", "tried", "--rules", str(draft), "--format", "json").json
    assert row["warnings"][0]["code"] == "W101"
    assert row["spike"]["times"] == 1


def test_a_draft_of_its_own_may_use_the_lists_of_the_configuration(monitor: Callable, service: Service) -> None:
    lists = service.config / "rules" / "zz_lists.yaml"
    lists.write_text("lists: {wanted: [zyzzyva], mine: [quagga]}\n", encoding="utf-8")
    draft = service.folder / "draft.yaml"
    rule = "{id: tried, title: T, topic: x, status: draft, any: [$wanted, $mine]}"
    draft.write_text(f"lists: {{mine: [okapi]}}\nrules:\n- {rule}\n", encoding="utf-8")
    result = monitor("rules", "backtest", "tried", "--rules", str(draft), "--format", "json")
    assert result.code == 0, result.err
    assert result.json["never_seen"] == ["zyzzyva", "okapi"]
    before = service.folder / "before.yaml"
    before.write_text(f"rules:\n- {rule}\n", encoding="utf-8")
    compared = monitor(
        "rules", "backtest", "tried", "--rules", str(draft), "--against", str(before), "--format", "json"
    )
    assert compared.code == 0, compared.err
    assert compared.json["against"]["state"] == "changed"
    draft.write_text(f"rules:\n- {rule.replace('$mine', '$nobody')}\n", encoding="utf-8")
    refused = monitor("rules", "backtest", "tried", "--rules", str(draft))
    said = "E010 unknown list '$nobody'; no file has it under lists:"
    assert (refused.code, refused.err.splitlines()[0].partition("error: ")[2]) == (3, said)


def test_backtest_names_the_rules_beside_it(monitor: Callable, service: Service) -> None:
    extra = (
        RULES.split("rules:\n")[1].split("  - id: eu-ai-act")[0].replace(RULE, "second").replace("near: 12", "near: 30")
    )
    service.write("rules/more.yaml", f"version: 1\nrules:\n{extra}")
    result = monitor("rules", "backtest", RULE, "--format", "table")
    assert "other rules  that find some of the same articles\n  second" in result.out
    assert "3 of these 3 hits (100 %), and of its 3" in result.out


# ---------------------------------------------------------------- backfill


def test_backfill_stores_once_and_says_how_many(monitor: Callable, service: Service) -> None:
    service.write("rules/sample.yaml", RULES.replace(RULE, "chips-anew"))
    assert monitor("rules", "backfill", "chips-anew", "--format", "json").json == {"rule_id": "chips-anew", "hits": 3}
    hits = monitor("hits", "--rule", "chips-anew", "--format", "json").json
    assert [hit["backfilled"] for hit in hits] == [True] * 3
    backfilled = monitor("hits", "--backfilled", "--format", "json").json  # also those of first polls
    assert [hit for hit in backfilled if hit["rule_id"] == "chips-anew"] == hits
    assert monitor("rules", "backfill", "chips-anew", "--format", "json").json == {"rule_id": "chips-anew", "hits": 0}
    assert "Nothing new" in monitor("rules", "backfill", "chips-anew", "--format", "table").out


def test_backfill_says_that_no_alert_is_made(monitor: Callable, service: Service) -> None:
    service.write("rules/sample.yaml", RULES.replace(RULE, "chips-anew"))
    result = monitor("rules", "backfill", "chips-anew", "--format", "table")
    assert result.out == "3 hits of chips-anew stored, marked as back-filled; no alert is made of them.\n"


def test_backfill_refuses_a_draft(monitor: Callable, service: Service) -> None:
    service.write("rules/sample.yaml", RULES.replace("status: live", "status: draft"))
    result = monitor("rules", "backfill", RULE)
    assert (result.code, result.out) == (2, "")
    assert "is draft, so it is not run" in result.err


@pytest.mark.parametrize("command", ["why", "why-not", "backtest", "backfill"])
def test_the_lab_refuses_a_database_that_is_not_there(command: str, monitor: Callable, service: Service) -> None:
    (service.folder / "monitor.db").unlink()
    arguments = {"why": ["1"], "why-not": [RULE, "1"]}.get(command, [RULE])
    assert monitor("rules", command, *arguments).code == 4


# ---------------------------------------------------------------- marks


def test_terms_are_coloured_on_a_terminal_and_bracketed_elsewhere() -> None:
    passage = {"text": "New export controls, again", "marks": [[4, 19]]}
    assert marked(passage, colours=False).plain == "New [export controls], again"
    coloured = marked(passage, colours=True)
    assert coloured.plain == passage["text"]
    assert [(span.start, span.end, str(span.style)) for span in coloured.spans] == [(4, 19, "bold yellow")]


def test_what_a_publisher_wrote_cannot_steer_the_terminal() -> None:
    passage = {"text": "a \x1b[31mred\x07 [bold]chip\r\n\n b", "marks": [[18, 22]]}
    assert marked(passage, colours=True).plain == "a [31mred [bold]chip b"
