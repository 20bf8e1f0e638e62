"""A digest as plain text: 78 columns, matched terms between asterisks, addresses on lines of their own."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from functools import partial

from monitor.core.digests.digest import Digest, ExtraPart, PartLine
from monitor.core.digests.digest_stories import DigestStory
from monitor.core.matching.passages import marked_text
from monitor.core.messages.render import _story_wording as story_wording
from monitor.core.messages.render import _wording as wording
from monitor.core.messages.render._coverage_wording import (
    attention,
    coverage_problems,
    coverage_summary,
    low_coverage_warning,
)
from monitor.core.messages.render._layout import Layout, TopicPart, arrange
from monitor.core.text.directions import before_number

LINE_COLUMNS = 78
_marked = partial(marked_text, before="*", after="*")


def text(digest: Digest) -> str:
    """Render the digest; ends with one line feed."""
    layout = arrange(digest)
    parts = [_head(digest, layout)]
    parts += [_story(story, digest, number) for number, story in enumerate(layout.top, 1)]
    parts += [_topic(part, digest) for part in layout.topics]
    parts.append(_wrap(wording.topics_above(layout)))
    parts += [_extra(part, digest) for part in digest.extra_parts]
    updates_left_out = _with_link(wording.updates_left_out(digest), wording.more_link(digest))
    parts.append(_part("Updates to earlier stories", [*_short_stories(layout.updates, digest), updates_left_out]))
    parts.append(_archive(digest, layout))
    parts.append(_rule_changes(digest))
    parts += [_wrap(wording.quiet_topics(digest)), _charts(digest), _coverage(digest)]
    parts.append(_wrap(wording.footer(digest)))
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(digest: Digest, layout: Layout) -> str:
    title = wording.headline(digest)
    lines = [title, "=" * min(len(title), LINE_COLUMNS)]
    if warning := low_coverage_warning(digest):
        lines += [_wrap(f"!! {warning}"), ""]
    if digest.remark:
        lines += [_wrap(f"! {digest.remark}"), ""]
    if introduction := wording.introduction(digest):
        lines.append(_wrap(introduction))
    needs = attention(digest.coverage) if digest.coverage else ""
    lines.append(_wrap("; ".join(filter(None, (wording.numbers(digest), needs)))))
    lines.append(_wrap(wording.urgent_below(digest, layout)))
    return "\n".join(lines).rstrip()


def _topic(part: TopicPart, digest: Digest) -> str:
    heading = _heading(f"{before_number(part.section.title)} ({wording.topic_heading(part)})")
    blocks = [heading, *_short_stories(part.major, digest, in_topic=True)]
    if part.passing:
        blocks += ["Mentioned in passing:", *_short_stories(part.passing, digest, in_topic=True)]
    left_out = wording.section_left_out(part.section, digest)
    blocks.append(_with_link(left_out, wording.more_link(digest, topic=part.section.topic)))
    return "\n\n".join(filter(None, blocks))


def _extra(part: ExtraPart, digest: Digest) -> str:
    lines = [_line(line, digest) for line in part.lines]
    return _part(part.title, [_wrap(wording.how_to_judge(part, digest)), *_short_stories(part.stories, digest), *lines])


def _line(line: PartLine, digest: Digest) -> str:
    judge = wording.judge_link(line, digest)
    addresses = (line.url and f"  {line.url}", judge and f"  Judge it: {judge}")
    return "\n".join(filter(None, (_wrap(wording.line_text(line), "- ", "  "), *addresses)))


def _archive(digest: Digest, layout: Layout) -> str:
    left_out = _with_link(wording.archive_left_out(digest, layout), wording.more_link(digest, backfilled="1"))
    return _part("From the archive", [*_short_stories(layout.archive, digest), left_out])


def _with_link(text: str, url: str) -> str:
    return f"{_wrap(text)}\n{url}" if text and url else _wrap(text)


def _part(title: str, blocks: Sequence[str]) -> str:
    """Join blocks under a heading; empty without any."""
    shown = [block for block in blocks if block]
    return "\n\n".join([_heading(title), *shown]) if shown else ""


def _heading(title: str) -> str:
    return f"{_wrap(title)}\n{'-' * min(len(title), LINE_COLUMNS)}"


def _story(story: DigestStory, digest: Digest, number: int) -> str:
    """Render a top story: headline, source, what happened, the sentence that matched, and why."""
    first = f"{number}. "
    indent = " " * len(first)
    lines = [
        _wrap(_headline(story, digest), first, indent),
        *([_wrap(story_wording.translation(story), indent)] if story.translated_title else []),
        _wrap(_details(story, digest, story_wording.other_outlets(story.others)), indent),
    ]
    happened = " ".join(_marked(sentence) for sentence in story.summary)
    if happened or story.has_headline_only:
        lines.append(_wrap(happened or story_wording.HEADLINE_ONLY, indent))
    if story.evidence:
        lines.append(_wrap(f'"{_marked(story.evidence)}"', f"{indent}  "))
    reasons = f"Why: {story_wording.why(story)}", story_wording.other_topics(story)
    lines.append(_wrap("; ".join(filter(None, reasons)), indent))
    if story.lead.url:
        lines.append(f"{indent}{story.lead.url}")
    if digest.links:
        lines.append(f"{indent}More, and labels: {digest.links.story(story)}")
    return "\n".join(lines)


def _short_stories(stories: Iterable[DigestStory], digest: Digest, *, in_topic: bool = False) -> list[str]:
    return [_brief(story, digest, in_topic=in_topic) for story in stories]


def _brief(story: DigestStory, digest: Digest, *, in_topic: bool) -> str:
    """Render a story in short form; one that is mentioned in passing has no sentence."""
    sentence = "" if story.passing else story_wording.short_sentence(story)
    details = story_wording.short_details(story, digest, in_topic=in_topic)
    lines = [_wrap(_headline(story, digest), "* ", "  ")]
    lines += [_wrap(line, "  ") for line in (story_wording.translation(story), sentence, details) if line]
    if story.lead.url:
        lines.append(f"  {story.lead.url}")
    return "\n".join(lines)


def _headline(story: DigestStory, digest: Digest) -> str:
    title = _marked(story.passage) if story.in_title_only else story.title
    language = story_wording.language(story, digest)
    return f"{'URGENT: ' if story.is_urgent else ''}{title}{f' [{language}]' if language else ''}"


def _details(story: DigestStory, digest: Digest, *more: str) -> str:
    notes = "; ".join(story_wording.notes(story, digest))
    return " · ".join(filter(None, (story_wording.byline(story, digest), *more, f"[{notes}]" if notes else "")))


def _rule_changes(digest: Digest) -> str:
    lines = "\n".join(_wrap(line, "- ", "  ") for line in wording.rule_changes(digest))
    return f"{_heading('Changed rules')}\n{lines}" if lines else ""


def _charts(digest: Digest) -> str:
    if not digest.charts:
        return ""
    bars = ((before_number(section.title), wording.sparkline(section)) for section in digest.sections)
    return "\n".join(_wrap(f"{title}: {bar}") for title, bar in bars if bar)


def _coverage(digest: Digest) -> str:
    if not digest.coverage:
        return ""
    sentences = (coverage_summary(digest.coverage), *digest.coverage_notes, wording.window(digest))
    lines = [_heading("Coverage"), _wrap(" ".join(sentences))]
    if review := wording.review_link(digest):
        lines.append(f"{wording.REVIEW}: {review}")
    lines += [_wrap(problem.line(), "- ", "  ") for problem in coverage_problems(digest.coverage, digest)]
    return "\n".join(lines)


def _wrap(line: str, first: str = "", following: str | None = None) -> str:
    """Wrap a line at LINE_COLUMNS; a longer word, such as an address, stays whole."""
    return textwrap.fill(
        line,
        LINE_COLUMNS,
        initial_indent=first,
        subsequent_indent=first if following is None else following,
        break_long_words=False,
        break_on_hyphens=False,
    )
