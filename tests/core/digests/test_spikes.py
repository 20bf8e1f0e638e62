"""Spikes: reported when the window first holds enough stories and sources, and again only after it held fewer."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from monitor.core.digests.spikes import Peak, SpikeDetector
from monitor.core.matching.rulebook import Spike
from monitor.core.model import FeedId

START = datetime(2026, 11, 24, tzinfo=UTC)


def peaks(spike: Spike, *hits: tuple[float, int, str]) -> list[Peak]:
    detector = SpikeDetector(spike)
    found_peaks = [detector.add(START + timedelta(hours=hour), story, FeedId(feed)) for hour, story, feed in hits]
    return [peak for peak in found_peaks if peak]


def at(hour: float) -> datetime:
    return START + timedelta(hours=hour)


THREE = Spike(stories=3, within=timedelta(hours=24), min_sources=2)


def test_the_story_that_fills_the_window_makes_the_peak() -> None:
    assert peaks(THREE, (0, 1, "a"), (1, 2, "a"), (2, 3, "b")) == [Peak(at(2), 3, 2)]


def test_copies_of_one_story_count_once() -> None:
    assert peaks(THREE, (0, 1, "a"), (1, 1, "b"), (2, 1, "c"), (3, 2, "b")) == []


def test_stories_of_too_few_sources_make_no_peak_until_another_source_joins() -> None:
    assert peaks(THREE, (0, 1, "a"), (1, 2, "a"), (2, 3, "a"), (3, 3, "b")) == [Peak(at(3), 3, 2)]


def test_a_spike_is_reported_once_while_it_lasts() -> None:
    assert len(peaks(THREE, *((hour, hour, "ab"[hour % 2]) for hour in range(12)))) == 1


def test_a_spike_is_reported_again_after_the_window_held_fewer_stories() -> None:
    first = [(0, 1, "a"), (1, 2, "b"), (2, 3, "a")]
    again = [(26, 4, "a"), (27, 5, "b"), (28, 6, "a")]
    assert [peak.at for peak in peaks(THREE, *first, *again)] == [at(2), at(28)]


def test_a_hit_as_old_as_the_window_no_longer_counts() -> None:
    assert peaks(THREE, (0, 1, "a"), (1, 2, "b"), (24, 3, "a")) == []
    assert peaks(THREE, (0, 1, "a"), (1, 2, "b"), (23.9, 3, "a")) == [Peak(at(23.9), 3, 2)]


def test_each_hit_takes_the_same_time_however_many_are_in_the_window() -> None:
    spike = Spike(stories=30_000, within=timedelta(days=28), min_sources=1)
    began = time.process_time()
    assert peaks(spike, *((number / 100, number, "ab"[number % 2]) for number in range(20_000))) == []
    assert time.process_time() - began < 3, "a quadratic algorithm takes 20 seconds"
