"""A digest as plain text: 78 columns, marked terms between asterisks, addresses on a line of their own."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from monitor.core.messages.render import _words as words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.core.digests import Digest, Section
    from monitor.core.digests.digest_stories import DigestStory
    from monitor.core.matching.passages import Passage

WIDTH = 78


def text(digest: Digest) -> str:
    """Render the digest; ends with one line feed."""
    parts = [_head(digest)]
    parts += [_section(section, digest) for section in digest.sections]
    updates = [_story(told, digest) for told in digest.updates]
    parts.append(_apart("Updates to earlier stories", updates, words.updates_left_out(digest)))
    archive = ["\n".join(_short(told, digest) for told in digest.backfilled)]
    parts.append(_apart("Found in the archive", archive, words.backfilled_left_out(digest)))
    parts.append(_wrap(words.quiet(digest)))
    parts.append(_foot(digest))
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(digest: Digest) -> str:
    title = words.headline(digest)
    lines = [title, "=" * min(len(title), WIDTH), _wrap(words.summary(digest))]
    if digest.coverage:
        lines.append(_wrap(words.coverage(digest.coverage)))
    if urgent := words.urgent(digest):
        lines.append(_wrap(urgent))
    return "\n".join(lines)


def _section(section: Section, digest: Digest) -> str:
    blocks = [_heading(section.title) + (f"\n{drawn}" if (drawn := words.trend(section)) else "")]
    blocks += [_story(told, digest) for told in section.major]
    if section.passing:
        blocks.append("\n".join(["  In passing:", *(_short(told, digest) for told in section.passing)]))
    blocks += [_wrap(words.pointer(pointer), "  > ", "    ") for pointer in section.cross_references]
    if line := words.left_out(section, digest):
        blocks.append(_wrap(line, "  "))
    return "\n\n".join(blocks)


def _apart(title: str, stories: Sequence[str], left_out: str) -> str:
    """Set what is not news of the day under a heading of its own; nothing when there is nothing."""
    blocks = [*stories, _wrap(left_out, "  ")]
    return "\n\n".join([_heading(title), *filter(None, blocks)]) if any(blocks) else ""


def _heading(title: str) -> str:
    return f"{title}\n{'-' * min(len(title), WIDTH)}"


def _story(told: DigestStory, digest: Digest) -> str:
    title = marked(told.passage) if told.in_title_only else told.title
    urgent = "URGENT: " if words.is_urgent(told) else ""
    lines = [_wrap(f"{urgent}{title}", "* ", "  "), _wrap(words.about(told, digest), "  ")]
    if note := "; ".join(words.notes(told, digest)):
        lines.append(_wrap(f"[{note}]", "  "))
    if told.passage and not told.in_title_only:
        lines.append(_wrap(f'"{marked(told.passage)}"', "    "))
    lines += [_wrap(f"why: {words.why(found)}", "  ", "       ") for found in told.matched_rules]
    lines += [_wrap(line, "  ") for line in (words.also_in(told.others), words.also_under(told)) if line]
    if told.lead.url:
        lines.append(f"  {told.lead.url}")
    return "\n".join(lines)


def _short(told: DigestStory, digest: Digest) -> str:
    """Two lines: what and where from, then the address."""
    said = [words.about(told, digest), *words.notes(told, digest), words.terms(told)]
    urgent = "URGENT: " if words.is_urgent(told) else ""
    lines = [_wrap(f"{urgent}{told.title} ({'; '.join(part for part in said if part)})", "  - ", "    ")]
    if told.lead.url:
        lines.append(f"    {told.lead.url}")
    return "\n".join(lines)


def marked(passage: Passage) -> str:
    """Set marked pieces between asterisks."""
    return "".join(f"*{piece.text}*" if piece.marked else piece.text for piece in passage)


def _foot(digest: Digest) -> str:
    lines: list[str] = []
    if digest.coverage and (lacking := words.shortfalls(digest.coverage, digest)):
        lines += [_heading("Not covered"), *(_wrap(f"{what}: {which}", "- ", "  ") for what, which in lacking)]
    if digest.rule_changes:
        lines += ["", _heading("Rules changed"), *(_wrap(line, "- ", "  ") for line in words.rule_changes(digest))]
    return "\n".join([*lines, "", _wrap(words.signature(digest))]).strip()


def _wrap(line: str, first: str = "", following: str | None = None) -> str:
    """Fold a line at WIDTH; a word longer than that (an address) stays whole."""
    return textwrap.fill(
        line,
        WIDTH,
        initial_indent=first,
        subsequent_indent=first if following is None else following,
        break_long_words=False,
        break_on_hyphens=False,
    )
