"""The rules of a command: those of the configuration, or of a folder or file alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from monitor.cli.session import Session
from monitor.core.errors import ConfigurationError, Problem, errors_of

if TYPE_CHECKING:
    from monitor.core.matching.rulebook import RuleBook
    from monitor.settings import Settings

UNKNOWN_LIST, NO_TESTS = "E010", "W108"

F = TypeVar("F", bound="Callable[..., Any]")


def rules_option(words: str) -> Callable[[F], F]:
    """Return the option `--rules` of a command; `words` say what it stands in for."""
    return click.option("--rules", "folder", type=click.Path(path_type=Path, exists=True), metavar="DIR", help=words)


folder_option = rules_option("Rules from this folder or file, without any other configuration.")


def rule_book(
    session: Session, folder: Path | None, *, with_configured_lists: bool = False, in_force: bool = False
) -> RuleBook:
    """Return the rules; ConfigurationError has all problems.

    `with_configured_lists`: rules of `folder` may use lists of the configuration, as a draft that will be added to it.
    `in_force`: return the rules that the daemon runs instead of those in the files of the configuration.
    """
    if folder is None:
        return (session.settings_in_force() if in_force else _written(session)).rules
    book, problems = _load(folder)
    if with_configured_lists and any(problem.code == UNKNOWN_LIST for problem in problems):
        book, problems = _load(folder, beside=session.config / "rules")
    if errors_of(problems):
        raise ConfigurationError(problems)
    return book


def tested_rules(session: Session, folder: Path | None) -> tuple[RuleBook, str]:
    """Return the rules, and what becomes of the edit of a live rule that fails its tests (rules.on_failing_tests)."""
    if folder is not None:
        return rule_book(session, folder), "refuse"
    settings = _written(session)
    return settings.rules, settings.monitor.rules.on_failing_tests


def _written(session: Session) -> Settings:
    """Return the rules of the files, for which no database is needed."""
    return session.settings(only=("rules",), needs_variables=False)


def all_problems(session: Session, folder: Path | None) -> tuple[list[Problem], RuleBook | None]:
    """Return the problems of the rules, of the configuration around them and of the fixtures of their tests."""
    from monitor.core.rules.edits import untrusted_rules
    from monitor.core.rules.rule_tests import UNTESTED, fixture_paths, missing_fixtures
    from monitor.settings.config_files import fixture_texts

    policy = "refuse"
    try:
        if folder is None:
            settings = session.read()
            book, problems = settings.rules, list(settings.warnings)
            policy = settings.monitor.rules.on_failing_tests
        else:
            book, problems = _load(folder)
    except ConfigurationError as refused:
        return list(refused.problems), None
    texts = fixture_texts(fixture_paths(book.rules))
    sound = not errors_of(problems)
    untrusted = untrusted_rules(book.rules, texts) if sound else {}
    untested = {(each.path, each.line) for each in untrusted.values() if each.code == UNTESTED}
    others = [each for each in problems if each.code != NO_TESTS or (each.path, each.line) not in untested]
    not_taken = (describe_refusal(problem, policy) for problem in untrusted.values())
    return sorted({*others, *missing_fixtures(book.rules, texts), *not_taken}), book


def describe_refusal(problem: Problem, policy: str) -> Problem:
    """Say what the daemon does with the edit of a live rule whose tests fail, or that has none."""
    if policy == "warn":
        return replace(problem, level="warning")
    return replace(problem, message=f"{problem.message}; the daemon does not take this edit of the rule")


def _load(folder: Path, beside: Path | None = None) -> tuple[RuleBook, list[Problem]]:
    from monitor.core import rules
    from monitor.runtime.garbage_collection import collection_paused
    from monitor.settings.config_folder import files_at, source_files

    files, problems = files_at(folder)
    if not files and not problems:
        problems = [Problem(str(folder), 0, 0, "E001", "there is no rule file here: *.yaml or *.yml")]
    if not files:
        raise ConfigurationError(problems)
    other_files = [] if beside is None else source_files(beside)[0]
    with collection_paused():
        book, rule_problems = rules.load(files, beside=other_files, complete=not problems)
    return book, [*problems, *rule_problems]
