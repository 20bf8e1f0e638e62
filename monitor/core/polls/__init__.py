"""Decides about one poll: what to do with the entries of a response (`planning`), and what is stored (`conclude`)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from monitor.core.articles import unmatched
from monitor.core.counts import count
from monitor.core.feeds.failures import before_first_success
from monitor.core.model import Article, Changed, EntryCounts, Failed, Feed, FeedState, FoundArticle, Outcome, Poll
from monitor.core.polls import further_pages, layout, schedule
from monitor.core.polls.budget import OVER_BUDGET, DailyBudget, is_over_budget
from monitor.core.polls.planning import MAX_VERSIONS, FeedHistory, Plan, PlannedEntry, plan
from monitor.core.polls.poll_interval import EntryOverlap, PollObservation
from monitor.core.polls.rhythm import Rhythm
from monitor.core.text import MAX_TEXT_CHARS

__all__ = [
    "MAX_VERSIONS",
    "FeedHistory",
    "Plan",
    "PlannedEntry",
    "article_without_page",
    "conclude",
    "plan",
]


_NO_PLAN = Plan()


def article_without_page(planned: PlannedEntry, article: Article) -> Article:
    """Return the article of an entry whose page is not fetched; `article`: that of the feed's text."""
    return article if planned.no_page_reason else replace(article, partial=False)


def conclude(
    feed: Feed,
    state: FeedState,
    outcome: Outcome,
    *,
    started_at: datetime,
    finished_at: datetime,
    jitter: float,
    plan: Plan = _NO_PLAN,
    found: tuple[FoundArticle, ...] = (),
    stored: tuple[FoundArticle, ...] = (),
    rhythm: Rhythm | None = None,
    budget: DailyBudget | None = None,
    counts: EntryCounts | None = None,
) -> Poll:
    """Return the poll to store; `budget` is the daily budget as it is after the articles were read."""
    if isinstance(outcome, Failed) and layout.has_never_found(feed, state):
        outcome = before_first_success(outcome)
    observed = _observe(feed, state, outcome, plan, rhythm=rhythm, now=finished_at)
    after = schedule.state_after_poll(feed, state, outcome, observed, now=finished_at, jitter=jitter)
    after = _without_validators(after) if budget and budget.postponed_edits else after
    return Poll(
        feed_id=feed.id,
        started_at=started_at,
        finished_at=finished_at,
        outcome=_without_body(outcome),
        state=after,
        found=found,
        stored=stored,
        seen=plan.seen,
        renewed=plan.renewed,
        possible_gap=plan.possible_gap,
        counts=counts or EntryCounts(),
        notes=_poll_notes(plan, stored + found, budget) + _move_notes(state, after) + _pages_due(after),
    )


def _without_validators(state: FeedState) -> FeedState:
    """Let the next poll parse the feed even if it is unchanged, so that edits that were postponed are not lost."""
    return replace(state, etag=None, last_modified=None, body_hash=None)


def _observe(
    feed: Feed, state: FeedState, outcome: Outcome, plan: Plan, *, rhythm: Rhythm | None, now: datetime
) -> PollObservation:
    return PollObservation(
        overlap=EntryOverlap(new=plan.new, known=plan.seen),
        rhythm=rhythm,
        newest_at=_newest(outcome),
        layout=layout.layout_after_poll(feed, state, outcome, new=plan.new, known=plan.known_addresses, now=now)
        if isinstance(outcome, Changed)
        else None,
    )


def _poll_notes(plan: Plan, articles: tuple[FoundArticle, ...], budget: DailyBudget | None) -> tuple[str, ...]:
    cut = sum(each.article.truncated for each in articles)
    not_whole = sum(unmatched.is_marked_unmatched(each.article) for each in articles)
    title_only = sum(is_over_budget(each.article) for each in articles)
    notes = {
        f"cut: {count(cut, 'article')} after {MAX_TEXT_CHARS:,} characters": cut,
        f"not matched whole: {count(not_whole, 'article')}": not_whole,
        f"{OVER_BUDGET}: only the titles of {count(title_only, 'entry', 'entries')} are kept": title_only,
    }
    of_budget = budget.notes() if budget else ()
    return (*plan.notes, *(note for note, holds in notes.items() if holds), *of_budget)


def _newest(outcome: Outcome) -> datetime | None:
    entries = outcome.entries if isinstance(outcome, Changed) else ()
    return max((entry.published_at for entry in entries if entry.published_at), default=None)


def _move_notes(before: FeedState, after: FeedState) -> tuple[str, ...]:
    if before.url == after.url:
        return ()
    return (f"moved: {after.url}",) if after.url else ("moved back: the configured address is used again",)


def _pages_due(after: FeedState) -> tuple[str, ...]:
    return ("pages missed: the next poll reads them",) if after.position == further_pages.FURTHER_PAGES else ()


def _without_body(outcome: Outcome) -> Outcome:
    """Drop the body, which was parsed and is not stored."""
    response = outcome.response
    if not response or not response.body:
        return outcome
    return replace(outcome, response=replace(response, body=b""))
