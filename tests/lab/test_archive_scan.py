"""Archive scans: every article once, in order, by several processes; and one clear line if a process dies."""

from __future__ import annotations

import os

import pytest
from archive_samples import DAY, NOW, SampleArticle, store_samples
from scan_jobs import ScanJob

from monitor.core.errors import MonitorError
from monitor.lab.archive_scan import scan_archive
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
