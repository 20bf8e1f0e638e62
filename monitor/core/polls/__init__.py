"""Every decision of one poll: which entries are new or edited, whose pages to fetch, what is old, and what is stored.

`plan` decides before pages are fetched, `conclude` after. A feed's first poll and a redesign never flood anybody:
fifty pages at most, and what was published before we could have seen it is back-filled, so that no alert is made of
it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from monitor.core import articles
from monitor.core.articles import unmatched
from monitor.core.articles.boilerplate import ParagraphHistory
from monitor.core.feeds import identity
from monitor.core.model import Changed, DailyUsage, Poll
from monitor.core.polls import schedule
from monitor.core.polls.budget import OVER_BUDGET, DailyBudget, is_over_budget
from monitor.core.polls.retry_policy import POSTPONED
from monitor.core.text import MAX_TEXT

if TYPE_CHECKING:
    from monitor.core.model import (
        Article,
        Entry,
        Feed,
        FeedState,
        FoundArticle,
        KnownEntry,
        Outcome,
        PartialArticle,
        Response,
    )
    from monitor.core.polls.rhythm import Rhythm

MAX_PAGES = 50
MAX_VERSIONS = 24
OLD = timedelta(days=7)
FLOOD = 20
"""So many new entries and none known: the feed was redesigned, or was not heard for long."""
WHOLE_TEXT = 4_000
"""Characters that make a feed's own text a whole article, for `fulltext: auto`."""
RENEWED_EVERY = timedelta(days=1)
_SLACK = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedEntry:
    """An entry that is to be stored, and how."""

    entry: Entry
    page: bool
    """Its page is to be fetched."""
    why_not: str = ""
    """Why its page is not fetched; empty when the feed's own text is all that is wanted."""
    later: bool = False
    """Its page is to be fetched at another time."""
    backfilled: bool = False
    updated: bool = False
    entry_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedHistory:
    """What is stored of a feed, as far as a poll of it needs to know."""

    known: Mapping[str, KnownEntry] = field(default_factory=dict)
    """Stored entries by each key or alias that leads to them."""
    history: ParagraphHistory = field(default_factory=ParagraphHistory)
    """What the feed printed of late; empty, like `first_seen`, when nothing in the feed is new or edited."""
    first_seen: tuple[datetime, ...] = ()
    """When its entries of late were first seen, ascending."""
    stored: DailyUsage = field(default_factory=DailyUsage)
    """What counts against the feed's daily budget."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be done about the entries of one answer."""

    wanted: tuple[PlannedEntry, ...] = ()
    seen: int = 0
    renewed: tuple[str, ...] = ()
    new: int = 0
    possible_gap: bool = False
    notes: tuple[str, ...] = ()


def plan(feed: Feed, state: FeedState, changed: Changed, known: Mapping[str, KnownEntry], now: datetime) -> Plan:
    """Decide what to do about each entry."""
    fresh: list[PlannedEntry] = []
    edited: list[PlannedEntry] = []
    seen: list[KnownEntry] = []
    unread = 0
    for entry in changed.entries:
        found = identity.find_known(entry, known, now)
        if found is None:
            named = identity.with_distinct_key(entry) if entry.key in known else entry
            fresh.append(PlannedEntry(entry=named, page=False))
            continue
        seen.append(found)
        if _is_edited(entry, found):
            edited.append(PlannedEntry(entry=entry, page=False, updated=True, entry_id=found.entry_id))
        elif _is_changed(entry, found) and found.versions >= MAX_VERSIONS:
            unread += 1
    is_flood = not seen and len(fresh) >= FLOOD
    wanted = [_dated(each, state, now, is_flood=is_flood) for each in fresh] + edited
    gap = bool(fresh) and not seen and state.last_entry_at is not None
    return Plan(
        wanted=_with_pages(feed, wanted, state, is_flood=is_flood),
        seen=len(seen),
        renewed=tuple(found.key for found in seen if _is_overdue(found, now)),
        new=len(fresh),
        possible_gap=gap,
        notes=_notes(changed, wanted, unread, is_flood=is_flood and gap, gap=gap),
    )


def _is_overdue(found: KnownEntry, now: datetime) -> bool:
    """Tell whether it is to be noted again that a feed still shows an entry: once a day is enough to remember it by."""
    return found.last_seen_at is None or now - found.last_seen_at >= RENEWED_EVERY


def _is_edited(entry: Entry, found: KnownEntry) -> bool:
    return _is_changed(entry, found) and found.versions < MAX_VERSIONS and found.article_id is not None


def _is_changed(entry: Entry, found: KnownEntry) -> bool:
    return entry.content_hash != found.content_hash


def _dated(wanted: PlannedEntry, state: FeedState, now: datetime, *, is_flood: bool) -> PlannedEntry:
    """Mark what is old on arrival: a week by its date, or, in a flood, from before our last look at the feed."""
    published = wanted.entry.published_at
    is_first = state.last_success_at is None
    if published is None:
        return replace(wanted, backfilled=is_first or is_flood)
    oldest = now - OLD
    if is_flood and state.last_success_at is not None:
        oldest = max(oldest, state.last_success_at - _SLACK)
    return replace(wanted, backfilled=published < oldest)


def was_backfilled(partial: PartialArticle) -> bool:
    """Tell whether an entry was old on arrival: what its page says when it comes at last is as old."""
    when = partial.entry.published_at
    return partial.came_first if when is None else when < partial.stored_at - OLD


def _with_pages(
    feed: Feed, wanted: list[PlannedEntry], state: FeedState, *, is_flood: bool
) -> tuple[PlannedEntry, ...]:
    """Choose the newest whose pages are fetched, whatever their dates; the others' wait, unless it is a flood."""
    reasons = [_no_page(feed, each.entry) for each in wanted]
    candidates = [index for index, reason in enumerate(reasons) if reason is None]
    candidates.sort(key=lambda index: _age_key(wanted[index].entry), reverse=True)
    chosen = set(candidates[:MAX_PAGES])
    is_first = state.last_success_at is None

    def with_page(index: int, each: PlannedEntry) -> PlannedEntry:
        if index in chosen:
            return replace(each, page=True)
        reason = reasons[index]
        if reason is not None:
            return replace(each, why_not=reason)
        if is_first or (is_flood and each.backfilled):
            return replace(each, why_not=f"beyond the newest {MAX_PAGES}")
        return replace(each, why_not=f"{POSTPONED}: more than {MAX_PAGES} pages at once", later=True)

    return tuple(with_page(index, each) for index, each in enumerate(wanted))


def _no_page(feed: Feed, entry: Entry) -> str | None:
    """Say why an entry's page is not wanted: empty for `the feed's text is all we want`, None when it is wanted."""
    if not entry.link:
        return "no link"
    if feed.fulltext == "never" or (feed.fulltext == "auto" and len(entry.summary) >= WHOLE_TEXT):
        return ""
    return None


def _age_key(entry: Entry) -> float:
    return entry.published_at.timestamp() if entry.published_at else float("inf")


def _notes(changed: Changed, wanted: list[PlannedEntry], unread: int, *, is_flood: bool, gap: bool) -> tuple[str, ...]:
    new = sum(not each.updated for each in wanted)
    notes = {
        f"malformed: {changed.malformed}": bool(changed.malformed),
        f"truncated: {changed.truncated} older entries left out": bool(changed.truncated),
        f"flood: {new} new entries and none known": is_flood,
        "possible gap: no entry of the last poll was in this one": gap,
        f"updated: {len(wanted) - new} entries": len(wanted) > new,
        f"unread: {unread} entries that changed again after {MAX_VERSIONS} versions": bool(unread),
    }
    return tuple(note for note, holds in notes.items() if holds)


# ---------------------------------------------------------------- articles


def article_without_page(wanted: PlannedEntry, article: Article | None = None) -> Article:
    """Make the article of an entry whose page is not fetched; `article` is that of the feed's text, if it is made."""
    article = article or articles.from_feed(wanted.entry, wanted.why_not)
    return article if wanted.why_not else replace(article, partial=False)


# ---------------------------------------------------------------- the end


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
) -> Poll:
    """Make the poll that is stored; `budget` is what the daily budget was after its pages were read."""
    plan = plan or Plan()
    look = schedule.PollObservation(
        overlap=schedule.EntryOverlap(new=plan.new, known=plan.seen), rhythm=rhythm, newest_at=_newest(outcome)
    )
    after = schedule.state_after_poll(feed, state, outcome, look, now=finished_at, jitter=jitter)
    if budget and budget.postponed_edits:  # an unchanged feed would never show these edits to a later poll
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
        notes=plan.notes
        + _cut(stored + found)
        + _unmatched(stored + found)
        + _title_only(stored + found)
        + (budget.notes() if budget else ())
        + _moved(state, after),
    )


def _newest(outcome: Outcome) -> datetime | None:
    dates = (
        [entry.published_at for entry in outcome.entries if entry.published_at] if isinstance(outcome, Changed) else []
    )
    return max(dates, default=None)


def _cut(found: tuple[FoundArticle, ...]) -> tuple[str, ...]:
    number = sum(each.article.truncated for each in found)
    return (f"cut: {number} articles after {MAX_TEXT:,} characters",) if number else ()


def _title_only(found: tuple[FoundArticle, ...]) -> tuple[str, ...]:
    number = sum(is_over_budget(each.article) for each in found)
    return (f"{OVER_BUDGET}: only the titles of {number} entries are kept",) if number else ()


def _unmatched(found: tuple[FoundArticle, ...]) -> tuple[str, ...]:
    number = sum(unmatched.is_marked_unmatched(each.article) for each in found)
    return (f"not matched whole: {number} articles",) if number else ()


def _moved(before: FeedState, after: FeedState) -> tuple[str, ...]:
    if before.url == after.url:
        return ()
    return (f"moved: {after.url}",) if after.url else ("moved back: the configured address is asked again",)


def _slim(outcome: Outcome) -> Outcome:
    """Drop the body: it was read, and is not stored."""
    response = outcome.response
    return replace(outcome, response=_without_body(response)) if response and response.body else outcome


def _without_body(response: Response) -> Response:
    return replace(response, body=b"")
