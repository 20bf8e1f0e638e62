"""Lines in which the rule lab shows results on a terminal: facts, headings, and passages with marked terms.

Without colours (a pipe, NO_COLOR), terms are marked by [brackets].
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from monitor.cli.listings import Row
from monitor.cli.output import plain

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text


def marked(passage: Row, *, colours: bool) -> Text:
    """Return a piece of text with its terms marked."""
    from rich.text import Text

    text, at = Text(), 0
    for start, end in passage["marks"]:
        text.append(_keep_edge_spaces(passage["text"][at:start]))
        term = _keep_edge_spaces(passage["text"][start:end])
        text.append(term if colours else f"[{term}]", style="bold yellow")
        at = end
    return text.append(_keep_edge_spaces(passage["text"][at:]))


def _keep_edge_spaces(piece: str) -> str:
    """Keep the spaces at a piece's edges, which `plain` takes away."""
    inner = plain(piece)
    before, after = piece[:1].isspace(), piece[-1:].isspace() and bool(inner)
    return f"{' ' * before}{inner}{' ' * after}"


def print_passages(out: Console, passages: Sequence[Row], indent: str) -> None:
    """Print passages of an article, each after the part of the article in which it is."""
    from rich.text import Text

    coloured = out.color_system is not None and not out.no_color
    for passage in passages:
        zone = f"{indent}{passage['zone']}: "
        out.print(Text.assemble((zone, "dim"), marked(passage, colours=coloured)), soft_wrap=True)


def print_fact(out: Console, name: str, value: str, style: str = "") -> None:
    """Print a name in its own column, and a value beside it."""
    from rich.text import Text

    out.print(Text(f"{name:10}", style="dim") + Text(value, style=style), soft_wrap=True)


def print_heading(out: Console, name: str, text: str) -> None:
    """Print a heading with a remark, below an empty line."""
    from rich.text import Text

    out.print()
    out.print(Text(name, style="bold") + Text(f"  {text}".rstrip()), soft_wrap=True)


def print_line(out: Console, text: str, style: str = "") -> None:
    """Print a text as it is, without wrapping it."""
    from rich.text import Text

    out.print(Text(text, style=style), soft_wrap=True)
