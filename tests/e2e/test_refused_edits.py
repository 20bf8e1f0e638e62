"""Refused edits of the configuration: the real daemon is restarted with them, and what its users see."""

from __future__ import annotations

import signal
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from sample_service import RULES, events, running, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from program import Program
    from sample_service import Service

REFUSED = "configuration refused, the last good one goes on"
FAILING = (
    RULES.replace("any: [EU AI Act", "any: [EU DMA Act")
    .replace("title: The EU AI Act", "title: The EU acts")
    .replace("title: Export controls on advanced chips", "title: Chips")
)
TYPO = RULES.replace("    any: [EU AI Act", "    anny: [EU AI Act")


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with running(tmp_path, ("meridian-wire",)) as service:
        yield service


@contextmanager
def daemon(service: Service) -> Iterator[tuple[Program, Iterator[dict[str, Any]]]]:
    """Run the daemon until the block ends; yields it and its log."""
    process = service.start("run")
    try:
        yield process, (log := events(process))
        process.send_signal(signal.SIGTERM)
        wait_for(log, "stopped")
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.communicate()


def page(log: Iterator[dict[str, Any]]) -> str:
    address = wait_for(log, "web page served")["address"]
    with urllib.request.urlopen(address, timeout=60) as answer:
        return answer.read().decode()


def test_a_bad_edit_is_refused_while_the_daemon_runs_and_when_it_starts_and_shown_everywhere(service: Service) -> None:
    good = (service.config / "feeds.yaml").read_text(encoding="utf-8")
    with daemon(service) as (process, log):
        wait_for(log, "started")
        service.write("feeds.yaml", good.replace("- id: meridian-wire", "- ulr: x\n  id: meridian-wire"))
        refused = wait_for(log, REFUSED)
        assert "feeds.yaml:" in refused["problem"]
        assert "ulr" in refused["problem"]
        assert "ulr" in service.inside("doctor", "--format", "json")[1]

        service.write("feeds.yaml", good.replace("title: Meridian Wire", "title: The Meridian Wire"))
        process.send_signal(signal.SIGHUP)
        wait_for(log, "configuration applied", feeds=1)

    service.write("rules/sample.yaml", TYPO)
    listed = service.run("hits", "--format", "json")
    assert listed.returncode == 0
    (warning,) = listed.stderr.splitlines()
    assert "rules/sample.yaml:19:5: E002 unknown key 'anny'; did you mean 'any'?" in warning
    assert service.inside("poll")[0] == 3
    assert service.inside("rules", "check")[0] == 3

    with daemon(service) as (process, log):
        assert "unknown key 'anny'" in wait_for(log, REFUSED, level="error")["problem"]
        shown = page(log)
        assert "is not in force" in shown
        assert "unknown key &#39;anny&#39;" in shown
        wait_for(log, "started", rules=2, feeds=1)
        code, health = service.inside("health")
        assert code == 0
        assert health.splitlines()[0] == "degraded"
        assert "unknown key 'anny'" in health
        assert "unknown key 'anny'" in " ".join(service.inside("digest", "preview", "brief")[1].split())

        service.write("rules/sample.yaml", FAILING)  # the typo is mended, and the edit of a rule fails its test
        process.send_signal(signal.SIGHUP)
        refused = wait_for(log, "edit of a rule refused", rule="eu-ai-act", level="error")
        assert "live rule 'eu-ai-act' fails its test hit 'Ireland names its EU AI Act authority'" in refused["problem"]
        wait_for(log, "configuration applied", rules=2)
        assert "its version from before stays in force" in service.inside("health")[1]

    with daemon(service) as (process, log):  # a restart forgets neither the version in force nor the refusal
        wait_for(log, "edit of a rule refused", rule="eu-ai-act")
        assert "fails its test" in page(log)
        wait_for(log, "started", rules=2)
        rules = {rule["id"]: rule for rule in service.json("rules", "list")}
        assert rules["eu-ai-act"]["title"] == "The EU AI Act"
        assert rules["chip-export-controls"]["title"] == "Chips"
        assert "fails its test" in " ".join(service.inside("digest", "preview", "brief")[1].split())

        service.write("rules/sample.yaml", RULES)
        process.send_signal(signal.SIGHUP)
        wait_for(log, "configuration applied", rules=2)
        assert service.inside("health") == (0, "well\n")
