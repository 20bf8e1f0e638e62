"""Applies, records or refuses the configuration: at the daemon's start, after an edit, and after a refused edit.

Each decision is logged, stored, and kept in the settings of the App, from which pages and digests read it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import structlog

from monitor import configuration
from monitor.app import App
from monitor.core.errors import Problem
from monitor.core.model import Refusal, refusals_of_folder
from monitor.settings import Settings

REFUSED = "configuration refused, the last good one goes on"
RULE_REFUSED = "edit of a rule refused"
log = structlog.get_logger("monitor.daemon")


def take_at_start(app: App, *, record: bool) -> None:
    """Log and, with `record`, store the configuration that the daemon starts with, or why its files are refused."""
    if any(not refusal.rule_id for refusal in app.settings.refusals):
        stored = app.store.configuration()
        since = f"{stored.saved_at:%Y-%m-%d %H:%M} UTC" if stored else "unknown"
        for refusal in app.settings.refusals:
            log.error(REFUSED, problem=str(refusal), of=since)
        if record:
            app.store.save_refusals(app.settings.refusals, app.clock())
        return
    app.settings = configuration.decide(app.settings, app.store, app.clock())
    log_refused_rules(app.settings)
    if record:
        configuration.record_accepted(app.store, app.settings, app.clock())


def log_refused_rules(settings: Settings) -> None:
    """Log the edits of rules that are not in force."""
    for refusal in settings.refusals:
        log.error(RULE_REFUSED, rule=refusal.rule_id, problem=str(refusal))


def log_refused(problems: Iterable[Problem]) -> None:
    """Log all problems of a refused edit."""
    for problem in problems:
        if problem.level == "error":
            log.error(REFUSED, problem=str(problem))
        else:
            log_warning(problem)


def log_accepted(event: str, settings: Settings) -> None:
    """Log the size of a configuration that is in force now, and its warnings."""
    log.info(event, feeds=len(settings.feeds), rules=len(settings.rules.rules))
    for problem in settings.warnings:
        log_warning(problem)


def log_warning(problem: Problem) -> None:
    """Log a warning about the configuration."""
    log.warning("configuration warning", problem=str(problem))


def refuse(settings: Settings, problems: Iterable[Problem]) -> tuple[Settings, tuple[Refusal, ...]]:
    """Return the settings in force with the refusal of an edit in them, and all their refusals."""
    of_rules = tuple(refusal for refusal in settings.refusals if refusal.rule_id)
    refusals = (*refusals_of_folder(problems), *of_rules)
    return replace(settings, refusals=refusals), refusals
