"""A query in the codes of words (`codes`): finds the articles that answer it, and counts its phrases in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, assert_never

from monitor.core.search.codes import TITLE_END, codes_in, from_bytes, to_bytes
from monitor.core.search.index_words import indexed_phrases, title_word_key
from monitor.core.search.query import AllParts, AnyPart, SearchPhrase, SearchQuery

_TITLE_END = to_bytes(TITLE_END)
_MAX_SINGLE_SEARCHES = 20
"""Up to so many wordings of a phrase, searching for each is faster than collecting the codes of the text first."""


@dataclass(frozen=True)
class CodedPhrase:
    """Words in a row: those of `before`, then one of `lasts`. Without `lasts`, the archive lacks one of the words."""

    before: tuple[str, ...]
    lasts: tuple[str, ...]
    title: bool

    @cached_property
    def wordings(self) -> tuple[bytes, ...]:
        """Return each way in which the phrase is written in coded words."""
        before = "".join(self.before)
        return tuple(to_bytes(before + last) for last in self.lasts)

    @cached_property
    def _by_last_code(self) -> dict[str, bytes]:
        return dict(zip(self.lasts, self.wordings, strict=True))

    def count(self, article: EncodedArticle) -> tuple[int, int]:
        """Count the phrase in the title and in the text; occurrences that overlap count once."""
        words, end = article
        in_title = in_text = 0
        for wording in self.wordings if self._are_few else self._possible(article):
            in_title += words.count(wording, 0, end)
            if not self.title:
                in_text += words.count(wording, end)
        return in_title, in_text

    def is_in(self, article: EncodedArticle) -> bool:
        """Return True if the phrase is in an article; if it is one for titles, in the title."""
        words = article.words[: article.title_end] if self.title else article.words
        return any(wording in words for wording in (self.wordings if self._are_few else self._possible(article)))

    @cached_property
    def _are_few(self) -> bool:
        return len(self.wordings) <= _MAX_SINGLE_SEARCHES

    def _possible(self, article: EncodedArticle) -> Iterable[bytes]:
        """Return the wordings of which the last word is there: of a prefix few of thousands."""
        return map(self._by_last_code.__getitem__, self._by_last_code.keys() & codes_in(from_bytes(article.words)))


class CodedAll(NamedTuple):
    """Every one of `parts`, and none of `excluded`."""

    parts: tuple[CodedQuery, ...]
    excluded: tuple[CodedQuery, ...]


class CodedAny(NamedTuple):
    """One of `parts`."""

    parts: tuple[CodedQuery, ...]


CodedQuery = CodedPhrase | CodedAll | CodedAny


class EncodedArticle(NamedTuple):
    """The coded words of an article, as they are stored: no code is found across the end of the title."""

    words: bytes
    title_end: int


def encoded_article(words: bytes) -> EncodedArticle:
    """Return the coded words of an article from their stored form."""
    end = words.find(_TITLE_END)
    return EncodedArticle(words, end if end >= 0 else len(words))


def encode(query: SearchQuery, codes: Mapping[str, str], completions: Mapping[str, Sequence[str]]) -> CodedQuery:
    """Write a query in codes: `codes` of words, and for each prefix the codes of all words that begin so."""
    match query:
        case SearchPhrase():
            return _encode_phrase(query, codes, completions)
        case AnyPart():
            return CodedAny(tuple(encode(part, codes, completions) for part in query.parts))
        case AllParts():
            parts, excluded = (
                tuple(encode(part, codes, completions) for part in each) for each in (query.parts, query.excluded)
            )
            return CodedAll(parts, excluded)
        case _:
            assert_never(query)


def _encode_phrase(
    phrase: SearchPhrase, codes: Mapping[str, str], completions: Mapping[str, Sequence[str]]
) -> CodedPhrase:
    forms = indexed_phrases(phrase)
    before = tuple(codes.get(word, "") for word in forms[0].words[:-1])
    lasts = [
        last
        for form in forms
        for last in (completions[form.words[-1]] if form.prefix else [codes.get(form.words[-1], "")])
        if last
    ]
    return CodedPhrase(before, tuple(lasts), phrase.title) if all(before) else CodedPhrase((), (), phrase.title)


def coded_phrases(query: CodedQuery) -> Iterator[CodedPhrase]:
    """Iterate over the phrases that may be found in an answer: none of the excluded."""
    if isinstance(query, CodedPhrase):
        yield query
    else:
        for part in query.parts:
            yield from coded_phrases(part)


def matches_query(query: CodedQuery, article: EncodedArticle) -> bool:
    """Return True if an article matches a query."""
    match query:
        case CodedPhrase():
            return query.is_in(article)
        case CodedAny():
            return any(matches_query(part, article) for part in query.parts)
        case CodedAll():
            return all(matches_query(part, article) for part in query.parts) and not any(
                matches_query(part, article) for part in query.excluded
            )
        case _:
            assert_never(query)


# ---------------------------------------------------------------- keys


class AllKeys(NamedTuple):
    """Articles with every one of `parts` and none of `excluded`."""

    parts: tuple[Keys, ...]
    excluded: tuple[Keys, ...] = ()


class AnyKey(NamedTuple):
    """Articles with one of `parts`; without parts, none."""

    parts: tuple[Keys, ...]


Keys = str | AllKeys | AnyKey
"""A condition on the keys of an article: the codes of its words, and what `index_words` adds to them."""
NONE = AnyKey(())


def keys_needed(query: CodedQuery) -> Keys:
    """Return a condition that all answers fulfil. Other articles may fulfil it too, since keys have no positions."""
    match query:
        case CodedPhrase():
            return all_keys([any_key(forms) for forms in phrase_keys(query)])
        case CodedAny():
            return any_key([keys_needed(part) for part in query.parts])
        case CodedAll():
            decided = [keys_needed(part) for part in query.excluded if is_decided_by_keys(part)]
            return all_keys([keys_needed(part) for part in query.parts], decided)
        case _:
            assert_never(query)


def all_keys(parts: Sequence[Keys], excluded: Sequence[Keys] = ()) -> Keys:
    """Return the condition that all parts hold, and none of those that are excluded."""
    if NONE in parts:
        return NONE
    out = tuple(each for each in excluded if each != NONE)
    return parts[0] if len(parts) == 1 and not out else AllKeys(tuple(parts), out)


def any_key(parts: Sequence[Keys]) -> Keys:
    """Return the condition that one of the parts holds."""
    some = tuple(each for each in parts if each != NONE)
    return some[0] if len(some) == 1 else AnyKey(some)


def phrase_keys(phrase: CodedPhrase) -> list[list[str]]:
    """Return the keys of each word of a phrase: of the last one those of its forms."""
    words = [*([word] for word in phrase.before), phrase.lasts]
    return [[title_word_key(form) if phrase.title else form for form in forms] for forms in words]


def is_decided_by_keys(query: CodedQuery) -> bool:
    """Return True if every article with the keys is an answer: each phrase is one word."""
    if isinstance(query, CodedPhrase):
        return not query.before
    return all(map(is_decided_by_keys, (*query.parts, *(query.excluded if isinstance(query, CodedAll) else ()))))
