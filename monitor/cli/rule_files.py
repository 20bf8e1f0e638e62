"""The rules of a command: those of the configuration, or of a folder or file alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.core.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monitor.cli.session import Session
    from monitor.core.errors import Problem
    from monitor.core.rules import RuleBook

UNKNOWN_LIST = "E010"

folder_option = click.option(
    "--rules",
    "folder",
    type=click.Path(path_type=Path, exists=True),
    metavar="DIR",
    help="Rules from this folder or file, without any other configuration.",
)


def rule_book(session: Session, folder: Path | None, *, lend: bool = False, in_force: bool = False) -> RuleBook:
    """Return the rules; ConfigurationError has all problems.

    `lend` lets rules from elsewhere use the lists of the configuration, as a draft does that is to go there. `in_force`
    returns the rules of the configuration that are run, instead of those of its files.
    """
    if folder is None:
        return (session.settings_in_force() if in_force else session.settings()).rules
    book, problems = _load(folder)
    if lend and any(problem.code == UNKNOWN_LIST for problem in problems):
        book, problems = _load(folder, beside=session.config / "rules")
    if any(problem.level == "error" for problem in problems):
        raise ConfigurationError(problems)
    return book


def all_problems(session: Session, folder: Path | None) -> tuple[list[Problem], RuleBook | None]:
    """Return the problems of the rules, of the configuration around them and of the fixtures of their tests."""
    from monitor.core.rules.rule_tests import fixture_paths, missing_fixtures

    try:
        if folder is None:
            settings = session.read()
            book, problems = settings.rules, list(settings.warnings)
        else:
            book, problems = _load(folder)
    except ConfigurationError as refused:
        return list(refused.problems), None
    return sorted({*problems, *missing_fixtures(book.rules, fixture_texts(fixture_paths(book.rules)))}), book


def fixture_texts(paths: Iterable[str]) -> dict[str, str]:
    """Read the articles that tests name; those that cannot be read are left out."""
    from monitor.settings.folder import read

    found = {path: read(Path(path))[0] for path in paths if Path(path).is_file()}
    return {path: text for path, text in found.items() if text is not None}


def _load(folder: Path, beside: Path | None = None) -> tuple[RuleBook, list[Problem]]:
    from monitor.core import rules
    from monitor.runtime.garbage_collection import collection_paused
    from monitor.settings.folder import read, sources

    if folder.is_dir():
        files, problems = sources(folder)
    else:
        text, problems = read(folder)
        files = [] if text is None else [rules.SourceFile(str(folder), text)]
    lent = [] if beside is None else sources(beside)[0]
    with collection_paused():
        book, found = rules.load(files, beside=lent)
    if not files:
        raise ConfigurationError([*problems, _empty(folder)])
    return book, [*problems, *found]


def _empty(folder: Path) -> Problem:
    from monitor.core.errors import Problem

    return Problem(str(folder), 0, 0, "E001", "there is no rule file here: *.yaml or *.yml")
