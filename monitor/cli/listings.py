"""Prints rows in the format that the user chose: a table for people; JSON, JSON lines or CSV for programs.

Publishers' text is escaped here: no control character reaches a terminal, and no CSV cell starts a formula.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args

import click
from click.core import ParameterSource

from monitor.cli.choices import Choice
from monitor.cli.output import console, dumps, local_time, note, plain
from monitor.core.control_characters import remove_control
from monitor.core.errors import UsageError

if TYPE_CHECKING:
    from rich.text import Text

F = TypeVar("F", bound="Callable[..., Any]")
Row = Mapping[str, Any]
Format = Literal["table", "json", "jsonl", "csv"]
"""Formats of `--format`."""
_FORMAT = "monitor.format"
"""Under this name click's context holds the value of `--format`."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NARROW_COLUMNS = 110
"""Terminal width below which optional columns are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table."""

    title: str
    cell: str | Callable[[Mapping[str, Any]], str | Text]
    """The name of the value that is shown, or a function from row to cell."""
    style: str | Callable[[Mapping[str, Any]], str] = ""
    """The style of all cells, or a function from row to style."""
    right: bool = False
    no_wrap: bool = False
    """True if a cell is never wrapped; too long, it ends in an ellipsis."""
    spare: bool = False
    """True if the column is left out on narrow terminals."""


def format_option(command: F) -> F:
    """Add the option `--format` to a command that prints with `show` or `show_one`."""
    words = "Output format. Default: table on a terminal, else JSON."
    choice = Choice(get_args(Format))
    return click.option("--format", type=choice, expose_value=False, callback=_keep_format, help=words)(command)


def choose_format(default: Literal["text", "table"]) -> Callable[[F], F]:
    """Return the option `--format` of a command that prints one result: for people by default, or as JSON."""
    choice = Choice([default, "json"])
    return click.option(
        "--format",
        type=choice,
        default=default,
        show_default=True,
        expose_value=False,
        callback=_keep_format,
        help="Output format.",
    )


def _keep_format(context: click.Context, _option: click.Parameter, value: str | None) -> None:
    context.meta[_FORMAT] = value


def wants_json() -> bool:
    """Return True if a command with `choose_format` is to print JSON."""
    return bool(click.get_current_context().meta[_FORMAT] == "json")


def show(
    rows: Iterable[Row], columns: Sequence[Column], *, keys: Sequence[str] = (), empty: str = "Nothing found."
) -> None:
    """Print a listing; `keys` are those of its rows, which CSV has also without any row."""
    match chosen_format():
        case "json":
            _json_array(rows)
        case "jsonl":
            for row in rows:
                click.echo(dumps(row))
        case "csv":
            _csv(list(rows), keys)
        case "table":
            _table(list(rows), columns, empty)


def show_one(row: Row, table: Callable[[Row], None]) -> None:
    """Print one result: an object in JSON, one line in CSV, and the output of `table` for people."""
    match chosen_format():
        case "json":
            click.echo(dumps(row, indent=2))
        case "jsonl":
            click.echo(dumps(row))
        case "csv":
            _csv([row], ())
        case "table":
            table(row)


def refuse_other_formats() -> None:
    """Raise UsageError if another format than that of `--jsonl` was asked for, which prints a line for each line."""
    context = click.get_current_context()
    written = context.get_parameter_source("format") is ParameterSource.COMMANDLINE
    if written and context.meta[_FORMAT] not in {"json", "jsonl"}:
        raise UsageError("with --jsonl the output is JSON lines; leave out --format")


def chosen_format() -> Format:
    """Return the format that was asked for, else the default: a table on a terminal, JSON elsewhere."""
    requested: Format | None = click.get_current_context().meta[_FORMAT]
    return requested or ("table" if sys.stdout.isatty() else "json")


def _json_array(rows: Iterable[Row]) -> None:
    """Print a JSON array with one row per line, for `head` and `grep`."""
    click.echo("[", nl=False)
    separator = "\n"
    for row in rows:
        click.echo(f"{separator}{dumps(row)}", nl=False)
        separator = ",\n"
    click.echo("\n]" if separator != "\n" else "]")


def _csv(rows: Sequence[Row], keys: Sequence[str]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    if header := list(rows[0]) if rows else keys:
        writer.writerow(header)
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
            text = remove_control(value)
            # Spreadsheets run such cells as formulas (CWE-1236) and do not show the quote.
            return f"'{text}" if value.startswith(_FORMULA) or text.startswith(_FORMULA) else text
        case _:
            return dumps(value)


def _value(value: object) -> str:
    return local_time(value) if value is None or isinstance(value, datetime) else str(value)


def _styled(column: Column, row: Mapping[str, Any]) -> Text:
    """Return a cell as text, since "[red]" in a headline must not be read as markup."""
    from rich.text import Text

    cell = _value(row[column.cell]) if isinstance(column.cell, str) else column.cell(row)
    style = "" if isinstance(column.style, str) else column.style(row)
    return cell if isinstance(cell, Text) else Text(plain(cell), style)


def _table(rows: Sequence[Mapping[str, Any]], columns: Sequence[Column], empty: str) -> None:
    from rich import box
    from rich.table import Table

    if not rows:
        if empty:
            note(empty)
        return
    out = console()
    shown = [column for column in columns if not (column.spare and out.width < _NARROW_COLUMNS)]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for column in shown:
        table.add_column(
            column.title,
            style=column.style if isinstance(column.style, str) else "",
            justify="right" if column.right else "left",
            no_wrap=column.no_wrap,
            overflow="ellipsis" if column.no_wrap else "fold",
        )
    for row in rows:
        table.add_row(*(_styled(column, row) for column in shown))
    out.print(table)
