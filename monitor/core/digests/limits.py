"""A digest cut to what a reader can take: the worthiest stories stay, and all others are counted where they stood.

New stories go before updates, major before passing, and what was found in the archive comes last. To cut twice is to
cut once: the counts add up. The surprise: a topic points only to stories that are still shown, and to a few of them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from monitor.core.digests.told import worth

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.core.digests import Digest, Section
    from monitor.core.digests.told import Told

MOST_POINTERS = 5
"""Of one topic: a line each, and no news."""


def limit(digest: Digest, most: int) -> Digest:
    """Keep the `most` worthiest stories and count the others where they would have stood."""
    kept = {told.story_id for told in _ranked(digest)[:most]}
    updates, updates_cut = _keep(digest.updates, kept)
    backfilled, backfilled_cut = _keep(digest.backfilled, kept)
    return replace(
        digest,
        sections=tuple(_limited(section, kept) for section in digest.sections),
        updates=updates,
        updates_left_out=digest.updates_left_out + updates_cut,
        backfilled=backfilled,
        backfilled_left_out=digest.backfilled_left_out + backfilled_cut,
    )


def _ranked(digest: Digest) -> list[Told]:
    new = [told for section in digest.sections for told in (*section.major, *section.passing)]
    return [
        *sorted((told for told in new if not told.passing), key=worth),
        *sorted(digest.updates, key=worth),
        *sorted((told for told in new if told.passing), key=worth),
        *sorted(digest.backfilled, key=worth),
    ]


def _limited(section: Section, kept: set[int]) -> Section:
    major, major_cut = _keep(section.major, kept)
    passing, passing_cut = _keep(section.passing, kept)
    pointers = tuple(pointer for pointer in section.pointers if pointer.story_id in kept)[:MOST_POINTERS]
    return replace(
        section,
        major=major,
        passing=passing,
        left_out=section.left_out + major_cut + passing_cut,
        pointers=pointers,
        pointers_left_out=section.pointers_left_out + len(section.pointers) - len(pointers),
    )


def _keep(stories: Sequence[Told], kept: set[int]) -> tuple[tuple[Told, ...], int]:
    shown = tuple(told for told in stories if told.story_id in kept)
    return shown, len(stories) - len(shown)
