"""Syntax errors of YAML files: messages that say where the error is and what usually fixes it."""

from __future__ import annotations

import re
from typing import Any

import yaml

from monitor.core.errors import Problem
from monitor.core.yaml_characters import find_curly_quote, find_lookalike, mention_curly_quote
from monitor.core.yaml_comments import COMMENT, Comment, find_hidden_bracket

MAX_YAML_DEPTH = 100
_ParserMark = Any  # yaml.Mark has no type hints
_INDENT, _QUOTE_SIGNS = "check the indentation", "quote text that starts with , ? : { [ or ]"
_HINTS = {
    "tab character": "indent with spaces",
    "did not find expected whitespace or line break": "quote the text that starts with !",
    "could not find expected ':'": "is a ':' missing, or a quote?",
    "did not find expected key": "check the indentation, or quote text that goes on after a quote",
    "did not find expected '-' indicator": "check the indentation: entries of one list start in one column",
    "block sequence entries are not allowed": _INDENT,
    "block mapping": _INDENT,
    "block collection": _INDENT,
    "unknown escape character": "use 'single quotes' around text with \\ or \"",
    "did not find expected alphabetic": "quote the text that starts with &, * or !",
    "did not find expected <document start>": _QUOTE_SIGNS,
    "did not find expected node content": _QUOTE_SIGNS,
}
"""What usually fixes an error, by a part of the parser's message."""
_KEY_WITHOUT_COLON = re.compile(r"(?P<key>[A-Za-z_]+)(?P<colon>:?)(?P<gap>[ \t]*)：?(?P<value>.*)")  # noqa: RUF001
_SEVERAL_KEYS = re.compile(r": [^,]+, [a-z_]+$")
_SEARCH_OPERATOR = re.compile(r"\b(?:AND|OR|NOT)\b|\b(?:NEAR|W)/\d")
_AS_QUERY = "a search string is the `query:` of a rule, in 'single quotes'"
_QUERY_IN_QUOTES = re.compile(r'\s*(?:- )?query:\s*"')
_CONFLICT = re.compile(r"^(?:<{7}|>{7})(?=[ \r]|$)|^={7}(?=\r|$)", re.MULTILINE)
_NO_KEY = re.compile(r"\s*(?:#.*)?")
"""A line that holds nothing or a comment."""
_NOT_YAML = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def explain_yaml_error(error: yaml.MarkedYAMLError, text: str, path: str) -> Problem:
    """Turn an error of the parser into a problem with a hint."""
    reported = _describe(error)
    opened = "unexpected end of stream" in reported  # then the start of the quote helps more than the end of the file
    at = (error.context_mark if opened else error.problem_mark) or error.problem_mark or error.context_mark
    if at is None:
        return Problem(path, 0, 0, "E001", f"YAML: {reported}; check quotes and indentation")
    lines = text.split("\n")
    line, column = min(at.line, len(lines) - 1), at.column
    character = lines[line][column : column + 1] if line < len(lines) else ""
    if "nesting depth" in reported:
        return Problem(path, line + 1, column + 1, "E001", f"nested more than {MAX_YAML_DEPTH} levels deep")
    if "cannot start any token" in reported:
        name = "a tab" if character == "\t" else f"'{character}'"
        hint = _wrong_start(character, lines[line])
        return Problem(path, line + 1, column + 1, "E001", f"YAML: {name} cannot start a text; {hint}")
    if "did not find expected ',' or" in reported and error.context_mark is not None:
        return _unclosed_bracket(reported, error.context_mark, at, text, path)
    if found := _find_cause(error, lines, (line, column), path):
        return found
    hint = _hint(reported, lines, (line, column), opened=opened)
    return Problem(path, line + 1, column + 1, "E001", f"YAML: {reported}; {hint}")


def suggest_query(text: str) -> str:
    """Return where a search string with operators such as AND belongs; empty if the text has none."""
    return _AS_QUERY if _SEARCH_OPERATOR.search(text) else ""


def _hint(reported: str, lines: list[str], place: tuple[int, int], *, opened: bool) -> str:
    """Return what usually fixes an error at a place; `opened`: a quote is not closed."""
    line, column = place
    text = lines[line]
    if "<document start>" in reported and (as_query := suggest_query(text)):
        return as_query
    if opened:
        return f"this quote is not closed{mention_curly_quote(text)}"
    if "did not find expected key" in reported and _QUERY_IN_QUOTES.match(text):
        return "put the whole search string in 'single quotes'"
    if "did not find expected key" in reported and text[:column].rstrip().endswith(("]", "}")):
        comma = text[column : column + 1] == "," and not text[column + 1 :].strip()
        return "delete this comma" if comma else "put this into the brackets before it, or delete it"
    if "mapping values are not allowed" in reported:
        return _misplaced_value(lines, line, column)
    return next((hint for part, hint in _HINTS.items() if part in reported), "check quotes and indentation")


def find_conflict(text: str, path: str) -> Problem | None:
    """Find the first line that git has written to mark two edits that it could not merge; None if there is none.

    Such lines are found before parsing: within brackets and blocks they are text to YAML.
    """
    match = _CONFLICT.search(text) if any(marker in text for marker in ("<<<<<<<", "=======", ">>>>>>>")) else None
    if match is None:
        return None
    message = "a conflict of two edits, marked by git; keep one and delete the lines of < = and >"
    return Problem(path, text.count("\n", 0, match.start()) + 1, 1, "E001", message)


def _wrong_start(character: str, line: str) -> str:
    """Return what to do about a character that cannot start a text."""
    if character == "\t":
        return "indent with spaces"
    if line.lstrip().startswith("```"):
        return "delete the lines of ``` around the text"
    return f'quote the text: "{character}..."'


def _describe(error: yaml.MarkedYAMLError) -> str:
    return " ".join(str(error.problem or error.context or "this is not YAML").split())


def _find_cause(error: yaml.MarkedYAMLError, lines: list[str], place: tuple[int, int], path: str) -> Problem | None:
    """Find what is wrong before the place where the parser failed; None if it is something else.

    `place` is line and column, which count from 0.
    """
    reported, (line, column) = _describe(error), place
    mark = error.problem_mark if "did not find expected node content" in reported else None
    if mark is not None and (hidden := _bracket_hidden_above(lines, mark.line)):
        return _comment_problem(hidden, path)
    if found := find_lookalike(lines[: line + 1], path):
        return found
    if "mapping values are not allowed" in reported and (found := find_curly_quote(lines, line, column, path)):
        return found
    return _missing_colon(reported, error, lines, path)


def _bracket_hidden_above(lines: list[str], line: int) -> Comment | None:
    """Find a closing bracket in a comment of the line above, or one of an open bracket in the line before that."""
    above = _line_above(lines, line)
    for number in (above, _line_above(lines, above)):
        hidden = find_hidden_bracket(lines, (number,)) if number >= 0 else None
        if hidden and (number == above or _is_open(lines[number][: hidden.column])):
            return hidden
    return None


def _is_open(text: str) -> bool:
    return sum(text.count(each) for each in "[{") > sum(text.count(each) for each in "]}")


def _line_above(lines: list[str], line: int) -> int:
    """Return the number of the nearest line above that holds more than a comment; -1 if there is no such line."""
    above = range(min(line, len(lines)) - 1, -1, -1)
    return next((number for number in above if not _NO_KEY.fullmatch(lines[number])), -1)


def _comment_problem(comment: Comment, path: str) -> Problem:
    message = f"'{shorten_quotation(comment.text)}' is a comment to YAML, up to the end of its line"
    return Problem(path, comment.line + 1, comment.column + 1, "E001", f"{message}; quote the text that holds #")


def _misplaced_value(lines: list[str], line: int, column: int) -> str:
    """Return what to do about a key where none is allowed."""
    if _SEVERAL_KEYS.search(lines[line], 0, column):
        return "write each key on a line of its own, or all within { }; or quote the text that holds ': '"
    if ": " in lines[line][:column]:
        return "quote the text that holds ': '"
    if line and (unspaced := re.match(r"\s*(?:- )?([a-z_]+:)[^\s/]", lines[line - 1])):
        return f"put a space after '{unspaced[1]}' in the line before"
    return "check the indentation of this line"


def _missing_colon(reported: str, error: yaml.MarkedYAMLError, lines: list[str], path: str) -> Problem | None:
    """Find the key without a colon because of which the parser failed further down; None if it was something else."""
    if "could not find expected ':'" in reported and error.context_mark is not None:
        line, column = error.context_mark.line, error.context_mark.column
    elif "mapping values are not allowed" in reported and error.problem_mark is not None:
        line = _line_above(lines, error.problem_mark.line)
        column = len(lines[line]) - len(lines[line].lstrip(" -")) if line >= 0 else 0
        if line < 0 or ":" in lines[line]:
            return None
    else:
        return None
    match = _KEY_WITHOUT_COLON.fullmatch(lines[line][column:].rstrip()) if line < len(lines) else None
    if match is None or (match["colon"] and (match["gap"] or not match["value"])):
        return None
    key, value = match["key"], match["value"]
    what = f"no space after '{key}:'" if match["colon"] else f"no ':' after '{key}'"
    text = " " in value and value[0] not in "[{"
    hint = ", or indent this line if it continues the one above" if text else ""
    if lines[line].lstrip().startswith("- ") and not value:
        hint = ", or correct the indentation of the next line"
    return Problem(
        path, line + 1, column + 1, "E001", f"{what}; write {shorten_quotation(f'{key}: {value}'.rstrip())}{hint}"
    )


def _unclosed_bracket(reported: str, opened: _ParserMark, at: _ParserMark, text: str, path: str) -> Problem:
    """Name the bracket that is not closed; usually an unintended comment contains its end."""
    lines = text.split("\n")
    if hidden := find_hidden_bracket(lines, range(opened.line, min(at.line, len(lines)))):
        return _comment_problem(hidden, path)
    if comment := COMMENT.search(text, opened.index, at.index):
        start = comment.start() + comment[0].index("#")
        line, column = text.count("\n", 0, start), start - text.rfind("\n", 0, start) - 1
        return _comment_problem(Comment(line, column, comment[0].strip()), path)
    hint = f"close the bracket of {opened.line + 1}:{opened.column + 1}, or quote text that holds , ? : # or quotes"
    at_line = lines[at.line] if at.line < len(lines) else ""
    hint = suggest_query(at_line[at.column :]) or f"{hint}{mention_curly_quote(at_line)}"
    return Problem(path, at.line + 1, at.column + 1, "E001", f"YAML: {reported}; {hint}")


def explain_character_error(error: Exception, text: str, path: str) -> Problem:
    """Turn an error about a character that YAML does not allow into a problem with its position."""
    refused = _NOT_YAML.search(text)
    if refused is None:
        return Problem(path, 0, 0, "E001", f"not readable as YAML: {shorten_quotation(str(error))}")
    before = text[: refused.start()]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    return Problem(path, line, column, "E001", f"character U+{ord(refused[0]):04X} is not allowed in YAML; delete it")


def shorten_quotation(text: str) -> str:
    """Shorten a quotation for a message to one line of 60 characters; unprintable characters appear as escapes."""
    line = " ".join(text.split())
    seen = "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in line[:80])
    if len(seen) <= 60 and len(line) <= 60:
        return seen
    words = seen[:60].rpartition(" ")[0]
    return f"{words if len(words) > 40 else seen[:59]}…"
