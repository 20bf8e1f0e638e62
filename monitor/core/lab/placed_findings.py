"""Findings about a text that is shown beside them: each with an excerpt of its line and where in that it points."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from unicodedata import combining, east_asian_width

from monitor.core.errors import Problem

MAX_FINDINGS = 50
"""Findings that are placed; the others are counted."""
EXCERPT_CHARS = 60
"""Characters of a line around the column."""
_CHARS_BEFORE = 30
_WIDE_SPACE = "\u3000"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedFinding:
    """A finding, with the line that it is about."""

    level: str
    code: str
    message: str
    line: int = 0
    """The line of the text, and the column in it, both from 1; 0 if the finding is about the text as a whole."""
    column: int = 0
    excerpt: str = ""
    """The line, cut around the column."""
    pointer: str = ""
    """What stands below the excerpt: space up to the column, and a mark."""


def place_findings(problems: Iterable[Problem], text: str, path: str, folder: str = "") -> tuple[PlacedFinding, ...]:
    """Place problems of the file `path`, whose text is given: errors first, each kind in the order of the text.

    Paths in messages become lines of the text, or paths below `folder`.
    """
    lines = text.split("\n")
    in_order = sorted(problems, key=lambda each: (each.level != "error", each.line, each.column))
    return tuple(_place(each, lines, path, folder) for each in in_order)


def _place(problem: Problem, lines: Sequence[str], path: str, folder: str) -> PlacedFinding:
    message = shorten_paths(problem.message, path, folder)
    is_here = problem.path == path and 0 < problem.line <= len(lines)
    if not is_here:
        where = "" if problem.path in {path, folder} else f"{shorten_paths(problem.where, path, folder)}: "
        return PlacedFinding(level=problem.level, code=problem.code, message=f"{where}{message}")
    excerpt, offset = _excerpt(lines[problem.line - 1], max(0, problem.column - 1))
    return PlacedFinding(
        level=problem.level,
        code=problem.code,
        message=message,
        line=problem.line,
        column=problem.column,
        excerpt=excerpt,
        pointer="".join(map(_space, excerpt[:offset])) + "^",
    )


def shorten_paths(text: str, path: str, folder: str) -> str:
    """Write `line 3` for `PATH:3`, and paths below a folder without it."""
    text = text.replace(f"{path}:", "line ").replace(path, "the text")
    return text.replace(f"{folder.rstrip('/')}/", "") if folder else text


def _excerpt(line: str, offset: int) -> tuple[str, int]:
    """Cut a line around an offset; return it with the offset in it."""
    offset = min(offset, len(line))
    begin = 0 if len(line) <= EXCERPT_CHARS else max(0, min(offset - _CHARS_BEFORE, len(line) - EXCERPT_CHARS))
    end = begin + EXCERPT_CHARS
    before, after = "…" if begin else "", "…" if end < len(line) else ""
    shown = "".join(map(_shown, line[begin:end]))
    return f"{before}{shown}{after}", offset - begin + len(before)


def _shown(character: str) -> str:
    """Return a character as it is shown: a tab as an arrow, and one that is not printed as a box."""
    if character == "\t":
        return "→"
    return character if character.isprintable() else "▯"


def _space(character: str) -> str:
    """Return a space as wide as a character in a font of fixed width."""
    if combining(character):
        return ""
    return _WIDE_SPACE if east_asian_width(character) in "WF" else " "
