"""`monitor doctor`: diagnoses versions, configuration, database, disk, clock, daemon, feeds and outbox."""

from __future__ import annotations

import dataclasses
from functools import partial

import click

from monitor.cli.listings import Column, format_option, show
from monitor.cli.output import exit_with_problem_if
from monitor.cli.session import Session, pass_session

_STYLES = {"ok": "green", "note": "yellow", "bad": "bold red"}


@click.command()
@format_option
@pass_session
def doctor(session: Session) -> None:
    """Diagnose the installation.

    Checks versions, configuration, channels, database, disk, clock, daemon, feeds and outbox. Exit code 1 if something
    is wrong.
    """
    from monitor.app import connect
    from monitor.diagnostics.doctor import run_checks

    read = partial(session.settings, warn=True)
    findings = [dataclasses.asdict(item) for item in run_checks(read, session.read_in_force, connect)]
    show(findings, _FINDINGS)
    exit_with_problem_if(any(item["level"] == "bad" for item in findings))


_FINDINGS = (
    Column(title="area", cell="area", no_wrap=True),
    Column(title="", cell="level", style=lambda row: _STYLES[row["level"]], no_wrap=True),
    Column(title="finding", cell="text"),
)

COMMANDS = (doctor,)
