"""Makes the start of an XML document safe for the parser: UTF-8, and no entities that expand.

Entities may stand for a character or a short word; one that refers to others or to a file is removed, and its reference
stays in the text as written. A doctype inside a CDATA section is text and is left alone. The parsers' own protection
looks for declarations at the start of a line only, so it is not sufficient.
"""

from __future__ import annotations

import codecs
import re

from monitor.core.text import encodings

_DECLARED_ENCODING = re.compile(r"(<\?xml[^>]{0,200}?)(?<!\s)\s++encoding\s*=\s*[\"'][^\"']{0,40}[\"']")
_DOCTYPE = re.compile(rb"\A(?:\s|<\?[^>]*>|<!--(?s:.*?)-->|\xef\xbb\xbf)*+<!DOCTYPE\s*([\w.:-]*)", re.IGNORECASE)
_HARMLESS = re.compile(
    rb"<!ENTITY\s+([\w.-]{1,40})\s+(?:\"([^\"&%<]{0,40}|&#\w{1,8};)\"|'([^'&%<]{0,40}|&#\w{1,8};)')\s*>"
)
_MARKS = re.compile(rb"[\"'\[\]>]|<!--")
_WIDE = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)


def transcode_to_utf8(body: bytes, content_type: str) -> bytes | None:
    """Return the document in UTF-8 without encoding declaration; None if it is UTF-8 and declares nothing else."""
    wide = next((name for start, name in _WIDE if body.startswith(start)), None)
    is_utf8 = wide is None and encodings.is_whole_utf8(body, content_type)
    if is_utf8 and not encodings.declares_wrong_charset(body, content_type):
        return None
    text = body.decode(wide, "replace") if wide else encodings.decode(body, content_type)
    return _DECLARED_ENCODING.sub(r"\1", text.removeprefix("\ufeff"), count=1).encode("utf-8", "replace")


def strip_entities(body: bytes) -> bytes:
    """Remove entities from the doctype, except those that stand for at most 40 characters."""
    match = _DOCTYPE.match(body)
    if not match:
        return body
    end = _end(body, match.end())
    subset = body[match.end() : end]
    if b"[" not in subset:
        return body
    kept = b"".join(b'<!ENTITY %s "%s">\n' % (name, one or other) for name, one, other in _HARMLESS.findall(subset))
    start = body.rindex(b"<!", 0, match.end())
    doctype = b"<!DOCTYPE %s [\n%s]>" % (match[1] or b"rss", kept) if kept else b""
    if doctype and start and body[start - 1 : start] != b"\n":
        doctype = b"\n" + doctype  # feedparser misses one that is not on a line of its own
    return body[:start] + doctype + body[end:]


def _end(body: bytes, position: int) -> int:
    """Return the position after a doctype: after the first `>` outside of quotes and brackets."""
    depth = 0
    while mark := _MARKS.search(body, position):
        position = mark.end()
        match mark[0]:
            case b"[":
                depth += 1
            case b"]":
                depth -= 1
            case b">" if depth <= 0:
                return position
            case b'"' | b"'":
                position = body.find(mark[0], position) + 1 or len(body)
            case b"<!--":
                end = body.find(b"-->", position)
                position = end + 3 if end >= 0 else len(body)
            case _:
                pass
    return len(body)
