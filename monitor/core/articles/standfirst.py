"""What a feed says of an article and the text of its page does not: often its standfirst, which pages print apart.

It is put above the text, so that what either says is found by rules and seen by readers. What only wraps the title into
a line (`The post ... appeared first on ...`) says nothing, and is left out.
"""

from __future__ import annotations

import re
from unicodedata import normalize

from monitor.core.text.sentences import sentences

_WORD = re.compile(r"\w+")
_WRAPPING, _TIMES = 10, 3
"""Words around a title that make a line of it: ten at most, and three for each word of the title after its first."""
_MORE = re.compile(
    r"[\s.…\[\]]*\b(?:continue reading|read (?:more|on|the (?:full|whole|rest)\b[^.]{0,40})"
    r"|weiterlesen|mehr lesen|lire la suite|leer más|seguir leyendo|leia mais|continua a leggere)[\s.…»→\[\]]*\Z",
    re.IGNORECASE,
)
"""Where a feed broke off and says how to go on."""
_BROKEN_OFF = ("…", "...", "]")


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
    text = _MORE.sub("…", paragraph)
    places = sentences(text)
    left = [place for place in places if _is_new(text[slice(*place)], spoken, named)]
    return text if left == places else " ".join(text[slice(*place)] for place in left)


def _is_new(sentence: str, spoken: str, named: str) -> bool:
    """Tell whether a sentence is one of its own; one that was broken off stands where its beginning does."""
    said = _plain(sentence)
    whole = said.rstrip() if sentence.endswith(_BROKEN_OFF) else said
    if not said.strip() or whole in named or whole in spoken:
        return False
    words = named.count(" ") - 1
    around = said.count(" ") - 1 - words
    return not (words > 0 and named in said and around <= min(_WRAPPING, _TIMES * (words - 1)))


def _plain(text: str) -> str:
    """Give the words of a text, each between two spaces."""
    return f" {' '.join(_WORD.findall(normalize('NFKC', text).casefold()))} "
