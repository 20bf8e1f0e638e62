"""Archive scans: every article once, in order, by several processes; and one clear line if a process dies."""

from __future__ import annotations

import os
from math import inf

import pytest
from archive_samples import DAY, NOW, SampleArticle, store_samples
from scan_jobs import ScanJob

from monitor.core.errors import MonitorError
from monitor.lab.archive_scan import NewestScan, scan_archive, scan_newest
from monitor.store import Store

TITLES = [f"Article {number:02}" for number in range(50)]


@pytest.fixture
def archive(store: Store) -> Store:
    store_samples(store, [SampleArticle(title, days_ago=10 - number // 10) for number, title in enumerate(TITLES)])
    return store


def test_every_article_is_looked_at_once_and_in_order(archive: Store) -> None:
    done: list[int] = []
    pieces = list(scan_archive(ScanJob(), archive, NOW - 20 * DAY, 2, done.append, batch=3))
    assert [title for titles, _ in pieces for title in titles] == TITLES
    assert os.getpid() not in {process for _, process in pieces}
    assert done == [*range(3, 50, 3), 50]


def test_one_process_does_it_here(archive: Store) -> None:
    pieces = list(scan_archive(ScanJob(), archive, NOW - 20 * DAY, 1, batch=20))
    assert [len(titles) for titles, _ in pieces] == [20, 20, 10]
    assert {process for _, process in pieces} == {os.getpid()}


def test_a_short_archive_is_scanned_in_this_process(archive: Store) -> None:
    assert [process for _, process in scan_archive(ScanJob(), archive, NOW - 20 * DAY, 2)] == [os.getpid()]


def test_a_scan_may_be_given_up_half_way(archive: Store) -> None:
    pieces = scan_archive(ScanJob(), archive, NOW - 20 * DAY, 2, batch=3)
    assert next(pieces)[0] == TITLES[:3]
    pieces.close()


@pytest.mark.parametrize(
    ("kind", "deadline", "said"),
    [
        ("die", 60, "the scan of the archive was stopped: a process died (exit code 7)"),
        ("dawdle", 0.2, "the scan of the archive was stopped: a batch took more than 0.2 s"),
    ],
)
def test_a_process_that_died_is_reported_in_one_line(kind: str, deadline: float, said: str, archive: Store) -> None:
    with pytest.raises(MonitorError) as refused:
        list(scan_archive(ScanJob(kind), archive, NOW - 20 * DAY, 2, batch=20, deadline=deadline))
    assert str(refused.value) == said


def test_a_bug_in_a_process_is_raised_as_it_is(archive: Store) -> None:
    with pytest.raises(ValueError, match="a bug in a batch"):
        list(scan_archive(ScanJob("break"), archive, NOW - 20 * DAY, 2, batch=20))


def test_the_newest_articles_are_read_first_and_returned_in_the_order_of_time(archive: Store) -> None:
    scan = scan_newest(ScanJob(), archive, NOW - 20 * DAY, most=20, ends_at=inf, batch=6)
    assert [title for titles, _ in scan.results for title in titles] == TITLES[30:]
    assert [len(titles) for titles, _ in scan.results] == [2, 6, 6, 6]
    assert (scan.articles, scan.oldest, scan.end) == (20, NOW - 7 * DAY, "articles")


@pytest.mark.parametrize("most", [50, 60])
def test_a_period_with_no_more_articles_is_read_as_a_whole(any_store: Store, most: int) -> None:
    store_samples(any_store, [SampleArticle(title, days_ago=10 - n // 10) for n, title in enumerate(TITLES)])
    scan = scan_newest(ScanJob(), any_store, NOW - 20 * DAY, most=most, ends_at=inf, batch=25)
    assert [title for titles, _ in scan.results for title in titles] == TITLES
    assert (scan.articles, scan.oldest, scan.end) == (50, NOW - 10 * DAY, "period")
    recent = scan_newest(ScanJob(), any_store, NOW - 8.5 * DAY, most=most, ends_at=inf)
    assert (recent.articles, recent.end) == (30, "period")


def test_when_the_time_is_over_no_older_batch_is_read(archive: Store) -> None:
    scan = scan_newest(ScanJob(), archive, NOW - 20 * DAY, most=50, ends_at=0, batch=10)
    assert ([len(titles) for titles, _ in scan.results], scan.articles, scan.end) == ([10], 10, "time")


def test_an_empty_period_has_no_articles(archive: Store) -> None:
    assert scan_newest(ScanJob(), archive, NOW, most=50, ends_at=inf) == NewestScan((), 0, None, "period")
