"""poll and run: which configuration they record, and which removals they refuse."""

from __future__ import annotations

import re
import shutil
import socket
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from monitor.core import jobs
from monitor.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable

    from sample_service import Service
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def test_where_no_daemon_runs_a_poll_records_the_configuration_for_commands_that_read(
    monitor: Callable, service: Service
) -> None:
    with closing(Store(f"sqlite:///{service.folder / 'monitor.db'}")) as store:
        recorded = store.configuration()
        store.record_heartbeat(jobs.DAEMON, datetime.now(UTC))
        assert monitor("poll", "meridian-wire").code == 0
        assert store.configuration() == recorded, "a daemon records its own"
        store.record_heartbeat(jobs.DAEMON, NOW)
        assert monitor("poll", "meridian-wire").code == 0
        assert store.configuration() != recorded
    service.write("rules/broken.yaml", "version: 1\nruls: []\n")
    result = monitor("hits", "--format", "json")
    assert (result.code, "broken.yaml:2:1" in result.err) == (0, True)
    assert monitor("poll").code == 3

    shutil.rmtree(service.config / "rules")
    result = monitor("poll", "meridian-wire")
    assert (result.code, "rules: error: C024 no rule is left" in result.err) == (3, True)
    assert [rule["id"] for rule in monitor("rules", "list").json] == ["chip-export-controls", "eu-ai-act"]
    code = accepting_code(result.err)
    result = monitor("poll", "meridian-wire", "--accept-removal", code)
    assert (result.code, "removed, as accepted: 2 rules" in result.err) == (0, True)
    assert monitor("rules", "list").json == []
    assert "accepts nothing any more" in monitor("poll", "meridian-wire", "--accept-removal", code).err

    (service.config / "digests.yaml").unlink()
    with closing(Store(f"sqlite:///{service.folder / 'monitor.db'}")) as store:
        store.record_heartbeat(jobs.DAEMON, datetime.now(UTC))
    result = monitor("poll", "meridian-wire", "--accept-removal", accepting_code(monitor("poll").err))
    assert (result.code, "(in this poll only, a daemon runs)" in result.err) == (0, True)


def accepting_code(message: str) -> str:
    found = re.search(r"--accept-removal (\S+)`", message)
    assert found, message
    return found[1]


def test_a_restart_refuses_files_without_any_rule_unless_their_removal_is_accepted(
    monitor: Callable, service: Service
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:  # the daemon takes the configuration, and then ends
        text = (service.config / "monitor.yaml").read_text(encoding="utf-8")
        assert "127.0.0.1:0" in text
        service.write("monitor.yaml", text.replace("127.0.0.1:0", f"127.0.0.1:{other.getsockname()[1]}"))
        assert monitor("poll", "meridian-wire").code == 0
        shutil.rmtree(service.config / "rules")
        with closing(Store(f"sqlite:///{service.folder / 'monitor.db'}")) as store:
            recorded = store.configuration()
            result = monitor("run")
            assert (result.code, "C024 no rule is left" in result.err) == (1, True), result.err
            assert "another program uses this port" in result.err
            assert store.configuration() == recorded, "the last good configuration stays in force"
            assert [refusal.problem.code for refusal in store.refusals()] == ["C024"]
            result = monitor("run", "--accept-removal", accepting_code(str(store.refusals()[0])))
            assert (result.code, '"removed": "2 rules"' in result.err) == (1, True)
            assert (store.configuration() != recorded, store.refusals()) == (True, ())
