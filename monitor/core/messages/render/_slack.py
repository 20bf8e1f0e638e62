"""A digest as Slack messages, split between stories so that each stays within Slack's limits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain
from typing import Any

from monitor.core.digests.digest import Digest, ExtraPart, PartLine
from monitor.core.digests.web_links import WebLinks
from monitor.core.messages.render import _wording as wording
from monitor.core.messages.render._coverage_wording import (
    MAX_NAMED_FEEDS,
    attention,
    coverage_problems,
    coverage_summary,
    low_coverage_warning,
)
from monitor.core.messages.render._dates import local
from monitor.core.messages.render._layout import TopicPart, arrange
from monitor.core.messages.render._slack_blocks import (
    MAX_SECTION_CHARS,
    escape,
    link,
    message_body,
    split_sections,
)
from monitor.core.messages.render._slack_stories import brief_story, full_story
from monitor.core.messages.render._subject import subject
from monitor.core.text.directions import before_number

_SHORT_COVERAGE_CHARS = 4_000
"""Characters of the coverage in a message that nothing follows, of which the stories need the most."""


def slack(digest: Digest) -> tuple[dict[str, Any], ...]:
    """Render the digest for a bot: the top stories and the counts, then the rest, which belongs into their thread.

    Each story of an alert is a message of its own, with its id under `story_id`.
    """
    if digest.kind == "alert":
        return tuple(_alert_bodies(digest))
    first, *others = split_sections(_opening(digest))
    following = (section for part in others for section in part)
    continued = f"{escape(wording.title(digest))}, continued"
    return (
        message_body(escape(subject(digest)), [_head(digest), *first]),
        *(message_body(continued, sections) for sections in split_sections(chain(following, _rest(digest)))),
    )


def slack_webhook(digest: Digest) -> tuple[dict[str, Any], ...]:
    """Render the digest for a webhook, which cannot post into threads: one message with a link to the rest.

    It has the coverage, too. Without a web page, the rest follows in numbered messages.
    """
    if digest.kind == "alert":
        return tuple(_alert_bodies(digest))
    notification = escape(subject(digest))
    if digest.links:
        end = [*_short_coverage(digest), _more(digest, digest.links)]
        opening = next(split_sections(_opening(digest), reserved=end))
        return (message_body(notification, [_head(digest), *opening, *end]),)
    parts = list(split_sections(chain(_opening(digest), _rest(digest))))
    suffixes = [f" ({number} of {len(parts)})" if len(parts) > 1 else "" for number in range(1, len(parts) + 1)]
    return tuple(
        message_body(f"{notification}{suffix}", [f"{_head(digest)}{suffix}", *sections])
        for suffix, sections in zip(suffixes, parts, strict=True)
    )


def _more(digest: Digest, links: WebLinks) -> str:
    """Link the hits of the digest, of its topic if it has only one, and the page on which readers judge articles."""
    label = "The story" if digest.all_stories == 1 else f"All {digest.all_stories:,} stories"
    topics = {section.topic for section in digest.sections} | {story.topic for story in digest.updates}
    filters = {"topic": topics.pop()} if digest.topics == len(topics) == 1 else {}
    hits = link(links.hits(local(digest.window.since, "UTC"), **filters), label)
    review = wording.review_link(digest)
    return f"{hits} · {link(review, wording.review_label(digest))}" if review else hits


def _alert_bodies(digest: Digest) -> Iterator[dict[str, Any]]:
    """Render each story of an alert as a message; the first one also says what the whole alert has to say."""
    stories = (*digest.top_stories, *digest.backfilled)
    for index, story in enumerate(stories):
        head = [_head(digest), escape(digest.remark)] if index == 0 else []
        notification = escape(subject(digest) if index == 0 else f"Alert: {story.title}")
        body = message_body(notification, [*filter(None, head), full_story(story, digest)])
        yield {**body, "story_id": story.story_id}
    if not stories:
        yield message_body(escape(subject(digest)), [_head(digest), *filter(None, [escape(digest.remark)])])


def _head(digest: Digest) -> str:
    return f"*{escape(wording.headline(digest))}*"


def _opening(digest: Digest) -> Iterator[str]:
    """Yield warnings, numbers, the top stories, and how many stories each topic has."""
    layout = arrange(digest)
    if warning := low_coverage_warning(digest):
        yield f":red_circle: *{escape(warning)}*"
    needs = attention(digest.coverage) if digest.coverage else ""
    numbers = "; ".join(filter(None, (wording.numbers(digest), needs)))
    yield "\n".join(escape(line) for line in (digest.remark, wording.introduction(digest), numbers) if line)
    if urgent := wording.urgent_below(digest, layout):
        yield f":rotating_light: {escape(urgent)}"
    for story in layout.top:
        yield full_story(story, digest)
    if counts := wording.topic_counts(layout):
        yield escape(counts)[:MAX_SECTION_CHARS]


def _rest(digest: Digest) -> Iterator[str]:
    layout = arrange(digest)
    for part in layout.topics:
        yield from _topic(part, digest)
    if above := wording.topics_above(layout):
        yield escape(above)
    for extra in digest.extra_parts:
        yield from _extra(extra, digest)
    updates = [brief_story(story, digest) for story in layout.updates]
    yield from _part("Updates to earlier stories", updates, wording.updates_left_out(digest))
    archive = [brief_story(story, digest) for story in layout.archive]
    yield from _part("From the archive", archive, wording.archive_left_out(digest, layout))
    yield from _footer(digest)


def _topic(part: TopicPart, digest: Digest) -> Iterator[str]:
    heading = f"*{escape(before_number(part.section.title))}*  {wording.topic_heading(part)}"
    yield from _bullets(heading, [brief_story(story, digest, in_topic=True) for story in part.major], always=True)
    yield from _bullets("_Mentioned in passing_", [brief_story(story, digest, in_topic=True) for story in part.passing])
    if line := wording.section_left_out(part.section, digest):
        yield f"_{link(wording.more_link(digest, topic=part.section.topic), escape(line))}_"


def _extra(part: ExtraPart, digest: Digest) -> Iterator[str]:
    stories = [brief_story(story, digest) for story in part.stories]
    lines = (_line(line, digest) for line in part.lines)
    yield from _part(part.title, [*stories, *lines], wording.how_to_judge(part, digest))


def _line(line: PartLine, digest: Digest) -> str:
    labelled = link(line.url, escape(wording.line_text(line)))
    judge = wording.judge_link(line, digest)
    return f"{labelled} · {link(judge, 'judge')}" if judge else labelled


def _part(title: str, lines: Sequence[str], note: str) -> Iterator[str]:
    if lines or note:
        yield f"*{escape(title)}*"
    yield from _bullets("", lines)
    if note:
        yield f"_{escape(note)}_"


def _bullets(title: str, lines: Iterable[str], *, always: bool = False) -> Iterator[str]:
    """Join short lines below a title into as few sections as possible; the title alone only if `always`."""
    section, is_empty = title, not always
    for line in lines:
        longer = f"{section}\n• {line}" if section else f"• {line}"
        if not is_empty and len(longer) > MAX_SECTION_CHARS:
            yield section
            longer = f"• {line}"
        section, is_empty = longer, False
    if not is_empty:
        yield section


def _footer(digest: Digest) -> Iterator[str]:
    yield from _bullets("*Changed rules*", [escape(line) for line in wording.rule_changes(digest)])
    if digest.quiet_topics:
        yield _fit(partial(wording.quiet_topics, digest), wording.MAX_QUIET_TOPICS)
    if digest.charts:
        bars = [
            f"{escape(before_number(section.title))}: {bar}"
            for section in digest.sections
            if (bar := wording.sparkline(section))
        ]
        yield from _bullets("*Stories per week*", bars)
    yield from _coverage(digest, MAX_NAMED_FEEDS)
    if digest.coverage and (review := wording.review_link(digest)):
        yield link(review, wording.REVIEW)
    yield escape(wording.footer(digest))


def _coverage(digest: Digest, most: int) -> Iterator[str]:
    """Yield what was polled and read, and for each problem up to `most` names of feeds; nothing without a report."""
    if digest.coverage is None:
        return
    sentences = (coverage_summary(digest.coverage), *digest.coverage_notes, wording.window(digest))
    yield f"*Coverage*\n{escape(' '.join(sentences))}"[:MAX_SECTION_CHARS]
    for problem in coverage_problems(digest.coverage, digest):
        yield _fit(problem.line, most)


def _short_coverage(digest: Digest) -> list[str]:
    """Return the coverage with few names and, of many problems, only the first, so that stories fit beside it."""
    by_names = ([*_coverage(digest, most)] for most in (5, 2, 1))
    lines = next((lines for lines in by_names if sum(map(len, lines)) <= _SHORT_COVERAGE_CHARS), None)
    return [*_coverage(digest, 1)][:2] if lines is None else lines


def _fit(list_names: Callable[[int], str], most: int) -> str:
    """List as many names as fit into a section; `list_names` takes the number of names and counts the others."""
    lines = (escape(list_names(number)) for number in range(most, 0, -1))
    return next((line for line in lines if len(line) <= MAX_SECTION_CHARS), escape(list_names(1))[:MAX_SECTION_CHARS])
