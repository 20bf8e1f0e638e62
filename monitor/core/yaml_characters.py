"""Characters that look like those of YAML and are others: curly quotes, no-break spaces and dashes.

Word processors, web pages and chat programs put them into what is copied.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from monitor.core.errors import Problem

_SPACES = "\u00a0\u2000-\u200b\u202f\u205f\u2060\u3000\ufeff"
_QUOTES = "“”„‟«»‹›‘’‚‛＂＇"  # noqa: RUF001
_DASHES = "‐‑‒–—−"  # noqa: RUF001
_STRAIGHT = "type \" or '"
_ODD_SPACE = re.compile(rf"[ \t]*(?:- ?)?([{_SPACES}])|[ \t]*(?:- )?\w+(?::([{_SPACES}])|([{_SPACES}]+):)")
"""Before a key, or beside its colon."""
_ODD_DASH = re.compile(r"[ \t]*([–—•·‣]|\*(?=[ \t])|-(?=[^\s-]))")  # noqa: RUF001
_OPENING_QUOTE = re.compile(rf"(?<=[\s\[{{,:])[{_QUOTES}]")
_DOUBLE_QUOTES = "“”„‟«»「」『』《》〈〉｢｣＂"  # noqa: RUF001
_DOUBLE_QUOTE = re.compile(f"[{_DOUBLE_QUOTES}]")
_ANY_QUOTE = re.compile(rf"[{_QUOTES}]")
_LOOKALIKE = re.compile(rf"(?P<quote>^[{_QUOTES}]|[{_QUOTES}]$)|(?P<space>[{_SPACES}])|(?P<dash>[{_DASHES}])")


def find_lookalike(lines: Sequence[str], path: str) -> Problem | None:
    """Find a character that only looks like a space or hyphen, in the last two of these lines that are not empty."""
    written = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    for number, line in reversed(written[-2:]):
        if match := _ODD_SPACE.match(line):
            at = match.start(match.lastindex or 1)
            message = f"the character U+{ord(line[at]):04X} looks like a space but is not one; type a space instead"
        elif match := _ODD_DASH.match(line):
            at = match.start(1)
            message = f"an entry starts with '- ', a hyphen and a space, not with '{match[1]}'"
        else:
            continue
        return Problem(path, number, at + 1, "E001", message)
    return None


def find_curly_quote(lines: Sequence[str], line: int, column: int, path: str) -> Problem | None:
    """Find a curly quote that opens a text, in this line and before this column; both count from 0."""
    quotes = list(_OPENING_QUOTE.finditer(lines[line], 0, column))
    if not quotes:
        return None
    at = quotes[-1].start()
    message = f"{lines[line][at]} does not quote a text in YAML; {_STRAIGHT} around it"
    return Problem(path, line + 1, at + 1, "E001", message)


def mention_curly_quote(line: str) -> str:
    """Return a hint, after a comma, if there is a curly quote in the line of an error; else nothing."""
    match = _ANY_QUOTE.search(line)
    return f", and {match[0]} in column {match.start() + 1} is not a quote in YAML; {_STRAIGHT}" if match else ""


def has_unpaired_quote(text: str) -> bool:
    """Return True if a text begins or ends with a double quotation mark of print without a partner: “ « 「 《."""
    if text.isascii() or not (text[0] in _DOUBLE_QUOTES or text[-1] in _DOUBLE_QUOTES):
        return False
    quotes = _DOUBLE_QUOTE.findall(text)
    return len(quotes) % 2 == 1 and (text[0] == quotes[0] or text[-1] == quotes[-1])


def describe_lookalike(value: str) -> str:
    """Return a hint, after a semicolon, about the character that may be what is wrong with a value; else nothing."""
    match = _LOOKALIKE.search(value)
    if match is None:
        return ""
    if match["quote"]:
        return f"; {match[0]} is not a quote in YAML, {_STRAIGHT}"
    advice = "is not an ordinary space, type one or delete it" if match["space"] else "looks like a hyphen, type -"
    return f"; U+{ord(match[0]):04X} in it {advice}"
