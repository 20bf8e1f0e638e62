"""What commands print beside listings: results as JSON or text on stdout, notes and progress on stderr.

Notes go to stderr, so that a pipe carries results only. Control characters are escaped or removed.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn
from zoneinfo import ZoneInfo

import click

from monitor.core.control_characters import escape_control, remove_control
from monitor.core.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

_ZONE = "monitor.zone"
"""Key of the time zone of the configuration in the `meta` of the click context."""
_WIDE_COLUMNS = 140


def dumps(value: object, *, indent: int | None = None) -> str:
    """Return JSON in which all scripts stay readable and control characters are escaped."""
    from monitor.core.json_objects import json_default

    text = json.dumps(value, ensure_ascii=False, default=json_default, indent=indent)
    return escape_control(text)


def plain(text: str) -> str:
    """Return text without control characters, on one line, safe for a terminal."""
    return " ".join(remove_control(text).split())


def console(*, stderr: bool = False) -> Console:
    """Return a console; off a terminal it has no colours, and at least the width at which no column is left out."""
    from rich.console import Console

    out = Console(stderr=stderr, highlight=False, soft_wrap=False)
    if not out.is_terminal:
        out.width = max(_WIDE_COLUMNS, shutil.get_terminal_size((_WIDE_COLUMNS, 50)).columns)
    return out


def note(text: str) -> None:
    """Print a note on stderr."""
    click.echo(remove_control(text), err=True)


def exit_with_problem() -> NoReturn:
    """End the command with exit code 1: it ran, and found something wrong."""
    raise click.exceptions.Exit(1)


def exit_with_problem_if(problem: object) -> None:
    """End the command with exit code 1 if there is a problem."""
    if problem:
        exit_with_problem()


def save(content: bytes, file: Path) -> None:
    """Write a result to a file, `-` for stdout; UsageError if the file cannot be opened."""
    try:
        with click.open_file(str(file), "wb") as out:
            out.write(content)
    except OSError as error:
        if error.filename is None:  # opened, but not written
            raise
        raise UsageError(f"{file} cannot be written: {(error.strerror or 'unknown').lower()}") from None


def set_time_zone(name: str) -> None:
    """Show times in this zone for the rest of the command."""
    if context := click.get_current_context(silent=True):
        context.meta[_ZONE] = ZoneInfo(name)


def local_time(value: datetime | None) -> str:
    """Format a time to the minute, in the zone of the configuration, without one in that of the machine."""
    context = click.get_current_context(silent=True)
    zone = context.meta.get(_ZONE) if context else None
    return value.astimezone(zone).strftime("%Y-%m-%d %H:%M") if value else "-"


def publication_time(value: datetime | None) -> str:
    """Format when an article was published; of a publisher who states no time of day, only the stated day."""
    from monitor.core.model import has_time_of_day

    return local_time(value) if value is None or has_time_of_day(value) else f"{value:%Y-%m-%d}"


def format_seconds(seconds: float | None) -> str:
    """Format a duration: `45s`, `30m`, `6h`, `7d`."""
    if seconds is None:
        return "-"
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds >= size:
            number = seconds / size
            return f"{number:.3g}{unit}" if number < 999.5 else f"{number:,.0f}{unit}"
    return f"{seconds:.0f}s"


@contextmanager
def progress(label: str, total: int | None) -> Iterator[Callable[[int, int | None], None]]:
    """Yield a callback `(done, total)` that updates the bar; off a terminal it does nothing."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=total)
        yield lambda done, of: bar.update(task, completed=done, total=total if of is None else of)
