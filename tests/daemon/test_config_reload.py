"""Edits of the configuration: read when they are complete, applied once or refused with a reason."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import time
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from monitor import configuration, settings
from monitor.app import App
from monitor.cli.daemon import _watch
from monitor.cli.session import Session
from monitor.configuration import record_accepted
from monitor.core import jobs
from monitor.core.errors import ConfigurationError, DatabaseError, Problem
from monitor.daemon.config_reload import ConfigWatcher, read_edit, refuse, take_at_start
from monitor.daemon.service import Daemon
from tests.daemon.fake_jobs import NOW, FakeJobs

if TYPE_CHECKING:
    from collections.abc import Callable

    from monitor.settings import Settings
    from monitor.store import Store

REFUSED = "configuration refused, the last good one goes on"


async def test_an_edit_is_taken_once(make: Callable[..., Daemon], loaded: Settings, store: Store) -> None:
    state = [1]
    fake_jobs = FakeJobs()
    watched = make(fake_jobs, ConfigWatcher(load=lambda: loaded, fingerprint=lambda: state[0]))
    await watched.config_reload().run()
    assert fake_jobs.applied == []
    state[0] = 2
    await watched.config_reload().run()
    await watched.config_reload().run()
    await watched.config_reload().run()
    assert fake_jobs.applied == [loaded]
    assert store.heartbeats()[jobs.CONFIG_ACCEPTED] == NOW


async def test_the_log_names_what_an_edit_adds_and_removes_so_that_a_file_cut_short_is_noticed(
    make: Callable[..., Daemon], loaded: Settings, log_events: list
) -> None:
    (feed,) = loaded.feeds
    added = [f"feed-{number:03}" for number in range(60)]
    edited = replace(loaded, feeds=tuple(replace(feed, id=name) for name in added), digests=())
    watched = make(FakeJobs(), ConfigWatcher(load=lambda: edited, fingerprint=lambda: 1, requested=True))
    await watched.config_reload().run()
    (applied,) = [event for event in log_events if event["event"] == "configuration applied"]
    changed = {name: ids for name, ids in applied.items() if name.endswith(("_added", "_removed"))}
    named = [*added[:50], "and 10 more"]
    assert changed == {"feeds_added": named, "feeds_removed": [feed.id], "digests_removed": ["d"]}


async def test_an_edit_that_is_still_under_way_is_not_read(make: Callable[..., Daemon], loaded: Settings) -> None:
    looks = iter([1, 2, 3, 3, 3])
    fake_jobs = FakeJobs()
    watched = make(fake_jobs, ConfigWatcher(load=lambda: loaded, fingerprint=lambda: next(looks)))
    await watched.config_reload().run()
    await watched.config_reload().run()
    assert fake_jobs.applied == []  # each look found something else
    await watched.config_reload().run()
    await watched.config_reload().run()
    assert fake_jobs.applied == [loaded]


async def test_an_edit_that_is_taken_back_before_the_second_check_is_none(
    make: Callable[..., Daemon], loaded: Settings
) -> None:
    looks = iter([1, 2, 1, 1])
    fake_jobs = FakeJobs()
    watched = make(fake_jobs, ConfigWatcher(load=lambda: loaded, fingerprint=lambda: next(looks)))
    for _ in range(3):
        await watched.config_reload().run()
    assert fake_jobs.applied == []


@pytest.mark.parametrize(
    ("lost", "kind"),
    [("rules/one.yaml", "rule"), ("rules", "rule"), ("feeds.yaml", "feed"), ("digests.yaml", "digest")],
)
async def test_an_edit_that_takes_away_every_feed_rule_or_digest_is_refused_unless_another_process_has_taken_it(
    lost: str, kind: str, make: Callable[..., Daemon], loaded: Settings, store: Store, log_events: list
) -> None:
    file = loaded.folder / lost
    record_accepted(store, loaded, NOW)
    if file.is_dir():
        shutil.rmtree(file)
    else:
        file.write_text("")
    fake_jobs = FakeJobs()
    watcher = ConfigWatcher(lambda: loaded, lambda: 1, requested=True, in_force=store.configuration_digest)
    watched = make(fake_jobs, watcher)
    watched.config.load = partial(read_edit, partial(settings.load, loaded.folder, {}), watched.app)
    await watched.config_reload().run()
    assert fake_jobs.applied == []
    assert [(event["event"], event["log_level"]) for event in log_events] == [(REFUSED, "error")]
    assert f"C024 no {kind} is left of 1;" in log_events[0]["problem"]
    assert store.heartbeats()[jobs.CONFIG_REFUSED] == NOW
    await watched.config_reload().run()
    assert len(log_events) == 1  # nothing was taken elsewhere
    record_accepted(store, settings.load(loaded.folder, {}), NOW)
    await watched.config_reload().run()
    assert [taken.folder for taken in fake_jobs.applied] == [loaded.folder]
    assert watcher.problems == ()


def test_a_start_refuses_a_removal_that_was_not_seen_before_the_database_was_opened(
    loaded: Settings, store: Store, log_events: list
) -> None:
    record_accepted(store, loaded, NOW)
    (loaded.folder / "feeds.yaml").write_text("")
    app = App(settings=settings.load(loaded.folder, {}), store=store, clock=lambda: NOW)
    with pytest.raises(ConfigurationError, match=r"no feed is left of 1; .*--accept-removal") as refused:
        take_at_start(app, record=True)
    assert (log_events, store.configuration().texts) == ([], loaded.texts)
    app.settings, _ = refuse(loaded, refused.value.problems)
    worker, own = (_watch(Session(config=loaded.folder), None, app, role) for role in ("worker", "scheduler"))
    assert (worker.requested, worker.problems, own.problems) == (True, refused.value.problems[:1], ())
    assert worker.in_force() == store.configuration_digest() is not None
    app.settings = settings.load(loaded.folder, {})
    code = str(refused.value).partition("--accept-removal ")[2].partition("`")[0]
    take_at_start(app, record=True, accepted_removal=code)
    assert log_events[0]["event"] == "removal accepted"


async def test_an_edit_that_the_database_did_not_take_is_read_again(
    make: Callable[..., Daemon], loaded: Settings
) -> None:
    answers = iter([DatabaseError("gone"), None])

    def read() -> Settings:
        if error := next(answers):
            raise error
        return loaded

    fake_jobs = FakeJobs()
    watched = make(fake_jobs, ConfigWatcher(load=read, fingerprint=lambda: 1, requested=True))
    with pytest.raises(DatabaseError):
        await watched.config_reload().run()
    await watched.config_reload().run()
    assert fake_jobs.applied == [loaded]


async def test_a_hangup_reads_the_configuration_at_once_even_if_it_looks_the_same(
    make: Callable[..., Daemon], loaded: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "RELOAD", replace(jobs.RELOAD, every=timedelta(hours=1)))
    loop, checked = asyncio.get_running_loop(), asyncio.Event()
    checks: list[None] = []

    def look() -> int:
        checks.append(None)
        if len(checks) > 1:  # the first is before the start
            loop.call_soon_threadsafe(checked.set)
        return 1

    fake_jobs = FakeJobs()
    watched = make(fake_jobs, ConfigWatcher(load=lambda: loaded, fingerprint=look))
    running = asyncio.create_task(watched.run())
    await checked.wait()
    async with asyncio.timeout(60):  # the next check is in an hour
        os.kill(os.getpid(), signal.SIGHUP)
        await fake_jobs.has_applied.wait()
    watched.stop()
    await running
    assert fake_jobs.applied == [loaded]


async def test_a_bad_edit_is_refused_with_its_reason_and_the_last_good_one_stays(
    make: Callable[..., Daemon], store: Store, log_events: list
) -> None:
    def refuse() -> Settings:
        wrong = Problem("config/feeds.yaml", 3, 5, "C002", "unknown key 'ulr'")
        odd = Problem("config/feeds.yml", 0, 0, "C107", "is not read", "warning")
        raise ConfigurationError([wrong, odd])

    fake_jobs = FakeJobs()
    watched = make(fake_jobs, ConfigWatcher(load=refuse, fingerprint=lambda: 1, requested=True))
    await watched.config_reload().run()
    assert fake_jobs.applied == []
    assert [(event["log_level"], event["event"], event["problem"]) for event in log_events] == [
        ("error", REFUSED, "config/feeds.yaml:3:5: error: C002 unknown key 'ulr'"),
        ("warning", "configuration warning", "config/feeds.yml: warning: C107 is not read"),
    ]
    assert store.heartbeats()[jobs.CONFIG_REFUSED] == NOW


async def test_an_edit_is_refused_if_deciding_on_its_failing_tests_takes_too_long(
    make: Callable[..., Daemon], loaded: Settings, store: Store, log_events: list
) -> None:
    failing = Problem("config/rules/one.yaml", 9, 5, "R201", "expected a hit")
    edited = replace(loaded, untrusted_rules={"one": failing})
    fake_jobs = FakeJobs()
    watched = make(fake_jobs, ConfigWatcher(load=lambda: edited, fingerprint=lambda: 1, requested=True))

    def decide_for_too_long(_decision: object) -> Settings:
        return configuration.read_edit_in_process(partial(time.sleep, 30), loaded.folder, seconds=0.2)

    await replace(watched.config_reload(), run_decision=decide_for_too_long).run()

    assert fake_jobs.applied == []
    refused = [event["problem"] for event in log_events if event["event"] == REFUSED]
    assert [("C026" in problem, "took more than 0.2 s" in problem) for problem in refused] == [(True, True)]
    assert [str(each) for each in watched.config.problems] == refused
    assert [(refusal.rule_id, "C026" in str(refusal)) for refusal in store.refusals()] == [("", True)]
    assert store.heartbeats()[jobs.CONFIG_REFUSED] == NOW


async def test_the_daemon_decides_on_failing_tests_in_a_process_with_a_time_limit(
    make: Callable[..., Daemon], loaded: Settings
) -> None:
    decision = make(FakeJobs()).config_reload().run_decision

    with pytest.raises(ConfigurationError, match="C026 not read: the process that reads it died"):
        decision(partial(os._exit, 3))
