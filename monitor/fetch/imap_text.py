"""Texts of IMAP: days, arguments and names of folders as commands write them, and replies as messages show them."""

from __future__ import annotations

import base64
import re
from datetime import date

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def imap_date(day: date) -> str:
    """Return a day as a search writes it, which is independent of the system's language."""
    return f"{day.day}-{_MONTHS[day.month - 1]}-{day.year}"


def quoted_string(text: str) -> str:
    """Return a text, which must have no line break, as an argument of a command."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def modified_utf7(name: str) -> str:
    """Encode the name of a folder (RFC 3501, 5.1.3)."""
    return re.sub(r"[^\x20-\x7e]+", _packed, name.replace("&", "&-"))


def _packed(match: re.Match[str]) -> str:
    encoded = base64.b64encode(match[0].encode("utf-16-be"), altchars=b"+,")
    return f"&{encoded.decode().rstrip('=')}-"


def reply_text(raw: bytes) -> str:
    """Return a reply of a server as one short line."""
    text = raw.decode("utf-8", "replace")
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:160]
