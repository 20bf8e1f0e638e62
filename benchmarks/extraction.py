"""Articles from pages: how much of the right text, and what it costs against the library's own one call, in one run.

    python -m benchmarks.extraction --pages DIR --gold DIR     pages NAME and their texts NAME.txt

F1 is that of the public article-extraction-benchmark: 4-grams of words as multisets, precision and recall averaged over
the pages. Without a folder the pages are synthetic and tell the cost alone: what they hold would be found by anybody.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import random
import re
import sys
import time
from collections import Counter
from pathlib import Path
from statistics import fmean

from benchmarks.row import Row
from monitor.core import articles
from monitor.core.articles import library, main_text
from monitor.core.model import Entry
from monitor.core.text import languages
from monitor.extraction import ExtractionPool

PAGES, ROUNDS, GRAM = 120, 3, 4
_WORD = re.compile(r"\w+")
_ENTRY = Entry(key="")


def run(pages: Path | None = None, gold: Path | None = None) -> list[Row]:
    """Measure on the pages of a folder, or on synthetic ones."""
    logging.disable(logging.CRITICAL)
    main_text.preload()
    languages.preload()
    found = sorted(pages.glob("*.html")) if pages else []
    bodies = [file.read_bytes() for file in found] or synthetic_pages(PAGES)
    texts = [file.with_name(f"{file.name}.txt") if gold is None else gold / f"{file.name}.txt" for file in found]
    judged = [
        (body, text.read_text(encoding="utf-8")) for body, text in zip(bodies, texts, strict=False) if text.exists()
    ]
    return [*_quality(judged), _cost([body for body, _ in judged] or bodies), _pool(bodies)]


def _quality(judged: list[tuple[bytes, str]]) -> list[Row]:
    if not judged:
        return [Row("F1 of the text (give --pages and --gold)", float("nan"), "", ">= 0.972", good=True)]
    score = f1([(text, articles.extract(body, "text/html", _ENTRY).text) for body, text in judged])
    return [Row(f"F1 of the text, {len(judged)} pages", score, "", ">= 0.972", good=score >= 0.972)]


def _cost(bodies: list[bytes]) -> Row:
    """Compare the processor time of `extract` with that of the library's call that gives text, title and date too."""
    peer_library = library.trafilatura_module()
    own, peer = [], []
    for _ in range(ROUNDS):  # by turns, so that a machine that slows down slows both
        own.append(_seconds(lambda body: articles.extract(body, "text/html", _ENTRY), bodies))
        peer.append(_seconds(lambda body: peer_library.bare_extraction(body, with_metadata=True), bodies))
    ratio = min(own) / min(peer)
    what = f"CPU against bare_extraction(with_metadata=True), {min(own) / len(bodies) * 1000:.1f} ms a page"
    return Row(what, ratio, "x", "<= 0.65", good=ratio <= 0.65)


def _seconds(call: object, bodies: list[bytes]) -> float:
    start = time.process_time()
    for body in bodies:
        call(body)  # type: ignore[operator]  # a function of bytes
    return time.process_time() - start


def _pool(bodies: list[bytes]) -> Row:
    """Measure what handing a page to a worker costs the main process."""
    main = asyncio.run(_main_process(bodies)) / len(bodies) * 1000
    return Row("CPU of the main process for a page in the pool", main, "ms", "<= 3", good=main <= 3)


async def _main_process(bodies: list[bytes]) -> float:
    pool = ExtractionPool()
    await pool.extract(bodies[0], "text/html", _ENTRY)
    start = time.process_time()
    await asyncio.gather(*(pool.extract(body, "text/html", _ENTRY) for body in bodies))
    spent = time.process_time() - start
    pool.close()
    return spent


def f1(pairs: list[tuple[str, str]]) -> float:
    """Score texts: pairs of the right text and the one found."""
    counts = [_overlap(_grams(right), _grams(found)) for right, found in pairs]
    precision = fmean(both / found if found else 0.0 for both, _, found in counts)
    recall = fmean(both / right if right else 0.0 for both, right, _ in counts)
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _grams(text: str) -> Counter[tuple[str, ...]]:
    words = _WORD.findall(text)
    return Counter(tuple(words[start : start + GRAM]) for start in range(max(1, len(words) - GRAM + 1)))


def _overlap(right: Counter[tuple[str, ...]], found: Counter[tuple[str, ...]]) -> tuple[int, int, int]:
    return (right & found).total(), right.total(), found.total()


def synthetic_pages(number: int) -> list[bytes]:
    """Make pages with as much furniture as real ones have: menus, scripts, teasers, comments."""
    rng = random.Random(7)
    return [_synthetic_page(rng).encode() for _ in range(number)]


def _synthetic_page(rng: random.Random) -> str:
    def words(count: int) -> str:
        return " ".join("".join(rng.choices("etaoinshrdlucm", k=rng.randrange(2, 10))) for _ in range(count))

    def sentences(count: int) -> str:
        return " ".join(f"{words(rng.randrange(8, 22)).capitalize()}." for _ in range(count))

    def links(count: int) -> str:
        items = (f'<li class="item"><a href="/{words(1)}/{n}" data-track="x">{words(4)}</a></li>' for n in range(count))
        return f"<ul>{''.join(items)}</ul>"

    def teaser(number: int) -> str:
        picture = f'<img src="/i/{number}.jpg" alt="{words(5)}" width="300">'
        return f'<div class="teaser"><a href="/t/{number}">{picture}<h3>{words(8)}</h3></a><p>{words(12)}</p></div>'

    title = words(9).capitalize()
    paragraphs = [f"<p>{sentences(rng.randrange(2, 6))}</p>" for _ in range(rng.randrange(8, 40))]
    inside = [
        f'<p>Read more: <a href="/x">{words(8)}</a></p>',
        f"<figure><img src=x><figcaption>{words(9)}</figcaption></figure>",
    ]
    comments = "".join(f'<div class="comment"><b>{words(1)}</b><p>{sentences(3)}</p></div>' for _ in range(12))
    script = f"<script>var data = {{'a': '{words(300)}'}};</script>"
    data = f'{{"@type": "NewsArticle", "headline": "{title}", "datePublished": "2026-06-03"}}'
    head = f'<title>{title} | {words(2)}</title><meta property="og:title" content="{title}">'
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8">{head}
<script type="application/ld+json">{data}</script>{script * 6}<style>{".a{margin:0}" * 200}</style></head>
<body><header><nav class="menu">{links(60)}</nav></header><main class="layout"><article class="story"><h1>{title}</h1>
<div class="meta"><time datetime="2026-06-03">3 June</time></div>
<div class="body">{"".join(paragraphs[:3])}{"".join(inside)}{"".join(paragraphs[3:])}</div></article>
<aside class="sidebar">{links(20)}{"".join(map(teaser, range(12)))}</aside>
<section class="comments">{comments}</section></main><footer>{links(40)}<p>{words(30)}</p></footer>
{script * 3}</body></html>"""


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="How well and how fast articles are read from pages")
    parser.add_argument("--pages", type=Path, help="a folder of NAME.html")
    parser.add_argument("--gold", type=Path, help="a folder of NAME.html.txt with the right texts")
    chosen = parser.parse_args()
    for row in (rows := run(chosen.pages, chosen.gold)):
        print(f"{row.what:80} {row.measured:8.3f} {row.unit:3} {row.limit:>9}  {'ok' if row.good else 'MISSED'}")
    sys.exit(not all(row.good for row in rows))
