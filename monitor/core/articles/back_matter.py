"""Removes what follows an article: other articles, newsletters, comments, notes on the author.

It is recognized by its heading, near the end of a text only: further up, the same words are headings of the article.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from monitor.core.articles.announcements import HEADINGS, READ_ALSO
from monitor.core.articles.page_blocks import Block

_MAX_BACK_MATTER_HEADING_CHARS = 80
"""A longer line is no heading of back matter."""
_MAX_SHARE_AFTER, _MAX_SHARE_AFTER_PLAIN = 0.12, 0.1
"""Share of the text that may follow such a heading, and such a heading that is set as a paragraph."""
_PHRASES = re.compile(
    r"""[\W\d_]*(?:
    (?:related|recommended|suggested|other|similar|latest|recent|featured|popular|trending|more|read)\s
      (?:(?:\w+\s){0,2})?(?:articles?|posts?|stories|story|news|reading|reads|content|topics|resources|links|coverage
      |publications|insights|blogs?|videos|guides|reports)\b.{0,30}
    |recommended\sfor\syou|trending(?:\snow)?|most\s(?:read|popular|viewed)\b.{0,20}|more\s(?:from|like)\b.+
    |(?:you\s(?:may|might|could)\salso|we\s(?:also\s)?recommend)\b.*
    |what\sto\sread\snext|up\snext|read\sthis\snext|further\sreading
    |about\s(?:the|our)\s(?:authors?|writers?|editors?|reviewers?|company)|(?:the\s)?authors?(?:\sbio)?|written\sby\b.{0,40}
    |meet\s(?:the|our)\s(?:authors?|writers?|experts?|team|testers).*
    |(?:join|get|subscribe|sign\sup)\b.{0,40}(?:newsletter|updates|mailing\slist|inbox)\b.*|subscribe|newsletters?
    |comments?|(?:\d+\s)?(?:comments?|responses?|thoughts)(?:\son\b.*)?|leave\sa\s(?:reply|comment)\b.*|join\sthe\s\w+\s?
    |"""
    + READ_ALSO
    + "|"
    + HEADINGS
    + r"""
    )[\s:\u2026.!?\uff1a\u2193\u00bb>-]*""",
    re.IGNORECASE | re.VERBOSE,
)


def remove_back_matter(blocks: Sequence[Block]) -> list[Block]:
    """Return the blocks up to the first heading that announces what is not the article, near the end of the text."""
    total = sum(len(block.text) for block in blocks)
    kept = len(blocks)
    length = 0
    for index in range(len(blocks) - 1, -1, -1):
        block = blocks[index]
        length += len(block.text)
        if length > _MAX_SHARE_AFTER * total:
            break
        if (block.is_heading or length <= _MAX_SHARE_AFTER_PLAIN * total) and is_announcement(block):
            kept = index
    return list(blocks[:kept])


def is_announcement(block: Block) -> bool:
    """Return True for a heading, or a paragraph like one, that announces what is not the article."""
    if len(block.text) > _MAX_BACK_MATTER_HEADING_CHARS or block.tag in {"li", "tr"}:
        return False
    return _PHRASES.fullmatch(block.text) is not None
