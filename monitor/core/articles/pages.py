"""What a publisher's bytes are, and the text they spell.

`kind` tells an HTML page from a PDF, from plain text, from what nobody can read; `decode` finds the encoding.
It refuses nothing: undecodable bytes become U+FFFD. Its one surprise: a declared charset is believed only when the
bytes are not valid UTF-8, because a wrong declaration is common and text that happens to be valid UTF-8 is not.
"""

from __future__ import annotations

import codecs
import re
from typing import Literal

Kind = Literal["html", "pdf", "text", "empty", "other"]

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Browsers read these labels as the larger set (WHATWG Encoding standard, section 4.2); Python reads them strictly.
_LARGER = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "tis-620": "cp874",
}
_ESCAPED = ("iso2022", "hz", "utf-7")  # encodings whose bytes are all ASCII and so look like UTF-8
_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
_META_CHARSET = re.compile(
    rb"<(?:meta|\?xml)[^>]{0,300}?(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE
)
_TEXT_TYPES = ("text/plain", "text/markdown")
_HTML_TYPES = ("text/html", "application/xhtml+xml", "application/xml", "text/xml")
_LOOKS_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|article|main|div|p|meta|title)\b", re.IGNORECASE)
_HEAD = 4096
_GARBLED_SHARE = 1 / 500  # more undecodable characters than this, and the declared charset is not the one in use


def kind(page: bytes, content_type: str) -> Kind:
    """Tell what a page is; the bytes are believed before the header."""
    head = page[:_HEAD].lstrip()
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


def decode(page: bytes, content_type: str = "") -> str:
    """Read bytes as text: byte order mark, UTF-8, the header's charset, the page's own, then a guess."""
    for mark, name in _BOMS:
        if page.startswith(mark):
            return page.decode(name, errors="replace")
    declared = _declared(page, content_type)
    if not declared or not declared[0].startswith(_ESCAPED):
        try:
            return page.decode("utf-8")
        except UnicodeDecodeError:
            pass
    return _decode_by_name(page, declared)


def _declared(page: bytes, content_type: str) -> list[str]:
    """Name the codecs that the header and the page declare, as Python knows them, in that order."""
    labels = _CHARSET.findall(content_type)[:1]
    labels += [label.decode("ascii") for label in _META_CHARSET.findall(page[:_HEAD])[:1]]
    return [name for label in labels if (name := _codec(label))]


def _codec(label: str) -> str:
    try:
        name = codecs.lookup(label.replace("windows-31j", "cp932").replace("x-sjis", "cp932")).name
    except LookupError:
        return ""
    return _LARGER.get(name, name)


def _decode_by_name(page: bytes, declared: list[str]) -> str:
    for name in declared:
        text = _try(page, name)
        if text is not None:
            return text
    return _guess(page)


def _try(page: bytes, name: str) -> str | None:
    """Decode, or None when the result is so garbled that the name must be wrong."""
    try:
        text = page.decode(name, errors="replace")
    except (UnicodeError, LookupError, ValueError):  # codecs that are no text encodings (`hex`) say so only here
        return None
    return text if text.count("\ufffd") <= len(text) * _GARBLED_SHARE else None


def _guess(page: bytes) -> str:
    """Guess from the words that are not ASCII: markup would drown them and costs time."""
    from charset_normalizer import from_bytes  # slow to import and seldom needed

    sample = b" ".join(re.findall(rb"[\w ,.-]{0,40}[\x80-\xff][\x80-\xff\w ,.-]{0,60}", page)[:200])[:8000]
    best = from_bytes(sample).best()
    for name in (best.encoding if best else "cp1252", "utf-8", "cp1252"):
        text = _try(page, _LARGER.get(name, name))
        if text is not None:
            return text
    return page.decode("cp1252", errors="replace")
