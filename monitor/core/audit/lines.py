"""Reads the JSON lines of `monitor audit`; ValueError and TypeError say what is wrong with a line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

from monitor.core.audit.estimation import JudgedStratum
from monitor.core.audit.pooled_samples import Judged
from monitor.core.audit.report import judgements_needed, recall_report, topics
from monitor.core.json_objects import fields_of
from monitor.core.model import Article, RecallEstimate, Source
from monitor.core.rules.rule_tests import parse_article

Id = str | int | float
_NEEDS_TOPICS = "not known: some judged misses have no topic"
MAX_STRATUM_SIZE = 1_000_000_000
"""Documents of a stratum at most; limits of larger ones cannot be computed exactly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimationProblem:
    """Counts to estimate recall from."""

    id: Id | None
    hits: JudgedStratum
    strata: tuple[JudgedStratum, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InputDocument:
    """A document with its judgement; `topics` are None if the line has none."""

    id: Id
    article: Article
    source: Source
    judged: bool | None
    topics: frozenset[str] | None


def parse_problem(data: object) -> EstimationProblem:
    """Parse `{"id","hits":{"total","judged","relevant"},"strata":[{"size","judged","relevant"},...]}`."""
    if not isinstance(data, dict):
        raise TypeError('not an object like {"id": ..., "hits": {...}, "strata": [...]}')
    if "strata" not in data:
        raise TypeError('"strata" is missing; it is a list of {"size", "judged", "relevant"}')
    strata = data["strata"]
    if not isinstance(strata, list):
        raise TypeError('"strata" must be a list of {"size", "judged", "relevant"}')
    if "hits" not in data:
        raise TypeError('"hits" is missing; it is an object with "total", "judged" and "relevant"')
    total, judged, relevant = _counts(data["hits"], "total", '"hits"')
    numbered = (_counts(each, "size", f"stratum {number}") for number, each in enumerate(strata, 1))
    return EstimationProblem(
        id=None if data.get("id") is None else _identity(data["id"]),
        hits=JudgedStratum(size=total, judged=judged, found=relevant),
        strata=tuple(JudgedStratum(size=size, judged=done, missed=missed) for size, done, missed in numbered),
    )


def _counts(data: object, whole: str, where: str) -> tuple[int, int, int]:
    names = (whole, "judged", "relevant")
    if not isinstance(data, dict):
        raise TypeError(f'{where} must be an object with "{whole}", "judged" and "relevant"')
    size, judged, relevant = (_count(data, name, where) for name in names)
    if judged > size:
        raise ValueError(f"{where} has {judged} judged of {size}")
    if relevant > judged:
        raise ValueError(f"{where} has {relevant} relevant of {judged} judged")
    return size, judged, relevant


def _count(data: dict[str, object], name: str, where: str) -> int:
    if name not in data:
        raise TypeError(f'"{name}" of {where} is missing')
    number = data[name]
    is_whole = isinstance(number, int) or (isinstance(number, float) and number.is_integer())
    if isinstance(number, bool) or not isinstance(number, int | float) or not is_whole or number < 0:
        raise TypeError(f'"{name}" of {where} must be a whole number, 0 or more')
    if number > MAX_STRATUM_SIZE:
        raise ValueError(f'"{name}" of {where} is more than {MAX_STRATUM_SIZE:,}')
    return int(number)


def _identity(given: object) -> Id:
    """Return an id as it was given; TypeError if it is neither a text nor a number that JSON can hold."""
    if given == "":
        raise ValueError('"id" is empty')
    if isinstance(given, bool) or not isinstance(given, str | int | float):
        raise TypeError('"id" must be a text or a number')
    if isinstance(given, float) and not isfinite(given):
        raise TypeError('"id" must be a text or a number, not NaN or infinite')
    return given


def parse_input_document(data: object) -> InputDocument:
    """Parse `{"id","title","text","lang"?,"judged"?,"topics"?}`."""
    if not isinstance(data, dict):
        raise TypeError('not an object like {"id": ..., "title": ..., "text": ...}')
    if data.get("id") is None:
        raise TypeError('"id" is missing')
    identity = _identity(data["id"])
    judged = data.get("judged")
    if not (judged is None or isinstance(judged, bool)):
        raise TypeError('"judged" must be true or false, or be left out')
    topics = data.get("topics")
    if not (topics is None or (isinstance(topics, list) and all(isinstance(topic, str) for topic in topics))):
        raise TypeError('"topics" must be a list of names')
    article, source = parse_article(data)
    return InputDocument(
        id=identity,
        article=article,
        source=source,
        judged=judged,
        topics=None if topics is None else frozenset(topics),
    )


def report_json(judged: Judged) -> dict[str, Any]:
    """Return the estimates of an archive, as `monitor audit estimate` and the web API print them."""
    report = recall_report(judged)
    return {
        **_figures(report.estimate),
        "sufficient": report.sufficient,
        "since": report.since,
        "more_needed": judgements_needed(report.estimate),
        "text": report.sentence,
        "topics": [
            {
                "topic": each.topic,
                **_figures(each.estimate),
                "text": _NEEDS_TOPICS if each.lacks_topics else replace(report, estimate=each.estimate).sentence,
            }
            for each in topics(judged)
        ],
    }


def estimate_json(identity: Id | None, estimate: RecallEstimate) -> dict[str, Any]:
    """Return the answer to an estimation problem."""
    return {"id": identity, **_figures(estimate)}


def _figures(estimate: RecallEstimate) -> dict[str, Any]:
    return fields_of(estimate, without=("articles",))
