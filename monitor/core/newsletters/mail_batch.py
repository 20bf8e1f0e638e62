"""Messages of a mailbox as the body of one response, which a connection reads and a worker parses.

A saved message (`.eml`) and a file of messages (mbox, RFC 4155) are read like a batch.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import NamedTuple

_MAGIC = b"policy-monitor mail batch 1\n"
_MBOX_LINE = re.compile(rb"^From [^\n]*\r?\n", re.MULTILINE)
_ESCAPED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)
_MESSAGE = re.compile(
    rb"(?:From [^\n]*\n)?(?:[!-9;-~]{1,76}:[^\n]*\n(?:[ \t][^\n]*\n){0,200}){0,100}?"
    rb"(?:From|Received|Return-Path|Message-ID|MIME-Version|DKIM-Signature|Delivered-To|Date):",
    re.IGNORECASE,
)
_EXAMINED_BYTES = 20_000


class StoredMail(NamedTuple):
    """A message as the mailbox has it."""

    raw: bytes
    received_at: datetime | None = None
    """When the mail server received it; None if unknown."""
    is_cut: bool = False
    """True if only the beginning of the message was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailBatch:
    """Messages that one poll reads."""

    messages: tuple[StoredMail, ...]
    position: str = ""
    """Where the next poll continues; empty for saved messages."""
    follows_last: bool = False
    """The messages are all that came after the last poll's, so that nothing can be missing between the two."""
    has_more: bool = False
    """True if there are more messages, which the next poll reads."""
    left_out: int = 0
    """Older messages of the mailbox that are not read."""
    note: str = ""
    """What was wrong with the mailbox, for the log."""
    is_plain: bool = False
    """The texts are read without parsing HTML."""

    def to_bytes(self) -> bytes:
        """Return the batch as the body of a response."""
        messages = [
            [len(each.raw), each.received_at.isoformat() if each.received_at else "", each.is_cut]
            for each in self.messages
        ]
        head = {each.name: getattr(self, each.name) for each in fields(self)} | {"messages": messages}
        return b"".join([_MAGIC, json.dumps(head).encode(), b"\n", *(each.raw for each in self.messages)])


def is_mail(body: bytes) -> bool:
    """Return True for a batch, a saved message, or a file of messages."""
    return body.startswith(_MAGIC) or bool(_MESSAGE.match(body[:_EXAMINED_BYTES].lstrip()))


def read_batch(body: bytes) -> MailBatch:
    """Read a batch, or saved messages."""
    if not body.startswith(_MAGIC):
        return MailBatch(messages=tuple(map(StoredMail, _split_mbox(body.lstrip()))))
    line, _, rest = body[len(_MAGIC) :].partition(b"\n")
    head = json.loads(line)
    messages, at = [], 0
    for size, received, is_cut in head.pop("messages"):
        when = datetime.fromisoformat(received) if received else None
        messages.append(StoredMail(rest[at : at + size], when, is_cut))
        at += size
    return MailBatch(messages=tuple(messages), **head)


def to_plain(body: bytes, reason: str) -> bytes | None:
    """Return a batch whose parsing failed as one to read without parsing HTML; None for one that was, or no batch.

    Anybody may send a message to a mailbox, and none may keep the others from being read.
    """
    batch = read_batch(body) if body.startswith(_MAGIC) else None
    if batch is None or batch.is_plain:
        return None
    note = f"{reason}: the messages are read as plain text"
    return replace(batch, is_plain=True, note="; ".join(filter(None, [batch.note, note]))).to_bytes()


def _split_mbox(body: bytes) -> list[bytes]:
    if not body.startswith(b"From "):
        return [body]
    lines = list(_MBOX_LINE.finditer(body))
    # A line `From ` within a text is escaped by most programs; a message begins after a blank line all the same.
    starts = [each for each in lines if each.start() == 0 or body.endswith((b"\n\n", b"\r\n\r\n"), 0, each.start())]
    ends = [*(each.start() for each in starts[1:]), len(body)]
    return [_ESCAPED_FROM.sub(rb"\1", body[each.end() : end]) for each, end in zip(starts, ends, strict=True)]
