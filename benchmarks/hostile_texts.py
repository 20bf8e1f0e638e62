"""Texts on which careless patterns and loops take quadratic time: runs, near misses and mixes, at any size."""

# ruff: noqa: RUF001 - punctuation of all scripts
from __future__ import annotations

from itertools import count, islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

REPEATED = {
    "full stops": ".",
    "exclamation marks": "!",
    "question marks": "?",
    "ellipses": "…",
    "ellipses and a letter": "...a",
    "all stops": ".!?…。",
    "wide stops": "。",
    "wide stops and quotes": "。”",
    "stops and spaces": ". ",
    "stops and capitals": "A. ",
    "sentences of one letter": "a. B",
    "closing quotes": "”",
    "straight quotes": "\"'",
    "opening quotes": "“‘«„",
    "a stop and quotes": '.”’"',
    "stop and opening": ". “",
    "opening round": "(",
    "closing round": ")",
    "opening square": "[",
    "closing square": "]",
    "spaces": " ",
    "tabs": "\t",
    "no-break spaces": "\u00a0",
    "newlines": "\n",
    "newlines and spaces": "\n ",
    "paragraphs of one letter": "a\n\n",
    "lines of one letter": "a\n",
    "carriage returns": "\r\n",
    "line separators": "\u2028",
    "combining marks": "\u0301",
    "letters with marks": "e\u0301\u0302\u0323",
    "iota below": "α\u0345",
    "surrogates": "\ud83d",
    "near surrogates": "\ud7ff\ue000",
    "Han": "中国人工智能",
    "kana": "がぎぐ",
    "half-width kana": "ｶﾞ",
    "Hangul": "한국",
    "Jamo": "\u1100\u1161\u11a8",
    "Thai": "กำลัง",
    "Lao": "ຫນຳ",
    "Hindi": "हिन्दी",
    "mixed scripts": "aя中ع",
    "acronym beside Han": "中A.I.国",
    "acronyms": "U.S.",
    "acronyms and spaces": "U.S. ",
    "abbreviations": "Dr. Mr. vs. ",
    "possessives": "a's’s ",
    "apostrophes": "'",
    "modifier apostrophes": "\u02bc",
    "hyphens": "-",
    "hyphened words": "a-b",
    "dashes and spaces": " - ",
    "bars": " | ",
    "colons": ":",
    "lead-ins": "Breaking: ",
    "digits": "7",
    "numbers in groups": "1,000,",
    "numbers and dots": "1.0",
    "underscores": "_",
    "asterisks": "*",
    "one word": "a",
    "one word of capitals": "A",
    "words of one letter": "a b ",
    "zero width": "\u200b",
    "zero width in words": "a\u200b",
    "soft hyphens": "a\u00ad",
    "right to left": "\u202eا",
    "emoji": "👩\u200d👩\u200d👧",
    "flags": "🇪🇺",
    "variation selectors": "\ufe0f",
    "ligatures": "ﬁ㏂",
    "controls": "\x00\x1b",
    "ampersands": "&",
    "entities": "&amp;",
    "entities of entities": "&amp;amp;",
    "numeric references": "&#55357;&#56832;",
    "open references": "&#",
    "marks out of order": "\u0301\u0323",
    "feed links": "<a href='/rss'><div>",
    "less-than": "<",
    "greater-than": ">",
    "open tags": "<a",
    "tags": "<b>",
    "divisions": "<div>",
    "closed divisions": "<div></div>",
    "paragraph tags": "<p>a",
    "links": "<a href='x'>a</a>",
    "scripts": "<script>",
    "comments": "<!--",
    "closed comments": "<!-- -->",
    "sections": "<![CDATA[",
    "declarations": "<!",
    "instructions": "<?xml ",
    "doctypes": "<!DOCTYPE [",
    "asides": "<nav><p>",
    "inputs": "<input ",
    "attributes": "<a b=",
    "ld+json": '<script type="application/ld+json">{"@type":"Article"}</script>',
    "charsets": "<meta charset=",
    "dates": "<pubDate>",
    "items": "<item>",
    "whole items": "<item><title>a</title></item>",
    "closed feeds": "</channel>",
    "outlines": "<outline>",
    "addresses": "https://a.b/?c=d&",
    "schemes": "http://",
    "users in addresses": "a://b:c",
    "scheme letters": "a+",
    "tokens": "?token=",
    "token parts": "?a-token_",
    "bearers": "bearer ",
    "headers": "a=b&key=",
    "links in robots": "Disallow: /*a*$\n",
    "stars in robots": "*",
    "read more": "read more ",
    "read the full": "read the full ",
    "brackets of ellipses": "[…] ",
    "stamps": "3 ago ",
    "slashes": "/",
    "backslashes": "\\",
    "percents": "%41",
    "equals": "=",
    "markdown": "**a** ",
    "capitals": "Aa Bb ",
    "names": "Aa of the ",
    "compounds": "abc-def ",
    "quoted": "“a ",
}
"""Units, by name, that are written again and again."""


def _different_words(size: int) -> str:
    return _until(size, (f"w{number} " for number in count()))


def _different_sentences(size: int) -> str:
    return _until(size, (f"Word {number} of it. " for number in count()))


def _different_paragraphs(size: int) -> str:
    return _until(size, (f"The paragraph {number} has six words.\n\n" for number in count()))


def _other_paragraphs(size: int) -> str:
    return _until(size, (f"Paragraph {number} differs from all others.\n\n" for number in count(0, 3)))


def _nested(size: int) -> str:
    return "<div>" * (size // 11) + "</div>" * (size // 11)


def _run_and_miss(unit: str) -> Callable[[int], str]:
    return lambda size: unit * (size // len(unit) - 1) + "x"


def _half_and_half(one: str, other: str) -> Callable[[int], str]:
    return lambda size: one * (size // 2 // len(one)) + other * (size // 2 // len(other))


def _until(size: int, pieces: object) -> str:
    text: list[str] = []
    length = 0
    for piece in pieces:  # type: ignore[attr-defined]
        text.append(piece)
        length += len(piece)
        if length >= size:
            break
    return "".join(text)[:size]


def _repeat(unit: str) -> Callable[[int], str]:
    return lambda size: (unit * (size // len(unit) + 1))[:size]


def texts() -> dict[str, Callable[[int], str]]:
    """Return the makers of hostile texts by name; each takes the number of characters."""
    made = {name: _repeat(unit) for name, unit in REPEATED.items()}
    made |= {f"{name}, then a letter": _run_and_miss(REPEATED[name]) for name in _MISSED}
    made |= {f"{one}, then {other}": _half_and_half(REPEATED[one], REPEATED[other]) for one, other in _HALVES}
    return made | {
        "different words": _different_words,
        "different sentences": _different_sentences,
        "different paragraphs": _different_paragraphs,
        "other paragraphs": _other_paragraphs,
        "nested divisions": _nested,
        "one long reference": lambda size: f"&#{'7' * (size - 3)};",
    }


def of_terms(terms: list[str], separator: str) -> Callable[[int], str]:
    """Make texts of the terms of rules, one after the other, again and again."""
    return lambda size: _until(size, (f"{terms[at % len(terms)]}{separator}" for at in islice(count(), size)))


_MISSED = ("full stops", "spaces", "newlines", "closing quotes", "opening quotes", "digits", "hyphens", "bars", "Han")
_HALVES = (
    ("full stops", "closing quotes"),
    ("full stops", "spaces"),
    ("spaces", "newlines"),
    ("one word", "full stops"),
    ("one word", "combining marks"),
    ("Han", "full stops"),
    ("less-than", "greater-than"),
    ("open tags", "spaces"),
    ("comments", "ampersands"),
    ("tags", "full stops"),
    ("words of one letter", "Han"),
    ("acronyms", "Han"),
)
