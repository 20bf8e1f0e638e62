"""A digest cut to what a reader can take: the worthiest stories stay, and all others are counted where they stood.

Urgent stories go before all others; then new stories before updates, both before what is in passing. What was found in
the archive comes last, urgent or not. To cut twice is to cut once: the counts add up. A rule may have a limit of its
own, too; a story goes when all rules that found it are at theirs. The surprise: a topic points only to stories that are
still shown, and to a few of them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from monitor.core.digests.told import urgent, worth

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from monitor.core.digests import Digest, Section
    from monitor.core.digests.told import Told

MOST_POINTERS = 5
"""Of one topic: a line each, and no news."""


def limit(digest: Digest, most: int, of_rules: Mapping[str, int] | None = None) -> Digest:
    """Keep the `most` worthiest stories and count the others where they would have stood.

    `of_rules`: the most stories of one rule, for the rules that have a limit.
    """
    by_rules = [(told.story_id, [by.rule_id for by in told.found_by]) for told in _ranked(digest)]
    kept = set(within(by_rules, of_rules or {})[:most])
    updates, updates_cut = _keep(digest.updates, kept)
    urgent_cut = urgent(digest.updates) - urgent(updates)
    backfilled, backfilled_cut = _keep(digest.backfilled, kept)
    return replace(
        digest,
        sections=tuple(_limited(section, kept) for section in digest.sections),
        updates=updates,
        updates_left_out=digest.updates_left_out + updates_cut,
        urgent_updates_left_out=digest.urgent_updates_left_out + urgent_cut,
        backfilled=backfilled,
        backfilled_left_out=digest.backfilled_left_out + backfilled_cut,
    )


def within(stories: Iterable[tuple[int, Sequence[str]]], of_rules: Mapping[str, int]) -> list[int]:
    """Choose stories, each with the rules that found it, in their order: those of which a rule is below its limit."""
    left, kept = dict(of_rules), []
    for story_id, rules in stories:
        if any(left.get(rule_id, 1) > 0 for rule_id in rules):
            kept.append(story_id)
            for rule_id in set(rules):
                if rule_id in left:
                    left[rule_id] -= 1
    return kept


def _ranked(digest: Digest) -> list[Told]:
    new = [told for section in digest.sections for told in (*section.major, *section.passing)]
    news = [
        *sorted((told for told in new if not told.passing), key=worth),
        *sorted(digest.updates, key=worth),
        *sorted((told for told in new if told.passing), key=worth),
    ]
    return [*sorted(news, key=lambda told: told.priority != "urgent"), *sorted(digest.backfilled, key=worth)]


def _limited(section: Section, kept: set[int]) -> Section:
    major, major_cut = _keep(section.major, kept)
    passing, passing_cut = _keep(section.passing, kept)
    pointers = tuple(pointer for pointer in section.pointers if pointer.story_id in kept)[:MOST_POINTERS]
    return replace(
        section,
        major=major,
        passing=passing,
        left_out=section.left_out + major_cut + passing_cut,
        urgent_left_out=section.urgent - urgent((*major, *passing)),
        pointers=pointers,
        pointers_left_out=section.pointers_left_out + len(section.pointers) - len(pointers),
    )


def _keep(stories: Sequence[Told], kept: set[int]) -> tuple[tuple[Told, ...], int]:
    shown = tuple(told for told in stories if told.story_id in kept)
    return shown, len(stories) - len(shown)
