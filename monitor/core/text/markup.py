"""Makes plain text of what a feed carries as HTML, escaped HTML, or HTML escaped twice: titles, summaries, contents.

Pages are read by core.articles; here all is content, and short. Government feeds escape whole page templates into
their descriptions: they are decoded first and stripped then, until no tag is left, so that no class name trips a rule.
"""

from __future__ import annotations

import re

from monitor.core.text import tags as page_words

_TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9:-]*[\s/>]|<!--")
_BLANK_LINE = re.compile(r"\n\s*\n")
_PASSES = 4


def html_to_text(markup: str) -> str:
    """Return the words of a piece of HTML, its blocks parted by a blank line."""
    text = markup
    for _ in range(_PASSES):
        if _TAG.search(text):
            text = page_words.strip_tags(text)
        elif "&" in text:
            text = page_words.unescape(text)
        else:
            break
    if "\n" not in text:
        return " ".join(text.split())
    blocks = (" ".join(block.split()) for block in _BLANK_LINE.split(text))
    return "\n\n".join(block for block in blocks if block)


def html_to_line(markup: str) -> str:
    """Return the words of a piece of HTML on one line."""
    return " ".join(html_to_text(markup).split())
