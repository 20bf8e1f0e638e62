# ruff: noqa: RUF001 - quotes and dashes of several scripts
"""Summarizes an article by its first informative sentences: of its standfirst, or of the beginning of its text.

Extractive: nothing is reworded. Bylines, datelines, captions, greetings, prompts to read on or to subscribe, and the
title itself are left out. An article without such a sentence (a list, a page that could not be read) has no summary,
and a digest says that only its headline is known. All patterns look at the beginning of a line and are bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from monitor.core.articles.datelines import remove_dateline, starts_with_list_mark
from monitor.core.articles.lead_choice import MAX_LEAD_SENTENCES, choose_second, choose_start
from monitor.core.articles.prompts_and_captions import (
    ends_sentence,
    is_credited,
    is_prompt_or_caption,
    may_be_caption,
)
from monitor.core.model import Opening
from monitor.core.text import CJK_RANGES, clean_line, mask_spans
from monitor.core.text.sentences import sentences
from monitor.core.text.shortening import ELLIPSIS, characters_in, shorten

MAX_OPENING_COLUMNS = 320
"""Columns of one sentence, and of two together: characters, of which Chinese and similar ones take two."""
_EXAMINED_CHARS, _MAX_OPENING_PARAGRAPHS = 4_000, 24
"""Characters and paragraphs of a text in which sentences are looked for."""
_MIN_WORDS, _MIN_CJK_CHARS = 6, 14
"""Words of an informative sentence, or Chinese, Japanese or Korean characters."""
_SHORT_WORDS, _SHORT_CJK_CHARS = 14, 30
"""A sentence with fewer words or characters is short: it may be a byline or a caption."""
_SAME_AS_TITLE = 0.8
"""Share of a sentence's words that are those of the title, from which it only repeats the title."""
_BROKEN_OFF = re.compile(r"(?:\.\.\.|…|\[…\])[”’\"']?$")
_TABLE_RULE = re.compile(r"\|\s*+-{3,}[\s|-]*+")
"""The line below the head of a table, which newsletters use for their layout."""
_SPACE_BEFORE_STOP = re.compile(r"(?<=\w) (?=[.,](?:\s|$))")
_WORD = re.compile(r"\w+")
_LOWER_WORD = re.compile(r"\b[^\W\d_A-Z]\w*")
_CJK = re.compile(f"[{CJK_RANGES}]")
_WORD_OR_CHARACTER = re.compile(rf"[{CJK_RANGES}]|[^\W{CJK_RANGES}]+")
_LOOSE_END = " “‘„«\"'([,;:–—-"
_MAX_LABEL_CHARS = 60


def summarize_opening(opening: Opening) -> tuple[str, ...]:
    """Return one or two sentences that say what happened; empty if only the headline is known.

    They have at most MAX_OPENING_COLUMNS columns.
    """
    if opening.quality == "title" or not opening.text:
        return ()
    informative = _first_informative(_lines(opening), opening.title)
    if not informative:
        return _only_unfinished(_lines(opening), opening.title)
    sentences = [sentence for sentence in informative if not _BROKEN_OFF.search(sentence)] or informative[:1]
    start = choose_start(sentences, opening.title)
    first, second = sentences[start], choose_second(sentences, start, opening.title)
    if second and _fits(f"{first} {second}"):
        return first, second
    return (shorten(first, MAX_OPENING_COLUMNS),)


def _fits(text: str) -> bool:
    return len(text) <= characters_in(text, MAX_OPENING_COLUMNS)


def _lines(opening: Opening) -> Iterator[str]:
    """Yield the first paragraphs of a text, each from its first sentence on."""
    text = mask_spans(opening.text[:_EXAMINED_CHARS], opening.boilerplate)
    paragraphs = islice(filter(None, _paragraphs(text)), _MAX_OPENING_PARAGRAPHS)
    return (
        _without_title(remove_dateline(paragraph), opening.title)
        for paragraph in paragraphs
        if not is_credited(paragraph)
    )


def _first_informative(lines: Iterable[str], title: str) -> list[str]:
    """Return the first informative sentences; those that may be captions only if there are no others."""
    captions: list[str] = []
    found: list[str] = []
    title_words = _words(title)
    for line in lines:
        spans = sentences(line)
        of_line = [_SPACE_BEFORE_STOP.sub("", line[start:end].strip()) for start, end in spans]
        kind = captions if may_be_caption(line, spans) else found
        kind += [each for each in of_line if _is_informative(each) and not _repeats(each, title_words)]
        if len(found) > MAX_LEAD_SENTENCES:
            break
    return (found or captions)[: MAX_LEAD_SENTENCES + 1]


def _only_unfinished(lines: Iterable[str], title: str) -> tuple[str, ...]:
    """Return the only paragraph that is like a sentence without its full stop, as some feeds have; none of a list."""
    title_words = _words(title)
    texts = [line for line in lines if _is_unfinished_sentence(line) and not _repeats(line, title_words)]
    if len(texts) != 1:
        return ()
    whole = texts[0].rstrip(_LOOSE_END)
    return (shorten(whole if whole == texts[0] else whole + ELLIPSIS, MAX_OPENING_COLUMNS),)


def _is_unfinished_sentence(line: str) -> bool:
    is_text = len(_CJK.findall(line)) >= _SHORT_CJK_CHARS or len(_LOWER_WORD.findall(line)) >= _MIN_WORDS
    return is_text and not is_prompt_or_caption(line, is_short=False)


def _paragraphs(text: str) -> Iterator[str]:
    """Yield paragraphs as lines; short lines that end no sentence stand alone (bylines, headings, captions)."""
    for block in _TABLE_RULE.sub("\n\n", text).split("\n\n"):
        gathered = ""
        for line in map(clean_line, block.split("\n")):
            if gathered and _continues(gathered, line):
                gathered = f"{gathered} {line}"
            else:
                yield gathered
                gathered = line
        yield gathered


def _continues(gathered: str, line: str) -> bool:
    """Return True if a line belongs to the paragraph before it."""
    if line[:1].islower():
        return True
    if _is_label(gathered) or _is_label(line):
        return False
    return not (ends_sentence(gathered) and starts_with_list_mark(line))


def _is_label(line: str) -> bool:
    return len(line) < _MAX_LABEL_CHARS and not ends_sentence(line)


def _without_title(line: str, title: str) -> str:
    """Remove the title where a page repeats it in front of its first sentence, without a mark in between."""
    rest = line.removeprefix(title).lstrip() if title else line
    return rest if len(rest) < len(line) and rest[:1].isupper() and not ends_sentence(title) else line


def _is_informative(sentence: str) -> bool:
    if not ends_sentence(sentence) or sentence.startswith((")", "]", ",", ";")):
        return False
    words, cjk = len(_WORD.findall(sentence)), len(_CJK.findall(sentence))
    if words < _MIN_WORDS and cjk < _MIN_CJK_CHARS:
        return False
    return not is_prompt_or_caption(sentence, is_short=words < _SHORT_WORDS and cjk < _SHORT_CJK_CHARS)


def _words(text: str) -> set[str]:
    """Return the words of a text, of Chinese, Japanese and Korean ones the characters."""
    return set(_WORD_OR_CHARACTER.findall(text.casefold()))


def _repeats(sentence: str, title: set[str]) -> bool:
    """Return True if a sentence mostly repeats the title."""
    words = _words(sentence)
    return len(words & title) >= _SAME_AS_TITLE * len(words)
