"""A process killed at any point of a delivery: no hit is lost, and each crash repeats a mail at most once, marked."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
from collections import defaultdict
from contextlib import closing
from pathlib import Path

import pytest
from crashing import SUBSCRIPTIONS, TO, CrashPoint
from deliver_fixtures import HOUR, distinct, news
from mailserver import Listening, Script
from program import Program
from sample_news import NOW
from slowserver import until

from monitor.store import Store

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:aiosmtpd")
SCRIPT = Path(__file__).with_name("crashing.py")
NEVER = CrashPoint("never")
HITS = 5


class Processes:
    """Delivering processes, forked from one that has imported everything."""

    def __init__(self, jobs, answers):
        self._jobs, self._answers = jobs, answers
        self._ended = {}

    async def start(self, store, server, now, crash_point=NEVER, *, subscribed=False):
        """Start one, and return its number; `subscribed`: each recipient has a subscription."""
        job = {
            "url": store.url,
            "port": server.port,
            "now": now.isoformat(),
            "death": [crash_point.at, crash_point.nth],
            "subscribed": subscribed,
        }
        return int(await asyncio.to_thread(self._ask, job))

    async def end_of(self, pid):
        """Wait for one, and return its exit code."""
        while pid not in self._ended:
            ended, code = json.loads(await asyncio.to_thread(self._ask, "wait"))
            self._ended[ended] = code
        return self._ended.pop(pid)

    async def run(self, *job, **more):
        """Run one to its end."""
        return await self.end_of(await self.start(*job, **more))

    def _ask(self, job):
        self._jobs.write(json.dumps(job) + "\n")
        self._jobs.flush()
        return self._answers.readline()


@pytest.fixture(scope="module")
def processes(spare_urls):
    """The process from which others are forked."""
    for url in spare_urls:
        with closing(Store(url)) as store:
            news(store, distinct(1), NOW - HOUR)
    reading, writing = os.pipe()
    with (
        Program(spare_urls, folder=SCRIPT.parent, script=SCRIPT, stdin=reading, stdout=subprocess.PIPE) as program,
        os.fdopen(writing, "w", encoding="utf-8") as jobs,
    ):
        os.close(reading)
        yield Processes(jobs, program.stdout)


@pytest.fixture
def filled_store(any_store):
    """A database with articles and hits."""
    for number in range(HITS):
        news(any_store, distinct(number), NOW - HOUR)
    return any_store


class KillsDuringData:
    """A mail server's end of DATA: on request, it accepts a mail and kills the sender before it can confirm that."""

    def __init__(self, script):
        self._rcpt, self._data = script.handle_RCPT, script.handle_DATA
        script.handle_RCPT, script.handle_DATA = self.handle_rcpt, self.handle_data
        self.deaths = 1
        self.victims = asyncio.Queue()
        self._connections = []

    async def expect_another(self):
        """Kill the next sender too, once the server has read all that the last one had sent."""
        await until(lambda: all(connection.is_closing() for connection in self._connections))
        self.deaths = 1

    async def handle_rcpt(self, server, *rest):
        self._connections.append(server.transport)
        return await self._rcpt(server, *rest)

    async def handle_data(self, server, session, envelope):
        answer = await self._data(server, session, envelope)
        if self.deaths:
            self.deaths -= 1
            os.kill(await self.victims.get(), signal.SIGKILL)
        return answer


async def recover(processes, store, server, **more):
    """Start again like a daemon, at the same minute, until the outbox is empty."""
    async with asyncio.timeout(60):  # PostgreSQL may need a moment to see that a process is gone
        while True:
            assert await processes.run(store, server, NOW, **more) == 0
            if all(str(delivery.state) == "sent" for delivery in store.deliveries()):
                return


def check(store, mails, crashes=1, digests=("daily-brief",)):
    """Check that nothing is lost and that repeats are marked, identical, and no more than the crashes."""
    by_recipient = defaultdict(list)
    for [recipient], mail in mails:
        by_recipient[recipient].append(mail)
    assert set(by_recipient) == set(TO)
    titles = {hit.title for hit in store.hits()}
    assert len(titles) == HITS
    for got in by_recipient.values():
        text = got[0].get_body(["plain"]).get_content()
        assert all(title in text for title in titles)
        assert len(got) <= 1 + crashes
        assert len({mail["Message-ID"] for mail in got}) == 1
        assert all(mail["X-Policy-Monitor-Repeat"] == "maybe" for mail in got[1:])
    assert not any(store.hits_to_digest(digest_id, NOW - HOUR) for digest_id in digests)
    return sum(len(got) for got in by_recipient.values())


POINTS = [("before record_run", 1), ("after record_run", 1), ("after claim_deliveries", 1)]
"""What is before a point is what is after the one before it, and a second run or claim has nothing left to do."""
POINTS += [(point, nth) for point in ("after send", "after sent") for nth in (1, 2)]


@pytest.mark.parametrize(("point", "nth"), POINTS)
async def test_a_process_killed_at_any_point_loses_nothing(filled_store, processes, point, nth):
    async with Listening(Script()) as server:
        died = await processes.run(filled_store, server, NOW, CrashPoint(point, nth))
        assert died == -signal.SIGKILL
        await recover(processes, filled_store, server)
    check(filled_store, server.script.mails)


@pytest.mark.parametrize("point", ["before record_run", "after record_run", "after claim_deliveries", "after send"])
async def test_every_subscriber_receives_each_story_once_after_a_kill_between_two(filled_store, processes, point):
    nth = 1 if point == "after claim_deliveries" else 2
    async with Listening(Script()) as server:
        died = await processes.run(filled_store, server, NOW, CrashPoint(point, nth), subscribed=True)
        assert died == -signal.SIGKILL
        await recover(processes, filled_store, server, subscribed=True)
    check(filled_store, server.script.mails, digests=SUBSCRIPTIONS)
    assert len({mail["Message-ID"] for _, mail in server.script.mails}) == len(TO)


async def test_a_process_killed_while_its_mail_is_on_the_wire_repeats_it_marked(filled_store, processes):
    script = Script()
    kills = KillsDuringData(script)
    async with Listening(script) as server:
        pid = await processes.start(filled_store, server, NOW)
        kills.victims.put_nowait(pid)
        assert await processes.end_of(pid) == -signal.SIGKILL
        await recover(processes, filled_store, server)
    assert check(filled_store, script.mails) > len(TO)


async def test_each_crash_repeats_a_mail_once(filled_store, processes):
    script = Script()
    kills = KillsDuringData(script)
    async with Listening(script) as server:
        for _ in range(2):
            await kills.expect_another()
            pid = await processes.start(filled_store, server, NOW)
            kills.victims.put_nowait(pid)
            assert await processes.end_of(pid) == -signal.SIGKILL
        await recover(processes, filled_store, server)
    assert len(TO) < check(filled_store, script.mails, crashes=2) <= 3 * len(TO)


async def test_two_processes_at_once_deliver_each_mail_once(filled_store, processes):
    async with Listening(Script()) as server:
        pids = [await processes.start(filled_store, server, NOW) for _ in range(2)]
        assert [await processes.end_of(pid) for pid in pids] == [0, 0]
        await recover(processes, filled_store, server)
    assert check(filled_store, server.script.mails) == len(TO)
