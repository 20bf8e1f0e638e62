"""The rule lab: explains, back-tests and back-fills the configured rules on the stored archive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from monitor.core.errors import UsageError
from monitor.core.feeds.article_source import archived_source
from monitor.core.lab.archive_lint import archive_lint
from monitor.core.lab.backtests import Backtest, BacktestTally
from monitor.core.lab.batch_matches import BackfillJob, BacktestJob
from monitor.core.lab.explanations import HitExplanation, WhyNotAnswer
from monitor.core.lab.given_articles import analyse
from monitor.core.matching.matcher import INACTIVE_STATUSES, Matcher
from monitor.core.matching.misses import Cause
from monitor.core.matching.passages import marked_sentences
from monitor.core.matching.rulebook import Rule, RuleBook, overrides
from monitor.core.model import Article, Feed, FeedId, Match, Source, StoredArticle
from monitor.core.progress import Progress, no_progress
from monitor.core.rules.why_not import explain_override, why_not
from monitor.lab.archive_scan import scan_archive
from monitor.lab.named_texts import find_article, read_article
from monitor.lab.rule_versions import version_of
from monitor.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleLab:
    """Questions about rules that the archive answers."""

    store: Store
    rules: RuleBook
    folder: Path
    """Where the rule files lie: what `--against` reads in git."""
    lists: Path | None = None
    """Where lists lie that rules from elsewhere may use."""
    feeds: Sequence[Feed]
    workers: int

    # ------------------------------------------------------------ one article

    def why(self, hit_id: int) -> HitExplanation:
        """Explain a stored hit, and whether rule and text have changed since; UsageError if there is no such hit."""
        hit = self.store.hit(hit_id)
        if hit is None:
            newest = self.store.hits(limit=1)
            latest = f"the newest is {newest[0].id}" if newest else "there is none yet"
            raise UsageError(f"there is no hit {hit_id}; `monitor hits` lists them, {latest}")
        rule = next((rule for rule in self.rules.rules if rule.id == hit.rule_id), None)
        stored = self.store.article(hit.article_id)
        readable = stored if stored and stored.text_removed_at is None else None
        return HitExplanation(
            hit=hit,
            sentences=marked_sentences(hit.evidence),
            rule=rule,
            match=_match(self.rules, rule, readable.article, self._source(readable)) if rule and readable else None,
            text_hash=readable.text_hash if readable else "",
            removed_after_days=stored.days_until_removal if stored else None,
            story=next(iter(self.store.stories_of([hit.story_id])), None),
        )

    def why_not(self, rule_id: str, named: str) -> WhyNotAnswer:
        """Explain why a rule does not match an article of the archive, which is named by its number or address."""
        rule = self.rules.rule(rule_id)
        stored = find_article(self.store, named)
        answer = why_not_in_text(self.rules, rule_id, stored.article, self._source(stored))
        return replace(answer, stored=stored, hit=self.store.hit_of(rule.id, stored.id))

    def _source(self, stored: StoredArticle) -> Source:
        return archived_source(self._feeds, stored.feed_id, stored.article.url)

    # ------------------------------------------------------------ the whole archive

    def backtest(
        self, rule_id: str, *, since: datetime, now: datetime, against: str = "", progress: Progress = no_progress
    ) -> Backtest:
        """Run a rule over the archive; compare it with `against` (a git revision or file) and with all other rules."""
        rule = self.rules.rule(rule_id)
        before = version_of(rule, against, self.folder, self.lists) if against else None
        state = _state(rule, before) if against else ""
        job = BacktestJob(rule, self.rules.rules, before if state == "changed" else None, self._feeds)
        tally = BacktestTally(rule, since, now)
        total = self.store.count_articles(since)
        for each in scan_archive(job, self.store, since, self.workers, lambda done: progress(done, total)):
            tally.add(each)
        record = tally.backtest(name=against, state=state)
        return replace(record, warnings=tuple(archive_lint(record)))

    def backfill(self, rule_id: str, *, since: datetime, now: datetime, progress: Progress = no_progress) -> int:
        """Store the matches of a rule in the archive as back-filled hits, without alerts; return how many are new."""
        rule = self.rules.rule(rule_id)
        if rule.status in INACTIVE_STATUSES:
            raise UsageError(
                f"rule '{rule_id}' is {rule.status}, so it is not run; give it `status: test` or `live` first"
            )
        added, total = 0, self.store.count_articles(since)
        search = BackfillJob(rule, tuple(each for each in self.rules.rules if overrides(each, rule)), self._feeds)
        for matches in scan_archive(search, self.store, since, self.workers, lambda done: progress(done, total)):
            if matches:
                added += self.store.add_hits(matches, now)
        return added

    @property
    def _feeds(self) -> dict[FeedId, Feed]:
        """The feeds, without the headers that may hold a password: they go to other processes."""
        return {feed.id: replace(feed, headers={}) for feed in self.feeds}


def why_not_in_text(rules: RuleBook, rule_id: str, article: Article, source: Source) -> WhyNotAnswer:
    """Explain why a rule does not match an article, which need not be in the archive."""
    rule = rules.rule(rule_id)
    match = _match(rules, rule, article, source)
    causes: tuple[Cause, ...] = ()
    if match is None or rule.status in INACTIVE_STATUSES:
        cause = explain_override(rule, rules.rules, article, source)
        causes = why_not(rule, article, source) or ((cause,) if cause else ())
    return WhyNotAnswer(
        rule=rule,
        title=article.title,
        url=article.url,
        stored=None,
        hit=None,
        match=match,
        causes=causes,
        truncated=article.truncated,
    )


def why_not_in_file(rules: RuleBook, rule_id: str, file: str) -> WhyNotAnswer:
    """Explain why a rule does not match the text of a file; no database is needed."""
    rule = rules.rule(rule_id)
    used = [replace(each, status="test") for each in rules.rules if each.id == rule.id or overrides(each, rule)]
    article = analyse(read_article(file), needs_language=Matcher(used).needs_language)
    return why_not_in_text(rules, rule_id, article, Source())


def _match(rules: RuleBook, rule: Rule, article: Article, source: Source) -> Match | None:
    match = next(iter(Matcher([replace(rule, status="test")]).match(article, source)), None)
    return None if match and explain_override(rule, rules.rules, article, source) else match


def _state(rule: Rule, before: Rule | None) -> str:
    if before is None:
        return "new"
    return "same" if before.hash == rule.hash else "changed"
