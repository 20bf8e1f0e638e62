"""Terms in sentences as newspapers of nine languages write them: ends of phrases, plurals, joined words, acronyms."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from monitor.core.matching.matcher import Matcher
from monitor.core.model import Article, Source
from tests.core.rule_samples import HEAD, book

SENTENCES = Path(__file__).with_name("real_sentences.txt")
LINE = re.compile(r"([+-]) (.+?) \| (.+)")


def _by_language() -> dict[str, list[tuple[str, str, str]]]:
    blocks = re.findall(r"^\[(\w+)\]\n(.*?)(?=^\[|\Z)", SENTENCES.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return {lang: [LINE.fullmatch(line).groups() for line in text.split("\n") if line] for lang, text in blocks}  # type: ignore[union-attr]


CASES = _by_language()


def _found(entry: str, sentence: str, language: str) -> bool:
    text = HEAD + f"  any:\n  - {entry if entry.startswith('{') else repr(entry)}\n"
    return bool(Matcher(book(text).rules).match(Article(title="-", text=sentence, language=language), Source()))


def test_there_are_forty_sentences_or_more_of_each_of_nine_languages() -> None:
    assert {lang: len(cases) for lang, cases in CASES.items() if len(cases) < 40} == {}
    assert len(CASES) == 9


@pytest.mark.parametrize("language", CASES)
def test_terms_are_found_where_a_reader_would_find_them(language: str) -> None:
    wrong = [
        f"{sign} {entry} | {sentence}"
        for sign, entry, sentence in CASES[language]
        if _found(entry, sentence, language) is not (sign == "+")
    ]

    assert wrong == []
