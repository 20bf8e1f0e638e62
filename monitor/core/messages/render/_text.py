"""A digest as plain text: 78 columns, matched terms between asterisks, addresses on lines of their own."""

from __future__ import annotations

import textwrap
from functools import partial
from typing import TYPE_CHECKING

from monitor.core.matching.passages import marked_text
from monitor.core.messages.render import _wording as wording
from monitor.core.messages.render._coverage_wording import coverage_problems, coverage_summary, low_coverage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.core.digests import Digest, Section
    from monitor.core.digests.digest_stories import DigestStory

WIDTH = 78
_marked = partial(marked_text, before="*", after="*")


def text(digest: Digest) -> str:
    """Render the digest; ends with one line feed."""
    parts = [_head(digest)]
    parts += [_section(section, digest) for section in digest.sections]
    updates = [_story(story, digest) for story in digest.updates]
    parts.append(_part("Updates to earlier stories", updates, wording.updates_left_out(digest)))
    archive = ["\n".join(_short(story, digest) for story in digest.backfilled)]
    parts.append(_part("Found in the archive", archive, wording.backfilled_left_out(digest)))
    parts.append(_wrap(wording.quiet_topics(digest)))
    parts.append(_foot(digest))
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(digest: Digest) -> str:
    title = wording.headline(digest)
    lines = [title, "=" * min(len(title), WIDTH)]
    if digest.coverage and (warning := low_coverage(digest.coverage)):
        lines += [_wrap(f"!! {warning}"), ""]
    lines.append(_wrap(wording.summary(digest)))
    if digest.coverage:
        lines.append(_wrap(coverage_summary(digest.coverage)))
    if urgent := wording.urgent_below(digest):
        lines.append(_wrap(urgent))
    return "\n".join(lines)


def _section(section: Section, digest: Digest) -> str:
    sparkline = wording.sparkline(section)
    blocks = [_heading(section.title) + (f"\n{sparkline}" if sparkline else "")]
    blocks += [_story(story, digest) for story in section.major]
    if section.passing:
        blocks.append("\n".join(["  Mentioned in passing:", *(_short(story, digest) for story in section.passing)]))
    blocks += [_wrap(wording.cross_reference(reference), "  > ", "    ") for reference in section.cross_references]
    if line := wording.section_left_out(section, digest):
        blocks.append(_wrap(line, "  "))
    return "\n\n".join(blocks)


def _part(title: str, stories: Sequence[str], left_out: str) -> str:
    """Join updates or stories from the archive under a heading; empty without any."""
    blocks = [*stories, _wrap(left_out, "  ")]
    return "\n\n".join([_heading(title), *filter(None, blocks)]) if any(blocks) else ""


def _heading(title: str) -> str:
    return f"{title}\n{'-' * min(len(title), WIDTH)}"


def _story(story: DigestStory, digest: Digest) -> str:
    title = _marked(story.passage) if story.in_title_only else story.title
    urgent = "URGENT: " if wording.is_urgent(story) else ""
    lines = [_wrap(f"{urgent}{title}", "* ", "  "), _wrap(wording.byline(story, digest), "  ")]
    if note := "; ".join(wording.notes(story, digest)):
        lines.append(_wrap(f"[{note}]", "  "))
    if story.passage and not story.in_title_only:
        lines.append(_wrap(f'"{_marked(story.passage)}"', "    "))
    lines += [_wrap(f"Why: {wording.rule_and_terms(rule)}", "  ", "       ") for rule in story.matched_rules]
    others = (wording.other_outlets(story.others), wording.other_topics(story))
    lines += [_wrap(line, "  ") for line in others if line]
    if story.lead.url:
        lines.append(f"  {story.lead.url}")
    return "\n".join(lines)


def _short(story: DigestStory, digest: Digest) -> str:
    """Render title, byline and terms as one paragraph, followed by the address."""
    details = [wording.byline(story, digest), *wording.notes(story, digest), wording.matched_terms(story)]
    urgent = "URGENT: " if wording.is_urgent(story) else ""
    lines = [_wrap(f"{urgent}{story.title} ({'; '.join(part for part in details if part)})", "  - ", "    ")]
    if story.lead.url:
        lines.append(f"    {story.lead.url}")
    return "\n".join(lines)


def _foot(digest: Digest) -> str:
    lines: list[str] = []
    if digest.coverage and (problems := coverage_problems(digest.coverage, digest)):
        lines += [_heading("Coverage problems"), *(_wrap(f"{label}: {feeds}", "- ", "  ") for label, feeds in problems)]
    if digest.rule_changes:
        changes = (_wrap(line, "- ", "  ") for line in wording.rule_changes(digest))
        lines += ["", _heading("Changed rules"), *changes]
    return "\n".join([*lines, "", _wrap(wording.footer(digest))]).strip()


def _wrap(line: str, first: str = "", following: str | None = None) -> str:
    """Wrap a line at WIDTH; a longer word, such as an address, stays whole."""
    return textwrap.fill(
        line,
        WIDTH,
        initial_indent=first,
        subsequent_indent=first if following is None else following,
        break_long_words=False,
        break_on_hyphens=False,
    )
