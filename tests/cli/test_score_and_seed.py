"""`monitor rules score` and `monitor seed` on the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from monitor.core import rules

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sample_service import Service

RULES = """
version: 1
topics: {mud: {title: Mud, order: 1}, tide: {title: Tides, order: 2}}
rules:
  - id: dredging
    title: Dredging
    topic: mud
    status: live
    any: [dredging licence]
    tests: [{hit: New dredging licence}, {miss: Ports meet}]
  - id: tides
    title: Tides
    topic: tide
    status: test
    any: [tide data]
    tests: [{hit: Tide data opened}, {miss: Ports meet}]
"""
LABELLED = [
    {"id": "a", "title": "Dredging licences for all", "text": "", "lang": "en", "topics": ["mud"]},
    {"id": "b", "title": "Ports sign pact", "text": "", "lang": "en", "topics": ["mud"]},
    {"id": "c", "title": "Dredging licence lost", "text": "", "lang": "en", "topics": []},
    {"id": "d", "title": "Tide data opened", "text": "", "lang": "en", "topics": []},
]
DOCUMENT = """Ports must open their tide gauges

The Harbour Sensor Act obliges every port to publish its tide gauges, officials said.

Dredging licences stay as they are.

Critics of the Harbour Sensor Act say that tide gauges are dear.
"""


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    path = tmp_path / "labelled.jsonl"
    path.write_text("\n".join(map(json.dumps, LABELLED)), encoding="utf-8")
    return path


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "harbour act.txt"
    path.write_text(DOCUMENT, encoding="utf-8")
    return path


def test_score_prints_the_figures_of_live_rules(monitor: Callable, folder: Path, labelled: Path) -> None:
    result = monitor("rules", "score", str(labelled), "--rules", str(folder), "--format", "json")

    assert result.code == 0, result.err
    assert result.json["relevance"] | {"f1": None, "precision_interval": None} == {
        "found": 1, "missed": 1, "false": 1, "precision": 0.5, "recall": 0.5, "f1": None, "precision_interval": None,
    }  # fmt: skip
    assert [row["id"] for row in result.json["misses"]] == ["b"]
    assert [row["id"] for row in result.json["false_alarms"]] == ["c"]


def test_score_counts_rules_under_test_when_asked(monitor: Callable, folder: Path, labelled: Path) -> None:
    result = monitor("rules", "score", str(labelled), "--rules", str(folder), "--with-test", "--format", "json")

    assert result.json["relevance"]["false"] == 2


def test_score_shows_a_table_with_the_worst_documents(monitor: Callable, folder: Path, labelled: Path) -> None:
    result = monitor("rules", "score", str(labelled), "--rules", str(folder))

    assert result.code == 0
    assert "relevance" in result.out
    assert "line 2  Ports sign pact  [mud]" in result.out
    assert "dredging: Dredging licence" in result.out


def test_score_tells_a_bad_line_with_its_place_and_ends_with_1(monitor: Callable, folder: Path, labelled: Path) -> None:
    labelled.write_text(labelled.read_text() + '\n{"id": "e"}\n', encoding="utf-8")

    result = monitor("rules", "score", str(labelled), "--rules", str(folder), "--format", "json")

    assert result.code == 1
    assert f"{labelled}:5:1: error: E070" in result.err
    assert result.json["documents"] == 4


def test_score_says_that_only_the_beginning_of_a_long_document_counts(
    monitor: Callable, folder: Path, labelled: Path
) -> None:
    late = "Nothing of note. " * 12_000 + "Dredging licences for all"
    labelled.write_text(json.dumps(LABELLED[1] | {"text": late}), encoding="utf-8")

    result = monitor("rules", "score", str(labelled), "--rules", str(folder), "--format", "json")

    assert (result.code, result.json["relevance"]["missed"]) == (0, 1)
    assert "1 document: only the first 200,000 characters were matched\n" in result.err


def test_score_warns_of_a_label_that_no_rule_has(monitor: Callable, folder: Path, labelled: Path) -> None:
    labelled.write_text(json.dumps(LABELLED[0] | {"topics": ["muds"]}), encoding="utf-8")

    result = monitor("rules", "score", str(labelled), "--rules", str(folder), "--worst", "0")

    assert result.code == 0
    assert "no rule has the topic 'muds'; did you mean 'mud'?" in result.err


def test_score_of_a_file_without_labels_says_so_and_ends_with_1(
    monitor: Callable, folder: Path, labelled: Path
) -> None:
    labelled.write_text("", encoding="utf-8")
    result = monitor("rules", "score", str(labelled), "--rules", str(folder))
    assert (result.code, "There is no labelled document" in result.err) == (1, True)


def test_score_of_a_missing_file_is_a_usage_error(monitor: Callable, folder: Path, tmp_path: Path) -> None:
    result = monitor("rules", "score", str(tmp_path / "none.jsonl"), "--rules", str(folder))

    assert result.code == 2
    assert "No such file" in result.err


def test_seed_prints_a_draft_that_loads(monitor: Callable, folder: Path, document: Path) -> None:
    result = monitor("seed", str(document), "--rules", str(folder))

    assert result.code == 0, result.err
    book, problems = rules.load([rules.SourceFile("draft.yaml", result.out)])
    assert problems == []
    assert all(rule.id.startswith("harbour-act-") and rule.status == "draft" for rule in book.rules)
    assert "# - paragraph 3: dredging" in result.out
    assert "draft rule" in result.err


def test_seed_writes_a_new_file_under_the_name_that_is_given(
    monitor: Callable, folder: Path, document: Path, tmp_path: Path
) -> None:
    out = tmp_path / "draft.yaml"

    result = monitor("seed", str(document), "--rules", str(folder), "--id", "ports", "--out", str(out))

    assert result.code == 0, result.err
    assert result.out == ""
    assert "- id: ports-" in out.read_text(encoding="utf-8")


def test_seed_never_writes_over_a_file(monitor: Callable, folder: Path, document: Path) -> None:
    result = monitor("seed", str(document), "--rules", str(folder), "--out", str(document))

    assert result.code == 2
    assert document.read_text(encoding="utf-8") == DOCUMENT


def test_seed_reads_html_as_the_pipeline_does(monitor: Callable, folder: Path, tmp_path: Path) -> None:
    body = "".join(f"<p>{block}</p>" for block in DOCUMENT.split("\n\n"))
    page = f"<!doctype html><html><head><title>Ports</title></head><body><article>{body}</article></body></html>"
    (tmp_path / "act.html").write_text(page, encoding="utf-8")

    result = monitor("seed", str(tmp_path / "act.html"), "--rules", str(folder))

    assert result.code == 0, result.err
    assert "Harbour Sensor Act" in result.out
    assert "<p>" not in result.out


def test_seed_without_any_rules_at_hand_repeats_nothing_because_there_is_nothing(
    monitor: Callable, document: Path, tmp_path: Path
) -> None:
    result = monitor("seed", str(document), config=tmp_path / "nowhere")

    assert result.code == 0, result.err
    assert "already" not in result.out


def test_seed_fetches_an_address_and_keeps_it_as_reference(monitor: Callable, service: Service) -> None:
    address = service.servers.feeds["meridian-wire"].removesuffix("feed") + "grain-harvest"

    result = monitor("seed", address)

    assert result.code == 0, result.err
    assert address in result.out


def test_seed_of_an_address_that_fails_says_why(monitor: Callable, service: Service) -> None:
    result = monitor("seed", service.servers.feeds["vanished-weekly"])

    assert result.code == 2
    assert "404" in result.err


@pytest.mark.parametrize("content", [b"", b"\n \n"])
def test_seed_of_nothing_is_a_usage_error(content: bytes, monitor: Callable, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_bytes(content)

    result = monitor("seed", str(tmp_path / "empty.txt"), "--rules", str(folder))

    assert result.code == 2
    assert "no text" in result.err


@pytest.mark.parametrize(
    ("content", "unread"),
    [("Règlement européen\n".encode("cp1252"), 2), (b"PK\x03\x04" + bytes(range(128, 228)), 100)],
)
def test_seed_of_what_is_no_text_in_utf8_is_a_usage_error(
    content: bytes, unread: int, monitor: Callable, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "old.txt").write_bytes(content)
    result = monitor("seed", str(tmp_path / "old.txt"), "--rules", str(folder))
    said = f"{unread} characters cannot be read: save it as text in UTF-8, as HTML or as PDF"
    assert (result.code, result.err.strip()) == (2, f"{tmp_path / 'old.txt'}: {said}")


def test_seed_of_a_missing_file_is_a_usage_error(monitor: Callable, folder: Path) -> None:
    assert monitor("seed", "gone.txt", "--rules", str(folder)).code == 2
