"""Terms inside longer words: term by term, what is found and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from monitor.core.matching.matcher import Matcher
from monitor.core.model import Article, Source
from monitor.core.rules import SourceFile, load


def _read(term: dict[str, Any]) -> tuple[Matcher, list[str]]:
    rules = [{"id": "the-rule", "title": "T", "topic": "t", "any": [term]}]
    book, problems = load([SourceFile("r.yaml", json.dumps({"version": "1", "rules": rules}))])
    return Matcher(book.rules), [problem.code for problem in problems if problem.level == "error"]


@pytest.mark.parametrize(
    ("term", "title", "found"),
    [
        ("Regulierung", "Neue KI-Regulierungsbehörde", ["Regulierungsbehörde"]),
        ("Regulierung", "Die Selbstregulierung der Banken", ["Selbstregulierung"]),
        ("Regulierung", "DEREGULIERUNGSPLAN", ["DEREGULIERUNGSPLAN"]),
        ("Regulierung", "Regulierung, Regulierungen", ["Regulierung", "Regulierungen"]),
        ("Wasser", "Abwasserabgabe, Trinkwasserwasserwerk", ["Abwasserabgabe", "Trinkwasserwasserwerk"]),
        ("Behörde", "Aufsichtsbehoerde, Aufsichtsbehörde", ["Aufsichtsbehörde"]),
        ("закон", "Законопроект", ["Законопроект"]),
        ("Regulierung", "Regulier die Ung", []),
    ],
)
def test_a_term_is_found_inside_longer_words(term: str, title: str, found: list[str]) -> None:
    matcher, errors = _read({"term": term, "within": "word"})
    matches = matcher.match(Article(title=title, text=""), Source())

    assert not errors
    assert [piece.as_written for match in matches for piece in match.evidence] == found


def test_a_term_is_not_found_inside_words_by_default() -> None:
    article = Article(title="Selbstregulierung", text="")

    assert not _read({"term": "Regulierung"})[0].match(article, Source())


def test_the_language_of_the_term_still_counts() -> None:
    matcher, _ = _read({"term": "Regulierung", "within": "word", "lang": ["de"]})

    assert matcher.match(Article(title="Selbstregulierung", text="", language="de"), Source())
    assert not matcher.match(Article(title="Selbstregulierung", text="", language="nl"), Source())


@pytest.mark.parametrize(
    ("term", "code"),
    [
        ({"term": "Amt", "within": "word"}, "E024"),
        ({"term": "neue Behörde", "within": "word"}, "E024"),
        ({"term": "Behörde*", "within": "word"}, "E024"),
        ({"term": "Behörde", "within": "word", "case": "exact"}, "E024"),
        ({"term": "Behörde", "within": "sentence"}, "E004"),
    ],
)
def test_what_cannot_be_looked_for_inside_words_is_refused(term: dict[str, Any], code: str) -> None:
    assert _read(term)[1] == [code]
