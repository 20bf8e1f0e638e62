"""Reads the archive, ranks the articles that no rule matches, and draws a sample; stores nothing.

Full texts are read in batches; title and 600 characters of each article stay in memory. Articles without a hit that the
rules in force would match are not listed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING

from monitor.audit.ranker import TooFewExamplesError, rank, ranker_versions
from monitor.core.audit.corpus import MIN_RELEVANT, AuditDocument, shuffled, training_set
from monitor.core.audit.features import beginning
from monitor.core.audit.sampling import draw
from monitor.core.audit.title_copies import COMPARED_CHARS, without_copies
from monitor.core.durations import MAX_DURATION
from monitor.core.feeds.article_source import archived_source
from monitor.core.matching.matcher import Matcher
from monitor.core.model import AuditRanking, AuditSample, ListedArticle
from monitor.core.progress import Progress, no_progress

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from monitor.audit.ranker_models import Texts
    from monitor.core.audit.corpus import TrainingSet
    from monitor.core.matching.rulebook import Rule
    from monitor.core.model import Article, AuditArticle, Feed, FeedId
    from monitor.store import Store

MAX_LISTED_ARTICLES = 300
"""Articles of a ranking that are stored."""
_TEST_PREFIX = "test "
"""Prefix of the ids of documents that are tests of rules."""
_BATCH_SIZE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRequest:
    """The input of a training; sent to another process."""

    rules: tuple[Rule, ...]
    rules_hash: str
    feeds: Mapping[FeedId, Feed]
    now: datetime
    since: datetime
    seed: int
    judgements_wanted: int
    """Size of the sample; 0 to draw none."""
    sampled_until: datetime
    """The end of the last sample; a new one is drawn from articles stored since."""
    rule_tests: tuple[tuple[Article, bool], ...] = ()
    """Articles of the rules' own tests, and whether they are relevant; used while there are too few hits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingResult:
    """The result of a training, to be stored."""

    ranking: AuditRanking
    sample: AuditSample | None
    rematched: Mapping[int, bool]
    """By judged article: whether the rules in force match it."""
    reason: str = ""
    """Why nothing was ranked; empty after a ranking."""


def train(store: Store, request: TrainingRequest, progress: Progress = no_progress) -> TrainingResult:
    """Rank the unmatched articles of the window, and draw a sample of the articles stored since the last one."""
    judgements = store.judgements(request.now - MAX_DURATION)
    judged = {each.entry_id: each.relevant for each in judgements}
    archived = list(without_copies(_truncate_beginnings(_articles(store, request.since))))
    documents = [_document(each, judged.get(each.entry_id)) for each in archived]
    training = training_set(documents, request.seed)
    if len(training.relevant) < MIN_RELEVANT:
        documents += _rule_tests(request)
        training = training_set(documents, request.seed)
    ranked, reason = _rank(store, documents, request, progress)
    listed = ranked[:MAX_LISTED_ARTICLES]
    outdated = [each.article_id for each in judgements if each.rules_hash != request.rules_hash]
    matches = _matches(store, {*outdated, *(each.article_id for each in listed)}, request)
    ranking = AuditRanking(
        trained_at=request.now,
        since=request.since,
        training_hash=_hash_training_set(training, partial(_beginnings, store, request)),
        rules_hash=request.rules_hash,
        seed=request.seed,
        versions=ranker_versions(),
        relevant=len(training.relevant),
        judged=sum(bool(each.judged) for each in training.relevant if not _is_test(each)),
        from_tests=sum(map(_is_test, training.relevant)),
        irrelevant=len(training.irrelevant),
        assumed=len(training.assumed),
        ranked=0 if reason else len(ranked),
        hits=sum(each.matched for each in documents),
        articles=() if reason else tuple(each for each in listed if not matches.get(each.article_id, False)),
    )
    sample = _draw_sample(store, request, archived, ranked) if request.judgements_wanted else None
    rematched = {each: matches[each] for each in outdated if each in matches}
    return TrainingResult(ranking=ranking, sample=sample, rematched=rematched, reason=reason)


def _articles(store: Store, since: datetime) -> Iterator[AuditArticle]:
    after = 0
    while batch := store.audit_articles(since, after, _BATCH_SIZE):
        yield from batch
        after = batch[-1].id


def _truncate_beginnings(articles: Iterable[AuditArticle]) -> Iterator[AuditArticle]:
    """Cut texts to the length that is needed to recognize copies."""
    return (replace(each, beginning=each.beginning[:COMPARED_CHARS]) for each in articles)


def _rule_tests(request: TrainingRequest) -> list[AuditDocument]:
    return [
        AuditDocument(id=f"{_TEST_PREFIX}{number}", language=article.language, judged=relevant)
        for number, (article, relevant) in enumerate(request.rule_tests)
    ]


def _document(article: AuditArticle, judged: bool | None) -> AuditDocument:
    return AuditDocument(
        id=str(article.id),
        language=article.language,
        matched=article.matched,
        prominent=article.prominent,
        judged=judged,
    )


def _rank(
    store: Store, documents: Sequence[AuditDocument], request: TrainingRequest, progress: Progress
) -> tuple[list[ListedArticle], str]:
    """Return the unmatched, unjudged articles, best first.

    If there are too few examples to rank them, they are in random order, and the reason is returned.
    """
    texts = partial(_beginnings, store, request)
    try:
        ranked = rank(documents, texts, request.seed, rules=request.rules, progress=progress)
    except TooFewExamplesError as few:
        unranked = (each for each in documents if each.judged is None and not each.matched)
        ordered = shuffled(unranked, request.seed)
        return [ListedArticle(article_id=int(each.id), score=0.0, terms=()) for each in ordered], str(few)
    return [ListedArticle(article_id=int(each.id), score=each.score, terms=each.terms) for each in ranked], ""


def _is_test(document: AuditDocument) -> bool:
    return document.id.startswith(_TEST_PREFIX)


def _beginnings(store: Store, request: TrainingRequest, ids: Sequence[str]) -> list[str]:
    """Return the beginnings of articles and of rules' tests, as the ranker reads them."""
    texts = store.audit_texts([int(each) for each in ids if not each.startswith(_TEST_PREFIX)])
    return [beginning(*_text(each, texts, request)) for each in ids]


def _text(identity: str, texts: Mapping[int, tuple[str, str]], request: TrainingRequest) -> tuple[str, str]:
    """Return title and text of an article, or of a rule's test."""
    if identity.startswith(_TEST_PREFIX):
        article, _ = request.rule_tests[int(identity.removeprefix(_TEST_PREFIX))]
        return article.title, article.text
    return texts.get(int(identity), ("", ""))


def _matches(store: Store, article_ids: Collection[int], request: TrainingRequest) -> dict[int, bool]:
    """Return whether a live rule matches each article whose text is there."""
    if not article_ids:
        return {}
    matcher = Matcher([rule for rule in request.rules if rule.status == "live"])
    matches: dict[int, bool] = {}
    for article_id in article_ids:
        stored = store.article(article_id)
        if stored is not None and stored.text_removed_at is None:
            source = archived_source(request.feeds, stored.feed_id, stored.article.url)
            matches[article_id] = bool(matcher.match(stored.article, source))
    return matches


def _draw_sample(
    store: Store, request: TrainingRequest, archived: Sequence[AuditArticle], ranked: Sequence[ListedArticle]
) -> AuditSample | None:
    """Draw from the articles stored since the last sample; None if there are none."""
    since = max(request.since, request.sampled_until)
    new = {each.id for each in archived} if since == request.since else {each.id for each in _articles(store, since)}
    hits = [each.id for each in archived if each.matched and each.id in new]
    sizes, articles = draw(
        hits, [each for each in ranked if each.article_id in new], request.judgements_wanted, request.seed
    )
    if not articles:
        return None
    return AuditSample(
        drawn_at=request.now,
        since=since,
        until=request.now,
        rules_hash=request.rules_hash,
        sizes=sizes,
        planned=request.judgements_wanted,
        articles=articles,
    )


def _hash_training_set(training: TrainingSet, texts: Texts) -> str:
    """Return a hash of the training set: ids, kinds, languages and texts, in the order in which they are learned."""
    hasher = sha256()
    for kind in (training.relevant, training.irrelevant, training.assumed):
        hasher.update(b"kind\n")
        for start in range(0, len(kind), _BATCH_SIZE):
            batch = kind[start : start + _BATCH_SIZE]
            for each, text in zip(batch, texts([document.id for document in batch]), strict=True):
                text_hash = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
                hasher.update(f"{each.id} {each.language} {each.judged} {text_hash}\n".encode())
    return hasher.hexdigest()
