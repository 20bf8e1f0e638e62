"""A term: what a rule looks for, as its folded words, with how case, plural and language are taken.

`AI` (short, no lower-case letter) is case-sensitive by itself, `=Blackwell` by its sigil, `regulat*` matches any ending.
Equal terms have equal keys wherever they are written, and a key is all that the matcher knows of a term.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from monitor.core.english import ACRONYMS_THAT_ARE_WORDS, NO_PLURALS
from monitor.core.text import parts

if TYPE_CHECKING:
    from monitor.core.documents import Mark
    from monitor.core.sight import Sight, Spot

Case = Literal["smart", "exact", "any"]
MAX_WORDS = 40
STEM = 4
"""A wildcard needs this many letters before it: the index keeps wildcards by their first four."""
_ACRONYM = 6


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a rule, in its normal form."""

    text: str
    """As the rule file writes it, without sigils."""
    key: str
    """Equal for equal terms."""
    words: tuple[str, ...]
    """Folded; the last is the stem when `wildcard`."""
    lasts: frozenset[str]
    """The folded forms that the last word may take: itself and its plural or singular."""
    cased: tuple[str, ...] = ()
    """The words with their case; empty when case does not count."""
    cased_lasts: frozenset[str] = frozenset()
    wildcard: bool = False
    lang: tuple[str, ...] = ()
    """Only in articles of these languages; empty: in all."""
    mark: Mark | None = None
    list_name: str = ""

    positional = True
    plain = True
    depth = 1
    size = 1

    @property
    def spells_a_word(self) -> bool:
        """An acronym in capitals that reads as an English word where all is capitals."""
        return (
            bool(self.cased)
            and len(self.words) == 1
            and self.cased[0].isupper()
            and self.words[0] in ACRONYMS_THAT_ARE_WORDS
        )

    def spots(self, sight: Sight, low: int, high: int) -> list[Spot]:
        """Give the occurrences within the scope, in order."""
        return [(first, after, self) for first, after in sight.places(self.key, low, high)]

    def holds(self, sight: Sight, low: int, high: int) -> bool:
        """Say whether there is an occurrence within the scope."""
        return self.key in sight.found and bool(sight.places(self.key, low, high))


class TermRefusedError(ValueError):
    """A text that cannot be a term; carries the code and the sentence for the analyst."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


_BOOLEAN = re.compile(r"(?:^|\s)(AND|OR)(?=\s)")


def parse(
    text: str,
    *,
    case: Case = "smart",
    plural: bool = True,
    lang: tuple[str, ...] = (),
    literal: bool = False,
    mark: Mark | None = None,
    list_name: str = "",
) -> Term:
    """Read a term; `literal` takes no sigils and no AND/OR for a mistake. Raises TermRefusedError."""
    bare = text.strip()
    if not literal:
        if _BOOLEAN.search(bare):
            raise TermRefusedError("E014", f"term '{_short(bare)}' contains AND/OR; use any:/all: lists, or query:")
        if bare.startswith("="):
            case, bare = "exact", bare[1:].lstrip()
    stem = bare.rstrip("*")
    wildcard = stem != bare
    found = parts(stem)
    _refuse(bare, stem, [part.folded for part in found], wildcard=wildcard)
    words = tuple(part.folded for part in found)
    cased = tuple(part.cased for part in found)
    acronym = case == "smart" and len(words) == 1 and len(cased[0]) <= _ACRONYM and cased[0].isupper() and not wildcard
    if not (acronym or case == "exact"):
        cased = ()
    lasts = frozenset([words[-1]]) if wildcard or not plural else _plurals(words[-1], acronym=acronym)
    cased_lasts = _cased_lasts(cased, plural=plural and not wildcard, acronym=acronym)
    key = _key(words, cased, wildcard=wildcard, plural=plural, lang=lang)
    return Term(bare, key, words, lasts, cased, cased_lasts, wildcard, lang, mark, list_name)


def _refuse(bare: str, stem: str, words: list[str], *, wildcard: bool) -> None:
    short = _short(bare)
    if bare.startswith("*") or "*" in stem:
        raise TermRefusedError("E022", f"term '{short}' has * before its end; only a trailing * is a wildcard")
    if not words:
        raise TermRefusedError("E020", f"term '{short}' has no letters, so it can never match")
    if len(words) == 1 and words[0].isdecimal() and len(words[0]) < 4:
        raise TermRefusedError(
            "E020", f"term '{short}' has no letters; a short number alone would match almost anything"
        )
    if len(words) > MAX_WORDS:
        raise TermRefusedError("E023", f"term '{short}' has {len(words)} words; at most {MAX_WORDS} make sense")
    if wildcard and (len(words[-1]) < STEM or not stem[-1:].isalnum()):
        raise TermRefusedError("E021", f"wildcard stem '{_short(stem)}' is shorter than {STEM} letters")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:59] + "…"


def _key(words: tuple[str, ...], cased: tuple[str, ...], *, wildcard: bool, plural: bool, lang: tuple[str, ...]) -> str:
    key = " ".join(words) + ("*" if wildcard else "")
    if cased:
        key += "|=" + " ".join(cased)
    if not plural:
        key += "|singular"
    return key + ("|" + ",".join(sorted(lang)) if lang else "")


def _cased_lasts(cased: tuple[str, ...], *, plural: bool, acronym: bool) -> frozenset[str]:
    if not cased:
        return frozenset()
    return _plurals(cased[-1], acronym=acronym or cased[-1].isupper()) if plural else frozenset([cased[-1]])


def _plurals(word: str, *, acronym: bool = False) -> frozenset[str]:
    """Give a word with its regular plural and singular: s, es, y and ies. Nothing else is inflected."""
    if acronym:
        return frozenset([word, word + "s"])
    if len(word) < 3 or not (word.isascii() and word.isalpha()):
        return frozenset([word])
    return frozenset(form for form in (word, *_plural(word), *_singulars(word)) if len(form) >= 3)


def _plural(word: str) -> list[str]:
    low = word.lower()
    if low.endswith("y") and low[-2] not in "aeiou":
        return [word[:-1] + "ies"]
    if low.endswith(("s", "x", "z", "ch", "sh")):
        return [word + "es"]
    return [word + "s", word + "es"] if low.endswith("o") else [word + "s"]


def _singulars(word: str) -> list[str]:
    low = word.lower()
    if not low.endswith("s") or low.endswith(("ss", "us", "is")) or low in NO_PLURALS or len(word) < 4:
        return []
    if low.endswith("ies"):
        return [word[:-1]] + ([word[:-3] + "y"] if len(word) > 4 else [])
    if low.endswith(("sses", "xes", "ches", "shes", "zes", "oes", "uses")):
        return [word[:-1], word[:-2]]
    return [word[:-1]]
