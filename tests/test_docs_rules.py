"""The pages on rules and search strings: rules load and pass their tests, tables are right, every code is listed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from monitor.core import rules
from monitor.core.matching.matcher import Matcher
from monitor.core.model import Article, Source
from monitor.core.rules import SourceFile
from monitor.core.rules.lint import LINT_CODES
from monitor.core.rules.rule_tests import run_tests

ROOT = Path(__file__).parent.parent
GUIDE = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
SEARCH_STRINGS = (ROOT / "docs" / "search-strings.md").read_text(encoding="utf-8")
BLOCKS = [block for block in re.findall(r"```yaml\n(.*?)```", GUIDE + SEARCH_STRINGS, re.DOTALL) if "rules:" in block]
_CODE = re.compile(r"\b[EW][01]\d\d\b")


def section(title: str) -> str:
    """Return the text below one heading."""
    found = re.search(rf"^## {title}.*?(?=^## |\Z)", GUIDE, re.DOTALL | re.MULTILINE)
    assert found
    return found[0]


def rows(text: str, columns: int) -> list[list[str]]:
    """Return the cells of each table row that has so many columns, headings left out."""
    split = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    return [cells for cells in split if len(cells) == columns and "---" not in cells[0]]


def spans(cell: str) -> list[str]:
    """Return what stands between backticks."""
    return re.findall(r"`([^`]+)`", cell)


TERMS = [
    (spans(term)[0], spans(good), spans(bad))
    for term, good, bad in rows(section("What a term matches"), 3)
    if spans(term)
]
NOT_QUERIES = {"query", "$list", "ignore", "lang", "sources", "prominence"}
"""Named in the column of queries, as what stands beside one."""
QUERIES = [query for cells in rows(SEARCH_STRINGS, 6) for query in spans(cells[4]) if query not in NOT_QUERIES]


def test_the_guide_has_examples() -> None:
    assert len(BLOCKS) >= 8
    assert len(TERMS) >= 12
    assert len(QUERIES) >= 15


@pytest.mark.parametrize("block", BLOCKS, ids=lambda text: "+".join(re.findall(r"- id: (\S+)", text)))
def test_every_rule_of_the_guide_is_sound_and_passes_its_tests(block: str) -> None:
    book, problems = rules.load([SourceFile("guide.yaml", block)])
    assert [str(problem) for problem in problems] == []
    assert book.rules
    failed = [f"{each.test.name}: {each.failure}" for each in run_tests(book.rules, {}) if each.fatal]
    assert failed == []


@pytest.mark.parametrize("block", BLOCKS, ids=lambda text: "+".join(re.findall(r"- id: (\S+)", text)))
def test_what_the_guide_calls_a_todo_does_fail(block: str) -> None:
    book, _ = rules.load([SourceFile("guide.yaml", block)])
    assert [each.test.name for each in run_tests(book.rules, {}) if each.test.todo and not each.failure] == []


@pytest.mark.parametrize(("term", "found", "missed"), TERMS, ids=lambda value: value if isinstance(value, str) else "")
def test_a_term_finds_what_the_table_says(term: str, found: list[str], missed: list[str]) -> None:
    text = f"rules:\n  - id: one\n    title: One\n    topic: one\n    any:\n      - {term}\n"
    book, problems = rules.load([SourceFile("term.yaml", text)])
    assert not [problem for problem in problems if problem.level == "error"]
    matcher = Matcher(book.rules)
    hits = [title for title in (*found, *missed) if matcher.match(Article(title=title, text=""), Source())]
    assert found
    assert hits == found


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_of_the_operator_table_is_one(query: str) -> None:
    text = f"rules:\n  - id: one\n    title: One\n    topic: one\n    query: '{query}'\n"
    _, problems = rules.load([SourceFile("query.yaml", text)])
    assert not [str(problem) for problem in problems if problem.level == "error"]


FOREIGN = [
    (foreign, spans(cells[4])) for cells in rows(SEARCH_STRINGS, 6) for cell in cells[1:4] for foreign in spans(cell)
]


@pytest.mark.parametrize(("foreign", "ours"), FOREIGN, ids=lambda value: value if isinstance(value, str) else "")
def test_a_string_of_another_service_is_a_query_too_or_is_reported(foreign: str, ours: list[str]) -> None:
    text = f"rules:\n  - id: one\n    title: One\n    topic: one\n    query: '{foreign}'\n"
    _, problems = rules.load([SourceFile("query.yaml", text)])
    codes = {problem.code for problem in problems} - {"W101", "W108"}
    assert codes or foreign in ours or foreign in {"treaty", "treaty OR treaties"}


def test_every_code_is_explained_and_none_is_invented() -> None:
    sources = (ROOT / "monitor" / "core").rglob("*.py")
    said = {code for source in sources for code in _CODE.findall(source.read_text(encoding="utf-8"))}
    explained = set(_CODE.findall(section("Every error and warning")))
    assert explained == said | set(LINT_CODES)


def test_every_key_of_a_rule_is_named() -> None:
    from monitor.core.rules.rule_reader import RULE_KEYS

    named = set(re.findall(r"`?\b([a-z_]+)\b`?", section("Rule reference")))
    assert set(RULE_KEYS) <= named
