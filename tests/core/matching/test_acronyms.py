"""Acronyms that are also words: text by text and language by language, whether the acronym is found."""

from __future__ import annotations

import json

import pytest

from monitor.core.matching.matcher import Matcher
from monitor.core.model import Article, Source
from monitor.core.rules import SourceFile, load
from monitor.core.rules.why_not import why_not


def _matcher(term: object) -> Matcher:
    rules = [{"id": "the-rule", "title": "T", "topic": "t", "any": [term]}]
    book, problems = load([SourceFile("r.yaml", json.dumps({"version": "1", "rules": rules}))])
    assert not [problem for problem in problems if problem.level == "error"]
    return Matcher(book.rules)


@pytest.mark.parametrize(
    ("term", "title", "language", "found"),
    [
        # with dots it is always the acronym
        ("US", "U.S. SENATE VOTES", "en", True),
        ("US", "THE U.S. IS OUT", "en", True),
        ("WHO", "W.H.O. SOUNDS THE ALARM", "en", True),
        ("UN", "L'U.N. EN PANNE", "fr", True),
        # in English capitals it is the word
        ("US", "JOIN US TODAY", "en", False),
        ("US", "JOIN US TODAY", "en-GB", False),
        ("US", "JOIN US TODAY", "", False),
        ("CAN", "YES WE CAN", "en", False),
        ("IT", "STOP IT", "en", False),
        ("AID", "FIRST AID FOR CATS", "en", False),
        # amid small letters it is the acronym
        ("US", "Senate of the US votes", "en", True),
        ("IT", "The IT budget", "en", True),
        # in other languages another word is one
        ("US", "LES US SE RETIRENT", "fr", True),
        ("CAR", "IL PART CAR IL PLEUT", "fr", False),
        ("CAR", "Le CAR demain", "fr", True),
        ("DO", "O FIM DO MUNDO", "pt", False),
        ("EU", "EU NAO SEI", "pt-BR", False),
        ("EU", "EU EINIGT SICH", "de", True),
        ("ES", "ES IST ZEIT", "de", False),
        ("IT", "IT BRANCHE WARNT", "de", True),
        ("AI", "AI CITTADINI", "it", False),
        ("AI", "Una AI per tutti", "it", True),
        ("WHO", "WHO VARNAR", "sv", True),
        # the article un
        ("UN", "Encore UN texte", "fr", False),
        ("UN", "UN TEXTE", "fr", False),
        ("UN", "Otro UN texto", "es", False),
        ("UN", "Solo UN testo", "it", False),
        ("UN", "Encara UN text", "ca", False),
        ("UN", "Nem UN texto", "pt", False),
        ("UN", "The UN text", "en", True),
        ("UN", "Die UN tagt", "de", True),
        ("UN", "Some UN text", "", True),
        ({"term": "UN", "lang": ["en", "fr"]}, "Le texte de l'UN", "fr", True),
        ({"term": "UN", "lang": ["en"]}, "Le texte de l'UN", "fr", False),
        # longer terms are no acronyms
        ("UN panel", "UN PANEL", "es", True),
        ("US Senate", "US SENATE", "en", True),
    ],
)
def test_an_acronym_is_distinguished_from_a_word_by_dots_capitals_and_language(
    term: object, title: str, language: str, *, found: bool
) -> None:
    article = Article(title=title, text="", language=language)

    assert bool(_matcher(term).match(article, Source())) is found


def test_why_not_says_that_an_acronym_was_taken_for_a_word() -> None:
    article = Article(title="Encore UN texte", text="", language="fr")

    assert "in an article of this language it is taken for the word" in str(
        why_not(_matcher("UN").rules[0], article, Source())
    )
