"""`monitor rules`: check rule files, run the tests of rules, and list and show rules."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.cli import lab, row_keys
from monitor.cli.listings import choose_format, format_option, show, show_one, wants_json
from monitor.cli.output import dumps, exit_with_problem_if, note
from monitor.cli.rule_files import all_problems, describe_refusal, folder_option, rule_book, tested_rules
from monitor.cli.rule_views import (
    RULE_COLUMNS,
    full_rule_row,
    print_results,
    print_rule,
    result_row,
    rule_row,
    summarize_problems,
)
from monitor.cli.score import score
from monitor.cli.session import Session, pass_session
from monitor.core.errors import DatabaseError, errors_of
from monitor.core.json_objects import fields_of

if TYPE_CHECKING:
    from monitor.core.matching.rulebook import Rule, RuleBook
    from monitor.settings import Settings

CODE_REFUSED = 3
"""Exit code for rules that are refused (docs/commands.md)."""

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
    from monitor.runtime.garbage_collection import collection_paused

    with collection_paused():
        problems, book = all_problems(session, folder)
    if wants_json():
        click.echo(dumps([fields_of(problem) for problem in problems], indent=2))
    else:
        for problem in problems:
            note(str(problem))
        click.echo(summarize_problems(problems, book))
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

    with collection_paused():
        book, policy = tested_rules(session, folder)
        chosen = _choose_rules(book, ids)
        texts = fixture_texts(fixture_paths(chosen))
        results = list(run_tests(chosen, texts))
        untested = untested_parts(chosen, texts) if coverage else []
    gaps = [
        problem if rule.tests else describe_refusal(problem, policy)
        for rule in chosen
        if (problem := missing_kinds(rule)) is not None
    ]
    if wants_json():
        rows = {"tests": map(result_row, results), "gaps": map(fields_of, gaps), "coverage": map(fields_of, untested)}
        click.echo(dumps({name: list(each) for name, each in rows.items()}, indent=2))
    else:
        print_results(results, [*gaps, *untested], len(chosen))
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
    rows = [rule_row(rule) | {"precision": precisions.get(rule.id)} for rule in rules]
    show(rows, RULE_COLUMNS, keys=row_keys.RULES, empty="No rules.")


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
@click.option("--list", "list_name", metavar="NAME", default="", help="Show one list of the rule only.")
@format_option
@folder_option
@pass_session
def show_(session: Session, *, rule_id: str, lists: bool, list_name: str, folder: Path | None) -> None:
    """Show one rule; lists within lists are a line each, with the number of their terms and the first ones.

    JSON has all terms of all lists.
    """
    from monitor.core.rules.wording import describe_condition, folded_lines

    (rule,) = _choose_rules(rule_book(session, folder, in_force=True), (rule_id,))
    row = full_rule_row(rule)
    if list_name:
        row["condition"] = describe_condition(rule, list_name)
    condition = describe_condition(rule, list_name) if lists else folded_lines(rule, list_name)
    show_one(row, lambda shown: print_rule(shown, condition))


def _choose_rules(book: RuleBook, ids: tuple[str, ...]) -> list[Rule]:
    return [book.rule(rule_id) for rule_id in ids] if ids else list(book.rules)


rules.add_command(score)
for command in lab.COMMANDS:
    rules.add_command(command)
COMMANDS = (rules,)
