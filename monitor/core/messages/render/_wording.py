"""The sentences of a digest that all formats share: subject, summary, and the lines about each story.

Each function returns one line of plain text, not escaped. Times are in the time zone of the digest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.core.messages.render._counts import count, join_names
from monitor.core.messages.render._dates import format_date, format_time, local, possessive_day
from monitor.core.model import Tier
from monitor.core.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.core.digests import CrossReference, Digest, RuleChange, Section
    from monitor.core.digests.digest_stories import DigestStory, MatchedRule, Outlet

MAX_SUBJECT = 120
MAX_OUTLETS = 4
MAX_TOPICS = 20
MAX_TERMS = 8
MAX_CHANGES = 20
MAX_URGENT = 3
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


# ---------------------------------------------------------------- the whole digest


def subject(digest: Digest) -> str:
    """Return the subject line: title, counts and day of a digest; first story or headline of an alert."""
    if digest.kind == "digest":
        warning = "Low coverage: " if digest.has_low_coverage else ""
        return f"{warning}{title(digest)}: {', '.join(counts(digest)[:2])}, {day(digest)}"
    if digest.headline:
        return f"Spike: {clean_line(digest.headline, limit=MAX_SUBJECT)}"
    first = digest.stories[0].title if digest.stories else "no stories"
    others = len(digest.stories) + digest.left_out - 1
    return f"Alert: {clean_line(first, limit=MAX_SUBJECT)}{f' (and {others} more)' if others > 0 else ''}"


def headline(digest: Digest) -> str:
    """Return the title with the day of a digest or the time of an alert."""
    return f"{title(digest)}, {day(digest)}"


def title(digest: Digest) -> str:
    """Return the configured title of a digest, or the headline of an alert."""
    if digest.kind == "alert":
        return clean_line(digest.headline, limit=MAX_SUBJECT) or "Alert"
    return clean_line(digest.title, limit=80) or digest.id


def day(digest: Digest) -> str:
    """Return the day of a digest or the time of an alert."""
    if digest.kind == "alert":
        return format_time(digest.window.until, digest)
    return format_date(digest.window.slot, digest)


def counts(digest: Digest) -> list[str]:
    """Count new stories, updates and stories from the archive, including those that were cut."""
    updates = len(digest.updates) + digest.updates_left_out
    backfilled = len(digest.backfilled) + digest.backfilled_left_out
    parts = []
    if digest.new_stories or not (updates or backfilled):
        parts.append(count(digest.new_stories, "story", "stories") + _of_which_urgent(digest.urgent_stories))
    if updates:
        parts.append(count(updates, "update") + _of_which_urgent(digest.urgent_updates))
    if backfilled:
        parts.append(f"{backfilled:,} from the archive")
    return parts


def _of_which_urgent(number: int) -> str:
    return f" ({number:,} urgent)" if number else ""


def summary(digest: Digest) -> str:
    """Return the counts, the period in which the hits were found, and the remark."""
    period = f"{format_time(digest.window.since, digest)} and {format_time(digest.window.until, digest)}"
    return f"{', '.join(counts(digest))}, found between {period} ({digest.timezone}). {digest.remark}".rstrip()


def urgent_below(digest: Digest) -> str:
    """Name the urgent stories after the first story, which readers might miss; empty for an alert."""
    if digest.kind == "alert":
        return ""
    new = [story for section in digest.sections for story in (*section.major, *section.passing)]
    below = [
        f"{clean_line(story.title, limit=120)} ({clean_line(story.topic_title, limit=60)})"
        for story in (*new, *digest.updates)[1:]
        if story.priority == "urgent"
    ]
    return f"Urgent below: {join_names(below, MAX_URGENT)}" if below else ""


def quiet_topics(digest: Digest, most: int = MAX_TOPICS) -> str:
    """Name the first `most` topics without hits, separated by semicolons since titles contain commas and "and"."""
    if not digest.quiet_topics:
        return ""
    more = [f"{len(digest.quiet_topics) - most} more topics"] if len(digest.quiet_topics) > most else []
    return f"Nothing new on: {'; '.join([*digest.quiet_topics[:most], *more])}."


def weeks_legend(digest: Digest) -> str:
    """Explain the numbers and columns next to the topics."""
    weeks = max(len(section.weeks) for section in digest.sections)
    return f"Numbers: hits in this digest. Columns: hits per week in the last {weeks} weeks."


def sparkline(section: Section) -> str:
    """Draw the hits per week as a row of blocks, with the number of the last week; empty without hits."""
    most = max(section.weeks, default=0)
    if not most:
        return ""
    blocks = "".join(_BLOCKS[round((len(_BLOCKS) - 1) * week / most)] for week in section.weeks)
    return f"{blocks} {count(section.weeks[-1], 'hit')} in the last seven days"


def footer(digest: Digest) -> str:
    """Name the digest, and say when the next one is due so that readers notice a missing one."""
    sender = f"Sent by policy-monitor ({digest.id})."
    if digest.next_at is None:
        return sender
    due = local(digest.next_at, digest.timezone)
    return f"{sender} The next digest is due on {format_date(digest.next_at, digest)} at {due:%H:%M}."


def section_left_out(section: Section, digest: Digest) -> str:
    """Count the stories of a topic that are not shown, with the command that lists them; empty without any."""
    urgent = f" ({section.urgent_left_out:,} urgent)" if section.urgent_left_out else ""
    parts = [f"{count(section.left_out, 'more story', 'more stories')}{urgent}"] if section.left_out else []
    if section.cross_references_left_out:
        parts.append(f"{section.cross_references_left_out:,} more under other topics")
    return f"{', '.join(parts)}: {_list_command(digest)} --topic {section.topic}" if parts else ""


def updates_left_out(digest: Digest) -> str:
    """Count the updates that are not shown; empty without any."""
    if not digest.updates_left_out:
        return ""
    return f"{digest.updates_left_out:,} more, among the hits of `{_list_command(digest)}`"


def backfilled_left_out(digest: Digest) -> str:
    """Count the stories from the archive that are not shown; empty without any."""
    if not digest.backfilled_left_out:
        return ""
    return f"{digest.backfilled_left_out:,} more: {_list_command(digest)} --backfilled"


def _list_command(digest: Digest) -> str:
    """Return a command that lists the hits of the digest, with an absolute date so that it works on any day."""
    return f"monitor hits --since {local(digest.window.since, 'UTC').date()}"


# ---------------------------------------------------------------- one story


def is_urgent(story: DigestStory) -> bool:
    """Return True if a story is marked as urgent; stories from the archive are not."""
    return story.priority == "urgent" and not story.backfilled


def byline(story: DigestStory, digest: Digest) -> str:
    """Return source, tier, language and date."""
    parts = [story.lead.title, TIERS[story.lead.tier]]
    if story.language:
        parts.append(LANGUAGES.get(story.language, story.language))
    parts.append(_publication_time(story, digest))
    return " · ".join(parts)


def _publication_time(story: DigestStory, digest: Digest) -> str:
    if story.published_at is None:
        return f"undated, found {format_time(story.found_at, digest)}"
    return format_time(story.published_at, digest)


def other_outlets(outlets: Sequence[Outlet]) -> str:
    """Name the other outlets; empty without any."""
    return f"Also in {join_names([outlet.title for outlet in outlets], MAX_OUTLETS)}" if outlets else ""


def notes(story: DigestStory, digest: Digest) -> list[str]:
    """Say if a story is an update, was edited or alerted before, or was matched on part of its text."""
    lines = []
    if story.notified_at:
        lines.append(f"update to {possessive_day(story.notified_at, digest)} story")
    if story.updated:
        lines.append("edited by the publisher")
    if story.alerted_at:
        lines.append(f"alert sent {format_time(story.alerted_at, digest)}")
    if story.partial:
        lines.append("matched on part of the text: the whole article could not be read")
    if story.text_removed:
        lines.append("the text was removed from the archive (retention.articles)")
    return lines


def rule_and_terms(rule: MatchedRule) -> str:
    """Return the title of a rule with its matched terms."""
    more = f" and {rule.more_terms} more" if rule.more_terms else ""
    return f"{rule.title}: {', '.join(rule.terms)}{more}" if rule.terms else rule.title


def matched_terms(story: DigestStory) -> str:
    """List the matched terms of all rules; empty without any."""
    terms = list(dict.fromkeys(term for rule in story.matched_rules for term in rule.terms))
    more = f" and {len(terms) - MAX_TERMS} more" if len(terms) > MAX_TERMS else ""
    return f"{', '.join(terms[:MAX_TERMS])}{more}"


def other_topics(story: DigestStory) -> str:
    """Name the other topics of a story; empty without any."""
    return f"Also relevant to {join_names(story.also_topic_titles, MAX_OUTLETS)}" if story.also_topics else ""


def cross_reference(reference: CrossReference) -> str:
    """Refer to a story that is listed under another topic."""
    return f"{reference.title} (see {reference.topic_title})"


def rule_changes(digest: Digest) -> list[str]:
    """Describe the first MAX_CHANGES rule changes with their authors; the others are counted."""
    lines = [_rule_change(change) for change in digest.rule_changes[:MAX_CHANGES]]
    if (more := len(digest.rule_changes) - MAX_CHANGES) > 0:
        lines.append(f"{more:,} more rules changed: see git log in the folder of the rules")
    return lines


def _rule_change(change: RuleChange) -> str:
    return f"{change.rule_id}: {change.description}{f' ({change.author})' if change.author else ''}"
