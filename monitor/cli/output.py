"""Results on stdout: a table for people, JSON, JSON lines or CSV for programs.

What a publisher wrote passes through here last: no control character reaches a terminal, no cell starts a formula in a
spreadsheet. Notes for people go to stderr, so that a pipe holds results alone.
"""

from __future__ import annotations

import csv
import json
import re
import shutil
import sys
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import click

from monitor.core.errors import UsageError
from monitor.core.serializers import json_default

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from rich.console import Console
    from rich.text import Text

    Row = Mapping[str, object]

Form = Literal["table", "json", "jsonl", "csv"]
F = TypeVar("F", bound="Callable[..., Any]")

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_WIDE = 140
_NARROW = 110
"""Characters a line, below which columns that can be spared are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table: its heading, and how a row's cell reads."""

    title: str
    cell: Callable[[Mapping[str, Any]], str | Text]
    style: str = ""
    right: bool = False
    whole: bool = False
    """Never cut or wrapped."""
    spare: bool = False
    """Left out where there is not room for all: the other formats have it."""


def format_option(command: F) -> F:
    """Give a listing its `--format`; without it, a table on a terminal and JSON elsewhere."""
    option = click.option(
        "--format",
        "form",
        type=click.Choice(["table", "json", "jsonl", "csv"]),
        default=None,
        help="How to print it. A table on a terminal, else JSON.",
    )
    return option(command)


def show(rows: Iterable[Row], columns: Sequence[Column], form: Form | None, *, empty: str = "Nothing found.") -> None:
    """Print a listing."""
    match form or _usual():
        case "json":
            _json_array(rows)
        case "jsonl":
            for row in rows:
                click.echo(dumps(row))
        case "csv":
            _csv(list(rows))
        case "table":
            _table(list(rows), columns, empty)


def show_one(row: Row, form: Form | None, table: Callable[[Row], None]) -> None:
    """Print one result: an object in JSON, one line in CSV, and what `table` makes of it for people."""
    match form or _usual():
        case "json":
            click.echo(dumps(row, indent=2))
        case "jsonl":
            click.echo(dumps(row))
        case "csv":
            _csv([row])
        case "table":
            table(row)


def dumps(value: object, *, indent: int | None = None) -> str:
    """Return JSON that keeps every script readable, and escapes what a terminal would obey."""
    text = json.dumps(value, ensure_ascii=False, default=json_default, indent=indent)
    return _CONTROL.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def plain(text: str) -> str:
    """Return text that a terminal only shows: without control characters, on one line."""
    return " ".join(_CONTROL.sub("", text).split())


def console(*, stderr: bool = False) -> Console:
    """Return a console on stdout or stderr; off a terminal it has room for whole lines and no colours."""
    from rich.console import Console

    out = Console(stderr=stderr, highlight=False, soft_wrap=False)
    if not out.is_terminal:
        out.width = shutil.get_terminal_size((_WIDE, 50)).columns
    return out


def note(text: str) -> None:
    """Tell the person at the terminal something that is not a result."""
    click.echo(_CONTROL.sub("", text), err=True)


def save(content: bytes, file: Path) -> None:
    """Write a result to a file, `-` being stdout; UsageError where there can be none of that name."""
    try:
        with click.open_file(str(file), "wb") as out:
            out.write(content)
    except OSError as error:
        if error.filename is None:  # it was opened
            raise
        raise UsageError(f"{file} cannot be written: {(error.strerror or 'unknown').lower()}") from None


def when(value: object) -> str:
    """Return a time for people: local, to the minute."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return value.astimezone().strftime("%Y-%m-%d %H:%M") if isinstance(value, datetime) else "-"


def span(seconds: float | None) -> str:
    """Return a length of time for people: `45s`, `30m`, `6h`, `7d`."""
    if seconds is None:
        return "-"
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds >= size:
            return f"{seconds / size:.3g}{unit}"
    return f"{seconds:.0f}s"


def _usual() -> Form:
    return "table" if sys.stdout.isatty() else "json"


def _json_array(rows: Iterable[Row]) -> None:
    """One row a line: valid JSON as a whole, and still readable by `head` and `grep`."""
    click.echo("[", nl=False)
    separator = "\n"
    for row in rows:
        click.echo(f"{separator}{dumps(row)}", nl=False)
        separator = ",\n"
    click.echo("\n]" if separator != "\n" else "]")


def _csv(rows: Sequence[Row]) -> None:
    if not rows:
        return
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(rows[0].keys())
    for row in rows:
        writer.writerow([_csv_cell(value) for value in row.values()])


def _csv_cell(value: object) -> object:
    match value:
        case None:
            return ""
        case bool() | int() | float():
            return dumps(value)
        case datetime():
            return value.isoformat()
        case str():
            text = _CONTROL.sub("", value)
            # A spreadsheet would run these (CWE-1236); the quote is shown by none of them.
            return f"'{text}" if value.startswith(_FORMULA) or text.startswith(_FORMULA) else text
        case _:
            return dumps(value)


def _table(rows: Sequence[Mapping[str, Any]], columns: Sequence[Column], empty: str) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    if not rows:
        if empty:
            note(empty)
        return
    out = console()
    shown = [column for column in columns if not (column.spare and out.width < _NARROW)]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for column in shown:
        table.add_column(
            column.title,
            style=column.style,
            justify="right" if column.right else "left",
            no_wrap=column.whole,
            overflow="ellipsis" if column.whole else "fold",
        )
    for row in rows:
        cells = [column.cell(row) for column in shown]
        # Text, not str: "[red]" in a headline is a headline, no mark-up.
        table.add_row(*(cell if isinstance(cell, Text) else Text(plain(cell)) for cell in cells))
    out.print(table)
