"""Plurals and singulars: term by term, what is found and what is not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from monitor.core.matching.matcher import Matcher
from monitor.core.model import Article, Source
from monitor.core.rules import SourceFile, load


def _found(term: Any, title: str, language: str = "") -> list[str]:
    rules = [{"id": "the-rule", "title": "T", "topic": "t", "any": [term]}]
    book, problems = load([SourceFile("r.yaml", json.dumps({"version": "1", "rules": rules}))])
    assert not [problem for problem in problems if problem.level == "error"]
    matches = Matcher(book.rules).match(Article(title=title, text="", language=language), Source())
    return [piece.as_written for match in matches for piece in match.evidence]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("bias", "biases"),
        ("gas", "gases"),
        ("lens", "lenses"),
        ("analysis", "analyses"),
        ("crisis", "crises"),
        ("basis", "bases"),
        ("axis", "axes"),
        ("criterion", "criteria"),
        ("policy", "policies"),
        ("memorandum", "memoranda"),
        ("memorandum", "memorandums"),
        ("index", "indices"),
        ("index", "indexes"),
        ("spokeswoman", "spokeswomen"),
        ("shelf", "shelves"),
        ("risk analysis", "risk analyses"),
        ("=Analysis", "Analyses"),
    ],
)
def test_english_plurals_are_found_in_both_directions(one: str, other: str) -> None:
    assert _found(one, other) == [other]
    assert _found(other if one[0] != "=" else f"={other}", one.lstrip("=")) == [one.lstrip("=")]


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("de", "Verordnung", "Verordnungen"),
        ("de", "Vorstand", "Vorstände"),
        ("de", "Netzwerk", "Netzwerke"),
        ("de", "Regel", "Regeln"),
        ("de", "Amt", "Ämter"),
        ("fr", "tribunal", "tribunaux"),
        ("fr", "réseau", "réseaux"),
        ("fr", "travail", "travaux"),
        ("fr", "décret", "décrets"),
        ("es", "ley", "leyes"),
        ("es", "regulación", "regulaciones"),
        ("es", "voz", "voces"),
        ("it", "decreto", "decreti"),
        ("it", "legge", "leggi"),
        ("it", "regola", "regole"),
        ("it", "banca", "banche"),
        ("pt", "regulação", "regulações"),
        ("pt", "tribunal", "tribunais"),
        ("pt", "nuvem", "nuvens"),
    ],
)
def test_a_term_that_names_its_language_takes_the_endings_of_that_language(language: str, one: str, other: str) -> None:
    assert _found({"term": one, "lang": [language]}, other, language) == [other]
    assert len(one) <= 3 or _found({"term": other, "lang": [language]}, one, language) == [one]
    assert not _found({"term": one, "lang": [language]}, other, "en")
    assert not _found({"term": one, "lang": [language], "inflect": "no"}, other, language)


@pytest.mark.parametrize(
    ("term", "title"),
    [
        ("news", "new"),
        ("bias", "bia"),
        ("criterion", "critter"),
        ({"term": "analysis", "inflect": "no"}, "analyses"),
        ({"term": "analysis", "plural": "no"}, "analyses"),
        ({"term": "AXIS", "case": "smart"}, "AXES"),
        ({"term": "IA", "lang": ["fr"]}, "IAUX"),
        ("Verordnung", "Verordnungen"),
        ("human", "humen"),
    ],
)
def test_what_is_no_plural_is_not_found(term: Any, title: str) -> None:
    assert not _found(term, title)
