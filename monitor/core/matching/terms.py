"""A term: what a rule looks for, as its folded words, with how case, plural and language are taken.

`AI` (short, no lower-case letter) is case-sensitive by itself, `=Blackwell` by its sigil, `regulat*` has any ending.
Equal terms have equal keys wherever they are written, and a key is all that the matcher knows of a term.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from monitor.core.syntax import short
from monitor.core.text import is_cjk, token_parts
from monitor.core.text.english import ACRONYMS_THAT_ARE_WORDS, NO_PLURALS

if TYPE_CHECKING:
    from monitor.core.documents import Mark
    from monitor.core.matching.context import MatchContext, Occurrence
    from monitor.core.text import Part

Case = Literal["smart", "exact", "any"]
MAX_WORDS = 40
STEM = 4
"""A wildcard needs this many letters before it: the index keeps wildcards by their first four."""
SINGULAR = "|singular"
"""In the key of a term that is not inflected."""
_ACRONYM = 6
_SHORTEST_NUMBER = 4


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

    def occurrences(self, context: MatchContext, low: int, high: int) -> list[Occurrence]:
        """Give the occurrences within the scope, in order."""
        return [(first, after, self) for first, after in context.spans_of(self.key, low, high)]

    def holds(self, context: MatchContext, low: int, high: int) -> bool:
        """Say whether there is an occurrence within the scope."""
        return self.key in context.spans and bool(context.spans_of(self.key, low, high))


class TermRefusedError(ValueError):
    """A text that cannot be a term; carries the code and the sentence for the analyst."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


_OPERATOR = re.compile(r"(?:^|\s)(?:(AND|OR)|(NOT)|(O?NEAR/\d+|W/\d+|PRE/\d+))(?=\s|$)")
_WITHIN = re.compile(r"\w\?\w")


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
        _refuse_operators(bare)
        if bare.startswith("="):
            case, bare = "exact", bare[1:].lstrip()
    stem = bare.rstrip("*")
    wildcard = stem != bare
    found = _without_s(token_parts(stem)) if case == "smart" else token_parts(stem)
    words = tuple([part.folded for part in found])
    _refuse(bare, stem, words, wildcard=wildcard)
    cased = tuple([part.cased for part in found]) if case == "exact" or (case == "smart" and _acronym(found)) else ()
    inflected = plural and not wildcard
    acronym = bool(cased) and cased[-1].isupper()
    return Term(
        text=bare,
        key=_key(words, cased, wildcard=wildcard, plural=plural, lang=lang),
        words=words,
        lasts=_forms(words[-1], acronym=acronym) if inflected else frozenset(words[-1:]),
        cased=cased,
        cased_lasts=_forms(cased[-1], acronym=acronym) if cased and inflected else frozenset(cased[-1:]),
        wildcard=wildcard,
        lang=lang,
        mark=mark,
        list_name=list_name,
    )


def _without_s(found: list[Part]) -> list[Part]:
    """Take `GPUs` for `GPU`: the plural of an acronym is that acronym."""
    if len(found) == 1 and found[0].cased.endswith("s") and found[0].cased[:-1].isupper() and len(found[0].cased) > 2:
        return [found[0]._replace(folded=found[0].folded[:-1], cased=found[0].cased[:-1])]
    return found


def _acronym(found: list[Part]) -> bool:
    """One short token without a lower-case letter: its case counts unless the rule says otherwise."""
    return len(found) == 1 and len(found[0].cased) <= _ACRONYM and found[0].cased.isupper()


def _refuse_operators(bare: str) -> None:
    """Refuse what another program would read as an operator or a wildcard, and this one as words."""
    if found := _OPERATOR.search(bare):
        boolean, _, near = found.groups()
        said = (
            "AND/OR; use any:/all: lists" if boolean else f"{near}; use near:" if near else "NOT; use none: or ignore:"
        )
        raise TermRefusedError("E014", f"term '{short(bare)}' contains {said}, or query:")
    if _WITHIN.search(bare):
        message = f"term '{short(bare)}' has ? within a word; only a trailing * is a wildcard"
        raise TermRefusedError("E022", message)


def _refuse(bare: str, stem: str, words: tuple[str, ...], *, wildcard: bool) -> None:
    if "*" in stem:
        message = f"term '{short(bare)}' has * before its end; only a trailing * is a wildcard"
        raise TermRefusedError("E022", message)
    if not words:
        raise TermRefusedError("E020", f"term '{short(bare)}' has no letters, so it can never match")
    if len(words) == 1 and len(words[0]) < _SHORTEST_NUMBER and words[0].isdecimal():
        message = f"term '{short(bare)}' has no letters; a short number alone would match almost anything"
        raise TermRefusedError("E020", message)
    if len(words) > MAX_WORDS:
        message = f"term '{short(bare)}' has {len(words)} words; at most {MAX_WORDS} make sense"
        raise TermRefusedError("E023", message)
    if wildcard:
        _refuse_wildcard(bare, stem, words[-1])


def _refuse_wildcard(bare: str, stem: str, last: str) -> None:
    written = token_parts(stem)[-1]
    if written.end < len(stem):
        message = f"term '{short(bare)}' has a * that ends no word; write it right after the letters"
        raise TermRefusedError("E022", message)
    if is_cjk(last):
        message = f"term '{short(bare)}' needs no *: without spaces between words, it is found inside longer ones"
        raise TermRefusedError("E021", message)
    if len(last) < STEM:
        letters = short(stem[written.start : written.end])
        raise TermRefusedError("E021", f"wildcard stem '{letters}' is shorter than {STEM} letters")


def _key(words: tuple[str, ...], cased: tuple[str, ...], *, wildcard: bool, plural: bool, lang: tuple[str, ...]) -> str:
    key = " ".join(words) + ("*" if wildcard else "")
    if cased:
        key += "|=" + " ".join(cased)
    if not plural:
        key += SINGULAR
    return key + ("|" + ",".join(sorted(lang)) if lang else "")


@lru_cache(maxsize=65_536)
def _forms(word: str, *, acronym: bool) -> frozenset[str]:
    """Give a word with its regular plural and singular: s, es, y and ies. Nothing else is inflected."""
    if acronym:
        return frozenset([word, word + "s"])
    if len(word) < 3 or not (word.isascii() and word.isalpha()):
        return frozenset([word])
    other = _singulars(word) or _plural(word)
    return frozenset(form for form in (word, *other) if len(form) >= 3)


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
