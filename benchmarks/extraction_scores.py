"""Pages with their right texts, their classes, and the scores of found texts."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections import Counter
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from monitor.core.articles.page_dates import parse_page_date

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

GRAM = 4
PARTS = ("work", "check")
"""Pages to find errors on, and pages to see whether what was learnt holds on other sites."""
Item = TypeVar("Item")
_WORD = re.compile(r"\w+")
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_ARABIC = re.compile("[\u0590-\u06ff]")
_STATED = re.compile(
    rb"(?:datePublished|dateCreated|dateModified|content|datetime)[\"']?\s*[=:]\s*[\"']([^\"'<>]{6,60})"
)
_TAGS = {
    "tables": rb"<table\b", "code": rb"<pre\b", "accordions": rb"accordion|<details\b",
    "AMP": rb"<html[^>]*\s(?:amp|\xe2\x9a\xa1)", "page builders": rb"elementor|wpb_|et_pb_|w-richtext",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class JudgedPage:
    """A page and its right text."""

    name: str
    body: bytes
    text: str
    classes: frozenset[str]
    published: str = ""
    """The right date, as 2026-06-03; empty if none is known."""

    @property
    def states_its_date(self) -> bool:
        """Return True if the right date is in the metadata of the page: JSON-LD, `meta` or `time`."""
        stated = (parse_page_date(raw.decode("utf-8", "replace")) for raw in _STATED.findall(self.body))
        return bool(self.published) and any(when and when.date().isoformat() == self.published for when in stated)


def read_wcxb(folder: Path, part: str = "") -> list[JudgedPage]:
    """Read pages from gold.jsonl (id, url, text) and html/ID.html.gz; `part` is one of PARTS, or empty for all."""
    lines = (folder / "gold.jsonl").read_text(encoding="utf-8").split("\n")
    rows = [json.loads(line) for line in lines if line.strip()]
    rows = [row for row in rows if part in {"", part_of(row["url"])}]
    return [
        _page(row["id"], gzip.decompress(_wcxb_file(folder, row["id"]).read_bytes()), row["text"], row.get("published"))
        for row in rows
    ]


def _wcxb_file(folder: Path, name: str) -> Path:
    return folder / "html" / f"{name}.html.gz"


def part_of(url: str) -> str:
    """Return the part in which a page is judged: all pages of a site are in one, a third of the sites in `check`."""
    labels = (urlsplit(url).hostname or "").removeprefix("www.").split(".")
    has_second_level = len(labels) > 2 and len(labels[-2]) <= 3 and len(labels[-1]) == 2  # as in example.co.uk
    site = ".".join(labels[-3 if has_second_level else -2 :])
    return "check" if int(hashlib.sha1(site.encode()).hexdigest(), 16) % 3 == 0 else "work"


def read_folder(pages: Path, gold: Path) -> list[JudgedPage]:
    """Read the pages NAME.html that have a text NAME.html.txt or NAME.txt."""
    return list(_pages(pages, gold))


def _pages(pages: Path, gold: Path) -> Iterator[JudgedPage]:
    for file in sorted(pages.glob("*.html")):
        for text in (gold / f"{file.name}.txt", gold / f"{file.stem}.txt"):
            if text.exists():
                yield _page(file.stem, file.read_bytes(), text.read_text(encoding="utf-8"))
                break


def _page(name: str, body: bytes, text: str, published: str | None = None) -> JudgedPage:
    return JudgedPage(name, body, text, frozenset(_classes(body, text)), (published or "")[:10])


def _classes(body: bytes, text: str) -> Iterator[str]:
    """Yield the classes of a page, by its markup and by its right text."""
    yield from (name for name, pattern in _TAGS.items() if re.search(pattern, body))
    lines = [line for line in text.split("\n") if line.strip()]
    items = sum(line.lstrip().startswith(("-", "*", "\u2022")) for line in lines)
    if items >= 0.3 * len(lines):
        yield "lists"
    if len(text) < 1_500:
        yield "short"
    if len(text) > 20_000:
        yield "long"
    if len(_WIDE.findall(text)) > 0.2 * len(text):
        yield "Chinese, Japanese, Korean"
    if len(_ARABIC.findall(text)) > 0.2 * len(text):
        yield "Arabic, Hebrew"


def page_classes(pages: Sequence[JudgedPage]) -> dict[str, int]:
    """Return the number of pages of each class, largest first."""
    return dict(Counter(name for page in pages for name in sorted(page.classes)).most_common())


def f1_of_dates(pages: Sequence[JudgedPage], found: Sequence[datetime | None]) -> float:
    """Return F1 of the days in UTC, over pages with a right date."""
    right = sum(
        when is not None and when.date().isoformat() == page.published for page, when in zip(pages, found, strict=True)
    )
    given = sum(when is not None for when in found)
    return 2 * right / (given + len(pages)) if pages else float("nan")


def f1_of_words(pages: Sequence[JudgedPage], found: Sequence[str]) -> float:
    """Return the mean F1 of lower-case words as multisets."""
    return fmean(_f1(_words(page.text), _words(text)) for page, text in zip(pages, found, strict=True))


def f1_of_grams(pages: Sequence[JudgedPage], found: Sequence[str]) -> float:
    """Return the harmonic mean of the mean precision and the mean recall of 4-grams as multisets."""
    counts = [_overlap(_grams(page.text), _grams(text)) for page, text in zip(pages, found, strict=True)]
    precision = fmean(both / found if found else 0.0 for both, _, found in counts)
    recall = fmean(both / right if right else 0.0 for both, right, _ in counts)
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _f1(right: Counter[str], found: Counter[str]) -> float:
    both, expected, given = _overlap(right, found)
    return 2 * both / (expected + given) if expected + given else 1.0


def _words(text: str) -> Counter[str]:
    return Counter(_WORD.findall(text.lower()))


def _grams(text: str) -> Counter[tuple[str, ...]]:
    words = _WORD.findall(text)
    return Counter(tuple(words[start : start + GRAM]) for start in range(max(1, len(words) - GRAM + 1)))


def _overlap(right: Counter[Item], found: Counter[Item]) -> tuple[int, int, int]:
    return (right & found).total(), right.total(), found.total()
