"""`monitor audit` on the command line."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RULES = """
version: 1
topics: {port: {title: Ports, order: 1}}
rules:
  - id: dredging
    title: Dredging
    topic: port
    status: live
    any: [dredging]
    tests: [{hit: New dredging licence}, {miss: Ports meet}]
"""


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    """Reports: forty of dredging, twenty of quays that no rule finds, eighty of football."""
    texts = (
        ["dredging of the harbour, dredging plan"] * 40 + ["quay of the harbour"] * 20 + ["football of the club"] * 80
    )
    lines = [
        {"id": number, "title": f"Report {number % 9}", "text": f"The {text} in town{number % 7}.", "topics": topics}
        for number, text in enumerate(texts)
        for topics in [["port"] if number < 60 else []]
    ]
    path = tmp_path / "documents.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return path


def rows(out: str) -> list[dict]:
    return [json.loads(line) for line in out.splitlines()]


def test_rank_prints_unmatched_documents_best_first_with_the_ids_that_were_given(
    monitor: Callable, folder: Path, documents: Path
) -> None:
    done = monitor("audit", "rank", "--jsonl", str(documents), "--rules", str(folder))
    assert done.code == 0, done.err
    ranked = rows(done.out)
    assert {row["id"] for row in ranked[:20]} == set(range(40, 60))
    assert len(ranked) == 100
    assert "harbour" in ranked[0]["terms"]


def test_rank_reports_bad_lines_by_number_and_ranks_the_others(
    monitor: Callable, folder: Path, documents: Path
) -> None:
    bad = [
        "nonsense",
        "[1]",
        '{"id": 0, "title": "again"}',
        '{"id": "x", "title": "t", "judged": "yes"}',
        '{"id": "y"}',
    ]
    documents.write_text(documents.read_text() + "\n" + "\n".join(bad), encoding="utf-8")
    done = monitor("audit", "rank", "--jsonl", str(documents), "--rules", str(folder), "--limit", "3")
    assert done.code == 1
    assert [line.split(":")[0] for line in done.err.splitlines()] == [f"line {number}" for number in range(141, 146)]
    assert 'the id "0" occurs in an earlier line' in done.err
    assert len(rows(done.out)) == 3


def test_rank_says_how_many_examples_are_missing(monitor: Callable, folder: Path, documents: Path) -> None:
    documents.write_text("\n".join(documents.read_text().splitlines()[20:]), encoding="utf-8")
    done = monitor("audit", "rank", "--jsonl", str(documents), "--rules", str(folder))
    assert (done.code, done.out) == (1, "")
    assert "20 of the 30 relevant examples" in done.err


def test_estimate_answers_each_line_and_refuses_impossible_counts(monitor: Callable, tmp_path: Path) -> None:
    path = tmp_path / "counts.jsonl"
    good = {
        "id": "a",
        "hits": {"total": 80, "judged": 80, "relevant": 60},
        "strata": [{"size": 9, "judged": 9, "relevant": 0}],
    }
    wrong = good | {"id": "b", "hits": {"total": 80, "judged": 81, "relevant": 0}}
    path.write_text("\n".join(map(json.dumps, [wrong, good])), encoding="utf-8")
    done = monitor("audit", "estimate", "--jsonl", str(path))
    assert done.code == 1
    assert 'line 1: "hits" has 81 judged of 80' in done.err
    (answer,) = rows(done.out)
    assert {key: answer[key] for key in ("id", "recall", "low", "high", "precision")} == {
        "id": "a", "recall": 1.0, "low": 1.0, "high": 1.0, "precision": 0.75,
    }  # fmt: skip


def test_simulate_prints_recall_coverage_and_width(monitor: Callable, folder: Path, documents: Path) -> None:
    arguments = ("audit", "simulate", str(documents), "--rules", str(folder), "--labels", "100", "--runs", "5")
    done = monitor(*arguments, "--format", "json")
    assert done.code == 0, done.err
    assert done.json["true_recall"] == pytest.approx(40 / 60)
    assert done.json["coverage"] == 1.0
    assert 0 < done.json["mean_width"] < 0.2


def test_help_loads_neither_scikit_learn_nor_scipy_nor_sqlalchemy() -> None:
    code = (
        "import sys; from monitor import cli; cli.run(['audit', '--help']); "
        "print(*{'sklearn', 'scipy', 'sqlalchemy'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == ""


def test_what_is_drawn_can_be_judged_and_taken_back(monitor: Callable) -> None:
    queue = monitor("audit", "next", "--format", "json")
    assert queue.code == 0, queue.err
    article = str(queue.json[0]["article_id"])
    assert "is relevant" in monitor("audit", "judge", article, "relevant").out
    assert article not in {str(row["article_id"]) for row in monitor("audit", "next", "--format", "json").json}
    estimate = monitor("audit", "estimate", "--format", "json")
    assert (estimate.json["judged"], estimate.json["sufficient"]) == (1, False)
    assert re.fullmatch(r"not enough judged yet: 1 of about \d+", estimate.json["text"])
    assert "and was relevant before" in monitor("audit", "judge", article, "irrelevant").out
    assert monitor("audit", "judge", article, "withdraw").code == 0
    assert monitor("audit", "judge", article, "withdraw").code == 2
    assert monitor("audit", "judge", "999999", "relevant").code == 2
    for wrong, said in (("abc", "not a whole number, 1 or more"), ("9" * 40, "too large")):
        refused = monitor("audit", "judge", wrong, "relevant")
        assert (refused.code, f"'{wrong}' is {said}" in refused.err) == (2, True)


def test_an_article_counts_as_drawn_only_if_it_was_listed_for_judging(monitor: Callable) -> None:
    listed = [str(row["article_id"]) for row in monitor("audit", "next", "--limit", "2", "--format", "json").json]
    hits = {str(row["article_id"]) for row in monitor("hits", "--format", "json").json}
    not_listed = min(hits - set(listed))
    as_chosen = "counts as picked by a reader, not as drawn at random"
    assert as_chosen not in monitor("audit", "judge", listed[0], "relevant").out
    assert "`withdraw` that verdict first" in monitor("audit", "judge", listed[0], "relevant", "--chosen").out
    assert as_chosen in monitor("audit", "judge", not_listed, "relevant").out
    assert as_chosen in monitor("audit", "judge", listed[1], "relevant", "--chosen").out
    assert not_listed not in {str(row["article_id"]) for row in monitor("audit", "next", "--format", "json").json}


def test_rank_of_a_small_archive_says_what_is_missing(monitor: Callable) -> None:
    done = monitor("audit", "rank", "--format", "table")
    assert done.code == 1
    assert "of the 30 relevant examples" in done.err


def test_rules_list_shows_the_precision_of_judged_rules(monitor: Callable) -> None:
    queue = monitor("audit", "next", "--limit", "200", "--format", "json").json
    hit = next(row for row in queue if row["stratum"] == "hits")
    assert monitor("audit", "judge", str(hit["article_id"]), "irrelevant").code == 0
    rules = {row["id"]: row["precision"] for row in monitor("rules", "list", "--format", "json").json}
    judged = [found for found in rules.values() if found]
    assert {(found["share"], found["judged"]) for found in judged} == {(0.0, 1)}
    assert all(found["high"] > 0.5 for found in judged)
