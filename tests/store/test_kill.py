"""A process killed at any moment leaves a step done or not done; repeating it gives the undisturbed result.

The method is SQLite's own: die before the Nth statement, for N from 1 until the step completes.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from sample_polls import DAY, FEED, HOUR, NOW, a_find, a_message, a_poll, an_article, an_entry, drop_search_index

from monitor.core import ledger
from monitor.core.model import RecheckDue, Validators
from monitor.core.search.query_parser import parse_query
from monitor.core.search.request import SearchRequest
from monitor.store import _search_index_check

HERE = Path(__file__).parent
DIED = -signal.SIGKILL

DRIVER = """
import gc, os, signal, sys
from contextlib import closing
from sqlalchemy import event
sys.path[:0] = {folders!r}
import statement_cache
import test_kill
from monitor.store import Store

statement_cache.share_between_databases()

def work(store, step, left):
    def count(*_):
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(store._engine, "before_cursor_execute", count)
    event.listen(store._engine, "commit", count)
    getattr(test_kill, step)(store)

for url in sys.argv[1:]:
    with closing(Store(url)) as store:
        test_kill.do_all_steps(test_kill.prepared(store))
gc.freeze()  # a collection in a child would copy the memory of all that was imported

for line in sys.stdin:
    url, step, statement = line.split()
    child = os.fork()
    if child == 0:
        work(Store(url), step, int(statement))
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@pytest.fixture(scope="module")
def kill(spare_urls):
    """Run a step in a process that dies before its Nth statement; return how it ended.

    It is forked from one that has done all steps once, in other databases, so that all statements are compiled.
    """
    driver = DRIVER.format(folders=[str(HERE), str(HERE.parent)])
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "bufsize": 1}
    with subprocess.Popen([sys.executable, "-c", driver, *spare_urls], **pipes) as process:

        def run(url, step, statement):
            process.stdin.write(f"{url} {step} {statement}\n")
            return int(process.stdout.readline())

        yield run
        process.stdin.close()


def record_a_poll(store):
    """Store what has everything in it: hits in a new story and in an old one, a partial article, seen entries."""
    partial = a_find("part", "fines", article=an_article("part", partial=True), retry_at=NOW + HOUR)
    poll = a_poll(
        a_find("one", "inquiries", "fines"), a_find("first", "inquiries"), partial, a_find("weather"), at=NOW + HOUR
    )
    store.record(poll)


def run_a_digest(store):
    """Claim every hit and queue two messages."""
    hits = store.hits_to_digest("daily", NOW - DAY)
    store.record_run(
        "daily",
        NOW + DAY,
        since=NOW,
        until=NOW + DAY,
        hit_ids=[hit.id for hit in hits],
        messages=[a_message("one"), a_message("two")],
        now=NOW + DAY,
    )


def take_deliveries(store):
    """Put both deliveries of a message on the wire."""
    store.claim_deliveries(NOW + 2 * DAY, 10)


def find_an_edit(store):
    """Store what a revisit found: another version, with a hit in the story of the first."""
    entry = an_entry("before")
    read = RecheckDue(
        article_id=1,
        entry_id=1,
        feed_id=FEED,
        entry=entry,
        article=an_article("before"),
        validators=Validators(etag="1"),
        rechecks=0,
        versions=1,
    )
    edit = an_article("before", text="Another text.")
    found = a_find("before", "fines", article=edit, entry_id=1, validators=read.validators, recheck_at=NOW + DAY)
    store.record_page_edit(read, found, NOW + HOUR)


STEPS = [record_a_poll, find_an_edit, run_a_digest, take_deliveries]


def do_all_steps(store):
    for step in STEPS:
        step(store)
    drop_search_index(store)
    build_the_search_index(store)


def state(store):
    """Everything visible in a store."""
    return (
        store.states(),
        store.hits(),
        list(store.articles(NOW - DAY)),
        store.stories(),
        store.runs("daily"),
        store.deliveries(),
        store.partial_articles(NOW + 9 * DAY, 10),
        store.rechecks_due(NOW + 9 * DAY, 10),
    )


def differences(store):
    """The differences of the ledger."""
    counts = store.ledger_counts(NOW - DAY, NOW + 9 * DAY)
    return list(ledger.balance(counts, NOW - DAY, ledger.Recipients(), NOW + 9 * DAY).differences)


def prepared(store):
    store.record(a_poll(a_find("before", "inquiries", recheck_at=NOW + DAY), at=NOW))
    store.enqueue(a_message("zero"), NOW)
    return store


def address(store):
    return store._engine.url.render_as_string(False) if store._file is None else f"sqlite:///{store._file}"


@pytest.mark.parametrize("step", STEPS)
def test_a_killed_process_leaves_all_or_nothing(any_store, kill, step):
    store = prepared(any_store)
    before = state(store)
    url = address(store)
    statement, stride = 1, 1 if store._file else 5  # a server is as whole at every fifth
    while (code := kill(url, step.__name__, statement)) == DIED:
        assert state(store) == before, f"killed at {statement}"
        assert differences(store) == [], f"killed at {statement}"
        statement += stride
    assert code == 0
    assert statement > 5
    after = state(store)
    assert after != before
    assert differences(store) == []
    step(store)
    if step is not take_deliveries:
        assert state(store) == after, "done again after a kill that came too late"
        assert differences(store) == []
    assert store.check() == []


def build_the_search_index(store):
    """Index the archive two articles at a time."""
    while store.build_search_index(2):
        pass


def search_index(store):
    """What the search index holds."""
    with store._reading() as connection:
        documents = connection.execute(sa.text("SELECT * FROM search_documents ORDER BY article_id")).all()
        totals = connection.execute(sa.text("SELECT * FROM search_totals")).all()
    return documents, totals, found(store)


def index_differences(store):
    """What the check of the database says about the index; the rest of it takes long and is not about a step."""
    with store._reading() as connection:
        return _search_index_check.differences(connection)


def found(store):
    return [each.id for each in store.search(SearchRequest(query=parse_query("inquiry"))).articles]


def test_a_build_of_the_search_index_that_is_killed_at_any_moment_goes_on_where_it_was(any_store, kill):
    store = any_store
    store.record(a_poll(*(a_find(f"n{number}") for number in range(3))))
    complete = search_index(store)
    statement, stride = 1, 1 if store._file else 5
    drop_search_index(store)
    while kill(address(store), "build_the_search_index", statement) == DIED:
        assert index_differences(store) == [], f"killed at {statement}"
        assert len(found(store)) == 3 - store.unindexed_articles(), f"killed at {statement}"
        build_the_search_index(store)
        assert search_index(store) == complete, f"killed at {statement}"
        drop_search_index(store)
        statement += stride
    assert statement > 20
    assert search_index(store) == complete
    assert store.check() == []
