"""Articles from pages: how much of the right text, and at what cost against trafilatura, in one run.

    python -m benchmarks.extraction --wcxb DIR                gold.jsonl and html/ID.html.gz: F1 of words
    python -m benchmarks.extraction --wcxb DIR --part check   a third of the sites, not used for tuning
    python -m benchmarks.extraction --pages DIR [--gold DIR]  NAME.html and NAME.html.txt: F1 of 4-grams
    python -m benchmarks.extraction --folder DIR              the same files anywhere: F1 of words
    python -m benchmarks.extraction ... --worst 40            also names the worst pages, to find the class of an error

Words are `\\w+` in lower case, counted as multisets; the F1 of words is the mean of the pages' F1, as in WCXB. The F1
of 4-grams is that of the article-extraction-benchmark, whose precision and recall are means. Without a folder the pages
are synthetic and tell the cost alone.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import time
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

from benchmarks.extraction_scores import (
    PARTS,
    JudgedPage,
    f1_of_dates,
    f1_of_grams,
    f1_of_words,
    page_classes,
    read_folder,
    read_wcxb,
)
from benchmarks.row import Row, format_row
from benchmarks.synthetic_pages import synthetic_pages
from monitor.core import articles
from monitor.core.articles import main_text
from monitor.core.model import Entry
from monitor.core.text import languages
from monitor.extraction import ExtractionPool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

PAGES, ROUNDS, COST_PAGES = 120, 3, 200
COLLAPSED, READ = 0.1, 0.5
"""F1 of words below which a page was lost, and above which the library read it."""
_ENTRY = Entry(key="")
_NAN = float("nan")


def run(judged: Sequence[JudgedPage] = (), *, measure: str = "words", worst: int = 0) -> Iterator[Row]:
    """Measure on judged pages, or the cost alone on synthetic ones."""
    logging.disable(logging.CRITICAL)
    main_text.preload()
    languages.preload()
    if judged:
        yield from _quality(judged, measure, worst)
    else:
        yield Row("F1 of the text (name a folder of pages with their texts)", _NAN, "", "", good=True)
    bodies = [page.body for page in judged][:: max(1, len(judged) // COST_PAGES)] or synthetic_pages(PAGES)
    yield from _cost(bodies)
    yield from asyncio.run(_pool(bodies))


def _quality(judged: Sequence[JudgedPage], measure: str, worst: int) -> Iterator[Row]:
    """Compare the texts with those of the library's defaults, in all and by class of page."""
    score = f1_of_words if measure == "words" else f1_of_grams
    read = [articles.extract(page.body, "text/html", _ENTRY) for page in judged]
    own = [article.text for article in read]
    peer = [_library_text(page.body) for page in judged]
    pairs = list(zip(judged, own, peer, strict=True))
    ours, theirs = score(judged, own), score(judged, peer)
    yield Row(f"F1 of {measure}, {len(judged)} pages", ours, "", "> library", good=ours > theirs)
    yield Row("F1 of trafilatura's defaults on them", theirs, "", "", good=True)
    for name, number in page_classes(judged).items():
        chosen = [(page, mine, other) for page, mine, other in pairs if name in page.classes]
        pages, own, others = (list(column) for column in zip(*chosen, strict=True))
        what = f"  {name}, {number} pages (library {score(pages, others):.3f})"
        yield Row(what, score(pages, own), "", "", good=True)
    singles = [(f1_of_words([page], [mine]), f1_of_words([page], [other]), page.name) for page, mine, other in pairs]
    lost = sum(mine < COLLAPSED and other >= READ for mine, other, _ in singles)
    yield Row("pages lost that the library reads", lost, "", "0", good=not lost)
    yield Row("pages that the library loses", sum(other < COLLAPSED for _, other, _ in singles), "", "", good=True)
    dates = [(page, article.published_at) for page, article in zip(judged, read, strict=True) if page.states_its_date]
    if dates:
        f1 = f1_of_dates([page for page, _ in dates], [when for _, when in dates])
        yield Row(f"F1 of dates that the page states, {len(dates)} pages", f1, "", ">= 0.9", good=f1 >= 0.9)
    for mine, other, name in sorted(singles)[:worst]:
        yield Row(f"  worst: {name} (library {other:.3f})", mine, "", "", good=True)


def _library_text(body: bytes) -> str:
    document = main_text.trafilatura_module().bare_extraction(body)
    return (document.text or "") if document is not None else ""


def _cost(bodies: Sequence[bytes]) -> Iterator[Row]:
    """Compare the processor time of `extract` with that of the library's calls that give text, title and date too."""
    extraction = main_text.trafilatura_module().bare_extraction
    calls: dict[str, Callable[[bytes], object]] = {
        "own": lambda body: articles.extract(body, "text/html", _ENTRY),
        "defaults": lambda body: extraction(body, with_metadata=True),
        "fast": lambda body: extraction(body, with_metadata=True, fast=True),
    }
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(ROUNDS):  # in turn, so that a slower machine affects all alike
        for name, call in calls.items():
            seconds[name].append(_seconds(call, bodies))
    own, defaults, fast = (min(seconds[name]) for name in calls)
    what = f"CPU against bare_extraction(with_metadata=True), {own / len(bodies) * 1000:.1f} ms a page"
    yield Row(what, own / defaults, "x", "<= 0.65", good=own <= 0.65 * defaults)
    yield Row("CPU against bare_extraction(with_metadata=True, fast=True)", own / fast, "x", "", good=True)


def _seconds(call: Callable[[bytes], object], bodies: Sequence[bytes]) -> float:
    start = time.process_time()
    for body in bodies:
        call(body)
    return time.process_time() - start


async def _pool(bodies: Sequence[bytes]) -> Iterator[Row]:
    """Measure what handing a page to a worker costs the main process, and what the workers themselves use."""
    pool = ExtractionPool()
    await pool.extract(bodies[0], "text/html", _ENTRY)
    start = time.process_time()
    spent = await asyncio.gather(*(pool.run(worker_seconds, body) for body in bodies))
    main = (time.process_time() - start) / len(bodies) * 1000
    pool.close()
    return iter(
        (
            Row("CPU of the main process for a page in the pool", main, "ms", "<= 3", good=main <= 3),
            Row("CPU of the workers for a page in the pool", fmean(spent) * 1000, "ms", "", good=True),
        )
    )


def worker_seconds(body: bytes) -> float:
    """Extract a page in a worker and return its processor time, which the parent cannot read: workers are killed."""
    return _seconds(lambda page: articles.extract(page, "text/html", _ENTRY), [body])


def main() -> int:
    """Measure the folders that are named."""
    parser = argparse.ArgumentParser(description="How well and how fast articles are read from pages")
    parser.add_argument("--wcxb", type=Path, help="a folder with gold.jsonl and html/ID.html.gz")
    parser.add_argument("--part", choices=PARTS, default="", help="a part of the sites of --wcxb. Default: all")
    parser.add_argument("--pages", type=Path, help="a folder of NAME.html; scored by 4-grams")
    parser.add_argument("--folder", type=Path, help="a folder of NAME.html; scored by words")
    parser.add_argument("--gold", type=Path, help="a folder of NAME.html.txt with the right texts. Default: the pages'")
    parser.add_argument("--worst", type=int, default=0, metavar="N", help="name the N worst pages")
    chosen = parser.parse_args()
    if chosen.wcxb:
        rows = run(read_wcxb(chosen.wcxb, chosen.part), worst=chosen.worst)
    elif folder := chosen.pages or chosen.folder:
        measure = "4-grams" if chosen.pages else "words"
        rows = run(read_folder(folder, chosen.gold or folder), measure=measure, worst=chosen.worst)
    else:
        rows = run()
    missed = 0
    for row in rows:
        print(format_row(row), flush=True)
        missed += not row.good
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
