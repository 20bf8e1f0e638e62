"""Terms in other scripts: text by text, whether a term is found in it, and what is marked as its evidence."""

# ruff: noqa: RUF001
from __future__ import annotations

import pytest

from monitor.core.matching.matcher import Matcher
from monitor.core.model import Article, Source
from monitor.core.rules import SourceFile, load


def _found(term: str, text: str) -> list[str]:
    rules = f"version: 1\nrules:\n  - {{id: the-rule, title: T, topic: t, any: ['{term}']}}\n"
    book, problems = load([SourceFile("r.yaml", rules)])
    assert not [problem for problem in problems if problem.level == "error"]
    found = [
        piece
        for match in Matcher(book.rules).match(Article(title="-", text=text), Source())
        for piece in match.evidence
    ]
    assert all(text[piece.start : piece.end] == piece.as_written for piece in found)
    return [piece.as_written for piece in found]


@pytest.mark.parametrize(
    ("term", "text", "found"),
    [
        # Arabic: tatweel, harakat
        ("قانون", "صدر قـــانون أمس", "قـــانون"),
        ("قانون", "صدر قَانُونٌ أمس", "قَانُونٌ"),
        ("قَانُون", "صدر قانون أمس", "قانون"),
        # Arabic: joined words before one word
        ("قانون", "صدر القانون أمس", "القانون"),
        ("قانون", "والقانون جديد", "والقانون"),
        ("قانون", "فقانون جديد", "فقانون"),
        ("قانون", "التزموا بالقانون", "بالقانون"),
        ("قانون", "كقانون جديد", "كقانون"),
        ("قانون", "وفقا للقانون.", "للقانون"),
        ("قانون", "وللقانون أثر", "وللقانون"),
        ("القانون", "وبالقانون يحكمون", "وبالقانون"),
        ("القانون", "وفقا للقانون", "للقانون"),
        # Arabic: phrases
        ("قانون جديد", "عن القانون الجديد", "القانون الجديد"),
        ("قانون جديد", "للقانون الجديد أثر", "للقانون الجديد"),
        ("قانون جديد", "بقانون جديد", "بقانون جديد"),
        ("قانون حماية البيئة", "وقانون حماية البيئة", "وقانون حماية البيئة"),
        ("القانون الجديد", "والقانون الجديد", "والقانون الجديد"),
        ("قانون تنظي*", "في القانون التنظيمي", "القانون التنظيمي"),
        # Hebrew
        ("תקנה", "התקנה פורסמה", "התקנה"),
        ("תקנה", "ובתקנה נאמר", "ובתקנה"),
        ("תקנה", "לפי דבריו, שהתקנה תבוטל", "שהתקנה"),
        ("תקנה", "כשהתקנה פורסמה", "כשהתקנה"),
        ("תקנה", "תַּקָּנָה חדשה", "תַּקָּנָה"),
        ("תקנה חדשה", "מהתקנה החדשה עולה", "מהתקנה החדשה"),
        # Greek: capitals lose their accents
        ("νόμος", "ΝΕΟΣ ΝΟΜΟΣ", "ΝΟΜΟΣ"),
        ("Ο ΝΟΜΟΣ", "ο νόμος", "ο νόμος"),
        ("ευρωπαϊκή", "ΕΥΡΩΠΑΪΚΗ και ΕΥΡΩΠΑΙΚΗ", "ΕΥΡΩΠΑΪΚΗ|ΕΥΡΩΠΑΙΚΗ"),
        # Russian and Ukrainian: the dots of ё are left out, й and ї stay letters
        ("учёт", "ведут учет", "учет"),
        ("учет", "ведут учёт", "учёт"),
        ("учёт", "УЧЁТ", "УЧЁТ"),
        ("мой", "мои слова", ""),
        ("її", "іі", ""),
        # Turkish: dotted and dotless
        ("ışık", "IŞIK VE ışık", "IŞIK|ışık"),
        ("içerik", "İÇERİK ve içerik", "İÇERİK|içerik"),
        # Korean: particles
        ("개인정보", "개인정보는 개인정보를 중요", "개인정보|개인정보"),
        ("AI", "AI는 중요", "AI"),
        # what is found nowhere
        ("قانون", "قانونية", ""),
        ("من", "وضمن المدينة", ""),
        ("=قانون", "القانون", ""),
        ("تقنين جديد", "القانون الجديد", ""),
        ("תקן", "מתקנה", ""),
    ],
)
def test_a_term_is_found_as_its_script_writes_it(term: str, text: str, found: str) -> None:
    assert "|".join(_found(term, text)) == found
