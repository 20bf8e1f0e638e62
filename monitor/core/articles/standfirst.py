"""What a feed says of an article and the text of its page does not: often its standfirst, which pages print apart.

It is put above the text, so that what either says is found by rules and seen by readers. What only wraps the title into
a line (`The post ... appeared first on ...`) says nothing, and is left out.
"""

from __future__ import annotations

import re

from monitor.core.text.sentences import sentences

_WORD = re.compile(r"\w+")
_WRAPPING = 10
"""Words around a title that make a line of it."""


def above(summary: str, text: str, title: str) -> str:
    """Return a text with those sentences of the summary above it that it does not have itself."""
    lead = missing(summary, text, title)
    return f"{lead}\n\n{text}" if lead else text


def missing(summary: str, text: str, title: str) -> str:
    """Return the sentences of a summary, in its paragraphs, that stand neither in the text nor in the title."""
    if not summary or summary in title or summary in text:
        return ""
    spoken, named = _plain(text), _plain(title)
    paragraphs = (_left_of(paragraph, spoken, named) for paragraph in summary.split("\n\n"))
    return "\n\n".join(filter(None, paragraphs))


def _left_of(paragraph: str, spoken: str, named: str) -> str:
    places = sentences(paragraph)
    left = [place for place in places if _is_new(_plain(paragraph[slice(*place)]), spoken, named)]
    return paragraph if left == places else " ".join(paragraph[slice(*place)] for place in left)


def _is_new(sentence: str, spoken: str, named: str) -> bool:
    """Tell whether a sentence is one of its own; one that was broken off stands where its beginning does."""
    if not sentence or sentence in named or sentence in spoken:
        return False
    return not named or named not in sentence or sentence.count(" ") - named.count(" ") > _WRAPPING


def _plain(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))
