"""`monitor rules`: check rule files, run the tests of rules, and list and show rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.cli import lab
from monitor.cli.output import (
    Column,
    choose_format,
    dumps,
    exit_with_problem_if,
    format_option,
    note,
    plain,
    show,
    show_one,
    wants_json,
)
from monitor.cli.rule_files import all_problems, folder_option, rule_book
from monitor.cli.score import score
from monitor.cli.session import Session, pass_session
from monitor.core.counts import count
from monitor.core.errors import DatabaseError, Problem, errors_of
from monitor.core.model import percent
from monitor.core.serializers import fields_of

if TYPE_CHECKING:
    from monitor.core.matching.rulebook import Rule, RuleBook
    from monitor.core.rules.rule_tests import RuleTestResult
    from monitor.settings import Settings

CODE_REFUSED = 3

text_format = choose_format("text")


@click.group()
def rules() -> None:
    """Check, test and show the watch rules."""


@rules.command()
@text_format
@click.option("--strict", is_flag=True, help="End with exit code 1 if there are warnings.")
@folder_option
@pass_session
def check(session: Session, *, strict: bool, folder: Path | None) -> None:
    """Check the rules, and all configuration with them.

    Each finding is one line: file:line:column: error: CODE what is wrong. Exit code 3 when there is an error, 1 when
    there are warnings and --strict was given, else 0. What each code means is in docs/rules.md.
    """
    problems, book = all_problems(session, folder)
    if wants_json():
        click.echo(dumps([fields_of(problem) for problem in problems], indent=2))
    else:
        for problem in problems:
            note(str(problem))
        click.echo(_summary(problems, book))
    if errors_of(problems):
        raise click.exceptions.Exit(CODE_REFUSED)
    exit_with_problem_if(strict and problems)


@rules.command()
@click.option("--coverage", is_flag=True, help="Leave out each part in turn; list those that no test needs.")
@text_format
@folder_option
@click.argument("ids", nargs=-1, metavar="[ID]...")
@pass_session
def test(session: Session, *, ids: tuple[str, ...], coverage: bool, folder: Path | None) -> None:
    """Run the tests inside the rules: of all rules, or of those named.

    Exit code 1 when a test fails, or a live rule has no hit or no miss among its tests.
    """
    from monitor.core.rules.rule_tests import fixture_paths, missing_kinds, run_tests
    from monitor.core.rules.untested_parts import untested_parts
    from monitor.runtime.garbage_collection import collection_paused
    from monitor.settings.config_files import fixture_texts

    chosen = _choose_rules(rule_book(session, folder), ids)
    texts = fixture_texts(fixture_paths(chosen))
    with collection_paused():
        results = list(run_tests(chosen, texts))
    gaps = [problem for rule in chosen if (problem := missing_kinds(rule)) is not None]
    untested = [each for rule in chosen for each in untested_parts(rule, texts)] if coverage else []
    if wants_json():
        rows = {"tests": map(_result, results), "gaps": map(fields_of, gaps), "coverage": map(fields_of, untested)}
        click.echo(dumps({name: list(each) for name, each in rows.items()}, indent=2))
    else:
        _print_results(results, [*gaps, *untested], len(chosen))
    refused = {each.rule.id for each in results if each.fatal and each.rule.status == "live"}
    refused |= {rule.id for rule in chosen if rule.status == "live" and not rule.tests}
    if refused:
        note(f"With rules.on_failing_tests: refuse, the daemon does not take edits of {', '.join(sorted(refused))}.")
    exit_with_problem_if(gaps or any(result.fatal for result in results))


@rules.command(name="list")
@format_option
@folder_option
@pass_session
def list_(session: Session, folder: Path | None) -> None:
    """List the rules."""
    if folder:
        rules, precisions = rule_book(session, folder).rules, {}
    else:
        loaded = session.settings_in_force()
        rules, precisions = loaded.rules.rules, _precisions(loaded)
    rows = [_rule(rule) | {"precision": precisions.get(rule.id)} for rule in rules]
    show(rows, _RULES, empty="No rules.")


def _precisions(loaded: Settings) -> dict[str, dict[str, Any]]:
    """Return the precision of rules whose hits were judged; none without a database."""
    from monitor.app import open_app
    from monitor.core.audit.report import POOLED, rule_precisions

    try:
        with open_app(loaded, migrate=False) as app:
            precisions = rule_precisions(app.store.judged_hits(app.clock() - POOLED))
    except DatabaseError:
        return {}
    return {
        rule_id: {"share": each.precision, "low": each.low, "high": each.high, "judged": each.judged}
        for rule_id, each in precisions.items()
    }


@rules.command(name="show")
@click.argument("rule_id", metavar="ID")
@click.option("--lists", is_flag=True, help="Write out all terms of all lists.")
@format_option
@folder_option
@pass_session
def show_(session: Session, *, rule_id: str, lists: bool, folder: Path | None) -> None:
    """Show one rule in full; long lists are cut to their first terms, with the number."""
    from monitor.core.rules.wording import describe_condition, folded_lines

    (rule,) = _choose_rules(rule_book(session, folder, in_force=True), (rule_id,))
    row = {**_rule(rule), "description": rule.description, "owner": rule.owner, "tags": list(rule.tags),
           "references": list(rule.references), "notify": list(rule.notify), "lang": list(rule.lang),
           "sources": {"only": list(rule.sources.only), "not": list(rule.sources.never)}, "spike": _spike(rule),
           "unless_topic": list(rule.unless_topic), "max_per_day": rule.max_per_day, "created": rule.created,
           "suppress": dict(rule.suppress),
           "prominence": rule.prominence, "hash": rule.hash, "condition": describe_condition(rule)}  # fmt: skip
    condition = describe_condition(rule) if lists else folded_lines(rule)
    show_one(row, lambda shown: _print_rule(shown, condition))


def _choose_rules(book: RuleBook, ids: tuple[str, ...]) -> list[Rule]:
    return [book.rule(rule_id) for rule_id in ids] if ids else list(book.rules)


def _summary(problems: Sequence[Problem], book: RuleBook | None) -> str:
    errors = len(errors_of(problems))
    problem_counts = f"{count(errors, 'error')}, {count(len(problems) - errors, 'warning')}"
    if book is None:
        return problem_counts
    tests = sum(len(rule.tests) for rule in book.rules)
    return f"{count(len(book.rules), 'rule')} with {count(tests, 'test')}: {problem_counts}"


def _print_results(results: Sequence[RuleTestResult], findings: Sequence[Problem], rules: int) -> None:
    """Print failures as file:line:column, which editors can open, then a summary line."""
    for each in results:
        mark = each.test.mark
        if each.failure:
            word = "failed" if each.fatal else "todo"
            where = f"{mark.path}:{mark.line}:{mark.column}"
            note(f"{where}: {word}: {each.rule.id}: {each.test.kind} '{plain(each.test.name)[:80]}' {each.failure}")
        elif each.test.todo:
            note(f"{mark.path}:{mark.line}:{mark.column}: passes: {each.rule.id}: this todo passes now; take todo away")
    for finding in findings:
        note(str(finding))
    failed = sum(each.fatal for each in results)
    todo = sum(bool(each.failure) for each in results) - failed
    passed = len(results) - failed - todo
    ended = f"{passed} passed, {failed} failed" + (f", {todo} todo" if todo else "")
    click.echo(f"{count(len(results), 'test')} of {count(rules, 'rule')}: {ended}")


def _result(result: RuleTestResult) -> dict[str, Any]:
    outcome = "passed" if not result.failure else "failed" if result.fatal else "todo"
    return {
        "rule_id": result.rule.id,
        "kind": result.test.kind,
        "name": result.test.name,
        "outcome": outcome,
        "failure": result.failure,
        **result.test.mark._asdict(),
    }


def _precision(figures: Mapping[str, Any] | None) -> str:
    """Return `84 % (71-93), 31 judged`."""
    if figures is None:
        return ""
    share, low, high = (percent(figures[name]) for name in ("share", "low", "high"))
    return f"{share} % ({low}-{high}), {figures['judged']} judged"


def _rule(rule: Rule) -> dict[str, Any]:
    same = {key: getattr(rule, key) for key in ("id", "title", "topic", "status", "priority")}
    return {**same, "tests": len(rule.tests), "seed": rule.seed, "path": rule.mark.path, "line": rule.mark.line}


def _spike(rule: Rule) -> dict[str, Any] | None:
    if rule.spike is None:
        return None
    within = int(rule.spike.within.total_seconds())
    return {"stories": rule.spike.stories, "within_s": within, "min_sources": rule.spike.min_sources}


def _print_rule(row: Mapping[str, Any], condition: Sequence[str]) -> None:
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
        yield "spike", f"{spike['stories']} stories{origin} within {spike['within_s'] / 3600:g} h"
    if row["unless_topic"]:
        yield "gives way", f"to topics: {', '.join(row['unless_topic'])}"
    if row["max_per_day"]:
        yield "max_per_day", str(row["max_per_day"])
    if row["suppress"]:
        yield "suppress", ", ".join(f"{code} ({plain(reason)})" for code, reason in row["suppress"].items())


_RULES = (
    Column(title="id", cell="id", no_wrap=True, style="cyan"),
    Column(title="title", cell="title"),
    Column(title="topic", cell="topic", spare=True),
    Column(title="status", cell="status", style="green"),
    Column(title="priority", cell="priority", spare=True),
    Column(title="tests", cell="tests", right=True, spare=True),
    Column(title="precision", cell=lambda row: _precision(row["precision"])),
)

rules.add_command(score)
for command in lab.COMMANDS:
    rules.add_command(command)
COMMANDS = (rules,)
