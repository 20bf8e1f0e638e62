"""Decodes the bytes of feeds and pages, whatever encoding they use or declare.

Decoding does not fail: undecodable bytes become U+FFFD. A declared charset is used only if the bytes are not UTF-8,
because a wrong declaration is common and text that happens to be valid UTF-8 is not. A few truncated characters are
tolerated in UTF-8.
"""

from __future__ import annotations

import codecs
import re
from itertools import accumulate

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Browsers read these labels as the larger set (WHATWG Encoding standard, section 4.2); Python reads them strictly.
_SUPERSETS = {
    "ascii": "cp1252", "iso8859-1": "cp1252", "iso8859-9": "cp1254", "gb2312": "gb18030", "gbk": "gb18030",
    "shift_jis": "cp932", "euc_kr": "cp949", "big5": "big5hkscs", "tis-620": "cp874",
}  # fmt: skip
_ASCII_ONLY_ENCODINGS = ("iso2022", "hz", "utf-7")  # encodings whose bytes are all ASCII and so look like UTF-8
_ASCII_SAMPLE = b"<?xml version=1>"
_CHARSET = re.compile(r"charset\s*+=\s*+[\"']?\s*+([\w.:-]{2,40})", re.IGNORECASE)
_META_CHARSET = re.compile(
    rb"<(?:meta|\?xml)[^>]{0,300}?(?:charset|encoding)\s*+=\s*+[\"']?\s*+([\w.:-]{2,40})", re.IGNORECASE
)
_EXAMINED_BYTES = 4096
"""First bytes of a document in which its charset may be declared."""
_MAX_UNDECODABLE_SHARE = 1 / 500  # with more undecodable characters, the declared charset is not the one in use
_BINARY_SIGNS = re.compile("[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f\ufffd]")
"""Control characters that no text holds (ESC stands in coloured output), and what could not be decoded."""
_MAX_BINARY_SHARE = 1 / 20
"""Share of control characters above which a document is not text."""
_NON_ASCII_RUN = re.compile(rb"[\x80-\xff]+")
_MIN_RUN_BYTES = 3
"""Non-ASCII bytes in a row that words in Latin script do not have."""
_SYMBOL_IN_WORD = re.compile(
    "(?<=[^\\W\\d_])(?:[\xa2\xa4-\xa6\xa8\xac\xaf\xb1\xb4-\xb6\xb8\xb9\xbc-\xbe\xd7\xf7]|[\xb2\xb3](?=[^\\W\\d_]))"
)
"""Symbols inside words: if there are many, the text is not windows-1252 but, say, Polish or Turkish."""
_CZECH = frozenset("\xf8\xec")  # Czech r and e with caron, read as windows-1252
_AROUND_NON_ASCII = re.compile(rb"[\w ,.-]{0,40}[\x80-\xff][^<>\"'&\r\n\t]{0,2000}")
_NEVER_GUESSED = ["utf_16", "utf_16_be", "utf_16_le", "utf_32", "utf_32_be", "utf_32_le"]
"""Encodings that are recognized by their byte order mark, or by the zero bytes in their markup."""
_MAX_PIECES, _MAX_SAMPLE_BYTES = 200, 8_000
"""Passages with non-ASCII characters, and bytes of them, by which a charset is guessed."""
_KANA = re.compile("[\u3040-\u30ff]")


def decode(data: bytes, content_type: str = "") -> str:
    """Decode bytes: by byte order mark, else as UTF-8, by the charset of the header or the document, or by a guess."""
    for mark, name in _BOMS:
        if data.startswith(mark):
            return data.decode(name, errors="replace")
    declared = _declared_codecs(data, content_type)
    if not _declares_ascii_encoding(declared):
        text = data.decode("utf-8", "replace")
        if _is_utf8(data, text):
            return text
    return _decode_by_name(data, [name for name in declared if name != "utf-8"])


def decode_file(data: bytes) -> str:
    """Decode a file of text that a user names; ValueError if it is an image, a PDF or another binary file."""
    text = decode(data)
    signs = len(_BINARY_SIGNS.findall(text))
    if "\0" in text or text.startswith("%PDF-") or signs > len(text) * _MAX_BINARY_SHARE:
        raise ValueError("not a text file")
    return text


def is_whole_utf8(data: bytes, content_type: str) -> bool:
    """Return True if all bytes are valid UTF-8 and no ASCII-based escape encoding is declared."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not _declares_ascii_encoding(_declared_codecs(data, content_type))


def declares_wrong_charset(data: bytes, content_type: str) -> bool:
    """Return True if another encoding than UTF-8 is declared, which parsers would use; call it for UTF-8 bytes."""
    if data.isascii():
        return any(not _contains_ascii(name) for name in _declared_codecs(data, content_type))
    return any(name != "utf-8" for name in _declared_codecs(data, content_type))


def _contains_ascii(codec: str) -> bool:
    """Return True if ASCII bytes are the same characters in this encoding; they are not in UTF-16, for instance."""
    try:
        return _ASCII_SAMPLE.decode(codec).encode("ascii") == _ASCII_SAMPLE
    except (UnicodeError, LookupError, ValueError):  # codecs that are not text encodings
        return False


def _declares_ascii_encoding(declared: list[str]) -> bool:
    return bool(declared) and declared[0].startswith(_ASCII_ONLY_ENCODINGS)


def _is_utf8(data: bytes, text: str) -> bool:
    """Return True for UTF-8 with few broken characters: in other encodings, valid sequences are rare accidents."""
    broken = text.count("\ufffd") - data.count(b"\xef\xbf\xbd")
    return not broken or len(text) - len(text.encode("ascii", "ignore")) > 3 * broken


def _declared_codecs(data: bytes, content_type: str) -> list[str]:
    """Return the Python codecs that the header and the page declare, in that order."""
    labels = _CHARSET.findall(content_type)[:1]
    labels += [label.decode("ascii") for label in _META_CHARSET.findall(data[:_EXAMINED_BYTES])[:1]]
    return [name for label in labels if (name := _codec(label))]


def _codec(label: str) -> str:
    try:
        name = codecs.lookup(label.replace("windows-31j", "cp932").replace("x-sjis", "cp932")).name
    except LookupError:
        return ""
    return _SUPERSETS.get(name, name)


def _decode_by_name(data: bytes, declared: list[str]) -> str:
    for name in declared:
        text = _decode_if_plausible(data, name)
        if text is not None:
            return text
    return _decode_by_guess(data)


def _decode_if_plausible(data: bytes, name: str) -> str | None:
    """Decode; None if too many characters are undecodable for the encoding to be right."""
    try:
        text = data.decode(name, errors="replace")
    except (UnicodeError, LookupError, ValueError):  # codecs that are not text encodings (`hex`) fail only here
        return None
    return text if text.count("\ufffd") <= len(text) * _MAX_UNDECODABLE_SHARE else None


def _decode_by_guess(data: bytes) -> str:
    """Guess the encoding from text around non-ASCII bytes, and decode; markup would bias the guess and cost time."""
    sample = _sample(data)
    for name in (*_obvious_encodings(sample), *_guess_with_library(sample), "cp1252"):
        text = _decode_if_plausible(data, _SUPERSETS.get(name, name))
        if text is not None:
            return text
    return data.decode("cp1252", errors="replace")


def _sample(data: bytes) -> bytes:
    """Return text around non-ASCII bytes in whole pieces, so that no multi-byte character is cut."""
    pieces = _AROUND_NON_ASCII.findall(data)[:_MAX_PIECES]
    sizes = accumulate(map(len, pieces))
    return b" ".join(piece for piece, size in zip(pieces, sizes, strict=True) if size <= _MAX_SAMPLE_BYTES)


def _obvious_encodings(sample: bytes) -> list[str]:
    """Recognize simple cases: Latin text has single non-ASCII letters among ASCII, Japanese text has many kana."""
    runs = _NON_ASCII_RUN.findall(sample)
    non_ascii = sum(map(len, runs))
    if sum(len(run) for run in runs if len(run) >= _MIN_RUN_BYTES) * 3 < non_ascii:
        latin = sample.decode("cp1252", "replace").lower()
        if set(latin) >= _CZECH:
            return ["cp1250"]
        return ["cp1252"] if len(_SYMBOL_IN_WORD.findall(latin)) * 10 < non_ascii else []
    return [name for name in ("euc_jp", "cp932") if len(_KANA.findall(sample.decode(name, "ignore"))) * 10 > non_ascii]


def _guess_with_library(sample: bytes) -> list[str]:
    from charset_normalizer import from_bytes  # slow to import and seldom needed

    best = from_bytes(sample, cp_exclusion=_NEVER_GUESSED).best()
    return [best.encoding] if best else []
