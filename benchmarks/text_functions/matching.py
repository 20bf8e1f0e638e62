"""Functions of matching, of rules, and of themes in source documents."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from benchmarks.text_functions.sample_values import (
    OPERATORS,
    SOURCE,
    article_of,
    evidence_of,
    matcher,
    with_empty_caches,
)
from monitor.core import seeds
from monitor.core.lab import scoring
from monitor.core.matching import passages
from monitor.core.model import Article
from monitor.core.rules.why_not import why_not
from monitor.core.seeds.phrases import find_phrases

if TYPE_CHECKING:
    from collections.abc import Callable


def functions() -> dict[str, Callable[[str], object]]:
    return {
        "matching.scan, shipped": with_empty_caches(lambda text: matcher(None).scan(article_of(text), SOURCE)),
        "matching.match, shipped": with_empty_caches(lambda text: matcher(None).match(article_of(text), SOURCE)),
        "matching.match, in a title": with_empty_caches(
            lambda text: matcher(None).match(Article(title=text, text=""), SOURCE)
        ),
        "matching.match, operators": with_empty_caches(lambda text: matcher(OPERATORS).match(article_of(text), SOURCE)),
        "matching.match, boilerplate": with_empty_caches(_match_beside_boilerplate),
        "rules.why_not": with_empty_caches(
            lambda text: [why_not(rule, article_of(text), SOURCE) for rule in _operators()]
        ),
        "matching.passages.best_sentence": lambda text: passages.best_sentence(evidence_of(text)),
        "matching.passages.mark_spans": lambda text: passages.mark_spans(
            text, [(at, at + 3) for at in range(0, len(text), 4)]
        ),
        "matching.passages.marked_sentences": lambda text: passages.marked_sentences(evidence_of(text)),
        "lab.scoring.read_documents": lambda text: scoring.read_documents(
            [json.dumps({"text": text, "topics": []}).encode(), text.encode(errors="replace")], "file"
        ),
        "seeds.paragraphs_of": seeds.paragraphs_of,
        "seeds.phrases": lambda text: find_phrases(seeds.paragraphs_of(text), "en"),
        "seeds.themes": _themes,
    }


def _operators() -> tuple[Any, ...]:
    return matcher(OPERATORS).rules


def _match_beside_boilerplate(text: str) -> object:
    places = tuple((at, at + 4) for at in range(0, len(text), 9))
    return matcher(OPERATORS).match(replace(article_of(text), boilerplate=places), SOURCE)


def _themes(text: str) -> object:
    return seeds.themes(
        seeds.SourceDocument(title="t", paragraphs=seeds.paragraphs_of(text), language="en"), lambda *_: []
    )
