"""Composes digests from stored hits: the next run of a digest, or a past period; stores nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.core.audit.corpus import MIN_RELEVANT
from monitor.core.audit.pooled_samples import Judged
from monitor.core.audit.report import POOLED, recall_report, rule_precisions
from monitor.core.audit.sampling import threshold
from monitor.core.digests import rule_changes
from monitor.core.digests.composing import DigestContext, compose_digest, with_announced_dates, with_openings
from monitor.core.digests.digest import Digest, DigestWindow, ExtraPart, PartLine, RuleChange
from monitor.core.digests.digest_stories import MAX_STORY_TITLE_CHARS
from monitor.core.digests.filters import select_hits
from monitor.core.digests.limits import limit_stories
from monitor.core.digests.possibly_missed import with_possibly_missed
from monitor.core.digests.ranking import MAX_LABEL_AGE
from monitor.core.digests.review import WEEKS_BEFORE, review_week
from monitor.core.digests.source_coverage import with_ledger, with_refused_edits
from monitor.core.digests.why_terms import term_hashes
from monitor.core.messages import pausing
from monitor.core.messages.render import read_events
from monitor.core.model import DigestConfig, Hit
from monitor.core.text import clean_line
from monitor.deliver._alerts import last_alerted_at, with_stored_translations
from monitor.deliver._configuration import DeliverySettings
from monitor.deliver._ledger import read_ledger
from monitor.store import Store

CALENDARS_READ = timedelta(days=180)
"""How long before a digest an event may have been announced to keep its UID."""
CHARTED_WEEKS = 8
"""Past weeks whose numbers of stories are drawn as columns."""
_WEEK = timedelta(days=7)

RuleAuthors = Callable[[datetime, datetime | None], Callable[[str], str]]
"""Returns for two times, the second None for now, a function from the id of a rule to who edited it; empty: unknown."""


class Composer:
    """Composes the digests of one configuration."""

    def __init__(
        self,
        store: Store,
        config: DeliverySettings,
        clock: Callable[[], datetime],
        rule_authors: RuleAuthors,
    ) -> None:
        self._store = store
        self._config = config
        self._clock = clock
        self._rule_authors = rule_authors

    def compose_next(self, config: DigestConfig, window: DigestWindow, name: str) -> Digest:
        """Compose the hits that no run of this name contained, including hits dated by a clock that was ahead."""
        hits = self._store.hits_to_digest(name, window.since)
        is_first = self._store.last_sent(name) is None
        digest = self._compose(config, hits, window, name, notified_until=window.until, is_first=is_first)
        paused = [state for state in self._store.channel_states().values() if state.paused_at]
        return replace(
            digest,
            coverage=with_refused_edits(digest.coverage, self._store.refusals()),
            remark=". ".join(f"Not delivered: {pausing.describe_paused_channel(state)}" for state in paused),
        )

    def compose_past(
        self, config: DigestConfig, window: DigestWindow, name: str, changes_until: datetime | None
    ) -> Digest:
        """Compose the live hits of a period in the past; rule changes are those until an instant, None for now."""
        hits = [hit for hit in self._store.hits(since=window.since, until=window.until) if hit.status == "live"]
        return self._compose(config, hits, window, name, notified_until=window.since, changes_until=changes_until)

    def _compose(
        self,
        config: DigestConfig,
        hits: Sequence[Hit],
        window: DigestWindow,
        name: str,
        *,
        notified_until: datetime,
        changes_until: datetime | None = None,
        is_first: bool = False,
    ) -> Digest:
        """Compose a digest of these hits; stories in a run of this name up to `notified_until` are updates."""
        selected = select_hits(config, self._config.in_current_topics(hits), self._config.feeds)
        story_ids = {hit.story_id for hit in selected}
        context = replace(
            self._context(story_ids, window, () if is_first else self._rule_changes(window.since, changes_until)),
            notified_at=self._store.story_notified_at(name, story_ids, notified_until),
            term_counts=self._store.term_counts(term_hashes(selected)),
            is_first=is_first,
        )
        digest = compose_digest(config, selected, self._store.stories_of(story_ids), window, context)
        if config.review:
            digest = replace(digest, extra_parts=(self._review(digest, config.topics), *digest.extra_parts))
        now = self._clock()
        ledger = read_ledger(self._store, self._config, window.since, window.until, now)
        return self._complete(replace(digest, coverage=with_ledger(digest.coverage, ledger)), config, name)

    def _context(
        self, story_ids: Collection[int], window: DigestWindow, changes: Sequence[RuleChange]
    ) -> DigestContext:
        store, config, until = self._store, self._config, window.until
        return DigestContext(
            coverage=store.coverage(list(config.feeds.values()), window.since, until),
            topics=config.topics,
            feeds=config.feeds,
            rules=config.rule_titles,
            alerted_at=last_alerted_at(store, config, story_ids, until),
            rule_changes=changes,
            alert_below=config.alert_below,
            labels=store.label_counts(until - MAX_LABEL_AGE),
            weeks=store.story_counts([until - _WEEK * back for back in range(CHARTED_WEEKS, -1, -1)]),
        )

    def _complete(self, digest: Digest, config: DigestConfig, name: str) -> Digest:
        """Shorten a digest, and add what happened, translated headlines, and what the rules may have missed."""
        limited = limit_stories(digest, config.max_stories, self._config.digest_limits_per_rule)
        openings = self._store.openings({story.article_id for story in limited.stories})
        opened = with_openings(limited, openings)
        if "ics" in config.attachments:
            opened = self._with_earlier_events(with_announced_dates(opened, openings))
        shown = with_stored_translations(self._store, self._config, opened) if config.translate else opened
        # What was listed since the last message was in no digest, even if empty runs followed.
        since = min(digest.window.since, self._store.last_sent(name, digest.window.until) or digest.window.since)
        return add_possibly_missed(shown, self._store, config.possibly_missed, self._config, since=since)

    def _with_earlier_events(self, digest: Digest) -> Digest:
        """Add the events of earlier digests on the days that this one announces, to which its calendar refers."""
        days = {announced.first for _, announced in digest.announced}
        until = digest.window.until
        calendars = self._store.calendars(until - CALENDARS_READ, until) if days else []
        return replace(digest, earlier_events=read_events(calendars, days))

    def _review(self, digest: Digest, topics: Sequence[str]) -> ExtraPart:
        until = digest.window.until
        weeks = self._store.story_counts([until - _WEEK * back for back in range(WEEKS_BEFORE + 1, -1, -1)])
        titles = {slug: topic.title for slug, topic in self._config.topics.items()}
        followed = {topic: counts for topic, counts in weeks.items() if not topics or topic in topics}
        part = review_week(followed, titles, digest.news)
        imprecise = imprecise_rules(self._store, self._config, digest.window.until)
        return replace(part, lines=(*part.lines, *imprecise))

    def _rule_changes(self, since: datetime, until: datetime | None) -> Sequence[RuleChange]:
        """Compare the rules that were in force at two times, `until` None for now: committed or not."""
        before = self._store.rules_at(since)
        after = self._config.rule_states() if until is None else self._store.rules_at(until)
        if before is None or after is None:
            return ()
        return rule_changes.compare_rules(before, after, self._rule_authors(since, until))


def add_possibly_missed(
    digest: Digest, store: Store, most: int, config: DeliverySettings, *, since: datetime
) -> Digest:
    """Add the recall, and the articles that a ranking first listed from `since` to the digest's end, up to a limit."""
    if not most:
        return digest
    until = digest.window.until
    start = until - POOLED
    judged = Judged(
        samples=store.audit_samples(start), judgements=store.judgements(start), hits=store.judged_hits(start)
    )
    misses = store.possible_misses(since, until, most, threshold(judged.judgements))
    report = recall_report(judged) if judged.samples else None
    is_ranked = not config.is_audited or _is_ranked(store)
    return with_possibly_missed(digest, misses, report, config.feeds, is_ranked=is_ranked)


def _is_ranked(store: Store) -> bool:
    """Return whether there were enough examples to rank what no rule matched."""
    ranking = store.audit_ranking()
    return ranking is not None and ranking.relevant >= MIN_RELEVANT


def imprecise_rules(store: Store, config: DeliverySettings, until: datetime) -> list[PartLine]:
    """Name the rules whose judged hits are mostly wrong, the lowest precision first."""
    precisions = rule_precisions(store.judged_hits(until - POOLED)).values()
    low = [each for each in precisions if each.is_below(config.min_precision)]
    lines = []
    for each in sorted(low, key=lambda each: (each.precision, each.rule_id)):
        title = clean_line(config.rule_titles.get(each.rule_id, each.rule_id), limit=MAX_STORY_TITLE_CHARS)
        lines.append(PartLine(f"{title} has a low {each.sentence}"))
    return lines
