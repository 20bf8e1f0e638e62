"""The pool with real processes: what a page does to its worker, and that others are not affected."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from page_samples import BODY, SLOW_PAGE, page
from pebble.pool.base_pool import PoolStatus

from monitor.core import articles
from monitor.core.errors import MonitorError
from monitor.core.feeds import feed_cache
from monitor.core.model import Changed, Entry, Failed, Feed, FeedId, Response
from monitor.core.newsletters.mail_batch import MailBatch, StoredMail
from monitor.extraction import ExtractionPool, TaskError
from tests.extraction import pool_tasks
from tests.imapserver import letter

PAGE = page().encode()
ENTRY = Entry(key="k", title="From the feed", summary="A summary of it.", language="en")
SOON = 0.4


class Brief(ExtractionPool):
    """A pool with a short deadline for articles only; a busy machine has a minute for all else."""

    async def run(self, function, *args, seconds=None):
        return await super().run(function, *args, seconds=SOON if function is articles.extract else 60)


@pytest.fixture(scope="module")
def shared():
    """A pool for tests that do not change it."""
    pool = ExtractionPool(workers=2, timeout=60)
    yield pool
    pool.close()


@pytest.fixture
def pool():
    """A pool of one worker, for tests that break it."""
    pool = Brief(workers=1, timeout=60)
    yield pool
    pool.close()


def workers(pool: ExtractionPool) -> set[int]:
    assert pool._pool is not None
    return set(pool._pool._pool_manager.worker_manager.workers)


def alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


async def eventually(happened: Callable[[], bool]) -> bool:
    """Wait until something has happened in another process, which cannot notify this one."""
    for _ in range(1000):
        if happened():
            return True
        await asyncio.sleep(0.01)
    return False


async def test_pages_are_read_side_by_side_in_processes_of_their_own(shared, tmp_path):
    found = await asyncio.gather(*(shared.extract(PAGE, "text/html", ENTRY) for _ in range(20)))
    assert all(article.text.split("\n\n")[-len(BODY) :] == BODY and article.quality == "full" for article in found)
    assert len(workers(shared)) == 2
    pids = set(await asyncio.gather(*(shared.run(pool_tasks.meet, tmp_path) for _ in range(2))))
    assert len(pids) == 2
    assert os.getpid() not in pids


async def test_a_pool_serves_one_loop_after_another(shared):
    """The pool of a module's tests has had calls waiting in another test's loop."""
    found = await asyncio.gather(*(shared.run(os.getpid) for _ in range(20)))
    assert len(found) == 20


async def test_the_loop_goes_on_while_the_first_process_loads_its_libraries():
    went_on = threading.Event()

    class Watched(ExtractionPool):
        def _start(self):
            pool = super()._start()
            start = pool._start_pool
            pool._start_pool = lambda: went_on.wait(30) and start()
            return pool

    pool = Watched(workers=1, timeout=60)
    call = asyncio.create_task(pool.run(os.getpid))
    await asyncio.sleep(0)
    went_on.set()
    assert await call != os.getpid()
    pool.close()


async def test_a_pool_that_is_closed_while_it_starts_leaves_no_process_behind():
    pool = ExtractionPool(workers=1, timeout=60)
    call = asyncio.create_task(pool.run(os.getpid))
    await asyncio.sleep(0)
    started = pool._pool
    pool.close()
    with pytest.raises(TaskError, match="closed"):
        await call
    assert started._pool_manager.worker_manager.workers == {}


async def test_a_page_without_an_article_falls_back_without_harm_to_its_worker(shared):
    before = workers(shared) if shared._pool else None
    article = await shared.extract(b"", "text/html", ENTRY)
    assert (article.quality, article.partial_reason) == ("feed", "empty page")
    assert before is None or workers(shared) == before


async def test_a_page_that_hangs_costs_its_worker_and_gives_its_plain_words(pool):
    await pool.run(os.getpid)
    (worker,) = workers(pool)
    article = await pool.extract(SLOW_PAGE.encode(), "text/html", ENTRY)
    assert article.quality == "plain"
    assert article.partial_reason == f"extraction timeout: over {SOON:g} s"
    assert article.text.count("the rules apply") == 160
    assert await eventually(lambda: not alive(worker))


async def test_what_hangs_in_every_way_gives_the_feeds_own_text():
    pool = Hanging(workers=1, timeout=SOON)
    article = await pool.extract(PAGE, "text/html", ENTRY)
    pool.close()
    assert article.text == ENTRY.summary
    assert article.quality == "feed"
    assert article.partial_reason == f"extraction timeout: over {SOON:g} s; plain text timeout: over {SOON:g} s"


class Hanging(ExtractionPool):
    """A pool in which each call takes for ever."""

    async def run(self, function, *args, seconds=None):
        return await super().run(time.sleep, 60, seconds=seconds)


async def test_a_page_that_kills_its_worker_is_reported_and_the_next_one_is_extracted(shared):
    with pytest.raises(TaskError, match=r"crash: the worker died of exit code 7"):
        await shared.run(os._exit, 7)
    with pytest.raises(TaskError, match=r"crash: the worker died of SIGSEGV"):
        await shared.run(signal.raise_signal, signal.SIGSEGV)
    assert (await shared.extract(PAGE, "text/html", ENTRY)).quality == "full"


async def test_a_page_that_eats_the_memory_is_stopped_and_the_worker_lives_on():
    pool = ExtractionPool(workers=1, timeout=60, memory=200 << 20)
    small = await pool.run(pool_tasks.allocate, 50 << 20)
    with pytest.raises(TaskError, match="out of memory"):
        await pool.run(pool_tasks.allocate, 2 << 30)
    assert await pool.run(os.getpid) == small
    pool.close()


async def test_processor_time_is_limited_even_where_nobody_watches():
    pool = ExtractionPool(workers=1, timeout=1)
    with pytest.raises(TaskError, match=r"timeout|SIGXCPU"):
        await pool.run(pool_tasks.spin)
    assert 9 <= await pool.run(pool_tasks.limit, seconds=9) <= 9 + 5
    pool.close()


async def test_an_error_of_a_parser_is_reported_by_name(shared):
    with pytest.raises(TaskError, match=r"error: ValueError: .*invalid literal"):
        await shared.run(int, "x")


async def test_workers_are_replaced_after_a_while():
    pool = ExtractionPool(workers=1, timeout=30, max_tasks=2)
    pids = [await pool.run(os.getpid) for _ in range(5)]
    pool.close()
    assert len(set(pids)) == 3


async def test_cancelling_a_call_kills_the_worker_at_it(shared, tmp_path):
    call = asyncio.create_task(shared.run(pool_tasks.tell_and_hang, tmp_path / "pid"))
    assert await eventually((tmp_path / "pid").exists)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    pid = int((tmp_path / "pid").read_text())
    assert await eventually(lambda: not alive(pid))
    assert await shared.run(os.getpid) != pid


async def test_a_pool_that_broke_is_made_anew(pool):
    await pool.run(os.getpid)
    for worker in workers(pool):
        os.kill(worker, signal.SIGKILL)
    results = [await _attempt(pool) for _ in range(3)]
    assert isinstance(results[-1], int)


async def test_a_call_under_way_when_the_pool_breaks_is_reported_as_a_crash(pool, tmp_path):
    call = asyncio.create_task(pool.run(pool_tasks.tell_and_hang, tmp_path / "pid"))
    assert await eventually((tmp_path / "pid").exists)
    pool._pool._context.status = PoolStatus.ERROR  # before it aborts the calls, as when all workers were killed
    assert isinstance(await pool.run(os.getpid), int)
    with pytest.raises(TaskError, match="crash: the pool broke"):
        await call


async def _attempt(pool: ExtractionPool) -> int | str:
    try:
        return await pool.run(os.getpid)
    except TaskError as error:
        return str(error)


async def test_closing_ends_all_workers_whatever_they_are_at():
    pool = ExtractionPool(workers=1, timeout=60)
    await pool.run(os.getpid)
    (worker,) = workers(pool)
    calls = [asyncio.create_task(pool.extract(SLOW_PAGE.encode(), "text/html", ENTRY)) for _ in range(8)]
    await asyncio.sleep(0)
    pool.close()
    found = await asyncio.gather(*calls)
    assert all(article.partial_reason.startswith("extraction closed: the program is ending") for article in found)
    assert all(article.text == ENTRY.summary for article in found)
    assert not alive(worker)


async def test_a_closed_pool_reads_no_more_and_loses_nothing():
    pool = ExtractionPool(workers=1)
    pool.close()
    article = await pool.extract(PAGE, "text/html", ENTRY)
    assert article.text == ENTRY.summary
    assert article.partial


async def test_a_feed_is_parsed_in_a_worker(shared):
    body = (
        b"""<rss version="2.0"><channel><title>T</title><item><title>One</title><guid>1</guid></item></channel></rss>"""
    )
    outcome = (await shared.parse_source(FEED, Response(url=FEED.url, status=200, body=body), NOW)).outcome
    assert not isinstance(outcome, Failed)
    assert [entry.title for entry in outcome.entries] == ["One"]


async def test_a_feed_is_parsed_beside_what_was_read_of_it_before():
    pool = ExtractionPool(workers=1)
    for numbers in ([1], [2, 1], [3, 2, 1]):
        items = "".join(f"<item><title>{number}</title><guid>{number}</guid></item>" for number in numbers)
        body = f'<rss version="2.0"><channel><title>T</title>{items}</channel></rss>'.encode()
        outcome = (await pool.parse_source(FEED, Response(url=FEED.url, status=200, body=body), NOW)).outcome
        assert [entry.guid for entry in outcome.entries] == [str(number) for number in numbers]
        assert len(feed_cache.load_cache(pool._cache.get(CACHE_KEY).removeprefix(b"feed\n")).items) == len(numbers)
    pool.close()


async def test_what_was_read_of_a_feed_is_not_used_again_once_that_has_failed():
    pool = Hanging(workers=1, timeout=SOON)
    pool._cache.put(CACHE_KEY, b"what no worker can read")
    outcome = (await pool.parse_source(FEED, Response(url=FEED.url, status=200, body=b"<rss/>"), NOW)).outcome
    pool.close()
    assert isinstance(outcome, Failed)
    assert pool._cache.get(CACHE_KEY) == b""


async def test_a_feed_that_takes_too_long_has_failed_with_its_reason():
    pool = Hanging(workers=1, timeout=SOON)
    outcome = (await pool.parse_source(FEED, Response(url=FEED.url, status=200, body=b"<rss/>"), NOW)).outcome
    pool.close()
    assert isinstance(outcome, Failed)
    assert outcome.reason == f"parse timeout: over {SOON:g} s"
    assert outcome.status == 200


async def test_a_mailbox_with_a_message_that_hangs_is_read_as_plain_text():
    hanging = (
        b"Content-Type: text/html\r\n\r\n<p " + b"".join(b"a%d=1 " % number for number in range(60_000)) + b">Bad."
    )
    batch = MailBatch(messages=(StoredMail(hanging), StoredMail(letter(2, html="<p>Good.").encode())), position="1 2")
    pool = ShortFirst(workers=1, timeout=60)
    outcome = (
        await pool.parse_source(MAILBOX, Response(url=MAILBOX.url, status=200, body=batch.to_bytes()), NOW)
    ).outcome
    pool.close()
    assert isinstance(outcome, Changed)
    assert [entry.summary for entry in outcome.entries][1:] == ["Good."]
    assert outcome.position == "1 2"
    assert outcome.malformed == f"parse timeout: over {SOON:g} s: the messages are read as plain text"


class ShortFirst(ExtractionPool):
    """A pool with a short deadline for its first call."""

    calls = 0

    async def run(self, function, *args, seconds=None):
        self.calls += 1
        return await super().run(function, *args, seconds=SOON if self.calls == 1 else seconds)


MAILBOX = Feed(id=FeedId("m"), url="imaps://reader@mail.example/News", kind="imap")
FEED = Feed(id=FeedId("f"), url="https://example.org/feed")
CACHE_KEY = f"auto {FEED.id}"
NOW = datetime(2026, 6, 3, tzinfo=UTC)


def test_the_main_process_loads_none_of_the_libraries_it_keeps_at_a_distance():
    code = "import sys, monitor.extraction; print({'trafilatura', 'lxml', 'numpy', 'pypdf'} & set(sys.modules))"
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert process.stdout.strip() == "set()"


async def test_a_working_folder_that_is_gone_is_named_and_costs_no_page(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tmp_path.rmdir()
    with pytest.raises(MonitorError, match="the working folder was deleted or cannot be entered"):
        await ExtractionPool(1).extract(PAGE, "text/html", ENTRY)
