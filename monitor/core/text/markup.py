"""Converts HTML in feeds, also if it is escaped once or twice, into plain text: titles, summaries, contents.

Web pages are parsed by core.articles. Government feeds escape whole page templates into their descriptions, so the text
is decoded and stripped of tags in turns until no tag is left; otherwise a class name could match a rule.
"""

from __future__ import annotations

import re

from monitor.core.text import tags

_TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9:-]*[\s/>]|<!--")
_BLANK_LINE = re.compile(r"\n\s*\n")
_MAX_PASSES = 4


def html_to_text(markup: str) -> str:
    """Return the text of a piece of HTML, with a blank line between blocks."""
    text = markup
    for _ in range(_MAX_PASSES):
        if _TAG.search(text):
            text = tags.strip_tags(text)
        elif "&" in text:
            text = tags.unescape(text)
        else:
            break
    if "\n" not in text:
        return " ".join(text.split())
    blocks = (" ".join(block.split()) for block in _BLANK_LINE.split(text))
    return "\n\n".join(block for block in blocks if block)


def html_to_line(markup: str) -> str:
    """Return the text of a piece of HTML on one line."""
    return " ".join(html_to_text(markup).split())
