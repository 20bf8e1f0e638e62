"""Shorten a digest: keep the stories of highest rank and count the others in the section they belong to.

Urgent stories come first, then new major stories, updates, and passing mentions. Stories from the archive come last,
urgent or not. Limits compose: a digest can be shortened again and the counts stay right. A rule can have a limit of its
own; a story is cut when every rule that matched it is at its limit. A topic refers only to stories that are still
shown, and to MAX_CROSS_REFERENCES at most.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from monitor.core.digests.digest import Digest, Section
from monitor.core.digests.digest_stories import DigestStory, count_urgent
from monitor.core.digests.ranking import rank_key

MAX_CROSS_REFERENCES = 5
"""The most cross-references of a topic: each takes a line without news."""


def limit_stories(digest: Digest, most: int, per_rule: Mapping[str, int] | None = None) -> Digest:
    """Keep the `most` stories of highest rank and count the others.

    `per_rule`: the most stories of one rule, for the rules with a limit.
    """
    by_rules = [(story.story_id, [rule.rule_id for rule in story.matched_rules]) for story in _stories_by_rank(digest)]
    selected = select_within_limits(by_rules, per_rule or {})
    shown = set(selected[:most])
    updates, updates_cut = _cut(digest.updates, shown)
    urgent_cut = count_urgent(digest.updates) - count_urgent(updates)
    backfilled, backfilled_cut = _cut(digest.backfilled, shown)
    return replace(
        digest,
        sections=tuple(_limit_section(section, shown) for section in digest.sections),
        updates=updates,
        updates_left_out=digest.updates_left_out + updates_cut,
        urgent_updates_left_out=digest.urgent_updates_left_out + urgent_cut,
        backfilled=backfilled,
        backfilled_left_out=digest.backfilled_left_out + backfilled_cut,
        held_back={**digest.held_back, **_held_back(digest, shown, set(selected))},
    )


def _held_back(digest: Digest, shown: set[int], within_limits: set[int]) -> dict[int, str]:
    """Map the hits of stories that are cut to the setting that cut them."""
    return {
        hit_id: "max_stories" if story.story_id in within_limits else "max_per_day"
        for story in _stories_by_rank(digest)
        if story.story_id not in shown
        for hit_id in story.hit_ids
    }


def select_within_limits(stories: Iterable[tuple[int, Sequence[str]]], per_rule: Mapping[str, int]) -> list[int]:
    """Select, in order, the ids of stories of which at least one rule is below its limit.

    `stories`: pairs of a story's id and the rules that matched it.
    """
    remaining, selected = dict(per_rule), []
    for story_id, rules in stories:
        if any(remaining.get(rule_id, 1) > 0 for rule_id in rules):
            selected.append(story_id)
            for rule_id in set(rules):
                if rule_id in remaining:
                    remaining[rule_id] -= 1
    return selected


def _stories_by_rank(digest: Digest) -> list[DigestStory]:
    new = [story for section in digest.sections for story in section.shown]
    news = [
        *sorted((story for story in new if not story.passing), key=rank_key),
        *sorted(digest.updates, key=rank_key),
        *sorted((story for story in new if story.passing), key=rank_key),
    ]
    return [*sorted(news, key=lambda story: not story.is_urgent), *sorted(digest.backfilled, key=rank_key)]


def _limit_section(section: Section, shown: set[int]) -> Section:
    major, major_cut = _cut(section.major, shown)
    passing, passing_cut = _cut(section.passing, shown)
    references = tuple(reference for reference in section.cross_references if reference.story_id in shown)
    references = references[:MAX_CROSS_REFERENCES]
    return replace(
        section,
        major=major,
        passing=passing,
        left_out=section.left_out + major_cut + passing_cut,
        urgent_left_out=section.urgent - count_urgent((*major, *passing)),
        cross_references=references,
        cross_references_left_out=section.cross_references_left_out + len(section.cross_references) - len(references),
    )


def _cut(stories: Sequence[DigestStory], shown: set[int]) -> tuple[tuple[DigestStory, ...], int]:
    remaining = tuple(story for story in stories if story.story_id in shown)
    return remaining, len(stories) - len(remaining)
