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
from monitor.core.text import Token, find_tokens, is_cjk
from monitor.core.text.plurals import number_forms
from monitor.core.text.sentences import ends_phrase, may_end_phrase, sentences
from monitor.core.yaml_errors import shorten_quotation
from monitor.core.yaml_nodes import Mark

Case = Literal["smart", "exact", "any"]
MAX_TERM_WORDS = 40
_CROSSING, _WITHIN = "|crossing", "|within"
"""Marks in the key of a term that contains the end of a sentence or clause, or is found inside longer words."""
_MAX_ACRONYM_CHARS = 6
"""Characters of an acronym at most."""
_MIN_NUMBER_DIGITS = 4
_OPERATOR = re.compile(r"(?:^|\s)(?:(AND|OR)|(NOT)|(O?NEAR/\d+|W/\d+|PRE/\d+))(?=\s|$)")
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
    bare, case = (text.strip(), case) if literal else _without_sigil(text.strip(), case)
    stem = bare.rstrip("*")
    wildcard = stem != bare
    tokens = _find_words(bare, stem, case, within=within)
    words = tuple([token.folded for token in tokens])
    cased = () if within else _cased_words(tokens, case)
    crosses = _crosses(stem, tokens)
    inflected = lang if plural and not wildcard and not within else None
    key = _key(words, cased, lang, wildcard=wildcard, plural=plural or within)
    return TermExpression(
        text=bare,
        key=key + _CROSSING * crosses + _WITHIN * within,
        words=words,
        last_forms=_last_forms(words, cased, inflected),
        cased=cased,
        cased_last_forms=_last_forms(cased, cased, inflected),
        wildcard=wildcard,
        crosses=crosses,
        within=within,
        lang=lang,
        mark=mark,
        list_name=list_name,
    )


def _find_words(bare: str, stem: str, case: Case, *, within: bool) -> list[Token]:
    """Return the words of a term; refuses a text that is none."""
    tokens = _singular_acronym(find_tokens(stem)) if case == "smart" else find_tokens(stem)
    words = tuple([token.folded for token in tokens])
    _refuse(bare, stem, words, wildcard=stem != bare)
    if within:
        _refuse_within(bare, words, wildcard=stem != bare, exact=case == "exact")
    return tokens


def _without_sigil(bare: str, case: Case) -> tuple[str, Case]:
    """Split off the `=` of a term with exact case; refuses operators."""
    _refuse_operators(bare)
    return (bare[1:].lstrip(), "exact") if bare.startswith("=") else (bare, case)


def _cased_words(tokens: list[Token], case: Case) -> tuple[str, ...]:
    """Return the words with their case if the term is case-sensitive; otherwise nothing."""
    return (
        tuple([token.cased for token in tokens]) if case == "exact" or (case == "smart" and _is_acronym(tokens)) else ()
    )


def _crosses(stem: str, tokens: list[Token]) -> bool:
    """Return True if a sentence or clause ends within the term."""
    return may_end_phrase(stem, 0, len(stem)) and ends_phrase(stem, tokens[0].start, tokens[-1].end, sentences(stem))


def _last_forms(words: tuple[str, ...], cased: tuple[str, ...], inflected: tuple[str, ...] | None) -> frozenset[str]:
    """Return the last word, with its plural forms in the languages of `inflected`; None: as it is."""
    if not words or inflected is None:
        return frozenset(words[-1:])
    return _forms(words[-1], inflected, acronym=bool(cased) and cased[-1].isupper())


def _singular_acronym(tokens: list[Token]) -> list[Token]:
    """Reduce `GPUs` to `GPU`: a plural acronym is the same term as its singular."""
    if len(tokens) == 1 and (cased := tokens[0].cased).endswith("s") and cased[:-1].isupper() and len(cased) > 2:
        return [tokens[0]._replace(folded=tokens[0].folded[:-1], cased=cased[:-1])]
    return tokens


def _is_acronym(tokens: list[Token]) -> bool:
    """Return True for one short token without a lower-case letter, which is case-sensitive by default."""
    return len(tokens) == 1 and len(tokens[0].cased) <= _MAX_ACRONYM_CHARS and tokens[0].cased.isupper()


def _refuse_operators(bare: str) -> None:
    """Refuse operators and wildcards of other search programs, which would be matched as words here."""
    if match := _OPERATOR.search(bare):
        boolean, _, near = match.groups()
        operator = (
            "AND/OR; use any:/all: lists" if boolean else f"{near}; use near:" if near else "NOT; use none: or ignore:"
        )
        raise TermRefusedError("E014", f"term '{shorten_quotation(bare)}' contains {operator}, or query:")
    if _INNER_WILDCARD.search(bare):
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


@lru_cache(maxsize=65_536)
def _forms(word: str, lang: tuple[str, ...], *, acronym: bool) -> frozenset[str]:
    """Return a word with its plural or singular; an acronym takes nothing but an s."""
    return frozenset([word, word + "s"]) if acronym else number_forms(word, lang)
