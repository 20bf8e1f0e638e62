"""Scores the rules against labelled documents: precision, recall and F1.

Input lines are `{"id","title","text","lang","topics":[...]}`; an empty list of topics means "not relevant".
`"labelled": false` marks a line that is not labelled yet, `"sample": "hits"` one that was chosen because a rule matched
it. A document counts as found if any rule matched it, and as found for a topic if a rule of that topic did. A ratio
without a denominator is None, since "no rule matched" is not the same as "every match was wrong".
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from monitor.core.confidence_intervals import LEVEL, wilson_interval
from monitor.core.errors import Problem
from monitor.core.json_lines import parse_line
from monitor.core.model import Match
from monitor.core.problems import did_you_mean, misspelt_field


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledDocument:
    """A document with its labels; `line` is its line in the file."""

    id: str
    title: str
    text: str
    language: str
    topics: frozenset[str]
    line: int
    labelled: bool = True
    """False for hits that are not labelled yet."""
    from_hits: bool = False
    """True if it was chosen because a rule matched it, so that it cannot show what rules miss."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfusionCounts:
    """Counts of one yes/no question over all documents."""

    found: int
    """Documents that were found and are relevant."""
    missed: int
    false: int
    """Documents that were found, but are labelled as not relevant."""

    @property
    def precision(self) -> float | None:
        """Share of the found documents that are relevant."""
        return _share(self.found, self.found + self.false)

    @property
    def precision_interval(self) -> tuple[float, float] | None:
        """The Wilson interval of the precision, at LEVEL."""
        return wilson_interval(self.found, self.found + self.false)

    @property
    def recall(self) -> float | None:
        """Share of the relevant documents that were found."""
        return _share(self.found, self.found + self.missed)

    @property
    def f1(self) -> float | None:
        """Harmonic mean of the two."""
        return _share(2 * self.found, 2 * self.found + self.missed + self.false)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredDocument:
    """A document with the matches of the rules."""

    document: LabelledDocument
    matches: tuple[Match, ...]

    @property
    def topics(self) -> frozenset[str]:
        """The topics of the rules that matched."""
        return frozenset(match.topic for match in self.matches)

    @property
    def score(self) -> float:
        """The highest score of its matches."""
        return max((match.score for match in self.matches), default=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """The figures, and the documents to read first when they are low."""

    documents: int
    """Labelled documents."""
    unlabelled: int
    """Documents without a label; no figure counts them."""
    hits_only: bool
    """True if all documents are hits of the rules, so that recall cannot be known."""
    relevance: ConfusionCounts
    topics: Mapping[str, ConfusionCounts]
    misses: tuple[ScoredDocument, ...]
    """Relevant documents that no rule matched; those with most labels first."""
    false_alarms: tuple[ScoredDocument, ...]
    """Documents that a rule matched, but that are not relevant; highest score first."""
    confused: tuple[ScoredDocument, ...]
    """Relevant documents that only rules of other topics matched; most differences first."""


def read_documents(lines: Iterable[bytes], path: str) -> tuple[list[LabelledDocument], list[Problem]]:
    """Read JSON lines; a bad line is reported with its number, and the others still count."""
    documents: list[LabelledDocument] = []
    problems: list[Problem] = []
    for line_number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        document = _parse_document(line, line_number)
        if isinstance(document, str):
            problems.append(Problem(path, line_number, 1, "E070", document))
        else:
            documents.append(document)
    return documents, problems


def unknown_topics(documents: Iterable[LabelledDocument], topics: Collection[str], path: str) -> list[Problem]:
    """Warn once of each label that is not a topic of the rules: it would always count as missed."""
    seen: dict[str, int] = {}
    for document in documents:
        for topic in sorted(document.topics - set(topics)):
            seen.setdefault(topic, document.line)
    return [Problem(path, line, 1, "W170", _no_topic(topic, topics), "warning") for topic, line in seen.items()]


def score(documents: Sequence[LabelledDocument], matches: Sequence[Sequence[Match]]) -> Scores:
    """Compare labels with matches, document by document; unlabelled documents are only counted."""
    pairs = zip(documents, matches, strict=True)
    scored = [ScoredDocument(document=each, matches=tuple(of_it)) for each, of_it in pairs if each.labelled]
    topics = sorted({topic for each in scored for topic in each.document.topics | each.topics})
    found = [each for each in scored if each.document.topics and each.matches]
    missed = [each for each in scored if each.document.topics and not each.matches]
    false_alarms = [each for each in scored if each.matches and not each.document.topics]
    return Scores(
        documents=len(scored),
        unlabelled=len(documents) - len(scored),
        hits_only=all(each.document.from_hits or each.matches for each in scored),
        relevance=_figure((bool(each.document.topics), bool(each.matches)) for each in scored),
        topics={
            topic: _figure((topic in each.document.topics, topic in each.topics) for each in scored) for topic in topics
        },
        misses=_sort_worst_first(missed, lambda each: len(each.document.topics)),
        false_alarms=_sort_worst_first(false_alarms, lambda each: each.score),
        confused=_sort_worst_first(
            [each for each in found if each.document.topics != each.topics],
            lambda each: len(each.document.topics ^ each.topics),
        ),
    )


def as_json(scores: Scores, worst: int) -> dict[str, Any]:
    """Return the scores as JSON, with the first `worst` documents of each list."""
    return {
        "documents": scores.documents,
        "unlabelled": scores.unlabelled,
        "hits_only": scores.hits_only,
        "interval": {"method": "wilson", "level": LEVEL},
        "relevance": _counts_json(scores.relevance, hits_only=scores.hits_only),
        "topics": {topic: _counts_json(figure, hits_only=scores.hits_only) for topic, figure in scores.topics.items()},
        "misses": list(map(_document_json, scores.misses[:worst])),
        "false_alarms": list(map(_document_json, scores.false_alarms[:worst])),
        "confused": list(map(_document_json, scores.confused[:worst])),
    }


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _figure(pairs: Iterable[tuple[bool, bool]]) -> ConfusionCounts:
    """Count (labelled, found) pairs."""
    counted = list(pairs)
    return ConfusionCounts(
        found=counted.count((True, True)), missed=counted.count((True, False)), false=counted.count((False, True))
    )


def _sort_worst_first(
    scored: list[ScoredDocument], weight: Callable[[ScoredDocument], float]
) -> tuple[ScoredDocument, ...]:
    return tuple(sorted(scored, key=lambda each: (-weight(each), each.document.line)))


def _parse_document(line: bytes, line_number: int) -> LabelledDocument | str:
    """Parse a line, or return what is wrong with it."""
    try:
        raw = parse_line(line)
    except ValueError as error:
        return str(error)
    if not isinstance(raw, dict):
        return "a line is an object with id, title, text, lang and topics"
    misspelt, topics = misspelt_field(raw, ("title", "text", "topics")), raw.get("topics")
    if misspelt or not isinstance(topics, list) or not all(isinstance(topic, str) and topic for topic in topics):
        return misspelt or "'topics' must be a list of topic names; an empty list means not relevant"
    if wrong := [key for key in ("title", "text", "lang") if not isinstance(raw.get(key) or "", str)]:
        return f"'{wrong[0]}' must be text"
    title, text = raw.get("title") or "", raw.get("text") or ""
    if not title and not text:
        return "neither 'title' nor 'text': nothing to match"
    return LabelledDocument(
        id=str(raw.get("id") or line_number),
        title=title,
        text=text,
        language=raw.get("lang") or "",
        topics=frozenset(topics),
        line=line_number,
        labelled=raw.get("labelled", True) is not False,
        from_hits=raw.get("sample") == "hits",
    )


def _no_topic(topic: str, topics: Collection[str]) -> str:
    return f"no rule has the topic '{topic}'{did_you_mean(topic.replace('_', '-'), topics)}"


def _counts_json(figure: ConfusionCounts, *, hits_only: bool) -> dict[str, Any]:
    """Return counts and shares; those that depend on misses are None for a file of hits only."""
    interval = figure.precision_interval
    return {
        "found": figure.found,
        "missed": figure.missed,
        "false": figure.false,
        "precision": figure.precision,
        "precision_interval": None if interval is None else list(interval),
        "recall": None if hits_only else figure.recall,
        "f1": None if hits_only else figure.f1,
    }


def _document_json(scored: ScoredDocument) -> dict[str, Any]:
    document = scored.document
    return {
        "id": document.id,
        "line": document.line,
        "title": document.title,
        "topics": sorted(document.topics),
        "hits": [_hit_json(match) for match in scored.matches],
    }


def _hit_json(match: Match) -> dict[str, Any]:
    """Return the rule that matched and the matched words, in the order of the evidence."""
    words = dict.fromkeys(evidence.as_written for evidence in match.evidence)
    return {"rule_id": match.rule_id, "topic": match.topic, "branch": match.branch, "because": list(words)}
