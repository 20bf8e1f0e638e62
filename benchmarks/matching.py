"""Matching articles with 10,000 rules: its cost, compared with other methods in the same run.

    python -m benchmarks matching

Articles and rules are synthetic: the words of an invented vocabulary have the frequencies of real text (a few often,
most rarely), rules have five terms and one of four forms. Times are processor times, since other programs may run.
"""

# ruff: noqa: RUF001 - quotes as publishers print them
from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import time
from functools import partial
from itertools import accumulate
from typing import TYPE_CHECKING, TypeVar

from benchmarks.row import Row
from monitor.core.matching.matcher import Matcher, match_rule
from monitor.core.model import Article, Source
from monitor.core.rules import SourceFile, load
from monitor.core.rules.rule_tests import missing_fixtures, run_tests
from monitor.runtime.garbage_collection import collection_paused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from monitor.core.matching.terms import Term

Result = TypeVar("Result")

RULES, TERMS, WORDS, ARTICLES = 10_000, 50_000, 730, 100
FEW, FEW_TERMS, TESTED = 1_000, 10_000, 500
ROUNDS = 25
_RULES_A_FILE = 2_500


def run() -> Iterator[Row]:
    """Measure loading, memory, matching and checking."""
    rng = random.Random(7)
    words = vocabulary(100_000, rng)
    texts, files = articles(words, ARTICLES, rng), rule_files(terms(words, TERMS, rng), RULES)
    seconds = min(cpu_seconds(lambda: compiled(files))[0] for _ in range(3))
    yield Row("10,000 rules with 50,000 terms read from YAML and compiled", seconds, "s", "<= 3", seconds <= 3)
    book, problems = load(files)
    assert not [problem for problem in problems if problem.level == "error"]
    matcher = Matcher(book.rules)
    megabytes = compiled_megabytes()
    yield Row("memory of these rules, compiled", megabytes, "MB", "<= 150", megabytes <= 150)
    few = Matcher(load(rule_files(terms(words, FEW_TERMS, rng), FEW))[0].rules)
    yield from _speed(matcher, few, texts)
    checked = min(cpu_seconds(lambda: _checked(words))[0] for _ in range(3))
    yield Row("rules check of 500 rules with 2,000 tests, and the tests", checked, "s", "<= 2", checked <= 2)


def _speed(matcher: Matcher, few: Matcher, texts: Sequence[Article]) -> Iterator[Row]:
    source = Source()
    best, scanned = seconds_per_article([partial(work, source=source) for work in (matcher.match, matcher.scan)], texts)
    yield Row("an article of 730 words against 10,000 rules", best * 1e3, "ms", "<= 0.4", best <= 0.4e-3)
    hits = sum(len(matcher.match(text, source)) for text in texts) / len(texts)
    each_hit = (best - scanned) / hits
    yield Row(
        f"of which each hit with its evidence ({hits:.1f} hits each)", each_hit * 1e6, "µs", "<= 80", each_hit <= 80e-6
    )
    without_hits = [text for text in texts if not (matcher.match(text, source) or few.match(text, source))]
    many_rules, few_rules = seconds_per_article(
        [partial(each.match, source=source) for each in (matcher, few)], without_hits
    )
    ratio = many_rules / few_rules
    yield Row(
        "cost of 10,000 rules to that of 1,000 rules with 10,000 terms, in articles without hits",
        ratio,
        "x",
        "<= 1.5",
        ratio <= 1.5,
    )
    (all_rules,) = seconds_per_article([partial(match_every_rule, matcher)], texts[:20])
    yield Row("every rule evaluated instead of candidates", all_rules / best, "x", ">= 5", all_rules / best >= 5)
    unlike = sum(matcher.match(text, source) != match_every_rule(matcher, text) for text in texts)
    yield Row("articles in which that finds other matches", unlike, "", "0", unlike == 0)
    patterns = [(term.key, term_pattern(term)) for term in matcher.terms]
    slow, by_terms = cpu_seconds(
        lambda: [{key for key, each in patterns if each.search(title_and_text(text))} for text in texts[:2]]
    )
    ratio = slow / 2 / best
    yield Row("one compiled regular expression for each term instead", ratio, "x", ">= 1000", ratio >= 1000)
    lost = sum(len(set(matcher.scan(text, source).spans) ^ keys) for text, keys in zip(texts, by_terms, strict=False))
    yield Row("terms that only one of the two finds", lost, "", "0", lost == 0)


def compiled(files: Sequence[SourceFile]) -> Matcher:
    """Read and compile rules as settings and workers do."""
    with collection_paused():
        return Matcher(load(files)[0].rules)


def match_every_rule(matcher: Matcher, article: Article) -> tuple[object, ...]:
    """Evaluate all rules, without choosing candidates by their required terms."""
    context = matcher.scan(article, Source())
    return tuple(found for rule in matcher.rules if (found := match_rule(rule, context, Source())) is not None)


def term_pattern(term: Term) -> re.Pattern[str]:
    """Return a regular expression for a term of ASCII words."""
    between, cased = r"(?:[’']s\b)?[^\w\n]+", bool(term.cased)
    first = term.cased[:-1] if cased else term.words[:-1]
    last = sorted(term.cased_last_forms if cased else term.last_forms)
    ending = rf"{term.words[-1]}\w*" if term.wildcard else rf"(?:{'|'.join(last)})\b"
    return re.compile(r"\b" + between.join([*first, ending]), 0 if cased else re.IGNORECASE)


def title_and_text(article: Article) -> str:
    """Return the title and the text of an article."""
    return f"{article.title}\n\n{article.text}"


def cpu_seconds(work: Callable[[], Result]) -> tuple[float, Result]:
    """Call a function once; return the processor seconds that it took, and its result."""
    started = time.process_time()
    result = work()
    return time.process_time() - started, result


def seconds_per_article(works: Sequence[Callable[[Article], object]], texts: Sequence[Article]) -> list[float]:
    """Return the seconds per article of each function: called in turn, and of each article the fastest round."""
    rounds = [[[cpu_seconds(partial(work, text))[0] for text in texts] for work in works] for _ in range(ROUNDS)]
    return [sum(map(min, zip(*own, strict=True))) / len(texts) for own in zip(*rounds, strict=True)]


def _checked(words: list[str]) -> None:
    rng = random.Random(8)
    made = [line for file in rule_files(terms(words, TESTED * 5, rng), TESTED) for line in file.text.splitlines()]
    lines: list[str] = []
    for line in made:
        lines.append(line)
        if line.startswith("  topic:"):
            titles = [" ".join(rng.choices(words, k=12)) for _ in range(4)]
            lines += ["  tests:", *(f"  - {{miss: {{title: {titles[0]}, body: {text}}}}}" for text in titles)]
    with collection_paused():
        book, _ = load([SourceFile("rules.yaml", "\n".join(lines))])
        assert len(book.rules) == TESTED
        assert not missing_fixtures(book.rules, {})
        assert len(list(run_tests(book.rules, {}))) == 4 * TESTED


SIZE = """
import gc, json, random
from pathlib import Path
from benchmarks.matching import RULES, TERMS, compiled, rule_files, terms, vocabulary
def resident():
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096
rng = random.Random(7)
files = rule_files(terms(vocabulary(100_000, rng), TERMS, rng), RULES)
before = resident()
matcher = compiled(files)
print(json.dumps((resident() - before) / 1e6))
"""


def compiled_megabytes() -> float:
    """Return the megabytes that the rules add to a process that loads nothing else."""
    done = subprocess.run([sys.executable, "-c", SIZE], capture_output=True, text=True, check=True)
    return float(json.loads(done.stdout))


def vocabulary(size: int, rng: random.Random) -> list[str]:
    """Make words; the frequent ones are short."""
    found: dict[str, None] = {}
    while len(found) < size:
        length = min(2 + int(len(found) ** 0.19) + rng.randrange(3), 12)
        found["".join(rng.choice("etaoinshrdlucmfw") for _ in range(length))] = None
    return list(found)


def articles(words: list[str], number: int, rng: random.Random) -> list[Article]:
    """Make articles of about 730 words, in paragraphs, with capitals, marks and quotes."""
    made = []
    for _ in range(number):
        drawn = draw(words, WORDS, rng)
        for at in range(0, WORDS, 17):
            drawn[at] = drawn[at].capitalize()
            drawn[at - 1] += rng.choice((".", ",", "’s", ";"))
        lines = [" ".join(drawn[at : at + 45]) for at in range(12, WORDS, 45)]
        made.append(Article(title=" ".join(drawn[:12]), text="\n\n".join(lines), language="en"))
    return made


def draw(words: list[str], number: int, rng: random.Random) -> list[str]:
    """Draw words with the frequencies of a text: 150 words are half of it, 5,000 are four fifths."""
    weights = list(accumulate((rank + 3) ** -1.1 for rank in range(len(words))))
    return rng.choices(words, cum_weights=weights, k=number)


def terms(words: list[str], number: int, rng: random.Random) -> list[str]:
    """Make distinct terms as rules have them: mostly phrases of content words, some rare words, wildcards, acronyms."""
    found: dict[str, None] = {}
    content, rare = words[150:], words[20_000:] or words
    spoken = iter(draw(content, 3 * number, rng))  # phrases of frequent words, so that some are found
    while len(found) < number:
        kind = rng.random()
        if kind < 0.2:
            term = f"{next(spoken)} {next(spoken)}"
        elif kind < 0.85:
            term = " ".join(rng.choices(content, k=2 if kind < 0.6 else 3))
        elif kind < 0.92:
            term = rng.choice(rare)
        elif kind < 0.95:
            term = rng.choice(rare)[:8] + "*"
        else:
            term = "".join(rng.choice("ABCDEFGHIKLMNOPRST") for _ in range(3)) + str(rng.randrange(10))
        found[term] = None
    return list(found)


def rule_files(wanted: list[str], number: int) -> list[SourceFile]:
    """Write rules as YAML, five terms each."""
    files, share = [], len(wanted) // number
    for start in range(0, number, _RULES_A_FILE):
        lines = ["version: 1", "rules:"]
        for rule in range(start, min(start + _RULES_A_FILE, number)):
            own = wanted[rule * share : (rule + 1) * share]
            lines += _rule(rule, own)
        files.append(SourceFile(f"rules-{start}.yaml", "\n".join(lines)))
    return files


def _rule(number: int, own: list[str]) -> list[str]:
    head = [f"- id: rule-{number:05}", f"  title: Rule {number}", "  topic: bench"]
    quoted = [f"'{term}'" for term in own]
    match number % 4:
        case 0:
            return [*head, f"  any: [{', '.join(quoted)}]"]
        case 1:
            return [*head, "  near: 20", f"  of: [{quoted[0]}, {{any: [{', '.join(quoted[1:])}]}}]"]
        case 2:
            return [*head, "  all:", f"  - any: [{', '.join(quoted[:2])}]", f"  - any: [{', '.join(quoted[2:])}]"]
        case _:
            return [*head, f"  any: [{', '.join(quoted[:3])}]", f"  none: [{', '.join(quoted[3:])}]"]
