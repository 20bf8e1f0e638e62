"""Health problems of the daemon, and when its upkeep is due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor.core import jobs

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
BRUSSELS = ZoneInfo("Europe/Brussels")


def beats(**ages: float) -> dict[str, datetime]:
    """Return heartbeats of the given ages in seconds; every job not named has one of this moment."""
    result = {job.name: NOW - timedelta(seconds=ages.get(job.name, 0)) for job in jobs.WATCHED}
    return result | {jobs.DAEMON_STARTED: NOW - timedelta(days=2)}


def test_a_daemon_that_ticks_is_healthy() -> None:
    assert jobs.health_problems(beats(), NOW) == []


def test_a_database_without_a_daemon_says_so() -> None:
    assert jobs.health_problems({}, NOW) == ["no daemon has ever run on this database"]


def test_a_daemon_that_went_silent_is_named_with_the_time() -> None:
    (sentence,) = jobs.health_problems(beats(daemon=3600), NOW)
    assert sentence == "the daemon has sent no heartbeat since 2026-05-01 11:00:00 UTC"


def test_a_daemon_that_was_stopped_does_not_run_although_it_has_just_ticked() -> None:
    stopped = beats() | {jobs.DAEMON_STOPPED: NOW}
    assert (jobs.is_ticking(beats(), NOW), jobs.is_ticking(stopped, NOW)) == (True, False)
    assert jobs.health_problems(stopped, NOW) == ["the daemon was stopped at 2026-05-01 12:00:00 UTC"]


def test_a_heartbeat_after_a_stop_is_that_of_another_daemon_which_runs() -> None:
    stopped_before = beats() | {jobs.DAEMON_STOPPED: beats()[jobs.DAEMON] - timedelta(seconds=1)}
    assert jobs.is_ticking(stopped_before, NOW)
    assert jobs.health_problems(stopped_before, NOW) == []


@pytest.mark.parametrize("job", [job for job in jobs.WATCHED if job.name != jobs.DAEMON], ids=lambda job: job.name)
def test_each_job_that_stands_still_is_named(job: jobs.Job) -> None:
    late = job.overdue_after.total_seconds() + 1
    (sentence,) = jobs.health_problems(beats(**{job.name: late}), NOW)
    assert sentence.startswith(job.name)
    assert jobs.health_problems(beats(**{job.name: late - 2}), NOW) == []


def test_a_job_that_is_not_due_yet_is_no_health_problem() -> None:
    assert jobs.health_problems({jobs.DAEMON: NOW, jobs.DAEMON_STARTED: NOW}, NOW) == []


def test_a_job_that_never_came_round_is_one() -> None:
    long_ago = NOW - timedelta(hours=2)
    result = jobs.health_problems({jobs.DAEMON: NOW, jobs.DAEMON_STARTED: long_ago}, NOW)
    assert len(result) == len(jobs.WATCHED) - 1


def test_heartbeats_from_before_the_start_of_this_daemon_do_not_make_a_job_overdue() -> None:
    old = {job.name: NOW - timedelta(days=3) for job in jobs.WATCHED}
    assert jobs.health_problems(old | {jobs.DAEMON: NOW, jobs.DAEMON_STARTED: NOW - timedelta(seconds=5)}, NOW) == []


@pytest.mark.parametrize("ahead", [timedelta(minutes=2), timedelta(hours=1), timedelta(days=400)])
def test_a_heartbeat_that_lies_ahead_of_this_clock_is_ignored(ahead: timedelta) -> None:
    result = {name: at + ahead for name, at in beats().items()}
    (sentence,) = jobs.health_problems(result, NOW)
    assert sentence.endswith("which is ahead of this clock: 2026-05-01 12:00:00 UTC")
    assert jobs.worker_health_problems({jobs.worker_heartbeat_name("a"): NOW + ahead}, NOW, "a")
    assert jobs.live_workers({jobs.worker_heartbeat_name("a"): NOW + ahead}, NOW) == []


def test_clocks_of_two_machines_may_differ_by_some_seconds() -> None:
    assert jobs.health_problems(beats(daemon=-5, poll=-5), NOW) == []


def test_a_job_whose_last_success_lies_ahead_of_this_clock_is_judged_from_the_start_of_the_daemon() -> None:
    result = beats(poll=-3600)
    assert [sentence.partition(" ")[0] for sentence in jobs.health_problems(result, NOW)] == ["poll"]
    assert jobs.health_problems(result | {jobs.DAEMON_STARTED: NOW}, NOW) == []


@pytest.mark.parametrize(
    ("last", "now", "due"),
    [
        (None, NOW, True),
        (NOW - timedelta(hours=1), NOW, False),
        (NOW - timedelta(hours=37), NOW, True),
        (NOW + timedelta(days=300), NOW, True),  # the clock was put back since
        (datetime(2026, 4, 30, 1, 0, tzinfo=UTC), datetime(2026, 5, 1, 1, 30, tzinfo=UTC), True),  # 3:30 in Brussels
        (datetime(2026, 5, 1, 1, 5, tzinfo=UTC), datetime(2026, 5, 1, 1, 30, tzinfo=UTC), False),
        (datetime(2026, 4, 30, 1, 0, tzinfo=UTC), datetime(2026, 5, 1, 9, 0, tzinfo=UTC), False),
    ],
)
def test_upkeep_is_done_once_a_night_or_as_soon_as_a_night_was_missed(
    last: datetime | None, now: datetime, *, due: bool
) -> None:
    assert jobs.upkeep_due(last, now, BRUSSELS) is due


def with_workers(**ages: float) -> dict[str, datetime]:
    """Return the heartbeats of a scheduler and of its workers, of the given ages in seconds."""
    return (
        beats()
        | {jobs.SCHEDULER: NOW}
        | {jobs.worker_heartbeat_name(name): NOW - timedelta(seconds=s) for name, s in ages.items()}
    )


def test_a_scheduler_with_a_worker_is_healthy() -> None:
    assert jobs.health_problems(with_workers(one=5, two=3600), NOW) == []
    assert jobs.live_workers(with_workers(one=5, two=3600), NOW) == ["one"]


def test_a_scheduler_whose_workers_are_all_silent_says_so() -> None:
    (sentence,) = jobs.health_problems(with_workers(one=3600), NOW)
    assert sentence == "no worker is running: start `monitor run --role worker`"


def test_a_scheduler_that_has_just_begun_is_given_time_to_find_workers() -> None:
    assert jobs.health_problems(with_workers() | {jobs.DAEMON_STARTED: NOW - timedelta(seconds=5)}, NOW) == []


def test_the_workers_of_a_machine_are_healthy_if_one_of_them_sent_a_heartbeat() -> None:
    result = with_workers(one=5, two=3600)
    assert jobs.worker_health_problems(result, NOW, "one") == []
    assert jobs.worker_health_problems(result, NOW, "two") == [
        "no worker on two has sent a heartbeat since 2026-05-01 11:00:00 UTC"
    ]
    assert jobs.worker_health_problems(result, NOW, "three") == ["no worker has ever run on three"]
