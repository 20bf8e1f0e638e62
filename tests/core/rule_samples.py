"""Short rule files: the keys that every rule needs are added, so that a test shows only its subject."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.core.matching.matcher import Matcher
from monitor.core.matching.rulebook import RuleBook
from monitor.core.model import Article, Match, Source
from monitor.core.rules import SourceFile, load

if TYPE_CHECKING:
    from monitor.core.errors import Problem

HEAD = """version: 1
rules:
- id: the-rule
  title: The rule
  topic: testing
  tests: [{hit: anything}, {miss: nothing}]
"""
"""The body of a rule goes on in line 7, column 3."""


def read(text: str, path: str = "r.yaml", **known: list[str]) -> tuple[RuleBook, list[Problem]]:
    """Read one file."""
    return load([SourceFile(path, text)], **known)


def lines(text: str, **known: list[str]) -> list[str]:
    """Read one file, and return its findings as lines."""
    return [str(problem) for problem in read(text, **known)[1]]


def body_lines(body: str, **known: list[str]) -> list[str]:
    """Read a file with one rule of this body."""
    return lines(HEAD + body, **known)


def book(text: str) -> RuleBook:
    """Read a file without errors."""
    made, problems = read(text)
    assert [str(problem) for problem in problems if problem.level == "error"] == []
    return made


def matcher(body: str, *, lists: str = "") -> Matcher:
    """Compile one rule of this body; `lists` is what stands under lists:, indented by two."""
    text = HEAD + body
    return Matcher(book(text.replace("rules:\n", f"lists:\n{lists}rules:\n", 1) if lists else text).rules)


def find(body: str, title: str = "", text: str = "", *, lists: str = "", lang: str = "en", **more: str) -> Match | None:
    """Return how one rule with this body matches an article; None if it does not."""
    source = Source(id=more.pop("source", ""), domain=more.pop("domain", ""))
    found = matcher(body, lists=lists).match(Article(title=title, text=text, language=lang, **more), source)
    return found[0] if found else None


def hits(body: str, title: str = "", text: str = "", *, lists: str = "", lang: str = "en", **more: str) -> bool:
    """Return True if one rule with this body matches an article."""
    return find(body, title, text, lists=lists, lang=lang, **more) is not None
