"""Decides which entries of a response are new or edited, whose pages are fetched, and what is back-filled.

Back-filled entries cause no alert: those of a feed's first poll, and in a flood those that the feed has shown before
under other addresses. The date of an entry alone never decides that. At most fifty pages of one poll are fetched at
once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from monitor.core.articles.boilerplate import ParagraphHistory
from monitor.core.counts import count
from monitor.core.feeds import identity
from monitor.core.model import Changed, DailyUsage, Entry, Feed, FeedState, KnownEntry
from monitor.core.polls import layout
from monitor.core.polls.retry_policy import POSTPONED

PAGES_AT_ONCE = 50
"""Pages that one poll fetches at most."""
MAX_VERSIONS = 24
"""Versions of an article that are stored; later edits are counted only."""
MIN_FLOOD_ENTRIES = 20
"""This many new entries and no known one mean that the feed was redesigned, or was not polled for long."""
_MIN_MOVED_ENTRIES = 3
"""If at least half of the entries of a document have known titles, and there are this many, all addresses have changed;
a feed of one entry may have the same title each week."""
WHOLE_TEXT_CHARS = 4_000
"""Characters from which the feed's own text counts as the whole article, for `fulltext: auto`."""
RENEWED_EVERY = timedelta(days=1)
"""How often the time is updated at which a feed was last seen to show an entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedEntry:
    """An entry that is to be stored, and how."""

    entry: Entry
    fetch_page: bool = False
    no_page_reason: str = ""
    """Why its page is not fetched; empty if the feed's own text is the whole article."""
    fetch_later: bool = False
    """True if the entry's page is fetched by a retry soon after this poll."""
    backfilled: bool = False
    updated: bool = False
    entry_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedHistory:
    """What a poll needs to know of the stored entries of its feed."""

    known: Mapping[str, KnownEntry] = field(default_factory=dict)
    """Stored entries by each of their keys and aliases."""
    paragraphs: ParagraphHistory = field(default_factory=ParagraphHistory)
    """Paragraphs of recent articles; empty, like `first_seen`, if no entry is new or edited."""
    first_seen: tuple[datetime, ...] = ()
    """When its recent entries were first seen, ascending."""
    usage: DailyUsage = field(default_factory=DailyUsage)
    """Counts against the feed's daily budget."""
    known_titles: frozenset[str] = frozenset()
    """Titles that stored entries of the feed have too; looked up only if no entry is known by its key."""
    known_texts: Mapping[tuple[str, str], KnownEntry] = field(default_factory=dict)
    """Stored entries by title and summary; looked up also if the entries shown have one date and no addresses."""
    oldest_at: datetime | None = None
    """The earliest date among the stored entries of the feed; looked up only if no entry is known by its key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a poll does with the entries of one response."""

    entries: tuple[PlannedEntry, ...] = ()
    """The new ones, then the edited ones."""
    seen: int = 0
    """Number of known entries, edited ones included."""
    known_addresses: int = 0
    """Entries that were known by guid or link; others are recognized by title and date."""
    unchanged: int = 0
    renewed: tuple[str, ...] = ()
    """Keys of known entries whose `last_seen_at` is to be updated."""
    new: int = 0
    """Number of new entries."""
    version_limit: int = 0
    """Edits of entries that have MAX_VERSIONS versions."""
    expired: int = 0
    """Edits of entries whose article retention has removed."""
    possible_gap: bool = False
    notes: tuple[str, ...] = ()


def plan(feed: Feed, state: FeedState, changed: Changed, history: FeedHistory, now: datetime) -> Plan:
    """Decide what to do with each entry."""
    is_first = state.last_success_at is None
    addresses = sum(identity.is_known_by_address(entry, history.known) for entry in changed.entries)
    is_continued = is_first or addresses or changed.follows_last
    is_rebuilt = layout.is_rebuilt(state, changed, addresses) or (
        not is_continued and _is_moved(changed.entries, history)
    )
    compared = _compare(changed.entries, history, now)
    is_flood = not is_continued and (is_rebuilt or len(compared.new) >= MIN_FLOOD_ENTRIES)
    may_be_redated = is_flood or identity.are_dated_by_request(changed.entries)
    redated = {each.key: _known_by_text(each, history) for each in compared.new} if may_be_redated else {}
    repeated = {key: known for key, known in redated.items() if known is not None}
    new = [
        PlannedEntry(entry=each, backfilled=is_first or (is_flood and _was_shown(each, history)))
        for each in compared.new
        if each.key not in repeated
    ]
    planned = new + compared.edited
    is_joined = compared.known or repeated or changed.follows_last
    gap = bool(new) and not is_joined and state.last_entry_at is not None
    notes = _notes(changed, planned, compared.version_limit, is_flood=is_flood and gap, gap=gap)
    return Plan(
        entries=_with_pages(feed, planned),
        seen=len(compared.known) + len(repeated),
        known_addresses=addresses,
        unchanged=compared.unchanged + len(repeated),
        version_limit=compared.version_limit,
        expired=compared.expired,
        renewed=tuple(known.key for known in (*compared.known, *repeated.values()) if _needs_renewal(known, now)),
        new=len(new),
        possible_gap=gap,
        notes=(*notes, layout.REDESIGN) if layout.is_redesigned(state, changed, addresses) else notes,
    )


@dataclass(slots=True)
class _ComparedEntries:
    """The entries of a response, compared with the stored ones."""

    new: list[Entry] = field(default_factory=list)
    edited: list[PlannedEntry] = field(default_factory=list)
    known: list[KnownEntry] = field(default_factory=list)
    unchanged: int = 0
    version_limit: int = 0
    expired: int = 0


def _compare(entries: Iterable[Entry], history: FeedHistory, now: datetime) -> _ComparedEntries:
    compared = _ComparedEntries()
    for entry in entries:
        known = identity.find_known(entry, history.known, now)
        if known is None:
            compared.new.append(identity.with_distinct_key(entry) if entry.key in history.known else entry)
            continue
        compared.known.append(known)
        if entry.content_hash == known.content_hash:
            compared.unchanged += 1
        elif known.versions >= MAX_VERSIONS:
            compared.version_limit += 1
        elif known.article_id is None:
            compared.expired += 1
        else:
            compared.edited.append(PlannedEntry(entry=entry, updated=True, entry_id=known.entry_id))
    return compared


def _is_moved(entries: Sequence[Entry], history: FeedHistory) -> bool:
    """Return True if entries without a known address are stored ones with new addresses."""
    shown = sum(identity.is_distinctive(entry.title) and entry.title in history.known_titles for entry in entries)
    return len(entries) >= _MIN_MOVED_ENTRIES and 2 * shown >= len(entries)


def _was_shown(entry: Entry, history: FeedHistory) -> bool:
    """Return True if an entry of a flood is an earlier one with a new address, or from before all that was polled.

    A new title is news whatever its date, unless it is older than every entry that the feed has ever shown: a site that
    moves to another system may list its whole past.
    """
    if identity.is_distinctive(entry.title) and entry.title in history.known_titles:
        return True
    return bool(entry.published_at and history.oldest_at and entry.published_at < history.oldest_at)


def _known_by_text(entry: Entry, history: FeedHistory) -> KnownEntry | None:
    """Return the stored entry from which an entry without an address differs in its date only; None if there is none.

    A feed without guids and links that dates its entries by the time of the request would be stored at each poll, and
    one that dates them by its day would show them as news beside the first new entry of the day.
    """
    if identity.has_address(entry) or not identity.is_distinctive(entry.title):
        return None
    return history.known_texts.get((entry.title, entry.summary))


def _needs_renewal(known: KnownEntry, now: datetime) -> bool:
    """Return True if `last_seen_at` of a known entry is to be updated: once a day is enough for retention."""
    return known.last_seen_at is None or now - known.last_seen_at >= RENEWED_EVERY


def _with_pages(feed: Feed, planned: list[PlannedEntry]) -> tuple[PlannedEntry, ...]:
    """Fetch the pages of the newest PAGES_AT_ONCE entries now; the others later, or never if they are back-filled."""
    reasons = [_no_page_reason(feed, each.entry) for each in planned]
    candidates = [index for index, reason in enumerate(reasons) if reason is None]
    candidates.sort(key=lambda index: _age_key(planned[index].entry), reverse=True)
    chosen = set(candidates[:PAGES_AT_ONCE])

    def with_page(index: int, each: PlannedEntry) -> PlannedEntry:
        if index in chosen:
            return replace(each, fetch_page=True)
        reason = reasons[index]
        if reason is not None:
            return replace(each, no_page_reason=reason)
        if each.backfilled:
            return replace(each, no_page_reason=f"beyond the newest {PAGES_AT_ONCE}")
        return replace(each, no_page_reason=f"{POSTPONED}: more than {PAGES_AT_ONCE} pages at once", fetch_later=True)

    return tuple(with_page(index, each) for index, each in enumerate(planned))


def _no_page_reason(feed: Feed, entry: Entry) -> str | None:
    """Return why an entry's page is not fetched: empty if the feed's text is enough, None if the page is fetched."""
    if entry.no_page is not None:
        return entry.no_page
    if not entry.link:
        return "no link"
    if feed.fulltext == "never" or (feed.fulltext == "auto" and len(entry.summary) >= WHOLE_TEXT_CHARS):
        return ""
    return None


def _age_key(entry: Entry) -> float:
    """Sort undated entries as the newest."""
    return entry.published_at.timestamp() if entry.published_at else float("inf")


def _notes(
    changed: Changed, planned: list[PlannedEntry], version_limit: int, *, is_flood: bool, gap: bool
) -> tuple[str, ...]:
    new = sum(not each.updated for each in planned)
    backfilled = sum(each.backfilled for each in planned)
    unread = count(version_limit, "entry", "entries")
    notes = {
        f"malformed: {changed.malformed}": bool(changed.malformed),
        f"truncated: {count(changed.truncated, 'older entry', 'older entries')} left out": bool(changed.truncated),
        f"flood: {count(new, 'new entry', 'new entries')} and none known, {backfilled} of them back-filled": is_flood,
        "possible gap: no entry of the last poll was in this one": gap,
        f"updated: {count(len(planned) - new, 'entry', 'entries')}": len(planned) > new,
        f"unread: {unread} that changed again after {MAX_VERSIONS} versions": bool(version_limit),
    }
    return tuple(note for note, holds in notes.items() if holds)
