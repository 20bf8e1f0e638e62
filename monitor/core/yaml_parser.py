"""Parses a YAML file into a tree of plain values with their positions.

Scalars stay text (`no`, `12:30` and `010` are what the analyst typed), duplicate keys, anchors, aliases and tags are
problems, and a hostile file (1 MB, 100 levels, 100,000 values) is refused with one line. `safe_load` is not
used, because it would turn the country code NO into False and keep only the last of two equal keys.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import yaml

from monitor.core.errors import Problem
from monitor.core.yaml_comments import COMMENT, Comment, comments_in_brackets, find_comments
from monitor.core.yaml_errors import (
    MAX_YAML_DEPTH,
    explain_character_error,
    explain_yaml_error,
    find_conflict,
    shorten_quotation,
)
from monitor.core.yaml_nodes import MappingNode, Mark, Node, ScalarNode, SequenceNode

MAX_YAML_BYTES = 1_000_000
MAX_YAML_VALUES = 100_000
_ENTRY = re.compile(r"\n[ \t]*(?=-[ \t])")
_DIRECTIVE = re.compile(r"\A(?:[^\S\n]*+(?:#.*+)?\n)*+(?P<mark>%)")
"""Directives, which stand before a document only and are refused: the parser takes quadratic time over many of them."""
_Event = Any  # what the parser yields is not typed
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def parse_yaml(text: str, path: str) -> tuple[Node | None, list[Problem]]:
    """Read one document; None with problems when it cannot be used, None without for an empty file."""
    if problem := _find_refused_text(text, path):
        return None, [problem]
    try:
        return _build_tree(text, path)
    except _RefusedError as refused:
        return None, [refused.problem]
    except yaml.MarkedYAMLError as error:
        return None, [explain_yaml_error(error, text, path)]
    except (yaml.YAMLError, ValueError) as error:
        return None, [explain_character_error(error, text, path)]


def _find_refused_text(text: str, path: str) -> Problem | None:
    """Find what is refused before the file is parsed: too much text, a directive, a conflict that git has marked."""
    if len(text) > MAX_YAML_BYTES or len(text.encode("utf-8", "replace")) > MAX_YAML_BYTES:
        return Problem(path, 0, 0, "E001", f"file is larger than {MAX_YAML_BYTES // 1_000_000} MB; split it")
    if directive := _DIRECTIVE.search(text):
        line = text.count("\n", 0, directive.start("mark")) + 1
        return Problem(path, line, 1, "E001", "a line that starts with %; quote a term that starts with %")
    return find_conflict(text, path)


def _build_tree(text: str, path: str) -> tuple[Node | None, list[Problem]]:
    """Build the tree from the events of the loader itself; `yaml.parse` checks before each whether there is one."""
    loader = _LOADER(text)
    try:
        return _TreeBuilder(path, text, loader.get_event).build()
    finally:
        loader.dispose()


class _RefusedError(Exception):
    """Parsing stops at this problem."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.message)


class _TreeBuilder:
    """Builds the tree from the parser's events, so that nothing dangerous is ever composed."""

    def __init__(self, path: str, text: str, next_event: Callable[[], _Event]) -> None:
        self.path = path
        self._next_event = next_event
        self._text = text
        self._comments = find_comments(text)
        self._in_brackets = comments_in_brackets(text, self._comments)
        self.problems: list[Problem] = []
        self.forbidden = False
        self._values = self._documents = 0

    def build(self) -> tuple[Node | None, list[Problem]]:
        """Read all events; the tree is None where anchors, aliases or tags were met."""
        root: Node | None = None
        while not isinstance(event := self._next_event(), yaml.StreamEndEvent):
            if isinstance(event, yaml.DocumentStartEvent):
                self._documents += 1
                if self._documents > 1:
                    message = "a second document ('---') in one file; make it a file of its own"
                    raise _RefusedError(self._mark(event).problem("E001", message))
            elif isinstance(event, yaml.NodeEvent):
                root = self._node(event, 1)
        for comment in self._in_brackets.values():
            self._warn_of_comment(comment)
        return (None if self.forbidden else root), self.problems

    def _node(self, event: _Event, depth: int) -> Node:
        mark = self._mark(event)
        self._values += 1
        if depth > MAX_YAML_DEPTH:
            raise _RefusedError(mark.problem("E001", f"nested more than {MAX_YAML_DEPTH} levels deep"))
        if self._values > MAX_YAML_VALUES:
            raise _RefusedError(mark.problem("E001", f"more than {MAX_YAML_VALUES} values in one file; split it"))
        kind = type(event)
        if event.anchor or kind is yaml.AliasEvent or event.tag:
            self._forbid(event, mark)
        if kind is yaml.ScalarEvent:
            return self._scalar(event, mark)
        if kind is yaml.SequenceStartEvent:
            return SequenceNode(tuple(self._entries(depth)), mark)
        if kind is yaml.MappingStartEvent:
            return self._tree(depth, mark)
        return ScalarNode("", mark)

    def _scalar(self, event: _Event, mark: Mark) -> ScalarNode:
        text, style, end = event.value, event.style, event.end_mark
        lines = end.line - mark.line + 2
        if self._in_brackets:  # those within a text are no comments
            for index in range(event.start_mark.index, end.index):
                self._in_brackets.pop(index, None)
        if style:
            return ScalarNode(text, mark, style, lines, self._indent(event) if style in "|>" else 0)
        if end.index in self._comments and text:
            self._report_comment_after(end)
        return ScalarNode(text, mark, "", lines, 0, self._find_dash(event) if lines > 1 else None)

    def _report_comment_after(self, end: _Event) -> None:
        """Report the comment that follows the end of a text, of which `end` is the mark."""
        if comment := COMMENT.match(self._text, end.index):
            space = comment[0].index("#")
            self._in_brackets.pop(end.index + space, None)
            self._warn_of_comment(Comment(end.line, end.column + space, comment[0].strip()))

    def _warn_of_comment(self, comment: Comment) -> None:
        """Report `AI #safety`, which YAML reads as `AI`."""
        lost = shorten_quotation(comment.text)
        is_spaced = comment.text.startswith("# ")
        remedy = "two spaces before its #" if is_spaced else "a space after #"
        message = f"'{lost}' is a comment to YAML; quote the text to keep it, or put {remedy} if it is one"
        self.problems.append(Mark(self.path, comment.line + 1, comment.column + 1).warning("W117", message))

    def _find_dash(self, event: _Event) -> Mark | None:
        match = _ENTRY.search(self._text, event.start_mark.index, event.end_mark.index)
        if match is None:
            return None
        dash = match.end()
        line = self._text.count("\n", 0, dash) + 1
        return Mark(self.path, line, dash - self._text.rfind("\n", 0, dash))

    def _indent(self, event: _Event) -> int:
        """Find how far a block is indented: what its first line of text has before it."""
        start = self._text.find("\n", event.start_mark.index) + 1
        lines = self._text[start : event.end_mark.index].split("\n")
        return next((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), 0)

    def _entries(self, depth: int) -> list[Node]:
        entries: list[Node] = []
        while not isinstance(event := self._next_event(), yaml.CollectionEndEvent):
            entries.append(self._node(event, depth + 1))
        return entries

    def _tree(self, depth: int, mark: Mark) -> MappingNode:
        entries: dict[str, Node] = {}
        keys: dict[str, Mark] = {}
        while not isinstance(event := self._next_event(), yaml.CollectionEndEvent):
            key, value = self._node(event, depth + 1), self._node(self._next_event(), depth + 1)
            if not isinstance(key, ScalarNode):
                self.problems.append(
                    key.mark.problem("E001", "a key must be plain text; quote values that hold { or [")
                )
            elif key.text in entries:
                message = f"duplicate key '{shorten_quotation(key.text)}' (YAML would silently keep only the last)"
                hint = "; of several entries, start each with '- id:'" if key.text == "id" else ""
                self.problems.append(key.mark.problem("E003", message + hint))
            else:
                entries[key.text] = value
                keys[key.text] = key.mark
        return MappingNode(entries, mark, keys)

    def _forbid(self, event: _Event, mark: Mark) -> None:
        self.forbidden = True
        if isinstance(event, yaml.AliasEvent):
            message = (
                f"alias '*{shorten_quotation(event.anchor or '')}' is not allowed; quote a term that starts with *"
            )
        elif event.anchor:
            message = f"anchor '&{shorten_quotation(event.anchor)}' is not allowed; quote a term that starts with &"
        else:
            message = f"tag '{shorten_quotation(event.tag)}' is not allowed; quote a term that starts with !"
        self.problems.append(mark.problem("E001", message))

    def _mark(self, event: _Event) -> Mark:
        start = event.start_mark
        return Mark(self.path, start.line + 1, start.column + 1)
