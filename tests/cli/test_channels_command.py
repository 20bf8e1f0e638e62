"""channels test: output and exit codes."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from monitor.core.model import Message
from monitor.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sample_service import Service


def test_a_channel_is_tried_with_one_message_and_the_sources_of_its_values_are_named(
    monitor: Callable, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_OUTBOX", str(service.outbox))
    named = {"type": "file", "dir": "${TEST_OUTBOX}${TEST_SUFFIX:-}"}
    service.write("channels.yaml", {"channels": {"outbox": named, "other": {"type": "file", "dir": "${OTHER:-x}"}}})
    result = monitor("channels", "test", "outbox")
    assert result.code == 0, result.err
    assert result.out.startswith("outbox: ")
    assert len(list(service.outbox.glob("*.eml"))) == 1
    monkeypatch.delenv("TEST_OUTBOX")
    refused = monitor("channels", "test", "outbox")
    assert (refused.code, "Variables are taken from this shell" in refused.err) == (3, True)
    sources = "TEST_OUTBOX of this shell, the default of TEST_SUFFIX, which is not set in this shell"
    assert result.err == f"Values of outbox: {sources}. The daemon uses the environment that it was started with.\n"


def test_the_variable_of_a_secret_is_named_that_has_a_default(
    monitor: Callable, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = {"type": "webhook", "url": "${TEST_HOOK:-http://127.0.0.1:9/}", "secret": "${TEST_SECRET:-unsafe-default}"}
    service.write("channels.yaml", {"channels": {"outbox": {"type": "file", "dir": "x"}, "hook": hook}})
    monkeypatch.setenv("TEST_SECRET", "a secret of this shell")
    result = monitor("channels", "test", "hook")
    assert result.code == 1
    assert "the default of TEST_HOOK, which is not set in this shell, TEST_SECRET of this shell." in result.err


def test_a_channel_is_tried_before_there_is_a_database(
    monitor: Callable, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MONITOR_DATABASE", f"sqlite:///{tmp_path / 'none.db'}")
    result = monitor("channels", "test", "outbox")
    assert (result.code, result.err) == (0, "")


def test_a_test_that_succeeds_resumes_a_paused_channel(monitor: Callable, service: Service) -> None:
    with closing(Store(f"sqlite:///{service.folder / 'monitor.db'}")) as store:
        for number in range(3):
            message = Message(key=f"digest/{number}", kind="digest", channel="outbox", subject="s", text="t")
            store.enqueue(message, datetime.now(UTC))
        for delivery, _ in store.claim_deliveries(datetime.now(UTC)):
            store.give_up(delivery.id, datetime.now(UTC), "http 410")
    shown = monitor("deliveries", "--format", "table")
    assert "paused" in shown.out
    assert "channel outbox is paused" in shown.err
    assert "outbox was paused and has resumed" in monitor("channels", "test", "outbox").err
    assert "paused" not in monitor("deliveries", "--format", "table").err


def test_a_channel_that_refuses_is_1_and_says_why(monitor: Callable, service: Service) -> None:
    service.write("channels.yaml", {"channels": {"outbox": {"type": "webhook", "url": "http://127.0.0.1:9/hook"}}})
    result = monitor("channels", "test", "outbox")
    assert result.code == 1
    assert "refused" in result.out
