"""The features of an article, from which the ranker learns: words, those of the title again, and parts of words.

Words come alone and in pairs. Where words have no spaces between them, pairs of characters take their place. Parts of
words recognize a word in another form, or in a related language; they are of the lead, which keeps them cheap.
"""

from __future__ import annotations

import re
from itertools import pairwise

MAX_READ_CHARS = 3_000
"""Characters of title and text together that are read; the subject of a report is at its beginning."""
_MAX_READ_UNSPACED_CHARS = 1_500
"""The same of a text whose words have no spaces between them; it says as much as twice as many of other scripts."""
LEAD_CHARS = 400
"""Characters of title and text together of which parts of words are features."""
_PART_CHARS = 4
"""Characters of a part of a word; the space before or after the word counts."""
_MAX_WORD_CHARS = 40
"""Characters of a word; longer ones are addresses or noise."""
UNSPACED_RANGES = (("\u3040", "\u30ff"), ("\u3400", "\u4dbf"), ("\u4e00", "\u9fff"), ("\uf900", "\ufaff"))
"""First and last characters of kana and Han, whose words have no spaces between them."""
_UNSPACED = "".join(f"{first}-{last}" for first, last in UNSPACED_RANGES)
_HAS_UNSPACED = re.compile(f"[{_UNSPACED}]")
_CHARACTER_WORD = re.compile(f"[{_UNSPACED}\\u0e00-\\u0eff\\u1000-\\u109f\\u1780-\\u17ff\\uac00-\\ud7a3]")
_WORD = re.compile(r"[^\W_]{2,}")
_UNSPACED_RUN = re.compile(f"(?:[{_UNSPACED}]+\\W*)+")
WORD_BREAK = "\x00"
_WORD_OR_BREAK = re.compile(f"{WORD_BREAK}|[^\\W_]{{2,}}")
_TYPOGRAPHIC = "\u2019\u2018\u201c\u201d\u2013\u2014\u2026\u2022\u00a0"
"""What publishers write between words of otherwise plain English: quotes, dashes, an ellipsis, a bullet, a space."""
_LOWERED = bytes(ord(chr(code).lower()) if chr(code).isalnum() else ord(" ") for code in range(128)).ljust(256)
"""The letters and digits of ASCII in lower case, and a space for each other character."""
_RUN = re.compile(f"[{_UNSPACED}]+|[^\\W_{_UNSPACED}]{{2,}}")


def beginning(title: str, text: str) -> str:
    """Return the part of an article that the ranker reads."""
    opening = text[:LEAD_CHARS]
    is_unspaced = has_unspaced(opening) and 2 * len(_HAS_UNSPACED.findall(opening)) > len(opening)
    most = _MAX_READ_UNSPACED_CHARS if is_unspaced else MAX_READ_CHARS
    return f"{title[:most]}\n{text[: max(0, most - len(title))]}"


def has_unspaced(text: str) -> bool:
    """Return True if a text has words with no spaces between them."""
    return not text.isascii() and _HAS_UNSPACED.search(text) is not None


def may_have_unspaced_terms(text: str) -> bool:
    """Return True if a text has characters that rules read as words: Han and kana, and Hangul, Thai and the like."""
    return not text.isascii() and _CHARACTER_WORD.search(text) is not None


def words(text: str) -> list[str]:
    """Return the words of a text in lower case, and an empty one where neighbours make no pair.

    Where words have no spaces between them, pairs of characters take the place of words.
    """
    if has_unspaced(text):
        return _mixed(text)
    all_words = _split(text)
    if max(map(len, all_words), default=0) > _MAX_WORD_CHARS:
        return [word for word in all_words if len(word) <= _MAX_WORD_CHARS]
    return all_words


def _split(text: str) -> list[str]:
    """Return the words of a text in lower case; the bytes of ASCII are divided in a third of the time."""
    if not text.isascii():
        for character in _TYPOGRAPHIC:
            text = text.replace(character, " ")
    if not text.isascii():
        return _WORD.findall(text.lower())
    return [word for word in text.encode().translate(_LOWERED).decode().split() if len(word) > 1]


def spaced_words(text: str) -> list[str]:
    """Return the words of scripts with spaces, in lower case, and WORD_BREAK in the place of other scripts."""
    if not has_unspaced(text):
        return words(text)
    all_words = _WORD_OR_BREAK.findall(_UNSPACED_RUN.sub(WORD_BREAK, text.lower()))
    return [word for word in all_words if len(word) <= _MAX_WORD_CHARS]


def features(text: str) -> list[str]:
    """Return the words of a text, and the pairs of neighbours with a space between."""
    single = words(text)
    return [*filter(None, single), *(f"{one} {other}" for one, other in pairwise(single) if one and other)]


def word_parts(word: str) -> list[str]:
    """Return each _PART_CHARS successive characters of a word, the spaces around it included."""
    return [f" {word} "[start : start + _PART_CHARS] for start in range(len(word) - _PART_CHARS + 3)]


def _mixed(text: str) -> list[str]:
    """Return the words of a text in which some have no spaces between them."""
    parts: list[str] = []
    for run in _RUN.findall(text.lower()):
        if _HAS_UNSPACED.match(run):
            for start in range(len(run) - 1):
                parts += ["", run[start : start + 2]]
            parts.append("")
        elif len(run) <= _MAX_WORD_CHARS:
            parts.append(run)
    return parts
