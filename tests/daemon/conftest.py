"""Daemons with jobs of the tests."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import structlog
from config_samples import minimal

from monitor import settings
from monitor.app import App
from monitor.daemon import process
from monitor.daemon.config_reload import ConfigWatcher
from monitor.daemon.service import Daemon
from tests.daemon.fake_jobs import NOW, FakeJobs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from monitor.settings import Settings
    from monitor.store import Store


@pytest.fixture
def loaded(tmp_path: Path) -> Settings:
    """Settings of a folder with one feed, one rule and one digest; the tests of the rule were run."""
    folder = minimal(tmp_path / "config")
    (folder / "digests.yaml").write_text('digests: [{id: d, title: D, schedule: "0 8 * * *", channels: [outbox]}]\n')
    return replace(settings.load(folder, {}), untrusted_rules={})


@pytest.fixture
def watch(loaded: Settings) -> ConfigWatcher:
    return ConfigWatcher(load=lambda: loaded, fingerprint=lambda: 1)


@pytest.fixture
def log_events() -> list[dict[str, object]]:
    """What was logged."""
    with structlog.testing.capture_logs() as events:
        yield events


@pytest.fixture
def make(loaded: Settings, store: Store, watch: ConfigWatcher) -> Iterator[Callable[..., Daemon]]:
    """Create daemons; their writes end before the store is closed."""
    threads = ExitStack()

    def daemon_with(fake_jobs: FakeJobs, config: ConfigWatcher = watch) -> Daemon:
        threads.enter_context(fake_jobs.database)
        return Daemon(
            app=App(settings=loaded, store=store, clock=lambda: NOW),
            pipeline=fake_jobs,
            config=config,
            role=process.full_role(fake_jobs),
        )

    with threads:
        yield daemon_with
