# ruff: noqa: RUF001, RUF002 - letters that look like others are what this file is about
"""Letters of one script that look like those of another, in titles and hosts: `Аpple` with a Cyrillic A.

Only alphabets whose letters are taken for Latin ones, or for each other, count. Japanese mixes scripts in every
sentence, and Chinese writes product names in Latin letters: neither is a sign of deceit.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from urllib.parse import urlsplit

from courlan import extract_domain

_ALPHABETS = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC"})
_WORD = re.compile(r"[^\W\d_]+")
_GREEK_SYMBOL = re.compile("[αβγδεζηθλμξπσφψω]$|^[α-ω](?=[A-Z])|^μ")
"""One small Greek letter at the edge of a Latin word is a symbol of science: TNFα, κB, μm. Letters that could end a
Latin word unnoticed (ι ν ο ρ υ χ κ) are none."""


def domain_to_show(title: str, url: str) -> str:
    """Return the registrable domain to show beside a title, in ASCII; empty if neither title nor host is suspicious.

    A title is suspicious if one of its words mixes alphabets, a host if it is punycode or not ASCII.
    """
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        host = ""
    if not (_is_international(host) or (not title.isascii() and _mixes_alphabets(title))):
        return ""
    return _ascii(_registrable(host) or host)


def _mixes_alphabets(text: str) -> bool:
    """Return True if the letters of one word are of several alphabets that are taken for each other."""
    return any(_is_mixed(word) for word in _WORD.findall(text) if not word.isascii())


def _is_mixed(word: str) -> bool:
    alphabets = {alphabet for letter in word if (alphabet := _alphabet(letter))}
    if alphabets == {"LATIN", "GREEK"}:
        alphabets = {alphabet for letter in _GREEK_SYMBOL.sub("", word) if (alphabet := _alphabet(letter))}
    return len(alphabets) > 1


@lru_cache(maxsize=4096)
def _alphabet(letter: str) -> str:
    script = unicodedata.name(letter, "").partition(" ")[0]
    return script if script in _ALPHABETS else ""


def _is_international(host: str) -> bool:
    return not host.isascii() or any(label.startswith("xn--") for label in host.split("."))


@lru_cache(maxsize=1024)
def _registrable(host: str) -> str:
    return extract_domain(f"https://{host}/") or "" if host else ""


def _ascii(host: str) -> str:
    """Write a host as DNS knows it, so that no letter of it looks like another one."""
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host.encode("ascii", "backslashreplace").decode("ascii")
