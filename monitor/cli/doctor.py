"""`monitor doctor`: diagnoses versions, configuration, database, disk, clock, daemon, feeds and outbox."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.output import Column, Form, exit_with_problem, format_option, plain, show
from monitor.cli.session import Session, pass_session

if TYPE_CHECKING:
    from rich.text import Text


@click.command()
@format_option
@pass_session
def doctor(session: Session, *, form: Form | None) -> None:
    """Diagnose the installation.

    Checks versions, configuration, channels, database, disk, clock, daemon, feeds and outbox. Exit code 1 if something
    is wrong.
    """
    from monitor.app import connect
    from monitor.diagnostics.doctor import run_checks

    findings = [dataclasses.asdict(item) for item in run_checks(session.settings, session.read_in_force, connect)]
    show(findings, _FINDINGS, form)
    if any(item["level"] == "bad" for item in findings):
        exit_with_problem()


def _mark(row: Mapping[str, Any]) -> Text:
    from rich.text import Text

    mark, style = {"ok": ("ok", "green"), "note": ("note", "yellow"), "bad": ("bad", "bold red")}[row["level"]]
    return Text(mark, style=style)


_FINDINGS = (
    Column(title="area", cell=lambda row: row["area"], whole=True),
    Column(title="", cell=_mark, whole=True),
    Column(title="finding", cell=lambda row: plain(row["text"])),
)

COMMANDS = (doctor,)
