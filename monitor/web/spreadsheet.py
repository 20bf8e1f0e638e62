"""Tables as an Excel file (ECMA-376), as text, numbers, times and links: no cell is ever a formula."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING, TypeAlias

from monitor.core.control_characters import remove_control

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

MAX_CELL_CHARS = 32_767
"""The limit of Excel."""
_MAX_LINKS, _MAX_LINK_CHARS = 65_530, 2_079
"""Excel's limits for the links of a sheet and for one link as it is stored; what exceeds them is written as text."""
_ESCAPED = frozenset('"<>[]^`{}')
"""Characters of a link that are stored as three."""


@dataclass(frozen=True, slots=True)
class Link:
    """An address that is opened by a click; empty for none."""

    url: str


Cell: TypeAlias = str | int | datetime | Link
"""Times are written as they are, without their time zone, which Excel does not know."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table, with its columns and their widths in characters."""

    name: str
    columns: Mapping[str, int]
    rows: Iterable[Sequence[Cell]]


def workbook(*sheets: Sheet) -> bytes:
    """Return an Excel file; headings stay visible, also in print, rows can be filtered, and long text wraps."""
    from xlsxwriter import Workbook  # loaded here: of all pages only downloads need it

    output = BytesIO()
    with Workbook(output, {"in_memory": True, "remove_timezone": True}) as book:
        heading = book.add_format({"bold": True, "bottom": 1})
        body = book.add_format({"valign": "top"})
        prose = book.add_format({"valign": "top", "text_wrap": True})
        day = book.add_format({"valign": "top", "num_format": "yyyy-mm-dd hh:mm"})
        for sheet in sheets:
            page = book.add_worksheet(sheet.name)
            page.freeze_panes(1, 0)
            page.set_landscape()
            page.repeat_rows(0)
            for number, (title, width) in enumerate(sheet.columns.items()):
                page.write_string(0, number, title, heading)
                page.set_column(number, number, width)
            last = 0
            for last, row in enumerate(sheet.rows, 1):
                for number, cell in enumerate(row):
                    form = day if isinstance(cell, datetime) else prose if isinstance(cell, str) else body
                    _write(page, last, number, cell, form)
            page.autofilter(0, 0, last, len(sheet.columns) - 1)
    return output.getvalue()


def _write(page: Worksheet, row: int, column: int, cell: Cell, form: Format) -> None:
    match cell:
        case Link(url=url) if url and _stored_length(url) <= _MAX_LINK_CHARS and row < _MAX_LINKS:
            page.write_url(row, column, url, form, url)
        case Link(url=text) | str(text):
            page.write_string(row, column, remove_control(text)[:MAX_CELL_CHARS], form)
        case datetime():
            page.write_datetime(row, column, cell, form)
        case int():
            page.write_number(row, column, cell, form)


def _stored_length(url: str) -> int:
    return len(url) + 2 * sum(character in _ESCAPED for character in url)
