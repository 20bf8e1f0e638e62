"""Detects the kind of a fetched page: HTML, PDF, plain text, or unsupported."""

from __future__ import annotations

import re
from typing import Literal

Kind = Literal["html", "pdf", "text", "empty", "other"]

_TEXT_TYPES = ("text/plain", "text/markdown")
_HTML_TYPES = ("text/html", "application/xhtml+xml", "application/xml", "text/xml")
_LOOKS_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|article|main|div|p|meta|title)\b", re.IGNORECASE)
_EXAMINED_BYTES = 4096  # bytes that are examined


def detect_kind(page: bytes, content_type: str) -> Kind:
    """Return the kind of a page; its first bytes take precedence over the Content-Type header."""
    head = page[:_EXAMINED_BYTES].lstrip()
    media = content_type.partition(";")[0].strip().lower()
    if not page.strip():
        return "empty"
    if head.startswith(b"%PDF-"):
        return "pdf"
    if media in _HTML_TYPES or _LOOKS_HTML.search(head) or (not media and head.startswith(b"<")):
        return "html"
    if media in _TEXT_TYPES or (not media and b"\0" not in head):
        return "text"
    return "other"
