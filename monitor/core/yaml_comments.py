"""Comments that may be meant as text: `AI #safety`, `[C#, AI #1]` and `AI # 1`, of which YAML drops what follows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

COMMENT = re.compile(r"(?<![ \t])(?:[ \t]+#[^\s#!][^\n,\]}]*| # \d+(?: [^\s#,\]}]+){0,2}[ \t]*(?=[\n,\]}]|\Z))")
"""A comment without a space after its #, or of a number and up to two words after a single space: `phase # 2 rollout`.

It may stand in a quoted text.
"""
_QUOTED_OR_COMMENT = re.compile(
    r"""(?<![^\s\[{,:])(?:"(?:[^"\\\n]|\\.)*+"|'(?:[^'\n]|'')*+'|(?P<comment>\#[^,\]}\n]*+)(?P<rest>.*+))"""
)
_CLOSING = re.compile(r"[\]}]")


class Comment(NamedTuple):
    """The beginning of a comment, up to a comma or bracket; line and column count from 0."""

    line: int
    column: int
    text: str


def find_comments(text: str) -> set[int]:
    """Return the indexes at which COMMENT matches; looks at each # only, where most texts have none."""
    found: set[int] = set()
    at = text.find("#")
    while at >= 0:
        start = at
        while start and text[start - 1] in " \t":
            start -= 1
        match = COMMENT.match(text, start)
        if match:
            found.add(start)
        at = text.find("#", match.end() if match else at + 1)
    return found


def find_hidden_bracket(lines: Sequence[str], numbers: Iterable[int]) -> Comment | None:
    """Find the first comment that holds a closing bracket in the lines of these numbers, which count from 0."""
    for number in numbers:
        match = _comment_of(lines[number])
        if match and _CLOSING.search(match["rest"]):
            return Comment(number, match.start("comment"), match["comment"].rstrip())
    return None


def comments_in_brackets(text: str, comments: Iterable[int]) -> dict[int, Comment]:
    """Return the comments in place of an entry, `[AI, #safety`, by the index of the #; some stand in quoted texts.

    `comments` are the indexes at which COMMENT matches.
    """
    after = {text.index("#", start) for start in comments if text[start - 1] in "[{,"}
    for signs in ("[#", "{#", ",#"):
        at = text.find(signs)
        while at >= 0:
            after.add(at + 1)
            at = text.find(signs, at + 1)
    found: dict[int, Comment] = {}
    line, counted_to, end = 0, 0, -1
    for at in sorted(after):
        if at < end:
            continue  # of a line that was looked at
        start, end = text.rfind("\n", 0, at) + 1, text.find("\n", at)
        end = len(text) if end < 0 else end
        line, counted_to = line + text.count("\n", counted_to, start), start
        match = _comment_of(text[start:end])
        if match and start + match.start("comment") in after and match["comment"][1:2].strip("#!"):
            found[start + match.start("comment")] = Comment(line, match.start("comment"), match["comment"].rstrip())
    return found


def _comment_of(line: str) -> re.Match[str] | None:
    return next((match for match in _QUOTED_OR_COMMENT.finditer(line) if match["comment"]), None)
