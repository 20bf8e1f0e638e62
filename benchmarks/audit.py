"""Measured recall: what the ranker finds, how often intervals hold the truth, what suggestions gain, and the cost.

    python -m benchmarks audit
    python -m benchmarks.audit --data FOLDER
    python -m benchmarks.audit --cost zh

The last one prints only seconds and megabytes of a large archive, in Chinese (zh) or English (en).

FOLDER, or the variable MONITOR_AUDIT_DATA, has documents of Reuters-21578 and labelled documents on AI policy, as
`benchmarks.audit_corpora` describes them. Without it these rows are skipped, and invented articles are measured alone.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import time
from math import nan
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.audit_corpora import (
    AI,
    HAN_WORDS,
    WORDS,
    Corpus,
    ai_documents,
    has_ai_documents,
    has_reuters,
    invented,
    match_all,
    reuters,
    shipped_rules,
)
from benchmarks.audit_weakened import weakened
from benchmarks.row import Row, format_row
from monitor.audit.ranker import rank
from monitor.audit.simulation import simulate
from monitor.core.audit.corpus import AuditDocument, shuffled
from monitor.core.audit.edit_back_test import JudgedArticles
from monitor.core.audit.edited_files import applied
from monitor.core.audit.features import beginning
from monitor.core.audit.sampling import draw, weight
from monitor.core.audit.suggestions import suggest
from monitor.core.model import ListedArticle

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TOPICS = ("crude", "grain", "trade", "interest")
SEEDS = (1, 2)
RUNS, LABELS = 500, (200, 400, 800)
TOP, JUDGED_HITS = 50, 150
_TOP_SHARE = 0.16
ARCHIVE, _COST_CHARS = 100_000, 2_600
_PORTS = {"en": "harbour quay ", "zh": "港口码头"}
"""The beginnings of invented articles that hits and misses share."""


def run(folder: Path | None = None) -> Iterator[Row]:
    """Measure the ranker, the intervals, the suggestions and the cost."""
    named = os.environ.get("MONITOR_AUDIT_DATA", "")
    folder = folder or (Path(named) if named else None)
    known: list[tuple[str, Corpus, tuple[str, ...]]] = [("invented", invented(), ("port",))]
    if folder is not None and has_reuters(folder):
        known.append(("Reuters", reuters(folder), TOPICS))
    for name, corpus, topics in known:
        yield from _measured(name, corpus, topics)
    if folder is not None and has_ai_documents(folder):
        yield from _ai_documents(ai_documents(folder))
    if len(known) == 1:
        for what in ("truly missed among the top 50", "coverage", "recall by three suggestions"):
            yield Row(f"Reuters: {what}", nan, "", "", good=True)
    yield from _cost()


def _measured(name: str, corpus: Corpus, topics: Sequence[str]) -> Iterator[Row]:
    found = [_top_missed(corpus, topic, seed) for topic in topics for seed in SEEDS]
    share = sum(found) / len(found)
    yield Row(f"{name}: truly missed among the top {TOP}, mean", share, "", ">= 0.7", good=share >= 0.7)
    for labels in LABELS:
        yield from _intervals(name, corpus, topics, labels)
    gains = [_suggested(corpus, topic, seed) for topic in topics for seed in SEEDS]
    recall = sum(each[0] for each in gains) / len(gains)
    precision = sum(each[1] for each in gains) / len(gains)
    yield Row(f"{name}: recall by three suggestions, mean", recall, "", ">= 0.15", good=recall >= 0.15)
    yield Row(f"{name}: precision by three suggestions, mean", precision, "", ">= -0.05", good=precision >= -0.05)


def _ai_documents(corpus: Corpus) -> Iterator[Row]:
    """Measure with the shipped rules, and with weakened ones, since a share of few misses is uncertain.

    One of the two sets of documents is taken as judged, and the unmatched ones of the other are ranked.
    """
    found, missed, unmatched = _found_in_top(corpus, corpus.known)
    what = f"AI documents: of {missed} misses among {unmatched} unmatched, found in the top {_TOP_SHARE:.0%}"
    yield Row(what, found / missed, "", ">= 0.6", good=found / missed >= 0.6)
    kinds: dict[str, list[float]] = {}
    others = frozenset(range(len(corpus.articles))) - corpus.known
    for kind, weaker in weakened(corpus):
        for judged in (corpus.known, others):
            found, missed, unmatched = _found_in_top(weaker, judged)
            if missed:
                kinds.setdefault(kind, []).append(found / min(missed, round(_TOP_SHARE * unmatched)))
    for kind, shares in kinds.items():
        yield Row(f"  with rules without {kind}", sum(shares) / len(shares), "", "", good=True)
    every = [share for shares in kinds.values() for share in shares]
    share = sum(every) / len(every)
    yield Row(
        f"AI documents: misses in the top {_TOP_SHARE:.0%}, weakened rules, mean",
        share,
        "",
        ">= 0.6",
        good=share >= 0.6,
    )
    for labels in LABELS:
        yield from _intervals("AI documents", corpus, (AI,), labels)


def _found_in_top(corpus: Corpus, judged: frozenset[int]) -> tuple[int, int, int]:
    """Return the misses in the first part of the ranking, all misses, and the ranked documents."""
    ranked = rank(corpus.documents(AI, judged), corpus.texts, SEEDS[0], rules=corpus.rules)
    missed = [AI in corpus.topics[int(each.id)] for each in ranked]
    return sum(missed[: round(_TOP_SHARE * len(missed))]), sum(missed), len(missed)


def _top_missed(corpus: Corpus, topic: str, seed: int) -> float:
    hits = corpus.hits(topic)
    judged = frozenset(random.Random(seed).sample(hits, min(JUDGED_HITS, len(hits))))
    top = rank(corpus.documents(topic, judged), corpus.texts, seed, rules=corpus.rules)[:TOP]
    return sum(topic in corpus.topics[int(each.id)] for each in top) / len(top)


def _intervals(name: str, corpus: Corpus, topics: Sequence[str], labels: int) -> Iterator[Row]:
    everything = frozenset(range(len(corpus.articles)))
    done = [
        simulate(
            corpus.documents(topic, everything), corpus.texts, labels=labels, runs=RUNS, seed=1, rules=corpus.rules
        )
        for topic in topics
    ]
    covered = min(each.coverage for each in done)
    width = sum(each.mean_width for each in done) / len(done)
    what = f"{name}, {labels} labels"
    yield Row(f"{what}: coverage of the 95 % interval, lowest", covered, "", ">= 0.945", good=covered >= 0.945)
    limit = 0.25 if labels == LABELS[-1] else 1.0
    yield Row(f"{what}: width of the interval, mean", width, "", f"<= {limit}", good=width <= limit)


def _suggested(corpus: Corpus, topic: str, seed: int) -> tuple[float, float]:
    """Return the differences of recall and precision that three suggestions of 200 judgements bring."""
    hits, unjudged = corpus.hits(topic), frozenset[int]()
    ranked = rank(corpus.documents(topic, unjudged), corpus.texts, seed, rules=corpus.rules)
    listed = [ListedArticle(article_id=int(each.id), score=each.score, terms=each.terms) for each in ranked]
    sizes, drawn = draw(hits, listed, 200, seed)
    judged = [each for each in drawn[:200] if each.stratum != "hits"]
    misses = [each for each in judged if topic in corpus.topics[each.article_id]]
    irrelevant = [each for each in judged if topic not in corpus.topics[each.article_id]]
    known = {each.article_id for each in judged}
    others = shuffled(
        (each for each in corpus.documents(topic, unjudged) if not each.matched and int(each.id) not in known), seed
    )
    rule = next(rule for rule in corpus.rules if rule.topic == topic)
    found = suggest(
        corpus.files,
        rule,
        JudgedArticles(
            misses=[corpus.articles[each.article_id] for each in misses],
            irrelevant=[corpus.articles[each.article_id] for each in irrelevant],
            background=[corpus.articles[int(each.id)] for each in others[:1_500]],
            weights=[weight(sizes, 200, each.stratum) for each in misses],
            irrelevant_weights=[weight(sizes, 200, each.stratum) for each in irrelevant],
            unmatched=len(ranked),
        ),
    )
    files = list(corpus.files)
    for each in found:
        files = applied(files, each.edit)
    after = match_all(corpus.articles, corpus.topics, files)
    before = _quality(corpus, topic)
    return tuple(new - old for new, old in zip(_quality(after, topic), before, strict=True))  # type: ignore[return-value]


def _quality(corpus: Corpus, topic: str) -> tuple[float, float]:
    hits = corpus.hits(topic)
    right = sum(topic in corpus.topics[place] for place in hits)
    return right / sum(topic in each for each in corpus.topics), right / len(hits)


def _cost() -> Iterator[Row]:
    for language in ("en", "zh"):
        command = [sys.executable, "-m", "benchmarks.audit", "--cost", language]
        done = subprocess.run(
            command, check=True, capture_output=True, text=True, env=os.environ | {"OPENBLAS_NUM_THREADS": "1"}
        )
        seconds, megabytes = json.loads(done.stdout)
        what = f"training and ranking of {ARCHIVE:,} articles of {_COST_CHARS:,} characters, {language}"
        yield Row(f"{what}: time on one processor", seconds, "s", "<= 60", good=seconds <= 60)
        yield Row(f"{what}: memory", megabytes, "MB", "<= 550", good=megabytes <= 550)


def _print_cost(language: str) -> None:
    """Train and rank with the shipped rules' lists; texts are made anew for each batch, as read from a database.

    Loading the libraries counts, and loading the rules does not: the daemon has them.
    """
    rules = shipped_rules()
    draws = random.Random(2)
    articles = [_invented(language, draws) for _ in range(500)]
    documents = [
        AuditDocument(id=str(place), language=language, matched=place % 100 == 0, prominent=place % 100 == 0)
        for place in range(ARCHIVE)
    ]

    def read(ids: Sequence[str]) -> list[str]:
        return [_PORTS[language] * (int(each) % 50 == 0) + articles[int(each) % len(articles)] for each in ids]

    started = time.process_time()
    rank(documents, read, 1, rules=rules)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps([time.process_time() - started, memory]))


def _invented(language: str, draws: random.Random) -> str:
    """Make an article of words of which some are frequent, as in a language; the first line is its title."""
    words = WORDS if language == "en" else HAN_WORDS
    found = draws.choices(words, [1 / (place + 10) for place in range(len(words))], k=_COST_CHARS)
    text = (" " if language == "en" else "").join(found)
    return beginning(text[:60], text[60:_COST_CHARS])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with the documents")
    parser.add_argument("--cost", choices=sorted(_PORTS), help="print seconds and megabytes of a large archive alone")
    options = parser.parse_args()
    if options.cost:
        _print_cost(options.cost)
        return 0
    missed = 0
    for row in run(options.data):
        print(format_row(row), flush=True)
        missed += not row.good
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
