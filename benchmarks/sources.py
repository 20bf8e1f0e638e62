"""Precision and recall of items in captures of sources: python -m benchmarks sources --folder DIR

DIR holds manifest.jsonl with a line for each capture: `file`, `category` (`html`, `sitemap` or `jsonfeed`), `url`, and
`expected`, a file with a list of objects whose `url` is the address of an item, with its `title`. Lists on pages are
found without a selector. A title is right if it holds the expected one, apart from case and punctuation. Without a
folder the rows are skipped.
"""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime
from statistics import fmean
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmarks.row import Row
from monitor.core import links, sources
from monitor.core.model import Changed, Feed, FeedId, Response

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = datetime(2026, 11, 25, tzinfo=UTC)
KINDS = {"html": "page", "sitemap": "auto", "jsonfeed": "auto"}
LIMITS = {"html": 0.90, "sitemap": 0.97, "jsonfeed": 0.97}
"""Least precision and recall of a category."""
TITLES = 0.80
"""Least share of the items found whose title is right."""


class Score(NamedTuple):
    """What was found in one capture."""

    precision: float
    recall: float
    titles: float


def run(folder: Path | None = None) -> Iterator[Row]:
    """Yield precision and recall of each category; all captures have the same weight."""
    scores = _scores(folder) if folder else {}
    for category, limit in LIMITS.items():
        found = scores.get(category, [])
        least = {"precision": limit, "recall": limit, "titles": TITLES}
        for name, of_name in least.items():
            measured = fmean(getattr(score, name) for score in found) if found else float("nan")
            what = f"{category}: {name} of items in {len(found)} captures"
            yield Row(what, measured, "", f">= {of_name:.2f}", not found or measured >= of_name)


def _scores(folder: Path) -> dict[str, list[Score]]:
    scores: dict[str, list[Score]] = defaultdict(list)
    for line in (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        capture: dict[str, Any] = json.loads(line)
        if capture["category"] in KINDS and capture.get("expected"):
            scores[capture["category"]].append(_score(folder, capture))
    return scores


def _score(folder: Path, capture: dict[str, Any]) -> Score:
    url = capture.get("url") or "http://source.example/"
    feed = Feed(id=FeedId("x"), url=url, kind=KINDS[capture["category"]])
    response = Response(url=url, status=200, body=(folder / capture["file"]).read_bytes())
    outcome = sources.kind_of(feed).parse(feed, response, NOW, b"").outcome
    expected = json.loads((folder / capture["expected"]).read_text(encoding="utf-8"))
    wanted = {links.canonical(links.resolve_link(url, each["url"])): each for each in expected if each.get("url")}
    entries = outcome.entries if isinstance(outcome, Changed) else ()
    found = {links.canonical(each.link): each.title for each in entries}
    right = wanted.keys() & found.keys()
    titles = sum(_letters(wanted[link].get("title") or "") in _letters(found[link]) for link in right)
    return Score(len(right) / max(1, len(found)), len(right) / max(1, len(wanted)), titles / max(1, len(right)))


def _letters(title: str) -> str:
    return "".join(filter(str.isalnum, title.casefold()))
