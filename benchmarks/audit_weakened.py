"""Weakens rules at random, since the shipped ones miss too few labelled documents to compare rankings by.

A version lacks some rules, all rules of some topics, or a share of the entries of lists. The ranker knows only
what is left.
"""

from __future__ import annotations

import copy
import json
import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import yaml

from benchmarks.audit_corpora import ai_matches
from monitor.core.rules import SourceFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from benchmarks.audit_corpora import Corpus

    Parsed = dict[str, dict[str, Any]]

SEEDS = (1, 2)
_TOPICS, _RULES, _FEW, _MOST = 5, 0.4, 0.3, 0.6
"""Topics that are dropped, and shares of rules and of entries."""
_TEXT_CHARS = 4_000
"""Characters of a document that are matched, which takes a third of the time."""


def weakened(corpus: Corpus) -> Iterator[tuple[str, Corpus]]:
    """Yield versions of the rules by kind, with what each matches."""
    # The base loader reads the language `no` as text, as rules do, and not as false.
    files = {file.path: yaml.load(file.text, yaml.CBaseLoader) for file in corpus.files}
    short = [replace(article, text=article.text[:_TEXT_CHARS]) for article in corpus.articles]
    kinds: dict[str, Callable[[Parsed, random.Random], Parsed]] = {
        "a third of the entries": lambda parsed, draws: _without_entries(parsed, draws, _FEW),
        "most entries": lambda parsed, draws: _without_entries(parsed, draws, _MOST),
        "some rules": lambda parsed, draws: _without_rules(parsed, lambda _topic: draws.random() < _RULES),
        "five topics": _without_topics,
    }
    for kind, weaken in kinds.items():
        for seed in SEEDS:
            left = weaken(copy.deepcopy(files), random.Random(f"{kind} {seed}"))
            texts = [SourceFile(path, json.dumps(each, ensure_ascii=False)) for path, each in left.items()]
            rules, matched = ai_matches(texts, short)
            yield kind, replace(corpus, matched=matched, files=texts, rules=rules)


def _without_topics(parsed: Parsed, draws: random.Random) -> Parsed:
    topics = sorted({rule["topic"] for file in parsed.values() for rule in _rules(file)})
    return _without_rules(parsed, set(draws.sample(topics, _TOPICS)).__contains__)


def _without_rules(parsed: Parsed, is_dropped: Callable[[str], bool]) -> Parsed:
    for file in parsed.values():
        kept = [rule | {"tests": [], "status": "test"} for rule in _rules(file) if not is_dropped(rule["topic"])]
        file.pop("rules", None)
        if kept:
            file["rules"] = kept
    return {path: file for path, file in parsed.items() if file.keys() & {"lists", "rules", "topics"}}


def _without_entries(parsed: Parsed, draws: random.Random, share: float) -> Parsed:
    for file in parsed.values():
        if lists := file.get("lists"):
            file["lists"] = {name: _thinned(entries, draws, share) for name, entries in lists.items()}
    return _without_rules(parsed, lambda _topic: False)


def _thinned(node: Any, draws: random.Random, share: float) -> Any:
    """Drop terms of lists and of their variants; each keeps one."""
    if isinstance(node, dict):
        return {key: _thinned(each, draws, share) if key == "variants" else each for key, each in node.items()}
    kept = [each for each in node if not _is_term(each) or draws.random() >= share]
    return kept or node[:1]


def _is_term(entry: object) -> bool:
    return (isinstance(entry, str) and not entry.startswith("$")) or (isinstance(entry, dict) and "term" in entry)


def _rules(file: Mapping[str, Any]) -> list[dict[str, Any]]:
    return file.get("rules") or []
