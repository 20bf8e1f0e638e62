"""With few file descriptors, or none left, work waits and is done later; nothing is lost and nothing crashes."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from sample_service import chosen, events, running, wait_for

FEED = "meridian-wire"
LIMIT = 192
FEW = "few file descriptors, so less is done at once: raise LimitNOFILE (systemd) or `ulimit -n`"
STARVED = Path(__file__).parent.parent / "starved.py"


def test_whichever_file_cannot_be_opened_nothing_is_lost_and_a_later_try_succeeds(tmp_path):
    with running(tmp_path, [FEED]) as service:
        assert service.inside("db", "upgrade")[0] == 0
        done = subprocess.run(
            [sys.executable, STARVED, service.config], env=service._env(), capture_output=True, text=True, timeout=300,
            check=True,
        )  # fmt: skip
        tries = [json.loads(line) for line in done.stdout.splitlines()]
        assert tries[-1]["codes"] == [0, 0], tries[-1]
        assert len(tries) > 3
        for each in tries[:-1]:
            assert set(each["codes"]) <= {0, 1, 4}, each
            assert "that is a bug" not in each["said"], each
            assert "migrated by a newer one" not in each["said"], each
        new = [json.loads(each["said"][each["said"].index("{") : each["said"].index("}") + 1]) for each in tries[-1:]]
        assert new[0]["entries_new"] == new[0]["articles"] == len(chosen([FEED])[0].articles)
        assert all(not hit["partial"] for hit in service.json("hits"))
        assert len(list(service.outbox.glob("*.eml"))) == 1


def test_a_flood_of_connections_takes_nothing_from_polls_and_messages(tmp_path):
    with running(tmp_path, [FEED]) as service:
        service.know_feeds()
        daemon = subprocess.Popen(
            ["/bin/sh", "-c", f'ulimit -n {LIMIT}; exec "$@"', "sh", *service._command(["run"])],
            env=service._env(), cwd=service.folder, text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip
        idle = []
        try:
            log = events(daemon)
            few = wait_for(
                log, "few file descriptors, so less is done at once: raise LimitNOFILE (systemd) or `ulimit -n`"
            )
            assert (few["limit"], few["level"]) == (LIMIT, "warning")
            page = urlsplit(wait_for(log, "web page served")["address"])
            idle = [socket.create_connection((page.hostname, page.port), timeout=30) for _ in range(LIMIT + 50)]
            wait_for(log, "delivered", kind="alert")
            assert service.inside("health") == (0, "well\n")
            asking = HTTPConnection(page.hostname, page.port, timeout=30)
            asking.request("GET", "/health")
            assert asking.getresponse().status == 200
            asking.close()
            daemon.terminate()
            assert [entry for entry in log if entry["level"] in {"error", "critical", "raw"}] == []
            assert daemon.wait(30) == 0
        finally:
            daemon.kill()
            daemon.communicate()
            for wire in idle:
                wire.close()
