"""What an edit did to an article: the paragraphs that came and those that went, in the order of the text.

A paragraph in which a comma was moved went and came: readers want the sentence, before and after, not the comma.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monitor.core.model import Article


@dataclass(frozen=True, slots=True)
class Edit:
    """One paragraph, or the title, that was taken out or put in."""

    mark: Literal["-", "+"]
    text: str


def between(before: Article, after: Article) -> tuple[Edit, ...]:
    """Tell what was taken out and what was put in, the title first."""
    return tuple(_edits(_paragraphs(before), _paragraphs(after)))


def _paragraphs(article: Article) -> list[str]:
    return [article.title, *article.text.split("\n\n")]


def _edits(before: list[str], after: list[str]) -> Iterator[Edit]:
    for kind, start, end, new_start, new_end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind != "equal":
            yield from (Edit("-", paragraph) for paragraph in before[start:end] if paragraph)
            yield from (Edit("+", paragraph) for paragraph in after[new_start:new_end] if paragraph)
