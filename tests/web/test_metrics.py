"""Liveness, readiness, and metrics: who may read them, what they say, and that dashboard and alerts name only these."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from sample_polls import HOUR, MINUTE, NOW, a_find, a_match, a_message, a_poll
from web_clients import LATER, TOKEN, load_config, running_server

from monitor.core import jobs
from monitor.core.backups import Backup
from monitor.core.model import HELD, Failed, Severity

DOCS = Path(__file__).parents[2] / "docs"
BEARER = {"authorization": f"Bearer {TOKEN}"}


def samples(text: str) -> dict[tuple[str, ...], float]:
    """Return each value by the name of its metric and the values of its labels."""
    families = text_string_to_metric_families(text)
    return {(each.name, *each.labels.values()): each.value for family in families for each in family.samples}


@pytest.fixture
def scraped(any_store, tmp_path):
    """A client of a server with a token, over each kind of database."""
    unconfigured = a_find("two", matches=(a_match("old-rule", topic="a topic of long ago"),))
    any_store.record(a_poll(a_find("one", "inquiries", "fines"), unconfigured, at=LATER - HOUR / 2))
    any_store.record(a_poll(a_find("old", "inquiries"), at=LATER - 2 * HOUR))
    any_store.record(a_poll(outcome=Failed(reason="timeout", severity=Severity.SOFT), at=LATER - MINUTE))
    any_store.enqueue(a_message("waiting"), LATER - timedelta(seconds=90))
    any_store.record_heartbeat(jobs.DAEMON, LATER - timedelta(seconds=5))
    any_store.record_backup(Backup(started_at=NOW, finished_at=NOW, file="x", size=7))
    any_store.record_backup(Backup(started_at=LATER, finished_at=LATER, file="y", reason="no room"))
    with running_server(load_config(tmp_path / "config", any_store._address, TOKEN)) as client:
        yield client


def test_metrics_say_what_the_database_says_whichever_process_answers(scraped):
    found = samples(scraped.get("/metrics", headers=BEARER).raise_for_status().text)
    assert found["monitor_polls_last_hour", "changed"] == 1
    assert found["monitor_polls_last_hour", "failed"] == 1
    assert found[("monitor_articles_last_hour",)] == 2
    assert found["monitor_hits_last_hour", "oversight"] == 2
    assert found["monitor_hits_last_hour", "(not configured)"] == 1
    assert found["monitor_deliveries", "queued"] == 2
    assert found[("monitor_outbox_oldest_seconds",)] == 90
    assert found["monitor_job_last_success_timestamp_seconds", "daemon"] == LATER.timestamp() - 5
    assert found[("monitor_backup_last_success_timestamp_seconds",)] == NOW.timestamp()
    assert found[("monitor_backup_failures",)] == 1
    assert found[("process_open_fds",)] > 0
    assert len([name for name in found if name[0] == "monitor_hits_last_hour"]) == 2


def test_every_metric_that_dashboard_and_alerts_name_is_there(scraped):
    names = {name for name, *_ in samples(scraped.get("/metrics", headers=BEARER).text)}
    rules = yaml.safe_load((DOCS / "prometheus" / "alerts.yml").read_text())["groups"][0]["rules"]
    panels = json.loads((DOCS / "grafana" / "monitor.json").read_text())["panels"]
    queries = [rule["expr"] for rule in rules] + [target["expr"] for panel in panels for target in panel["targets"]]
    wanted = {name for query in queries for name in re.findall(r"\b(?:monitor|process)_\w+", query)}
    assert len(wanted) > 20
    assert wanted - names == set()
    documented = set(re.findall(r"`((?:monitor|process)_\w+)", (DOCS / "operations.md").read_text()))
    assert {re.sub(r"_(bucket|count|sum|created)$", "", name) for name in names if name.startswith("monitor_")} <= (
        documented
    )


def test_alerts_and_dashboard_use_the_labels_that_series_have_in_prometheus(scraped):
    """Prometheus sets `job` and `instance` itself, and compares only series with equal labels."""
    families = text_string_to_metric_families(scraped.get("/metrics", headers=BEARER).text)
    labels = {each.name: set(each.labels) for family in families for each in family.samples}
    labels = {
        name: {"exported_job" if each == "job" else each for each in own} | {"instance"} for name, own in labels.items()
    }
    rules = yaml.safe_load((DOCS / "prometheus" / "alerts.yml").read_text())["groups"][0]["rules"]
    panels = json.loads((DOCS / "grafana" / "monitor.json").read_text())["panels"]
    targets = [target for panel in panels for target in panel["targets"]]
    for query in [*(rule["expr"] for rule in rules), *(target["expr"] for target in targets)]:
        for name, selected in re.findall(r"\b((?:monitor|process)_\w+)\{(\w+)", query):
            assert selected in labels[name], query
    for rule in rules:
        sides = [side for side in re.split(r"[<>]=?|==|\band\b", rule["expr"]) if "_" in side]
        grouped = {tuple(re.findall(r"sum by \(\w+\)|sum\b", side)) for side in sides}
        assert len(grouped) <= 1, rule["alert"]
    for target in targets:
        shown = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
        names = re.findall(r"\b(?:monitor|process)_\w+", target["expr"])
        assert shown <= set.union(*(labels[name] for name in names)), target


def test_messages_held_in_quiet_hours_are_not_late(any_store):
    any_store.enqueue(a_message("written in them", not_before=LATER + HOUR), LATER - 3 * HOUR)
    any_store.enqueue(a_message("written before them"), LATER - 2 * HOUR)
    for delivery, _ in any_store.claim_deliveries(LATER - 2 * HOUR, 9):
        any_store.hold(delivery.id, LATER + HOUR, HELD)
    assert any_store.measure(LATER).oldest_waiting == timedelta()
    assert any_store.measure(LATER + HOUR + MINUTE).oldest_waiting == 3 * HOUR + MINUTE


def test_probes_need_no_token_and_metrics_do(anonymous, store_with_hits):
    assert (anonymous.get("/healthz").status_code, anonymous.get("/healthz").text) == (200, "ok\n")
    assert (anonymous.get("/readyz").status_code, anonymous.get("/readyz").text) == (503, "not ready\n")
    store_with_hits.record_heartbeat(jobs.DAEMON, LATER)
    assert (anonymous.get("/readyz").status_code, anonymous.get("/readyz").text) == (200, "ready\n")
    refused = anonymous.get("/metrics")
    assert (refused.status_code, refused.text) == (401, "token missing\n")
