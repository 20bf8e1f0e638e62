"""Parses a term as a rule file or a query writes it, and refuses what could never match or would match too much.

`AI` (short, without a lower-case letter) is case-sensitive by default, `=Blackwell` by its sigil; `regulat*` takes any
ending.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from monitor.core.matching.expressions import TermExpression
from monitor.core.matching.terms import MIN_INNER_LETTERS, MIN_STEM_LETTERS, SINGULAR
from monitor.core.text import cased_term, find_tokens, folded_term, is_cjk
from monitor.core.text.plurals import number_forms
from monitor.core.text.sentences import ends_phrase, may_end_phrase, sentences
from monitor.core.yaml_errors import shorten_quotation
from monitor.core.yaml_nodes import Mark

Case = Literal["smart", "exact", "any"]
MAX_TERM_WORDS = 40
_CROSSING, _WITHIN, _SHORT_KOREAN = "|crossing", "|within", "|korean"
"""Marks in the key of a term that contains the end of a sentence or clause, is found inside longer words, or is a
Korean word of two or three syllables."""
_SHORT_KOREAN_WORD = re.compile("[\uac00-\ud7a3]{2,3}")
"""By chance the end of one Korean word and the beginning of the next are often a word of two syllables, at times of
three, and seldom of four."""
_MAX_ACRONYM_CHARS = 6
"""Characters of an acronym at most."""
_MIN_NUMBER_DIGITS = 4
_OPERATOR = re.compile(r"(?:^|\s)(?:(AND|OR)|(NOT)|(O?NEAR/\d+|W/\d+|PRE/\d+))(?=\s|$)")
_PLAIN = re.compile(r"[A-Z]?[^\W_A-Z]+(?:[ -][A-Z]?[^\W_A-Z]+)*")
"""Words without the marks of options, operators and sentences, and without the capitals of operators and acronyms.

Most terms are such. `parse_term` parses them in a shorter way, with the same result: it leaves out steps that change
nothing in them.
"""
_NO_FORMS: frozenset[str] = frozenset()
_number_forms = lru_cache(maxsize=65_536)(number_forms)
_INNER_WILDCARD = re.compile(r"\w\?\w")


class TermRefusedError(ValueError):
    """A text cannot be a term; `code` is the code of the problem, the message is meant for the rule's author."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


def parse_term(
    text: str,
    *,
    case: Case = "smart",
    plural: bool = True,
    within: bool = False,
    lang: tuple[str, ...] = (),
    literal: bool = False,
    mark: Mark | None = None,
    list_name: str = "",
) -> TermExpression:
    """Parse a term; `literal` text has no `=` sigil and may contain AND and OR. Raises TermRefusedError."""
    if case == "smart" and plural and not within and (words := _plain_words(text)):
        short_korean = _is_short_korean(text, words)
        key = _key(words, (), lang, wildcard=False, plural=True) + _SHORT_KOREAN * short_korean
        forms = _number_forms(words[-1], lang)
        return TermExpression(
            text, key, words, forms, short_korean=short_korean, lang=lang, mark=mark, list_name=list_name
        )
    bare = text.strip()
    if not literal:
        _refuse_operators(bare)
        if bare.startswith("="):
            bare, case = bare[1:].lstrip(), "exact"
    term = _parse_options(bare, case, lang, plural=plural, within=within)
    return term._replace(mark=mark, list_name=list_name)


def _plain_words(text: str) -> tuple[str, ...]:
    """Return the words of a term that the shorter way parses; none for any other text."""
    if not _PLAIN.fullmatch(text):
        return ()
    words = folded_term(text)
    if len(words) == 1:
        return words if _is_lower(text, words) and not text.isdecimal() else ()
    return words if len(words) <= MAX_TERM_WORDS else ()


def _parse_options(bare: str, case: Case, lang: tuple[str, ...], *, plural: bool, within: bool) -> TermExpression:
    """Parse a term without its sigil in the longer way, which heeds all options."""
    stem = bare.rstrip("*")
    wildcard = stem != bare
    words, as_written = _find_words(stem, case)
    _refuse(bare, stem, words, wildcard=wildcard)
    if within:
        _refuse_within(bare, words, wildcard=wildcard, exact=case == "exact")
    cased = () if within or (case != "exact" and not _is_acronym(as_written)) else as_written
    crosses = may_end_phrase(stem, 0, len(stem)) and _crosses(stem)
    short_korean = _is_short_korean(bare, words)
    inflected = lang if plural and not wildcard and not within else None
    key = _key(words, cased, lang, wildcard=wildcard, plural=plural or within)
    return TermExpression(
        text=bare,
        key=key + _CROSSING * crosses + _WITHIN * within + _SHORT_KOREAN * short_korean,
        words=words,
        last_forms=_last_forms(words, cased, inflected),
        cased=cased,
        cased_last_forms=_last_forms(cased, cased, inflected),
        wildcard=wildcard,
        crosses=crosses,
        within=within,
        short_korean=short_korean,
        lang=lang,
    )


def _is_short_korean(text: str, words: tuple[str, ...]) -> bool:
    """Return True for a Korean word of two or three syllables, each a word of the term."""
    return 2 <= len(words) <= 3 and _SHORT_KOREAN_WORD.fullmatch(text) is not None


def _find_words(stem: str, case: Case) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the words of a term, folded and as written; the latter only where its case may matter."""
    words = folded_term(stem)
    if case == "any" or (case == "smart" and (len(words) != 1 or _is_lower(stem, words))):
        return words, ()
    as_written = cased_term(stem)
    return _singular_acronym(words, as_written) if case == "smart" else (words, as_written)


def _crosses(stem: str) -> bool:
    """Return True if a sentence or clause ends within the term."""
    tokens = find_tokens(stem)
    return ends_phrase(stem, tokens[0].start, tokens[-1].end, sentences(stem))


def _last_forms(words: tuple[str, ...], cased: tuple[str, ...], inflected: tuple[str, ...] | None) -> frozenset[str]:
    """Return the last word, with its plural forms in the languages of `inflected`; None: as it is."""
    if not words:
        return _NO_FORMS
    last = words[-1]
    if inflected is None:
        return frozenset([last])
    if cased and cased[-1].isupper():  # an acronym takes nothing but an s
        return frozenset([last, last + "s"])
    return _number_forms(last, inflected)


def _singular_acronym(words: tuple[str, ...], as_written: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Reduce `GPUs` to `GPU`: a plural acronym is the same term as its singular."""
    cased = as_written[0]
    if cased.endswith("s") and cased[:-1].isupper() and len(cased) > 2:
        return (words[0][:-1],), (cased[:-1],)
    return words, as_written


def _is_lower(text: str, words: tuple[str, ...]) -> bool:
    """Return True for one word without capitals that folding leaves as it is, so that it cannot be an acronym."""
    return words[0] == text == text.lower()


def _is_acronym(as_written: tuple[str, ...]) -> bool:
    """Return True for one short word without a lower-case letter, which is case-sensitive by default."""
    return len(as_written) == 1 and len(as_written[0]) <= _MAX_ACRONYM_CHARS and as_written[0].isupper()


def _refuse_operators(bare: str) -> None:
    """Refuse operators and wildcards of other search programs, which would be matched as words here."""
    if not bare.islower() and (match := _OPERATOR.search(bare)):
        boolean, _, near = match.groups()
        operator = (
            "AND/OR; use any:/all: lists" if boolean else f"{near}; use near:" if near else "NOT; use none: or ignore:"
        )
        raise TermRefusedError("E014", f"term '{shorten_quotation(bare)}' contains {operator}, or query:")
    if "?" in bare and _INNER_WILDCARD.search(bare):
        message = f"term '{shorten_quotation(bare)}' has ? within a word; only a trailing * is a wildcard"
        raise TermRefusedError("E022", message)


def _refuse(bare: str, stem: str, words: tuple[str, ...], *, wildcard: bool) -> None:
    if "*" in stem:
        message = f"term '{shorten_quotation(bare)}' has * before its end; only a trailing * is a wildcard"
        raise TermRefusedError("E022", message)
    if not words:
        raise TermRefusedError("E020", f"term '{shorten_quotation(bare)}' has no letters, so it can never match")
    if len(words) == 1 and len(words[0]) < _MIN_NUMBER_DIGITS and words[0].isdecimal():
        message = f"term '{shorten_quotation(bare)}' has no letters; a short number alone would match almost anything"
        raise TermRefusedError("E020", message)
    if len(words) > MAX_TERM_WORDS:
        message = f"term '{shorten_quotation(bare)}' has {len(words)} words; at most {MAX_TERM_WORDS} make sense"
        raise TermRefusedError("E023", message)
    if wildcard:
        _refuse_wildcard(bare, stem, words[-1])


def _refuse_wildcard(bare: str, stem: str, last: str) -> None:
    if len(last) >= MIN_STEM_LETTERS and not is_cjk(last) and stem.lower().endswith(last):
        return
    written = find_tokens(stem)[-1]
    if written.end < len(stem):
        message = f"term '{shorten_quotation(bare)}' has a * that ends no word; write it right after the letters"
        raise TermRefusedError("E022", message)
    if is_cjk(last):
        message = (
            f"term '{shorten_quotation(bare)}' needs no *: without spaces between words, it is found inside longer ones"
        )
        raise TermRefusedError("E021", message)
    if len(last) < MIN_STEM_LETTERS:
        letters = shorten_quotation(stem[written.start : written.end])
        raise TermRefusedError("E021", f"wildcard stem '{letters}' is shorter than {MIN_STEM_LETTERS} letters")


def _refuse_within(bare: str, words: tuple[str, ...], *, wildcard: bool, exact: bool) -> None:
    """Refuse what cannot be looked for inside longer words, or would be found in too many of them."""
    reason = (
        "several words"
        if len(words) > 1
        else "a *, which within: word makes superfluous"
        if wildcard
        else "exact case"
        if exact
        else f"fewer than {MIN_INNER_LETTERS} letters"
        if len(words[0]) < MIN_INNER_LETTERS
        else ""
    )
    if reason:
        message = f"term '{shorten_quotation(bare)}' cannot be looked for within words: it has {reason}"
        raise TermRefusedError("E024", message)


def _key(words: tuple[str, ...], cased: tuple[str, ...], lang: tuple[str, ...], *, wildcard: bool, plural: bool) -> str:
    key = " ".join(words) + ("*" if wildcard else "")
    if cased:
        key += "|=" + " ".join(cased)
    if not plural:
        key += SINGULAR
    return key + ("|" + ",".join(sorted(lang)) if lang else "")
