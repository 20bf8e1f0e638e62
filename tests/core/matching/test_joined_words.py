"""Words joined to Arabic and Hebrew terms: the index against a list of all spellings of a term."""

# ruff: noqa: RUF001
from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.core.matching.index import TermIndex
from monitor.core.matching.term_parser import parse_term
from monitor.core.matching.tokenized_document import TokenizedDocument
from monitor.core.model import Article, Source

if TYPE_CHECKING:
    from monitor.core.matching.terms import Term

ARABIC, HEBREW = re.compile("[ء-ي]+"), re.compile("[א-ת]+")
PREFIXES = {
    ARABIC: ["و", "ف", "ب", "ك", "ل", "وب", "ول", "وك", "فب", "فل", "فك"],
    HEBREW: [
        *("ו", "ב", "כ", "ל", "מ", "ש", "כש", "לכש", "וכש", "וב", "וכ", "ול", "ומ", "וש"),
        *("שב", "שכ", "של", "שמ", "ושב", "ושל", "ושמ"),
    ],
}
MERGED = ("لل", "ولل", "فلل")
ARTICLE = {ARABIC: "ال", HEBREW: "ה"}
WORDS = {
    ARABIC: ["قانون", "القانون", "جديد", "حماية", "ولد", "الل", "بنوك", "ال", "لجنة", "سما", "AI"],
    HEBREW: ["תקנה", "חדשה", "התקנה", "שלום", "הר", "הבית", "ועדה", "AI"],
}


def spelled(term: Term) -> set[tuple[str, ...]]:
    """Return all spellings of a term, one by one."""
    words = term.words
    forms = {words}
    script = next((script for script in PREFIXES if script.fullmatch(words[0])), None)
    if script is None or term.cased or len(words[0]) < 3:
        return forms
    article, (first, *others) = ARTICLE[script], words
    definite = [article + word if script.fullmatch(word) and not word.startswith(article) else word for word in others]
    has_article = first.startswith(article) and len(first) > len(article) + 1
    merged = MERGED if script is ARABIC else ()
    forms |= {(prefix + first, *others) for prefix in PREFIXES[script]}
    if has_article:
        forms |= {(prefix + first[len(article) :], *others) for prefix in merged}
        return forms
    before = [prefix + article for prefix in ("", *PREFIXES[script])]
    forms |= {(prefix + first, *rest) for prefix in (*before, *merged) for rest in (others, definite)}
    if script is ARABIC and not any(word.startswith(article) for word in words):
        takes_alif = [bool(ARABIC.fullmatch(word)) and not word.endswith(("ة", "ى", "ا", "اء")) for word in words]
        ended = [word + "ا" * takes for word, takes in zip(words, takes_alif, strict=True)]
        if tuple(ended) != words:
            forms |= {(prefix + ended[0], *ended[1:]) for prefix in ("", "و", "ف")}
    return forms


def found_by_spelling(term: Term, words: list[str]) -> list[tuple[int, int]]:
    """Return where a term is, by comparing each of its spellings with the words at each place."""
    length, spans = len(term.words), set()
    for form in spelled(term):
        for at in range(len(words) - length + 1):
            *before, last = words[at : at + length]
            if before == list(form[:-1]) and (last.startswith(form[-1]) if term.wildcard else last == form[-1]):
                spans.add((at, at + length))
    return sorted(spans)


@st.composite
def terms_and_words(draw: st.DrawFn) -> tuple[list[str], list[str]]:
    """Draw terms and the words of an article: those of the terms, with letters before and after them."""
    script = draw(st.sampled_from([ARABIC, HEBREW]))
    word = st.sampled_from(WORDS[script])
    stem = word.filter(lambda each: len(each) > 3).map(lambda each: each + "*")
    terms = st.tuples(st.lists(word, max_size=2), word | stem).map(lambda parts: " ".join([*parts[0], parts[1]]))
    article, prefixes = ARTICLE[script], PREFIXES[script]
    before = ["", "", article, *prefixes, *MERGED, *(prefix + article for prefix in prefixes)]
    written = st.tuples(st.sampled_from(before), word, st.sampled_from(["", "", "ا", "ية"])).map("".join)
    return draw(st.lists(terms, min_size=1, max_size=4)), draw(st.lists(written, min_size=1, max_size=12))


@given(terms_and_words())
@example((["قانون جديد", "القانون", "قانون"], ["وبالقانون", "الجديد", "قانونا", "جديدا", "وللقانون", "القانون"]))
@example((["قانون*", "قانون تنظي*"], ["فقانونا", "القانون", "التنظيمي"]))
@example((["الذك*"], ["للذكاء", "وللذكاء", "والذكاء", "ذكاء"]))
@example((["תקנה חדשה", "תקנה"], ["ושבהתקנה", "החדשה"]))
@example((["بكالوريوس"], ["כשبكالوريوس"]))
@settings(max_examples=300, deadline=None)
def test_the_index_finds_each_spelling_of_a_term_once_and_nothing_else(drawn: tuple[list[str], list[str]]) -> None:
    texts, words = drawn
    terms = {term.key: term for text in texts if not re.fullmatch("[א-ת]{1,2}", text) for term in [parse_term(text)]}
    document = TokenizedDocument(Article(title=" ".join(words), text=""), Source())

    found = TermIndex(terms.values()).scan(document)

    expected = {key: found_by_spelling(term, document.words) for key, term in terms.items() if key != "ai"}
    assert {key: spans for key, spans in found.items() if not key.startswith("ai")} == {
        key: spans for key, spans in expected.items() if spans and not key.startswith("ai")
    }


def test_terms_of_one_place_are_in_the_order_of_the_index_whatever_is_joined() -> None:
    words = "والقانون الجديد قانون القانون الجديد"
    terms = [parse_term(text) for text in ("قانون جديد", "القانون", "القانون الجديد", "قانون", "قانون*")]
    document = TokenizedDocument(Article(title=words, text=""), Source())

    found = TermIndex(terms).scan(document)

    assert list(found) == ["القانون", "قانون", "قانون*", "قانون جديد", "القانون الجديد"]
