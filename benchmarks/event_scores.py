"""How well stories agree with labelled events: pairs of articles, copies, and events hidden by a false join.

A folder of labelled articles has `docs.jsonl` (id, date, lang, outlet, title, text) and `labels.jsonl` (id, event,
`copy_of`, `undecided`: ids that could be judged either way and count neither way). Events are divided into two halves
by their names: one to develop on, one to check.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from benchmarks.row import Row
from monitor.core.stories.input_articles import group_articles, parse_input_article

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

PARTS = ("work", "check")
LEAST_F1 = {"events in English": 0.7, "events in Chinese": 0.6}
NAN = float("nan")
_ZONE = "+08:00"
"""Of dates that state none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedArticle:
    """An article with its event and the story that was found for it."""

    id: str
    event: str
    original: str
    """The article of which it is a copy, or itself."""
    undecided: frozenset[str]
    is_english: bool
    story: int

    @property
    def part(self) -> str:
        """The half that its event is in."""
        return PARTS[int(hashlib.sha1(self.event.encode()).hexdigest(), 16) % 2]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairScore:
    """Shares from 0 to 1, and the number of events that share a story with another event."""

    precision: float
    recall: float
    copies: float
    hidden: int
    events: int

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def run_on(folder: Path | None) -> list[Row]:
    """Return the rows of the table; without a folder they are skipped."""
    if folder is None:
        return [Row("labelled events (--events DIR)", NAN, "", "", good=True)]
    return [
        Row(f"{name}: {what}", value, "", limit, good=good)
        for name, articles in _selections(read(folder))
        for what, value, limit, good in _figures(name, score(articles))
    ]


def _figures(name: str, found: PairScore) -> Iterable[tuple[str, float, str, bool]]:
    """Yield what, value, limit and whether it is kept; halves have no limits."""
    hidden, least = found.hidden / max(found.events, 1), LEAST_F1.get(name, 0.0)
    rows = (
        ("pair precision", found.precision, ">= 0.9", found.precision >= 0.9),
        ("pair recall", found.recall, "", True),
        ("pair F1", found.f1, f">= {least}" if least else "", found.f1 >= least),
        ("copies joined", found.copies, ">= 0.95", found.copies >= 0.95),
        ("events hidden by a false join", hidden, "<= 0.01", hidden <= 0.01),
    )
    for what, value, limit, good in rows:
        yield (what, value, "", True) if "half" in name else (what, value, limit, good)


def read(folder: Path) -> list[JudgedArticle]:
    """Group the articles of a folder into stories."""
    labels = {each["id"]: each for each in _objects(folder / "labels.jsonl")}
    documents = [each for each in _objects(folder / "docs.jsonl") if each["id"] in labels]
    stories = group_articles([parse_input_article(_line(each)) for each in documents])
    return [
        JudgedArticle(
            id=document["id"],
            event=label["event"],
            original=label.get("copy_of", document["id"]),
            undecided=frozenset(label.get("undecided", ())),
            is_english=document["lang"] == "en",
            story=story,
        )
        for document, story in zip(documents, stories, strict=True)
        for label in [labels[document["id"]]]
    ]


def score(articles: Sequence[JudgedArticle]) -> PairScore:
    """Count pairs of one event and of one story."""
    true = joined = hits = copies = copies_joined = 0
    for one, other in combinations(articles, 2):
        together, alike = one.story == other.story, one.event == other.event
        is_copy = alike and one.original == other.original
        true, hits = true + alike, hits + (alike and together)
        joined += together and (alike or other.id not in one.undecided)
        copies, copies_joined = copies + is_copy, copies_joined + (is_copy and together)
    return PairScore(
        precision=hits / joined if joined else 1.0,
        recall=hits / true if true else 1.0,
        copies=copies_joined / copies if copies else 1.0,
        hidden=_hidden(articles),
        events=len({each.event for each in articles}),
    )


def _hidden(articles: Iterable[JudgedArticle]) -> int:
    by_story: dict[int, list[JudgedArticle]] = defaultdict(list)
    for each in articles:
        by_story[each.story].append(each)
    return sum(_parts(each) - 1 for each in by_story.values())


def _parts(articles: Iterable[JudgedArticle]) -> int:
    """Count the groups of a story's articles that are neither one event nor undecided."""
    groups: list[list[JudgedArticle]] = []
    for article in articles:
        touching = [
            group
            for group in groups
            if any(other.event == article.event or other.id in article.undecided for other in group)
        ]
        groups = [group for group in groups if group not in touching]
        groups.append([article, *(other for group in touching for other in group)])
    return len(groups)


def _selections(articles: Sequence[JudgedArticle]) -> Iterable[tuple[str, list[JudgedArticle]]]:
    yield "labelled events", list(articles)
    for name, is_english in (("events in English", True), ("events in Chinese", False)):
        yield name, [each for each in articles if each.is_english is is_english]
        for part in PARTS:
            yield (
                f"{name}, half to {part} on",
                [each for each in articles if each.is_english is is_english and each.part == part],
            )


def _objects(file: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").split("\n") if line.strip()]


def _line(document: dict[str, str]) -> dict[str, str]:
    date = document["date"]
    return {
        "id": document["id"],
        "title": document["title"],
        "text": document["text"],
        "lang": document["lang"],
        "source": document["outlet"],
        "published_at": date if date.endswith("Z") or "+" in date else f"{date}{_ZONE}",
    }
