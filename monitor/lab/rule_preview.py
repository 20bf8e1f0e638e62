"""Use-case: what an edited text of rules would do if it were saved. Nothing is stored, and no file is changed."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from monitor.core import rules
from monitor.core.errors import Problem, UsageError, errors_of
from monitor.core.feeds.article_source import archived_source
from monitor.core.lab.archive_lint import archive_lint
from monitor.core.lab.article_previews import ArticlePreview, summarize_answer
from monitor.core.lab.backtests import BacktestTally
from monitor.core.lab.batch_matches import BacktestJob
from monitor.core.lab.edited_files import EditedFiles, edit_files
from monitor.core.lab.given_articles import analyse
from monitor.core.lab.next_steps import id_notes, next_steps
from monitor.core.lab.rule_previews import (
    MAX_FAILURES,
    BacktestPreview,
    RulePreview,
    own_findings,
    summarize_backtest,
    summarize_tests,
)
from monitor.core.matching.matcher import INACTIVE_STATUSES, Matcher
from monitor.core.matching.rulebook import Rule, RuleBook, overrides
from monitor.core.model import Feed, FeedId, Source, Tier
from monitor.core.rules.rule_tests import fixture_paths, run_tests
from monitor.lab.archive_scan import scan_newest
from monitor.lab.named_texts import article_of, find_article, is_file
from monitor.lab.rule_lab import why_not_in_text
from monitor.runtime.garbage_collection import collection_paused
from monitor.settings import Settings
from monitor.settings.config_files import fixture_texts, stored_files
from monitor.settings.config_folder import RULES
from monitor.settings.packed_rules import Packed
from monitor.settings.seed_themes import seed_themes
from monitor.settings.settings import known_rules
from monitor.store import Store

DEFAULT_DAYS = 30
MAX_ARTICLES_READ = 10_000
"""Articles of the archive that are read, the newest; a shipped rule takes about a millisecond for each."""
SCAN_ENDS_SECONDS, MIN_SCAN_SECONDS = 20.0, 8.0
"""Seconds after the beginning of a preview after which no older articles are read, but at least so many for the scan
on a busy machine. The process has twice as many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewRequest:
    """An edited text, and the configuration in which it would be saved; it goes to another process."""

    text: str
    folder: Path
    """The folder of the configuration."""
    texts: Mapping[str, str]
    """The files of rules and seeds in force, by their names in ConfigTexts."""
    channels: Collection[str]
    sources: Collection[str]
    """What `sources` of a rule may name: ids, tiers and tags of feeds, in lower case."""
    rules_in_force: Callable[[], RuleBook]
    feeds: Mapping[FeedId, Feed]
    store: Store
    now: datetime
    rule_id: str = ""
    """The rule of the text that is back-tested; if the text does not have it, its first one."""
    opened_id: str = ""
    """The rule whose YAML in force the text was made from; empty for a new text."""
    article: str = ""
    """A text whose first line is the title, or the number or address of an article; empty for none."""
    days: int = DEFAULT_DAYS
    """The period of the archive that is read."""
    max_articles: int = MAX_ARTICLES_READ


def preview_request(text: str, settings: Settings, store: Store, now: datetime) -> PreviewRequest:
    """Return the request for a text in these settings."""
    in_force = settings.rules_in_force or settings.written_rules
    names = {str(feed.id) for feed in settings.feeds} | {tag for feed in settings.feeds for tag in feed.tags}
    return PreviewRequest(
        text=text,
        folder=settings.folder,
        texts={name: text for name, text in settings.texts.items() if name.startswith(("rules/", "seeds/"))},
        channels=tuple(settings.channels),
        sources=frozenset({*Tier, *map(str.lower, names)}),
        rules_in_force=in_force if isinstance(in_force, Packed) else partial(known_rules, settings.rules),
        feeds={feed.id: replace(feed, headers={}) for feed in settings.feeds},
        store=store,
        now=now,
    )


def preview_rules(request: PreviewRequest) -> RulePreview:
    """Check the text, run the tests of its rules, and try one of them on an article and on the archive."""
    folder, ends_at = str(request.folder / RULES), time.monotonic() + SCAN_ENDS_SECONDS
    with collection_paused():
        files = stored_files(request.folder, request.texts).rules()
        edited = edit_files(request.text, files, folder)
        if errors_of(edited.problems):
            return RulePreview(findings=own_findings(edited.problems, edited, folder))
        book, problems = _load(request, edited)
    findings = own_findings(problems, edited, folder)
    if findings.errors:
        return RulePreview(findings=findings, rule_ids=edited.rule_ids)
    own = [rule for rule in book.rules if rule.mark.path == edited.text.path]
    rule = next((rule for rule in own if rule.id == request.rule_id), own[0] if own else None)
    results = list(run_tests(own, fixture_texts(fixture_paths(own)), explained=MAX_FAILURES))
    return RulePreview(
        findings=findings,
        rule_ids=tuple(str(rule.id) for rule in own),
        tests=summarize_tests(results, own, edited.text.path, folder),
        backtest=_backtest(request, rule, book, edited, ends_at) if rule else None,
        article=_try_article(request, rule, book) if rule and request.article.strip() else None,
        notes=id_notes(edited, request.opened_id, folder),
        steps=next_steps(edited, files, folder, [str(each.id) for each in own if each.status in INACTIVE_STATUSES]),
    )


def _try_article(request: PreviewRequest, rule: Rule, book: RuleBook) -> ArticlePreview:
    """Explain whether a rule matches the article that is given, and why, or why not."""
    named = request.article.strip()
    if "\n" in named or is_file(named):
        used = [rule, *(each for each in book.rules if overrides(each, rule))]
        given = analyse(article_of(named), needs_language=Matcher(used).needs_language)
        return summarize_answer(why_not_in_text(book, rule.id, given, Source()))
    try:
        stored = find_article(request.store, named)
    except UsageError as error:
        return ArticlePreview(problem=f"{str(error).partition(';')[0]}; you can paste its text instead")
    source = archived_source(request.feeds, stored.feed_id, stored.article.url)
    return summarize_answer(replace(why_not_in_text(book, rule.id, stored.article, source), stored=stored))


def _backtest(
    request: PreviewRequest, rule: Rule, book: RuleBook, edited: EditedFiles, ends_at: float
) -> BacktestPreview:
    """Run a rule over the newest articles, beside the rule in force of its id and the rules that it gives way to."""
    before = next((each for each in request.rules_in_force().rules if each.id == rule.id), None)
    state = "new" if before is None else "same" if before.hash == rule.hash else "changed"
    first = [each for each in book.rules if any(overrides(each, one) for one in (rule, before) if one is not None)]
    since = request.now - timedelta(days=request.days)
    job = BacktestJob(rule, tuple(first), before if state == "changed" else None, request.feeds)
    scan = scan_newest(
        job, request.store, since, most=request.max_articles, ends_at=max(ends_at, time.monotonic() + MIN_SCAN_SECONDS)
    )
    tally = BacktestTally(rule, since, request.now)
    for result in scan.results:
        tally.add(result)
    record = tally.backtest(name="in force", state=state)
    record = replace(record, warnings=tuple(archive_lint(record)))
    return summarize_backtest(record, scan.oldest, scan.end, edited.text.path, str(request.folder / RULES))


def _load(request: PreviewRequest, edited: EditedFiles) -> tuple[RuleBook, list[Problem]]:
    """Read all rule files as they would be with the text."""
    files = stored_files(request.folder, request.texts)
    return rules.load(
        [*edited.others, edited.text],
        channels=request.channels,
        themes=seed_themes(files.seeds())[0] if files.has_seeds else None,
        sources=request.sources,
    )
