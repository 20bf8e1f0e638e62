"""The results of `monitor rules check`, `test`, `list` and `show` as rows and as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.listings import Column
from monitor.cli.output import note, plain
from monitor.core.counts import count
from monitor.core.errors import Problem, count_errors, errors_of
from monitor.core.model import percent
from monitor.core.text.shortening import shorten

if TYPE_CHECKING:
    from monitor.core.matching.rulebook import Rule, RuleBook
    from monitor.core.rules.rule_tests import RuleTestResult

_NAME_CHARS = 80
"""Characters of the name of a test, which is the title of its article."""


def summarize_problems(problems: Sequence[Problem], book: RuleBook | None) -> str:
    """Return the last line of `rules check`: the numbers of rules, tests and problems."""
    warnings = len(problems) - len(errors_of(problems))
    problem_counts = f"{count(count_errors(problems), 'error')}, {count(warnings, 'warning')}"
    if book is None:
        return problem_counts
    tests = sum(len(rule.tests) for rule in book.rules)
    return f"{count(len(book.rules), 'rule')} with {count(tests, 'test')}: {problem_counts}"


def print_results(results: Sequence[RuleTestResult], findings: Sequence[Problem], rules: int) -> None:
    """Print failures as file:line:column, which editors can open, then a summary line."""
    for each in results:
        mark = each.test.mark
        if each.failure:
            word = "failed" if each.fatal else "todo"
            where = f"{mark.path}:{mark.line}:{mark.column}"
            name = f"{each.test.kind} '{shorten(plain(each.test.name), _NAME_CHARS)}'"
            note(f"{where}: {word}: {each.rule.id}: {name} {each.failure}")
        elif each.test.todo:
            note(f"{mark.path}:{mark.line}:{mark.column}: passes: {each.rule.id}: this todo passes now; take todo away")
    for finding in findings:
        note(str(finding))
    failed = sum(each.fatal for each in results)
    todo = sum(bool(each.failure) for each in results) - failed
    passed = len(results) - failed - todo
    ended = f"{passed} passed, {failed} failed" + (f", {todo} todo" if todo else "")
    click.echo(f"{count(len(results), 'test')} of {count(rules, 'rule')}: {ended}")


def result_row(result: RuleTestResult) -> dict[str, Any]:
    """Return the result of a test of a rule as JSON has it."""
    outcome = "passed" if not result.failure else "failed" if result.fatal else "todo"
    return {
        "rule_id": result.rule.id,
        "kind": result.test.kind,
        "name": result.test.name,
        "outcome": outcome,
        "failure": result.failure,
        **result.test.mark._asdict(),
    }


def rule_row(rule: Rule) -> dict[str, Any]:
    """Return what listings have of a rule."""
    same = {key: getattr(rule, key) for key in ("id", "title", "topic", "status", "priority")}
    return {**same, "tests": len(rule.tests), "seed": rule.seed, "path": rule.mark.path, "line": rule.mark.line}


def full_rule_row(rule: Rule) -> dict[str, Any]:
    """Return all that `rules show` prints of a rule."""
    from monitor.core.rules.wording import describe_condition

    return {**rule_row(rule), "description": rule.description, "owner": rule.owner, "tags": list(rule.tags),
           "references": list(rule.references), "notify": list(rule.notify), "lang": list(rule.lang),
           "sources": {"only": list(rule.sources.only), "not": list(rule.sources.never)}, "spike": _spike(rule),
           "unless_topic": list(rule.unless_topic), "max_per_day": rule.max_per_day, "created": rule.created,
           "suppress": dict(rule.suppress),
           "prominence": rule.prominence, "hash": rule.hash, "condition": describe_condition(rule)}  # fmt: skip


def print_rule(row: Mapping[str, Any], condition: Sequence[str]) -> None:
    """Print one rule; `condition`: the lines of its condition."""
    click.secho(plain(row["title"]), bold=True)
    for key in ("id", "topic", "status", "priority", "seed", "owner", "created", "tests", "prominence", "hash"):
        if row[key]:
            click.echo(f"{key:12}{row[key]}")
    for key in ("tags", "lang", "notify", "references"):
        if row[key]:
            click.echo(f"{key:12}{', '.join(map(plain, row[key]))}")
    for key, value in _limits(row):
        click.echo(f"{key:12}{value}")
    click.echo(f"{'file':12}{row['path']}:{row['line']}")
    if row["description"]:
        click.echo(f"\n{plain(row['description'])}")
    click.echo("\n" + "\n".join(condition))


def _limits(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the settings that limit the rule to sources and its hits in number."""
    sides = [f"{side} {', '.join(map(plain, names))}" for side, names in row["sources"].items() if names]
    if sides:
        yield "sources", "; ".join(sides)
    if spike := row["spike"]:
        origin = f" from {count(spike['min_sources'], 'source')}" if spike["min_sources"] > 1 else ""
        yield "spike", f"{count(spike['stories'], 'story', 'stories')}{origin} within {spike['within_s'] / 3600:g} h"
    if row["unless_topic"]:
        yield "gives way", f"to topics: {', '.join(row['unless_topic'])}"
    if row["max_per_day"]:
        yield "max_per_day", str(row["max_per_day"])
    if row["suppress"]:
        yield "suppress", ", ".join(f"{code} ({plain(reason)})" for code, reason in row["suppress"].items())


def _precision(figures: Mapping[str, Any] | None) -> str:
    """Return `84 % (71-93), 31 judged`."""
    if figures is None:
        return ""
    share, low, high = (percent(figures[name]) for name in ("share", "low", "high"))
    return f"{share} % ({low}-{high}), {figures['judged']} judged"


def _spike(rule: Rule) -> dict[str, Any] | None:
    if rule.spike is None:
        return None
    within = int(rule.spike.within.total_seconds())
    return {"stories": rule.spike.stories, "within_s": within, "min_sources": rule.spike.min_sources}


RULE_COLUMNS = (
    Column(title="id", cell="id", no_wrap=True, style="cyan"),
    Column(title="title", cell="title"),
    Column(title="topic", cell="topic", spare=True),
    Column(title="status", cell="status", style="green"),
    Column(title="priority", cell="priority", spare=True),
    Column(title="tests", cell="tests", right=True, spare=True),
    Column(title="precision", cell=lambda row: _precision(row["precision"])),
)
