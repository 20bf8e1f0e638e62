"""Decides about one poll: what to do with the entries of a response (`planning`), and what is stored (`conclude`)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from monitor.core import articles
from monitor.core.articles import unmatched
from monitor.core.model import Article, Changed, EntryCounts, Feed, FeedState, FoundArticle, Outcome, Poll, Response
from monitor.core.polls import further_pages, layout, schedule
from monitor.core.polls.budget import OVER_BUDGET, DailyBudget, is_over_budget
from monitor.core.polls.planning import MAX_VERSIONS, FeedHistory, Plan, PlannedEntry, plan
from monitor.core.text import MAX_TEXT_CHARS

if TYPE_CHECKING:
    from monitor.core.polls.rhythm import Rhythm

__all__ = [
    "MAX_VERSIONS",
    "FeedHistory",
    "Plan",
    "PlannedEntry",
    "article_without_page",
    "conclude",
    "plan",
]


def article_without_page(planned: PlannedEntry, article: Article | None = None) -> Article:
    """Return the article of an entry whose page is not fetched; `article`: that of the feed's text, if it is made."""
    article = article or articles.from_feed(planned.entry, planned.no_page_reason)
    return article if planned.no_page_reason else replace(article, partial=False)


def conclude(
    feed: Feed,
    state: FeedState,
    outcome: Outcome,
    *,
    started_at: datetime,
    finished_at: datetime,
    jitter: float,
    plan: Plan | None = None,
    found: tuple[FoundArticle, ...] = (),
    stored: tuple[FoundArticle, ...] = (),
    rhythm: Rhythm | None = None,
    budget: DailyBudget | None = None,
    counts: EntryCounts | None = None,
) -> Poll:
    """Return the poll to store; `budget` is the daily budget as it is after the articles were read."""
    plan = plan or Plan()
    observed = _observe(state, outcome, plan, rhythm, finished_at)
    after = schedule.state_after_poll(feed, state, outcome, observed, now=finished_at, jitter=jitter)
    if budget and budget.postponed_edits:  # unchanged, the feed would not be parsed again: these edits would be lost
        after = replace(after, etag=None, last_modified=None, body_hash=None)
    return Poll(
        feed_id=feed.id,
        started_at=started_at,
        finished_at=finished_at,
        outcome=_slim(outcome),
        state=after,
        found=found,
        stored=stored,
        seen=plan.seen,
        renewed=plan.renewed,
        possible_gap=plan.possible_gap,
        counts=counts or EntryCounts(),
        notes=_poll_notes(plan, stored + found, budget) + _moved(state, after) + _pages_due(after),
    )


def _observe(
    state: FeedState, outcome: Outcome, plan: Plan, rhythm: Rhythm | None, now: datetime
) -> schedule.PollObservation:
    return schedule.PollObservation(
        overlap=schedule.EntryOverlap(new=plan.new, known=plan.seen),
        rhythm=rhythm,
        newest_at=_newest(outcome),
        layout=layout.layout_after_poll(state, outcome, new=plan.new, known=plan.known_addresses, now=now)
        if isinstance(outcome, Changed)
        else None,
    )


def _poll_notes(plan: Plan, articles: tuple[FoundArticle, ...], budget: DailyBudget | None) -> tuple[str, ...]:
    of_budget = budget.notes() if budget else ()
    return plan.notes + _cut(articles) + _unmatched(articles) + _title_only(articles) + of_budget


def _newest(outcome: Outcome) -> datetime | None:
    dates = (
        [entry.published_at for entry in outcome.entries if entry.published_at] if isinstance(outcome, Changed) else []
    )
    return max(dates, default=None)


def _cut(found: tuple[FoundArticle, ...]) -> tuple[str, ...]:
    number = sum(each.article.truncated for each in found)
    return (f"cut: {number} articles after {MAX_TEXT_CHARS:,} characters",) if number else ()


def _title_only(found: tuple[FoundArticle, ...]) -> tuple[str, ...]:
    number = sum(is_over_budget(each.article) for each in found)
    return (f"{OVER_BUDGET}: only the titles of {number} entries are kept",) if number else ()


def _unmatched(found: tuple[FoundArticle, ...]) -> tuple[str, ...]:
    number = sum(unmatched.is_marked_unmatched(each.article) for each in found)
    return (f"not matched whole: {number} articles",) if number else ()


def _moved(before: FeedState, after: FeedState) -> tuple[str, ...]:
    if before.url == after.url:
        return ()
    return (f"moved: {after.url}",) if after.url else ("moved back: the configured address is used again",)


def _pages_due(after: FeedState) -> tuple[str, ...]:
    return ("pages missed: the next poll reads them",) if after.position == further_pages.FURTHER_PAGES else ()


def _slim(outcome: Outcome) -> Outcome:
    """Drop the body, which was parsed and is not stored."""
    response = outcome.response
    return replace(outcome, response=_without_body(response)) if response and response.body else outcome


def _without_body(response: Response) -> Response:
    return replace(response, body=b"")
