"""Takes a message of e-mail apart: its headers, and its texts in HTML and plain (RFC 5322, RFC 2045 to 2047).

Written here, because the standard library's parser recurses as deep as a message nests, raises errors of many types,
and has no limits. Sizes, depth and the number of parts are bounded; a message that is broken or cut short gives what
can be read of it.
"""

from __future__ import annotations

import binascii
import quopri
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from html import escape

from monitor.core.text.encodings import decode

MAX_HEADER_BYTES = 256_000
"""Bytes of the headers of a message, or of a part, that are read."""
MAX_HEADER_CHARS = 4_000
"""Characters of a header that are read; RFC 5322 allows 998 in a line."""
MAX_PART_DEPTH = 8
"""Multiparts within each other that are opened."""
MAX_PARTS = 200
"""Parts of a message that are read."""
_HEADERS_END = re.compile(rb"\r?\n\r?\n")
_LINE_END = re.compile(r"\r\n|\n|\r")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")


@dataclass(frozen=True, slots=True, kw_only=True)
class MailMessage:
    """A message taken apart."""

    headers: Mapping[str, str] = field(default_factory=dict)
    """Headers by name in lower case, decoded, on one line; the first of each name."""
    html: str = ""
    """All parts of the message in HTML, one after the other; with those of messages attached to it, each after its
    subject, and in plain text if it has no HTML."""
    text: str = ""
    """All parts of the message in plain text, with those of messages attached to it."""


@dataclass(slots=True)
class _Body:
    """The texts of a message before, between or after those that are attached to it, or of an attached one."""

    subject: str = ""
    html: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)

    def as_html(self) -> list[str]:
        if not self.html:
            return [f"<p>{escape(part)}</p>".replace("\n", "<br>") for part in self.as_text()]
        return [f"<p>{escape(self.subject)}</p>", *self.html] if self.subject else self.html

    def as_text(self) -> list[str]:
        return [self.subject, *self.text] if self.subject else self.text


@dataclass(slots=True)
class _Parts:
    """The texts found so far."""

    bodies: list[_Body]
    number: int = 0


def read_message(raw: bytes) -> MailMessage:
    """Take a message apart. Does not fail: what cannot be read is left out."""
    headers, body = _split_headers(raw)
    message_parts = _Parts([_Body()])
    _collect(headers, body, message_parts, 0)
    bodies = message_parts.bodies
    has_html = any(each.html for each in bodies)
    return MailMessage(
        headers={name: decode_words(value) for name, value in headers.items()},
        html="\n<hr>\n".join(part for each in bodies for part in each.as_html()) if has_html else "",
        text="\n\n".join(part for each in bodies for part in each.as_text()),
    )


def decode_words(value: str) -> str:
    """Decode the encoded words of a header (RFC 2047); what is not valid stays as it is."""
    if "=?" not in value:
        return value
    try:
        chunks = decode_header(value)
    except (HeaderParseError, ValueError, binascii.Error):
        return value
    return "".join(
        chunk if isinstance(chunk, str) else decode(chunk, f"text/plain; charset={charset or 'utf-8'}")
        for chunk, charset in chunks
    )


def _split_headers(raw: bytes) -> tuple[dict[str, str], bytes]:
    """Return the headers, undecoded and unfolded, and what follows them."""
    if raw.startswith((b"\n", b"\r\n")):
        return {}, raw.lstrip(b"\r\n")
    end = _HEADERS_END.search(raw[:MAX_HEADER_BYTES])
    head, body = (raw[: end.start()], raw[end.end() :]) if end else (raw[:MAX_HEADER_BYTES], raw[MAX_HEADER_BYTES:])
    headers: dict[str, str] = {}
    name = ""
    for line in _LINE_END.split(decode(head, "text/plain")):
        if line[:1] in {" ", "\t"}:
            if name and len(headers[name]) < MAX_HEADER_CHARS:
                headers[name] = f"{headers[name]} {line.strip()}"[:MAX_HEADER_CHARS]
            continue
        key, colon, value = line.partition(":")
        name = key.strip().lower() if colon and key.strip() and key.strip().lower() not in headers else ""
        if name:
            headers[name] = value.strip()[:MAX_HEADER_CHARS]
    return headers, body


def _collect(headers: Mapping[str, str], body: bytes, message_parts: _Parts, depth: int) -> None:
    """Add the texts of a message or part."""
    message_parts.number += 1
    kind = _content_type(headers)
    is_message = kind.get_content_type() == "message/rfc822"
    is_attached = headers.get("content-disposition", "").lower().startswith("attachment")
    if message_parts.number > MAX_PARTS or (is_attached and not is_message):
        return
    main, boundary = kind.get_content_maintype(), kind.get_boundary()
    if main == "multipart" and boundary and depth < MAX_PART_DEPTH:
        parts = list(_split_parts(body, boundary.encode("utf-8", "replace")))
        for part in parts or [b"\n" + body]:
            _collect(*_split_headers(part), message_parts, depth + 1)
    elif is_message and depth < MAX_PART_DEPTH:
        attached, rest = _split_headers(_decode_body(headers, body))
        message_parts.bodies.append(_Body(decode_words(attached.get("subject", ""))))
        _collect(attached, rest, message_parts, depth + 1)
        message_parts.bodies.append(_Body())  # for the parts that follow: they are not of the attached message
    elif kind.get_content_type() == "text/html":
        html = decode(_decode_body(headers, body), f"text/html; charset={_charset(kind)}")
        message_parts.bodies[-1].html.append(html)
    elif kind.get_content_type() == "text/plain" or (main == "multipart" and not boundary):
        text = decode(_decode_body(headers, body), f"text/plain; charset={_charset(kind)}")
        message_parts.bodies[-1].text.append(text)


def _content_type(headers: Mapping[str, str]) -> Message:
    """Parse Content-Type with the standard library, which reads all forms of its parameters (RFC 2231)."""
    message = Message()
    message["Content-Type"] = headers.get("content-type", "") or "text/plain"
    return message


def _charset(kind: Message) -> str:
    try:
        return re.sub(r"[^\w.:-]", "", kind.get_content_charset() or "")[:40]
    except (LookupError, UnicodeError, ValueError):
        return ""


def _split_parts(body: bytes, boundary: bytes) -> Iterator[bytes]:
    """Yield the parts between the delimiters; the last one reaches to the end if that is missing."""
    line = re.compile(rb"^--" + re.escape(boundary) + rb"(--)?[ \t]*\r?$\n?", re.MULTILINE)
    start = -1
    for delimiter in line.finditer(body):
        if start >= 0:
            yield body[start : delimiter.start()].removesuffix(b"\n").removesuffix(b"\r")
        start = -1 if delimiter[1] else delimiter.end()
    if start >= 0:
        yield body[start:]


def _decode_body(headers: Mapping[str, str], body: bytes) -> bytes:
    coding = headers.get("content-transfer-encoding", "").strip().lower()
    if coding == "quoted-printable":
        return quopri.decodestring(body)
    if coding == "base64":
        plain = _NOT_BASE64.sub(b"", body)
        return binascii.a2b_base64(plain[: len(plain) // 4 * 4] + _last_quantum(plain[len(plain) // 4 * 4 :]))
    return body


def _last_quantum(rest: bytes) -> bytes:
    """Return the padded last characters of base64; one alone holds no byte."""
    return rest + b"=" * (4 - len(rest)) if len(rest) > 1 else b""
