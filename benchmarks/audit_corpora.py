"""Documents whose relevance is known, with rules, to measure what the rules miss.

Reuters-21578: `reuters.jsonl.gz` (lines {"id","title","text","topics"}) and naive rules in `rules.yaml`, one of each
topic, in the folder or in its folder `reuters`. AI policy: `topics-dev.jsonl`, taken as judged before, and
`topics-more.jsonl` (lines {"title","text","lang","labels"}; labels that start with `none` say that a document is
irrelevant); the rules are the shipped ones.
"""

from __future__ import annotations

import gzip
import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.core import rules
from monitor.core.audit.corpus import AuditDocument
from monitor.core.audit.features import beginning
from monitor.core.matching.matcher import Matcher
from monitor.core.model import Article, Source
from monitor.core.rules import SourceFile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from monitor.core.matching.rulebook import Rule

AI = "ai-policy"
WORDS = [f"word{number}" for number in range(3_000)]
HAN_WORDS = [chr(0x4E00 + number % 1_500) + chr(0x4E00 + number * 7 % 1_499) for number in range(3_000)]
_JUDGED, _OTHERS = "topics-dev.jsonl", "topics-more.jsonl"
_SHIPPED = Path(__file__).parent.parent / "config" / "rules"


@dataclass(frozen=True)
class Corpus:
    """Documents with the topics that people gave them, and those that a rule of each topic matches."""

    articles: Sequence[Article]
    topics: Sequence[frozenset[str]]
    matched: Sequence[Mapping[str, str]]
    """By document: the prominence of each matched topic."""
    files: Sequence[SourceFile]
    rules: Sequence[Rule]
    known: frozenset[int] = frozenset()
    """The documents that were judged before."""

    def documents(self, topic: str, judged: frozenset[int]) -> list[AuditDocument]:
        return [
            AuditDocument(
                id=str(place),
                language=article.language,
                matched=topic in self.matched[place],
                prominent=self.matched[place].get(topic) == "major",
                judged=topic in self.topics[place] if place in judged else None,
            )
            for place, article in enumerate(self.articles)
        ]

    def texts(self, ids: Sequence[str]) -> list[str]:
        return [beginning(self.articles[int(each)].title, self.articles[int(each)].text) for each in ids]

    def hits(self, topic: str) -> list[int]:
        return [place for place, matched in enumerate(self.matched) if topic in matched]


def has_reuters(folder: Path) -> bool:
    """Return True if the documents of Reuters are there."""
    return (_reuters_folder(folder) / "reuters.jsonl.gz").exists()


def _reuters_folder(folder: Path) -> Path:
    return folder / "reuters" if (folder / "reuters").is_dir() else folder


def has_ai_documents(folder: Path) -> bool:
    """Return True if the documents on AI policy are there."""
    return all((folder / name).exists() for name in (_JUDGED, _OTHERS))


def ai_documents(folder: Path) -> Corpus:
    """Read the documents on AI policy and match them with the shipped rules."""
    before, others = ([json.loads(line) for line in (folder / name).open("rb")] for name in (_JUDGED, _OTHERS))
    documents = [*before, *others]
    files = _shipped_files()
    articles = [Article(title=each["title"], text=each["text"], language=each["lang"] or "") for each in documents]
    known, matched = ai_matches(files, articles)
    return Corpus(
        articles=articles,
        topics=[frozenset(() if _is_irrelevant(each["labels"]) else {AI}) for each in documents],
        matched=matched,
        files=files,
        rules=known,
        known=frozenset(range(len(before))),
    )


def _shipped_files() -> list[SourceFile]:
    return [SourceFile(str(path), path.read_text(encoding="utf-8")) for path in sorted(_SHIPPED.rglob("*.yaml"))]


def shipped_rules() -> Sequence[Rule]:
    """Load the shipped rules."""
    return _load(_shipped_files())


def _load(files: Sequence[SourceFile]) -> Sequence[Rule]:
    book, problems = rules.load(files, warn=False)
    assert not problems, problems
    return book.rules


def ai_matches(files: Sequence[SourceFile], articles: Sequence[Article]) -> tuple[Sequence[Rule], list[dict[str, str]]]:
    """Return the rules of files, and whether and how prominently any of them matches each article."""
    matcher = Matcher(_load(files))
    prominences = [{match.prominence for match in matcher.match(article, Source())} for article in articles]
    return matcher.rules, [{AI: "major" if "major" in found else "passing"} if found else {} for found in prominences]


def _is_irrelevant(labels: Sequence[str]) -> bool:
    return all(label.startswith("none") for label in labels)


def reuters(folder: Path) -> Corpus:
    folder = _reuters_folder(folder)
    with gzip.open(folder / "reuters.jsonl.gz", "rt", encoding="utf-8") as lines:
        documents = [json.loads(line) for line in lines]
    articles = [Article(title=each["title"], text=each["text"], language="en") for each in documents]
    text = (folder / "rules.yaml").read_text(encoding="utf-8")
    return match_all(articles, [frozenset(each["topics"]) for each in documents], [SourceFile("rules.yaml", text)])


def invented(number: int = 4_000) -> Corpus:
    """Make reports of ports, of which a naive rule finds half, among others."""
    draws = random.Random(1)
    subjects = ["dredging of the fairway", "the new quay wall", "pilots and tugs", "the harbour basin and its quay"]
    articles, topics = [], []
    for place in range(number):
        is_port = place % 20 == 0
        words = draws.choices(WORDS, k=80)
        if is_port:
            words[5:5] = ["harbour", *draws.choice(subjects).split(), "vessel"]
        articles.append(Article(title=f"Report {place}", text=" ".join(words), language="en"))
        topics.append(frozenset({"port"} if is_port else ()))
    rule = "{id: ports, title: Ports, topic: port, status: test, any: [dredging, pilots]}"
    return match_all(
        articles, topics, [SourceFile("rules.yaml", f"version: 1\ntopics: {{port: Ports}}\nrules:\n  - {rule}\n")]
    )


def match_all(articles: Sequence[Article], topics: Sequence[frozenset[str]], files: Sequence[SourceFile]) -> Corpus:
    """Match articles with the rules of files."""
    matcher = Matcher(rules.load(files)[0].rules)
    matched = [{m.topic: m.prominence for m in matcher.match(article, Source())} for article in articles]
    return Corpus(articles=articles, topics=topics, matched=matched, files=files, rules=matcher.rules)
