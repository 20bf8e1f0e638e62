"""The words of a digest, the same in every format: subject, counts, dates, marks, and what was covered.

Plain text of one line each, not escaped. Times are those of the digest's time zone.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from monitor.core.model import Tier
from monitor.core.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from monitor.core.digests import CrossReference, Digest, RuleChange, Section
    from monitor.core.digests.coverage import CoverageReport, FeedNote
    from monitor.core.digests.digest_stories import DigestStory, MatchedRule, Outlet

LONGEST_SUBJECT = 120
MOST_OUTLETS = 4
MOST_FEEDS = 12
MOST_TOPICS = 20
MOST_TERMS = 8
MOST_CHANGES = 20
MOST_URGENT = 3
_BLOCKS = "▁▂▃▄▅▆▇█"
TIERS = {
    Tier.OFFICIAL: "official source",
    Tier.AGENCY: "news agency",
    Tier.PRESS: "press",
    Tier.THINK_TANK: "think tank",
    Tier.CIVIL_SOCIETY: "civil society",
    Tier.NEWSLETTER: "newsletter",
}
LANGUAGES = {
    "ar": "Arabic", "bg": "Bulgarian", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English",
    "es": "Spanish", "et": "Estonian", "fi": "Finnish", "fr": "French", "ga": "Irish", "he": "Hebrew", "hi": "Hindi",
    "hr": "Croatian", "hu": "Hungarian", "id": "Indonesian", "it": "Italian", "ja": "Japanese", "ko": "Korean",
    "lt": "Lithuanian", "lv": "Latvian", "mt": "Maltese", "nl": "Dutch", "no": "Norwegian", "pl": "Polish",
    "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sk": "Slovak", "sl": "Slovenian", "sv": "Swedish",
    "th": "Thai", "tr": "Turkish", "uk": "Ukrainian", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip


def count(number: int, one: str, many: str = "") -> str:
    """Say a number with its noun: `1 story`, `1,200 stories`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(names: Sequence[str], most: int) -> str:
    """Name some and count the others: `A, B and 3 more`; never silent about one."""
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return ", ".join([*names[:-2], " and ".join(names[-2:])])


# ---------------------------------------------------------------- the digest as a whole


def subject(digest: Digest) -> str:
    """Write the subject: what it is, how much, how urgent, which day; of an alert its first story."""
    if digest.kind == "digest":
        return f"{title(digest)}: {', '.join(counts(digest)[:2])} ({day(digest)})"
    if digest.headline:
        return f"Spike: {clean_line(digest.headline, limit=LONGEST_SUBJECT)}"
    first = digest.stories[0].title if digest.stories else "nothing"
    others = len(digest.stories) + digest.left_out - 1
    return f"Alert: {clean_line(first, limit=LONGEST_SUBJECT)}{f' (and {others} more)' if others > 0 else ''}"


def headline(digest: Digest) -> str:
    """Title a digest with its day, an alert with its hour."""
    return f"{title(digest)}, {day(digest)}"


def title(digest: Digest) -> str:
    """Name a digest as it was configured."""
    if digest.kind == "alert":
        return clean_line(digest.headline, limit=LONGEST_SUBJECT) or "Alert"
    return clean_line(digest.title, limit=80) or digest.id


def day(digest: Digest) -> str:
    """Give the day of a digest, the minute of an alert."""
    if digest.kind == "alert":
        return moment(digest.window.until, digest)
    return date(digest.window.slot, digest)


def counts(digest: Digest) -> list[str]:
    """Say what is in it, most important first, whether it is shown or was cut."""
    updates = len(digest.updates) + digest.updates_left_out
    backfilled = len(digest.backfilled) + digest.backfilled_left_out
    parts = []
    if digest.new_stories or not (updates or backfilled):
        parts.append(count(digest.new_stories, "story", "stories") + _urgent(digest.urgent_stories))
    if updates:
        parts.append(count(updates, "update") + _urgent(digest.urgent_updates))
    if backfilled:
        parts.append(f"{backfilled:,} from the archive")
    return parts


def _urgent(number: int) -> str:
    return f", {number:,} urgent" if number else ""


def summary(digest: Digest) -> str:
    """Say in one line what is in it and how far it reaches."""
    window = f"{moment(digest.window.since, digest)} to {moment(digest.window.until, digest)}"
    return f"{', '.join(counts(digest))}, found from {window} ({digest.timezone}). {digest.remark}".removesuffix(". ")


def urgent(digest: Digest) -> str:
    """Name the urgent stories that a reader does not meet first; empty when there are none, and in an alert."""
    if digest.kind == "alert":
        return ""
    new = [told for section in digest.sections for told in (*section.major, *section.passing)]
    below = [
        f"{clean_line(told.title, limit=120)} ({clean_line(told.topic_title, limit=60)})"
        for told in (*new, *digest.updates)[1:]
        if told.priority == "urgent"
    ]
    return f"Urgent below: {listed(below, MOST_URGENT)}" if below else ""


def quiet(digest: Digest, most: int = MOST_TOPICS) -> str:
    """Name the topics without news, in one line, the first `most`; empty when there are none."""
    return f"Nothing new on {listed(list(digest.quiet_topics), most)}." if digest.quiet_topics else ""


def weeks_legend(digest: Digest) -> str:
    """Say what numbers and columns are, once for all topics."""
    number = max(len(section.weeks) for section in digest.sections)
    return f"Numbers: hits in this digest. Columns: hits a week over {number} weeks."


def trend(section: Section) -> str:
    """Draw the weeks as one row of blocks and name the last; empty where they are not known."""
    most = max(section.weeks, default=0)
    if not most:
        return ""
    blocks = "".join(_BLOCKS[round((len(_BLOCKS) - 1) * week / most)] for week in section.weeks)
    return f"{blocks} {count(section.weeks[-1], 'hit')} in seven days"


def signature(digest: Digest) -> str:
    """Say who tells this and when the next one comes, so that a missing one is missed."""
    if digest.next_at is None:
        return f"policy-monitor, {digest.id}"
    due = local(digest.next_at, digest.timezone)
    return f"policy-monitor, digest {digest.id}. The next one is due on {date(digest.next_at, digest)} at {due:%H:%M}."


def left_out(section: Section, digest: Digest) -> str:
    """Say how many stories of a topic are not shown, and where they are; empty when there are none."""
    urgent = f", {section.urgent_left_out:,} of them urgent" if section.urgent_left_out else ""
    parts = [f"and {count(section.left_out, 'more story', 'more stories')}{urgent}"] if section.left_out else []
    if section.cross_references_left_out:
        parts.append(f"and {section.cross_references_left_out:,} more under other topics")
    return f"{', '.join(parts)}: {_listing(digest)} --topic {section.topic}" if parts else ""


def updates_left_out(digest: Digest) -> str:
    """Say how many updates are not shown; empty when there are none."""
    if not digest.updates_left_out:
        return ""
    return f"and {digest.updates_left_out:,} more, among all that `{_listing(digest)}` lists"


def backfilled_left_out(digest: Digest) -> str:
    """Say how many finds in the archive are not shown, and where they are; empty when there are none."""
    if not digest.backfilled_left_out:
        return ""
    return f"and {digest.backfilled_left_out:,} more: {_listing(digest)} --backfilled"


def _listing(digest: Digest) -> str:
    """Name the command that lists the digest's hits, whenever it is read."""
    return f"monitor hits --since {local(digest.window.since, 'UTC').date()}"


# ---------------------------------------------------------------- one story


def is_urgent(told: DigestStory) -> bool:
    """Tell whether a story is marked as urgent; what was found in the archive is not."""
    return told.priority == "urgent" and not told.backfilled


def about(told: DigestStory, digest: Digest) -> str:
    """Say where a story comes from: source, tier, language, date."""
    parts = [told.lead.title, TIERS[told.lead.tier]]
    if told.language:
        parts.append(LANGUAGES.get(told.language, told.language))
    parts.append(when(told, digest))
    return " · ".join(parts)


def when(told: DigestStory, digest: Digest) -> str:
    """Give the publisher's date, or when we found it where there is none."""
    if told.published_at is None:
        return f"undated, found {moment(told.found_at, digest)}"
    return moment(told.published_at, digest)


def also_in(others: Sequence[Outlet]) -> str:
    """Name the other outlets; empty when there are none."""
    if not others:
        return ""
    return f"also in {count(len(others), 'outlet')}: {listed([outlet.title for outlet in others], MOST_OUTLETS)}"


def notes(told: DigestStory, digest: Digest) -> list[str]:
    """Say what a reader must know of a story before reading it."""
    said = []
    if told.notified_at:
        said.append(f"update to {_day_of(told.notified_at, digest)} story")
    if told.updated:
        said.append("changed by its publisher")
    if told.alerted_at:
        said.append(f"already alerted {moment(told.alerted_at, digest)}")
    if told.partial:
        said.append("partial text: only what the feed carries, or the beginning, could be read and matched")
    return said


def why(found: MatchedRule) -> str:
    """Say which rule found it by which words."""
    more = f" and {found.more_terms} more" if found.more_terms else ""
    return f"{found.title}: {', '.join(found.terms)}{more}" if found.terms else found.title


def terms(told: DigestStory) -> str:
    """List the words that found it, whichever the rule; empty when none are known."""
    written = list(dict.fromkeys(term for found in told.matched_rules for term in found.terms))
    more = f" and {len(written) - MOST_TERMS} more" if len(written) > MOST_TERMS else ""
    return f"{', '.join(written[:MOST_TERMS])}{more}"


def also_under(told: DigestStory) -> str:
    """Say which other topics it belongs to; empty when there are none."""
    return f"also under {listed(told.also_topic_titles, MOST_OUTLETS)}" if told.also_topics else ""


def pointer(pointed: CrossReference) -> str:
    """Point to a story that is told under another topic."""
    return f"{pointed.title} (see {pointed.topic_title})"


def rule_changes(digest: Digest) -> list[str]:
    """Say what became of each rule, and who did it where that is known; many are counted."""
    said = [_rule_change(change) for change in digest.rule_changes[:MOST_CHANGES]]
    if (more := len(digest.rule_changes) - MOST_CHANGES) > 0:
        said.append(f"and {more:,} more: git log in the folder of the rules")
    return said


def _rule_change(change: RuleChange) -> str:
    return f"{change.rule_id}: {change.description}{f' ({change.author})' if change.author else ''}"


# ---------------------------------------------------------------- coverage


def heard(proof: CoverageReport) -> str:
    """Say in one line how many feeds were heard, and that all is well when it is."""
    articles = count(proof.articles, "article") + " read"
    if proof.partial:
        articles += f", {proof.partial:,} of them only in part"
    if not proof.feeds:
        return "No feeds are configured."
    well = ", none failing, none silent beyond its norm, no gaps" if proof.is_complete else ""
    if proof.not_due:
        waiting = f"in this time, {len(proof.not_due):,} heard before it and not due again yet"
        return f"{proof.polled:,} of {count(proof.feeds, 'feed')} heard {waiting}{well}. {articles}."
    if well and proof.polled == proof.feeds:
        return f"All {count(proof.feeds, 'feed')} heard{well}. {articles}."
    return f"{proof.polled:,} of {count(proof.feeds, 'feed')} heard. {articles}."


def coverage(proof: CoverageReport) -> str:
    """Say how many feeds were heard and how many were not, for the top of a digest."""
    return f"{heard(proof)} {short_of(proof)}".strip()


def short_of(proof: CoverageReport) -> str:
    """Say how many feeds were not covered, and how; the list stands at the end of the digest."""
    parts = [f"{len(feeds)} {what}" for what, feeds, _ in _lacking(proof) if feeds]
    return f"{'; '.join(parts)} (named below)." if parts else ""


def shortfalls(proof: CoverageReport, digest: Digest, most: int = MOST_FEEDS) -> list[tuple[str, str]]:
    """List what was not covered as (what, which), the first `most` of each by name; empty when all is well."""
    return [
        (f"{len(feeds)} {what}", _feeds([say(note, digest) for note in feeds], most))
        for what, feeds, say in _lacking(proof)
        if feeds
    ]


def _lacking(proof: CoverageReport) -> list[tuple[str, tuple[FeedNote, ...], Callable[[FeedNote, Digest], str]]]:
    """Sort what was not covered by how, and tell how to name such a feed."""
    return [
        ("failing", proof.failing, _failing),
        ("silent beyond the norm", proof.unusually_quiet, _silent),
        ("not looked at yet", proof.not_polled, _titled),
        ("with a possible gap", proof.possible_gaps, _titled),
        ("over the daily limit", proof.title_only, _over_limit),
        ("with articles not matched whole", proof.unmatched, _unmatched),
    ]


def _feeds(named: Sequence[str], most: int) -> str:
    """Part by semicolons, since a reason may hold commas; name some and count the others."""
    more = [f"and {len(named) - most} more"] if len(named) > most else []
    return "; ".join([*named[:most], *more])


def _titled(note: FeedNote, _digest: Digest) -> str:
    return note.title


def _failing(note: FeedNote, digest: Digest) -> str:
    since = f", last heard {moment(note.last_success_at, digest)}" if note.last_success_at else ", never heard"
    return f"{note.title} ({note.reason or 'no reason given'}{since})"


def _unmatched(note: FeedNote, _digest: Digest) -> str:
    return f"{note.title} ({count(note.count, 'article')} not matched whole)"


def _over_limit(note: FeedNote, _digest: Digest) -> str:
    return f"{note.title} (only the titles of {note.count:,} {'entry' if note.count == 1 else 'entries'} kept)"


def _silent(note: FeedNote, digest: Digest) -> str:
    return f"{note.title} (nothing new since {date(note.last_entry_at, digest)})" if note.last_entry_at else note.title


# ---------------------------------------------------------------- time


def local(instant: datetime, timezone: str) -> datetime:
    """Move an instant to the digest's time zone; one at the edge of the calendar stays as it is."""
    try:
        return instant.astimezone(ZoneInfo(timezone))
    except OverflowError:
        return instant


def moment(instant: datetime, digest: Digest) -> str:
    """`24 Nov, 08:00`; with the year where it is not the digest's."""
    there = local(instant, digest.timezone)
    year = "" if there.year == local(digest.window.slot, digest.timezone).year else f" {there.year}"
    return f"{there.day} {there:%b}{year}, {there:%H:%M}"


def date(instant: datetime, digest: Digest) -> str:
    """`Tue 24 Nov 2026`."""
    there = local(instant, digest.timezone)
    return f"{there:%a} {there.day} {there:%b} {there.year}"


def _day_of(earlier: datetime, digest: Digest) -> str:
    """`Tuesday's` within the last six days, `3 November's` before."""
    there = local(earlier, digest.timezone)
    if digest.window.until - earlier < timedelta(days=6):
        return f"{there:%A}'s"
    return f"{there.day} {there:%B}'s"
