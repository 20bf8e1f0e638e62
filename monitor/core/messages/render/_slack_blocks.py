"""The bodies of Slack messages in Block Kit, within Slack's limits, and text escaped for them.

Limits per message: 50 blocks, 3,000 characters per section and about 13,000 in all (undocumented). All text is escaped
and sent as `verbatim`, so that nothing in it becomes a mention, a channel or a link. Slack has no escape for its
formatting characters, so those in the text of publishers are replaced by look-alikes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

MAX_SLACK_BLOCKS = 48
MAX_SECTION_CHARS = 2_900
MAX_SLACK_LINK_CHARS = 1_000
MAX_MESSAGE_CHARS = 11_500
"""Characters of all blocks of a message as JSON, with a margin for what Slack counts besides."""
_LOOK_ALIKES = str.maketrans({"*": "\u2217", "`": "\u02cb", "~": "\u223c"})
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_LINK_ESCAPES = str.maketrans({"*": "%2A", "`": "%60", "~": "%7E", "&": "&amp;"})


def slack_body(title: str, lines: Iterable[str]) -> dict[str, Any]:
    """Render plain lines, such as those of a notice, as one message body."""
    return message_body(
        escape(title), [f"*{escape(title)}*", *(escape(line)[:MAX_SECTION_CHARS] for line in lines if line)]
    )


def with_slack_note(body: dict[str, Any], note: str) -> dict[str, Any]:
    """Add a line of small text at the top of a message body."""
    block = {"type": "context", "elements": [{"type": "plain_text", "text": note}]}
    return {**body, "blocks": [block, *body["blocks"]], "fallback": f"{note}\n\n{body['fallback']}"}


def escape(text: str) -> str:
    """Escape a text so that Slack shows it unchanged and without formatting."""
    return text.translate(_LOOK_ALIKES).translate(_ESCAPES)


def link(url: str, label: str) -> str:
    """Link an escaped label; returns the label alone without an address, or if the address would fill the section."""
    target = url.translate(_LINK_ESCAPES)
    return f"<{target}|{label}>" if 0 < len(target) <= MAX_SLACK_LINK_CHARS else label


def message_body(title: str, sections: Sequence[str]) -> dict[str, Any]:
    """Make the body of a message from Slack's markup: its notification text and its sections."""
    from slack_sdk.models.blocks import MarkdownTextObject, SectionBlock

    blocks = [SectionBlock(text=MarkdownTextObject(text=section, verbatim=True)).to_dict() for section in sections]
    return {
        "text": title,
        "blocks": blocks,
        "fallback": "\n\n".join(sections),
        "unfurl_links": False,
        "unfurl_media": False,
    }


def split_sections(sections: Iterable[str], *, reserved: Sequence[str] = ()) -> Iterator[list[str]]:
    """Split the sections into messages; each section stays whole.

    `reserved`: sections added to the first message, which then holds fewer stories.
    """
    message: list[str] = []
    size, blocks = sum(map(_size, reserved)), len(reserved)
    for section in sections:
        added = _size(section)
        if message and (len(message) + blocks >= MAX_SLACK_BLOCKS or size + added > MAX_MESSAGE_CHARS):
            yield message
            message, size, blocks = [], 0, 0
        message.append(section)
        size += added
    yield message


def _size(section: str) -> int:
    """Estimate the characters of a section as JSON, including its block."""
    return len(section) + section.count("\n") + section.count('"') + 90
