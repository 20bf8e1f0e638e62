"""The review of a week: trends of topics against the eight weeks before, new and quiet topics, and the top sources.

A part of a digest with `review: true`. Numbers are new stories a week, as in the columns of a digest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from monitor.core.counts import count
from monitor.core.digests.digest import ExtraPart, PartLine
from monitor.core.digests.digest_stories import DigestStory

WEEKS_BEFORE = 8
"""Weeks with whose mean the last one is compared."""
MAX_TRENDS, MAX_REVIEW_SOURCES, MAX_REVIEW_TOPICS = 8, 8, 12
"""Lines of each kind at most."""
MIN_TREND_RATIO = 1.5
"""From this ratio to the weekly mean before, or its inverse, a topic rises or falls."""
MIN_USUAL_PER_WEEK = 1.0
"""Stories a week, on average, from which a week without any is worth a mention."""


def review_week(
    weeks: Mapping[str, tuple[int, ...]], titles: Mapping[str, str], stories: Iterable[DigestStory]
) -> ExtraPart:
    """Return the review.

    `weeks`: for each topic the number of stories in each of the WEEKS_BEFORE weeks and the last one, oldest first.
    Weeks before the first story of any topic do not count, nor does its week, most of which may be before it; but a
    topic of that week is not new.
    """
    begun = min((index for counts in weeks.values() for index, number in enumerate(counts) if number), default=0)
    first = min(begun + 1, WEEKS_BEFORE) if begun else 0
    counted = {topic: counts[first:] for topic, counts in weeks.items()}
    before = max(map(len, counted.values()), default=1) - 1
    changes = [*_trends(counted, titles), *_new(weeks, titles), *_quiet(counted, titles)] if before else []
    against = "the week" if before == 1 else f"the {before} weeks"
    return ExtraPart(
        title="The week in review",
        note=f"New stories of the last seven days against {against} before." if before
        else "There is no earlier week to compare this one with.",
        lines=(*changes, *_sources(stories)),
    )  # fmt: skip


def _trends(weeks: Mapping[str, tuple[int, ...]], titles: Mapping[str, str]) -> Iterator[PartLine]:
    """Describe the topics that changed most, the strongest change first."""
    changes = []
    for topic, counts in weeks.items():
        mean, last = _mean(counts), counts[-1]
        if mean and last and not 1 / MIN_TREND_RATIO < last / mean < MIN_TREND_RATIO:
            changes.append((abs(last - mean), topic, mean, last))
    for _, topic, mean, last in sorted(changes, reverse=True)[:MAX_TRENDS]:
        direction = "more" if last > mean else "less"
        counted, name = count(last, "story", "stories"), titles.get(topic, topic)
        yield PartLine(f"{direction.capitalize()} on {name}: {counted}, {mean:.1f} a week before", names=(name,))


def _new(weeks: Mapping[str, tuple[int, ...]], titles: Mapping[str, str]) -> Iterator[PartLine]:
    return _name("New", [topic for topic, counts in weeks.items() if counts[-1] and not any(counts[:-1])], titles)


def _quiet(weeks: Mapping[str, tuple[int, ...]], titles: Mapping[str, str]) -> Iterator[PartLine]:
    topics = [topic for topic, counts in weeks.items() if not counts[-1] and _mean(counts) >= MIN_USUAL_PER_WEEK]
    return _name("Quiet, unlike before", topics, titles)


def _name(label: str, topics: Sequence[str], titles: Mapping[str, str]) -> Iterator[PartLine]:
    if topics:
        more = [f"{len(topics) - MAX_REVIEW_TOPICS} more"] if len(topics) > MAX_REVIEW_TOPICS else []
        named = [titles.get(topic, topic) for topic in sorted(topics)[:MAX_REVIEW_TOPICS]]
        yield PartLine(f"{label}: {'; '.join([*named, *more])}", names=tuple(named))


def _sources(stories: Iterable[DigestStory]) -> Iterator[PartLine]:
    counts = Counter(outlet.title for story in stories for outlet in (story.lead, *story.others))
    if counts:
        top = counts.most_common(MAX_REVIEW_SOURCES)
        listed = "; ".join(f"{title} {number:,}" for title, number in top)
        yield PartLine(f"Top sources: {listed}", names=tuple(title for title, _ in top))


def _mean(counts: tuple[int, ...]) -> float:
    earlier = counts[:-1]
    return sum(earlier) / len(earlier) if earlier else 0.0
