"""The sentences of a digest that all formats share: titles, summary, headings, counts and links.

Each function returns one line of plain text, not escaped. Times are in the time zone of the digest.
"""

from __future__ import annotations

from monitor.core.counts import count, join_names
from monitor.core.digests.digest import Digest, ExtraPart, PartLine, RuleChange, Section
from monitor.core.messages.render._dates import format_date, format_time, local
from monitor.core.messages.render._layout import Layout, TopicPart
from monitor.core.text import clean_line
from monitor.core.text.directions import before_number, mark_names
from monitor.core.text.shortening import shorten

REVIEW = "Judge articles"
"""The label of a link to the page on which readers judge articles."""
MAX_SUBJECT_COLUMNS = 120
MAX_QUIET_TOPICS = 20
MAX_LISTED_RULE_CHANGES = 20
MAX_URGENT_TITLES = 3
_BLOCKS = "▁▂▃▄▅▆▇█"


def headline(digest: Digest) -> str:
    """Return the title with the day of a digest or the time of an alert."""
    return f"{title(digest)}, {day(digest)}"


def title(digest: Digest) -> str:
    """Return the configured title of a digest, or the headline of an alert."""
    if digest.kind == "alert":
        return clean_line(digest.headline, limit=MAX_SUBJECT_COLUMNS) or "Alert"
    return clean_line(digest.title, limit=80) or digest.id


def day(digest: Digest) -> str:
    """Return the day of a digest or the time of an alert."""
    if digest.kind == "alert":
        return format_time(digest.window.until, digest)
    return format_date(digest.window.slot, digest)


def numbers(digest: Digest) -> str:
    """Return the line of numbers: `32 stories (1 urgent) in 12 topics from 92 articles`.

    Stories are new ones and updates, shown or cut, each counted once; articles are those read in the period.
    """
    urgent = digest.urgent_stories + digest.urgent_updates
    line = "No new stories"
    if digest.all_stories:
        of_urgent = f" ({urgent:,} urgent)" if urgent else ""
        line = f"{count(digest.all_stories, 'story', 'stories')}{of_urgent} in {count(digest.topics, 'topic')}"
    if digest.coverage:
        line += f" from {count(digest.coverage.articles, 'article')}"
    if digest.archived_stories and not digest.is_first:
        line += f", and {digest.archived_stories:,} from the archive"
    return line


def introduction(digest: Digest) -> str:
    """Introduce the first digest; empty for later ones."""
    if not digest.is_first or digest.kind == "alert":
        return ""
    period = f"First brief. It covers {_period(digest)}."
    if not digest.archived_stories:
        return period
    older = count(digest.archived_stories, "older story was", "older stories were")
    return f"{period[:-1]}; {older} found in the first polls and in the archive."


def _period(digest: Digest) -> str:
    seconds = (digest.window.until - digest.window.since).total_seconds()
    hours = round(seconds / 3600)
    if not hours:
        return f"the last {count(max(1, round(seconds / 60)), 'minute')}"
    return f"the last {count(hours, 'hour')}" if hours <= 48 else f"the last {count(round(hours / 24), 'day')}"


def window(digest: Digest) -> str:
    """Say when the stories were found."""
    since, until = format_time(digest.window.since, digest), format_time(digest.window.until, digest)
    return f"Found between {since} and {until} ({digest.timezone})."


def topic_heading(part: TopicPart) -> str:
    """Return how many stories a topic has and how many of them are top stories: `6, 2 of them above`."""
    if not part.above:
        return f"{part.section.stories:,}"
    return f"{part.section.stories:,}, {part.above:,} of them above"


def topic_counts(layout: Layout) -> str:
    """Count the stories of each topic below the top stories: `Below: EU AI Act 4; Export controls 2`."""
    below = [f"{before_number(part.section.title)} {part.section.stories - part.above:,}" for part in layout.topics]
    more = [f"{len(below) - MAX_QUIET_TOPICS} more topics"] if len(below) > MAX_QUIET_TOPICS else []
    return f"Below: {'; '.join([*below[:MAX_QUIET_TOPICS], *more])}" if below else ""


def topics_above(layout: Layout) -> str:
    """Name the topics without further stories; empty without any."""
    return f"{'; '.join(layout.topics_above)}: at the top." if layout.topics and layout.topics_above else ""


def urgent_below(digest: Digest, layout: Layout) -> str:
    """Name the urgent stories that are not among the top stories; empty without any."""
    top = {story.story_id for story in layout.top}
    below = [
        f"{shorten(story.title, MAX_SUBJECT_COLUMNS)} ({story.topic_title})"
        for story in digest.news
        if story.is_urgent and story.story_id not in top
    ]
    return f"Urgent below: {join_names(below, MAX_URGENT_TITLES)}" if below else ""


def quiet_topics(digest: Digest, most: int = MAX_QUIET_TOPICS) -> str:
    """Name the first `most` topics without hits, separated by semicolons since titles contain commas and "and"."""
    if not digest.quiet_topics:
        return ""
    more = [count(len(digest.quiet_topics) - most, "more topic")] if len(digest.quiet_topics) > most else []
    return f"Nothing new on: {'; '.join([*map(before_number, digest.quiet_topics[:most]), *more])}."


def weeks_legend(digest: Digest) -> str:
    """Explain the numbers and columns next to the topics."""
    weeks = max(len(section.weeks) for section in digest.sections)
    return f"New stories per week in the last {weeks} weeks; the number is that of the last seven days."


def sparkline(section: Section) -> str:
    """Draw the stories per week as a row of blocks, with the number of the last week; empty without any."""
    most = max(section.weeks, default=0)
    if not most:
        return ""
    blocks = "".join(_BLOCKS[round((len(_BLOCKS) - 1) * week / most)] for week in section.weeks)
    return f"{blocks} {count(section.weeks[-1], 'story', 'stories')} in the last seven days"


def footer(digest: Digest) -> str:
    """Name the digest, and say when the next one is due so that readers notice a missing one."""
    sender = f"Sent by policy-monitor ({digest.id})."
    if digest.next_at is None:
        return sender
    due = local(digest.next_at, digest.timezone)
    return f"{sender} The next digest is due on {format_date(digest.next_at, digest)} at {due:%H:%M}."


def section_left_out(section: Section, digest: Digest) -> str:
    """Count the stories of a topic that are not shown; empty without any."""
    if not section.left_out:
        return ""
    urgent = f" ({section.urgent_left_out:,} urgent)" if section.urgent_left_out else ""
    more = f"{count(section.left_out, 'more story', 'more stories')}{urgent}"
    return _with_command(more, digest, f" --topic {section.topic}")


def updates_left_out(digest: Digest) -> str:
    """Count the updates that are not shown; empty without any."""
    return _with_command(f"{digest.updates_left_out:,} more", digest) if digest.updates_left_out else ""


def archive_left_out(digest: Digest, layout: Layout) -> str:
    """Count the stories from the archive that are not shown; empty without any."""
    hidden = digest.archived_stories - len(layout.archive)
    if not hidden:
        return ""
    more = f"{hidden:,} more" if layout.archive else f"{count(hidden, 'story', 'stories')} from the archive"
    return _with_command(more, digest, " --backfilled")


def more_link(digest: Digest, **filters: str) -> str:
    """Return the address that lists the hits of the digest; empty unless readers see more on the web page."""
    if digest.links is None or digest.see_more != "web":
        return ""
    return digest.links.hits(local(digest.window.since, "UTC"), **filters)


def line_text(line: PartLine) -> str:
    """Return the text of a line, whose names from right to left do not change places with what follows them."""
    return mark_names(line.text, line.names)


def judge_link(line: PartLine, digest: Digest) -> str:
    """Return the page on which a listed article is judged; empty if it needs no judgement, or there is no page."""
    return "" if digest.links is None or line.to_judge is None else digest.links.review(line.to_judge)


def how_to_judge(part: ExtraPart, digest: Digest) -> str:
    """Name the command that judges the articles of a part, for readers who have it and no page."""
    asks = any(line.to_judge is not None for line in part.lines)
    if not asks or digest.links or digest.see_more != "command":
        return part.note
    return f"{part.note} To judge one: monitor audit judge ARTICLE relevant, or irrelevant.".strip()


def review_link(digest: Digest) -> str:
    """Return the page on which readers judge articles; empty without articles to judge and without recall."""
    return digest.links.review() if digest.links and (digest.has_recall or _to_judge(digest)) else ""


def review_label(digest: Digest) -> str:
    """Name the page Review, with the number of articles that the digest asks about."""
    return f"{count(_to_judge(digest), 'article')} possibly missed" if _to_judge(digest) else REVIEW


def _to_judge(digest: Digest) -> int:
    return sum(line.to_judge is not None for part in digest.extra_parts for line in part.lines)


def _with_command(text: str, digest: Digest, options: str = "") -> str:
    """Add the command that lists the hits, with an absolute date so that it works on any day, if readers have it."""
    since = local(digest.window.since, "UTC").date()
    return f"{text}: monitor hits --since {since}{options}" if digest.see_more == "command" else text


def rule_changes(digest: Digest) -> list[str]:
    """Describe the first MAX_LISTED_RULE_CHANGES rule changes with their authors; the others are counted."""
    lines = [_rule_change(change) for change in digest.rule_changes[:MAX_LISTED_RULE_CHANGES]]
    if (more := len(digest.rule_changes) - MAX_LISTED_RULE_CHANGES) > 0:
        lines.append(f"{count(more, 'more rule')} changed")
    return lines


def _rule_change(change: RuleChange) -> str:
    name = clean_line(change.title) or change.rule_id
    return f"{name}: {change.description}{f' ({change.author})' if change.author else ''}"
