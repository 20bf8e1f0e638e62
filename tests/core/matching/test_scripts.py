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
        # Arabic: the alif of the indefinite accusative
        ("قانون", "أصدر قانونا، وقانونًا آخر", "قانونا|وقانونًا"),
        ("قانون جديد", "أقر قانونا جديدا", "قانونا جديدا"),
        ("ذكاء اصطناعي", "تستخدم ذكاء اصطناعيا", "ذكاء اصطناعيا"),
        ("حماية", "نريد حمايةا", ""),
        ("قانون", "بقانونا والقانونا", ""),
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
        # Korean: short words are found over a space only from the beginning of a word
        ("아동", "엔비디아 동시 방한, 엔비디아·동시", ""),
        ("아동", "여성아동을 보호", "아동"),
        ("규제안", "AI 규제 안을 발표", "규제 안"),
        ("규제안", "AI규제 안을 발표", ""),
        ("와 상담", "챗GPT와 상담", "와 상담"),
        ("수출통제", "반도체수출 통제", "수출 통제"),
        # Hindi: nukta as one character, as two and left out; two ways to write nasals; joiners; visarga as a colon
        ("कानून", "नया क\u093cानून और \u0958ानून", "क\u093cानून|\u0958ानून"),
        ("क\u093cानून", "नया कानून", "कानून"),
        ("केंद्रीय संबंध", "केन्द्रीय सम्बन्ध पर", "केन्द्रीय सम्बन्ध"),
        ("हिन्दी", "हिंदी में", "हिंदी"),
        ("आंकड़े", "नए आँकड\u093cे आए", "आँकड\u093cे"),
        ("न्यायालय", "न्\u200dयायालय ने", "न्\u200dयायालय"),
        ("समिट", "एआई समिटः सहमति", "समिटः"),
        ("दुख", "दुःख", "दुःख"),
        ("सम्मेलन", "संमेलन", ""),
        # Hindi: digits, plurals before a postposition, endings after a conjunct
        ("जी20", "जी२० और जी20", "जी२०|जी20"),
        ("नियम", "नियमों में, नियम का", "नियमों|नियम"),
        ("डेटा कंपनी", "डेटा कंपनियों ने", "डेटा कंपनियों"),
        ("खतरे", "खतरा और ख\u093cतरों पर", "खतरा|ख\u093cतरों"),
        ("कार्रवाई", "कार्रवाइयों से", "कार्रवाइयों"),
        ("चिप", "चिप्स पर", "चिप्स"),
        ("जज", "जजों ने, उन में", "जजों"),
        ("नीति", "नीतियाँ और नीतियों", "नीतियाँ|नीतियों"),
        ("नियम", "नियामक और नियमित", ""),
        ("सेना", "सेनापति", ""),
        ("प्रतिबन्ध*", "प्रतिबंधित है", "प्रतिबंधित"),
        ("विनिय*", "नया विनियमन", "विनियमन"),
        ("सरकार ने", "सरकार ने कहा", "सरकार ने"),
        ("AI", "AI-आधारित ऐप", "AI"),
        ("ए आई", "ए.आई. नीति, ए॰आई॰ नीति", "ए.आई|ए॰आई"),
        # Hindi: the danda ends a phrase, also without a space and as a vertical bar
        ("है सरकार", "यह है।सरकार बोली, यह है ।सरकार बोली, यह है |सरकार बोली", ""),
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
