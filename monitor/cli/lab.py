"""`monitor rules why|why-not|backtest|backfill`: the commands of the rule lab."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.listings import format_option, show_one
from monitor.cli.output import exit_with_problem, note, plain, progress
from monitor.cli.rule_files import rule_book, rules_option
from monitor.cli.session import NUMBER, Session, pass_session, since_option, start_instant
from monitor.core.durations import TimeBound
from monitor.core.errors import ConfigurationError

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.lab import RuleLab

compared_folder_option = rules_option(
    "Rules from this folder or file, instead of the configured ones (whose lists they may use)."
)
stored_since_option = since_option("Only articles stored since", default="90d")


@click.command()
@click.argument("hit_id", metavar="HIT_ID", type=NUMBER)
@compared_folder_option
@format_option
@pass_session
def why(session: Session, *, hit_id: int, folder: Path | None) -> None:
    """Show why a hit was made: each sentence with its terms, and whether rule and text are still the same."""
    from monitor.cli import lab_views
    from monitor.core.lab import serializers

    with session.app_in_force() as app:
        show_one(serializers.explanation(_lab(session, app, folder).why(hit_id)), lab_views.print_explanation)


@click.command(name="why-not")
@click.argument("rule_id", metavar="RULE_ID")
@click.argument("article", metavar="ARTICLE")
@compared_folder_option
@format_option
@pass_session
def why_not(session: Session, *, rule_id: str, article: str, folder: Path | None) -> None:
    """Show why a rule does not match an article, the nearest miss first.

    ARTICLE is its number or its address in the archive, or a file with a text whose first line is the title. Exit code
    1 if the file holds no text. For a file no database is needed, and the rules are those of the files, as for `match`.
    """
    from monitor.cli import lab_views
    from monitor.core.lab import serializers
    from monitor.lab import is_file, why_not_in_file

    if is_file(article):
        answer = why_not_in_file(rule_book(session, folder, with_configured_lists=True), rule_id, article)
    else:
        with session.app_in_force() as app:
            answer = _lab(session, app, folder).why_not(rule_id, article)
    show_one(serializers.answer(answer), lab_views.print_why_not)
    if answer.is_of_empty_file:
        note(f"{plain(article)}: holds no text, so that no rule can match")
        exit_with_problem()


@click.command()
@click.argument("rule_id", metavar="RULE_ID")
@stored_since_option
@click.option(
    "--against",
    metavar="GITREF|FILE",
    default="",
    help="Compare with the rule as a git revision (HEAD, HEAD~1, a branch) or another file has it.",
)
@compared_folder_option
@format_option
@pass_session
def backtest(session: Session, *, rule_id: str, since: TimeBound, against: str, folder: Path | None) -> None:
    """Run a rule over the archive: what it would have found, and what an edit of it gains and loses.

    Nothing is stored. A draft is run like any other rule. Warnings name a rule that is too broad, or never matches.
    """
    from monitor.cli import backtest_view
    from monitor.core.lab import serializers

    with session.app(only=("rules", "feeds.yaml")) as app:
        lab, now = _lab(session, app, folder), app.clock()
        with progress("reading the archive", None) as report_progress:
            record = lab.backtest(
                rule_id, since=start_instant(since, now), now=now, against=against, progress=report_progress
            )
    show_one(serializers.backtest(record), backtest_view.print_backtest)


@click.command()
@click.argument("rule_id", metavar="RULE_ID")
@stored_since_option
@format_option
@pass_session
def backfill(session: Session, *, rule_id: str, since: TimeBound) -> None:
    """Store what a rule finds in the archive: marked as back-filled, and without alerts.

    Existing hits of the rule stay as they are, so the command can be repeated.
    """
    from monitor.cli import backtest_view

    with session.app(only=("rules", "feeds.yaml")) as app:
        lab, now = app.lab(), app.clock()
        _require_taken(app, rule_id, now)
        with progress("reading the archive", None) as report_progress:
            stored = lab.backfill(rule_id, since=start_instant(since, now), now=now, progress=report_progress)
    show_one({"rule_id": rule_id, "hits": stored}, backtest_view.print_backfill)


def _require_taken(app: App, rule_id: str, now: datetime) -> None:
    """Raise ConfigurationError if the rule in the files is not the one in force, because its tests fail."""
    from monitor import configuration

    decided = configuration.decide(app.settings, app.store, now)
    if refused := [each.problem for each in decided.refusals if each.rule_id == rule_id]:
        raise ConfigurationError(refused)


def _lab(session: Session, app: App, folder: Path | None) -> RuleLab:
    return app.lab() if folder is None else app.lab(rule_book(session, folder, with_configured_lists=True), folder)


COMMANDS: tuple[click.Command, ...] = (why, why_not, backtest, backfill)
