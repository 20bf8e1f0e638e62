"""Failures of a database are one clear line that says what to do; bugs are raised as they are."""

from __future__ import annotations

import inspect
import os
import resource
import sqlite3
import threading
from contextlib import closing
from datetime import timedelta

import psycopg
import pytest
import sqlalchemy as sa
from sample_polls import DAY, FEED, HOUR, NOW, a_find, a_match, a_message, a_poll, a_ranking, an_article, an_entry

from monitor.core.backups import Backup
from monitor.core.digests.rule_changes import RuleState
from monitor.core.digests.translations import Headline
from monitor.core.errors import DatabaseError
from monitor.core.model import Feed, Judgement, RecheckDue, ReportedCondition, StoredConfiguration, Validators
from monitor.core.search.query_parser import parse_query
from monitor.core.search.request import SearchRequest
from monitor.store import ArchiveSection, RetentionCutoffs, Store, open_store
from monitor.store._articles import ArticleCursor
from monitor.store._failures import explain, translate_errors

ARGUMENTS = {
    "feed_id": FEED,
    "keys": ["k"],
    "shown": [an_entry("shown")],
    "poll": a_poll(a_find("probe", "inquiries")),
    "polls": [a_poll(a_find("probe", "inquiries"))],
    "now": NOW,
    "instant": NOW,
    "failed_since": NOW,
    "states": {
        "inquiries": RuleState(title="Inquiries", status="live", priority="normal", topic="law", hash="1", terms={})
    },
    "article_id": 1,
    "article_ids": [1],
    "entry_id": 1,
    "recheck_at": NOW,
    "validators": Validators(etag="1"),
    "due": RecheckDue(
        article_id=1,
        entry_id=1,
        feed_id=FEED,
        entry=an_entry("probe"),
        article=an_article("probe"),
        validators=Validators(),
        rechecks=0,
        versions=1,
    ),
    "found": a_find("probe"),
    "since": NOW - DAY,
    "terms": [1],
    "hit_id": 1,
    "relevant": True,
    "matches": [(1, a_match())],
    "backfilled": True,
    "found_at": NOW,
    "feed": FEED,
    "topic": "oversight",
    "language": "en",
    "request": SearchRequest(query=parse_query("word")),
    "digest_id": "daily",
    "reason": "paused",
    "reasons": ["paused"],
    "old": "daily",
    "new": "weekly",
    "was": "weekly",
    "until": NOW,
    "slot": NOW,
    "hit_ids": [1],
    "messages": [a_message()],
    "min_priority": "low",
    "story_ids": [1],
    "feeds": [Feed(id=FEED, url="x")],
    "message": a_message(),
    "configuration": StoredConfiguration(texts={"monitor.yaml": ""}, saved_at=NOW),
    "refusals": [],
    "feed_ids": [FEED],
    "backup": Backup(started_at=NOW, finished_at=NOW, file="monitor.db", size=1),
    "reported": [ReportedCondition(key="disk", title="The disk is full", since=NOW, reported_at=NOW)],
    "delivery_id": 1,
    "at": NOW,
    "error": "451",
    "name": "poller",
    "names": ["mail"],
    "fingerprint": "1",
    "by": HOUR,
    "before": NOW,
    "links": ["https://gazette.example/probe"],
    "rule_id": "inquiries",
    "size": 10,
    "prefix": "worker ",
    "day": NOW.date(),
    "limit": HOUR,
    "message_key": "digest/daily/1/mail",
    "channel": "mail",
    "headlines": [Headline("fr", "Une loi")],
    "target": "en",
    "translations": {Headline("fr", "Une loi"): "A law"},
    "grants": [("*", "phone", "urgent")],
    "keep_since": NOW - DAY,
    "bounds": [NOW - DAY, NOW],
    "judgement": Judgement(article_id=1, relevant=True, judged_at=NOW),
    "matched": {1: True},
    "rules_hash": "1",
    "ranking": a_ranking(),
    "after": 0,
    "most": 5,
    "suggestions": [("inquiries", {})],
    "suggestion_id": 1,
    "section": ArchiveSection(ArticleCursor(NOW - DAY, 0), None),
}
"""What each parameter of a public method is given; a new method's are added here."""
WITHOUT_DATABASE = {
    "head",
    "close",
    "lock",
    "conninfo",
    "host_limits",
    "damage",
    "is_missing",
    "why_unwritable",
    "excess_permissions",
    "backup_ending",
    "restore",  # replaces the database: its refusals are in test_backups.py
}
METHODS = sorted(name for name in dir(Store) if not name.startswith("_") and name not in WITHOUT_DATABASE)


def call(store, name, tmp_path):
    """Call a public method with values for its required arguments."""
    method = getattr(store, name)
    arguments = ARGUMENTS | {"file": tmp_path / "copy.db", "url": f"sqlite:///{tmp_path}/elsewhere.db"}
    if name == "record_articles":  # takes several
        arguments["found"] = [arguments["found"]]
    if name == "record_run":  # refuses a message that another method has queued
        arguments["messages"] = [a_message("of a run")]
    if name == "prune":  # takes an instant for each kind of data
        arguments["before"] = RetentionCutoffs(articles=NOW, hits=NOW, polls=NOW)
    wanted = {
        parameter.name: arguments[parameter.name]
        for parameter in inspect.signature(method).parameters.values()
        if parameter.default is parameter.empty
    }
    result = method(**wanted)
    return list(result) if inspect.isgenerator(result) else result


def test_every_method_works_on_postgresql(postgres_store, tmp_path):
    postgres_store.record(ARGUMENTS["poll"])
    for name in METHODS:
        if name != "backup":  # which runs pg_dump
            call(postgres_store, name, tmp_path)


def test_every_method_says_that_the_database_is_locked(sqlite_store, tmp_path):
    sqlite_store.record(ARGUMENTS["poll"])
    sqlite_store.close()
    said = {}
    for name in METHODS:
        with closing(Store(f"sqlite:///{tmp_path}/monitor.db", busy_timeout=timedelta(0))) as impatient:
            with closing(sqlite3.connect(tmp_path / "monitor.db", isolation_level=None)) as holder:
                holder.execute("PRAGMA journal_mode=DELETE")
                holder.execute("BEGIN EXCLUSIVE")
                said[name] = refusal(impatient, name, tmp_path)
            call(impatient, name, tmp_path)
    assert {name: text for name, text in said.items() if "locked by another program" not in text} == {}


def refusal(store, name, tmp_path):
    try:
        return f"returned {call(store, name, tmp_path)}"
    except DatabaseError as error:
        return str(error)


def test_a_file_that_another_process_is_setting_up_is_waited_for(sqlite_store, tmp_path):
    sqlite_store.record(ARGUMENTS["poll"])
    sqlite_store.close()
    holder = sqlite3.connect(tmp_path / "monitor.db", isolation_level=None, check_same_thread=False)
    holder.execute("PRAGMA journal_mode=DELETE")
    holder.execute("BEGIN IMMEDIATE")
    start = threading.Barrier(2)

    def finish():
        start.wait()
        numbers = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 1000000) SELECT sum(x) FROM n"
        holder.execute(numbers).fetchall()
        holder.execute("COMMIT")

    busy = threading.Thread(target=finish)
    busy.start()
    start.wait()
    assert len(sqlite_store.hits()) == 1
    busy.join()
    holder.close()


def test_no_method_creates_a_missing_file(tmp_path):
    for name in METHODS:
        if name != "upgrade":
            with closing(Store(f"sqlite:///{tmp_path}/none.db")) as store:
                with pytest.raises(DatabaseError, match="cannot be opened"):
                    call(store, name, tmp_path)
                assert not (tmp_path / "none.db").exists(), name


def test_readers_are_not_held_up_by_a_writer(sqlite_store, tmp_path):
    sqlite_store.record(a_poll(a_find("probe", "inquiries")))
    with closing(sqlite3.connect(tmp_path / "monitor.db", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        assert len(sqlite_store.hits()) == 1


def test_a_transaction_on_a_full_disk_stores_nothing_and_works_again_when_there_is_room(sqlite_store):
    def limit(pages):
        with sqlite_store._engine.connect() as connection:
            connection.connection.dbapi_connection.execute(f"PRAGMA max_page_count={pages}")

    sqlite_store.ping()
    limit(1)
    big = a_poll(*(a_find(f"n{n}", "inquiries") for n in range(300)))
    with pytest.raises(DatabaseError, match="disk is full; the last change was rolled back"):
        sqlite_store.record(big)
    assert sqlite_store.states() == {}
    limit(2**30)
    assert len(sqlite_store.record(big)) == 300


def test_a_disk_without_any_room_is_not_said_to_be_broken(sqlite_store):
    sqlite_store.close()
    before, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (32_000, most))  # the file that processes share has 32,768 bytes
    try:
        with (
            closing(Store(sqlite_store._address)) as store,
            pytest.raises(DatabaseError, match="the disk is full: free"),
        ):
            store.heartbeats()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (before, most))


def test_nothing_is_stored_in_a_file_that_was_removed_or_replaced(sqlite_store, tmp_path):
    sqlite_store.record(a_poll(a_find("probe", "inquiries")))
    file = tmp_path / "monitor.db"
    file.rename(tmp_path / "moved.db")
    for replaced in (False, True):
        if replaced:
            file.touch()
        with pytest.raises(DatabaseError, match="was moved, removed or replaced while it is in use"):
            sqlite_store.record_heartbeat("poller", NOW)
    (tmp_path / "moved.db").rename(file)
    sqlite_store.record_heartbeat("poller", NOW)
    assert list(sqlite_store.heartbeats()) == ["poller"]


def test_a_damaged_file_is_reported(sqlite_store, tmp_path):
    sqlite_store.record(a_poll(*(a_find(f"n{n}", "inquiries") for n in range(200))))
    sqlite_store.close()
    file = tmp_path / "monitor.db"
    with file.open("r+b") as pages:
        pages.seek(4096 * 2)
        pages.write(os.urandom(4096 * 30))
    with pytest.raises(DatabaseError, match="damaged"):
        sqlite_store.hits()


def test_a_file_that_is_no_database_is_reported(tmp_path):
    (tmp_path / "monitor.db").write_text("this is not a database, but long enough to be looked at as one " * 20)
    for migrate in (True, False):
        with pytest.raises(DatabaseError, match="not an SQLite database"):
            open_store(f"sqlite:///{tmp_path}/monitor.db", migrate=migrate)


def test_a_folder_that_cannot_be_created_is_reported(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(DatabaseError, match="cannot be created or written"):
        open_store(f"sqlite:///{tmp_path}/file/monitor.db", migrate=True)


def test_a_read_only_database_is_reported(sqlite_store):
    sqlite_store.ping()
    with sqlite_store._engine.connect() as connection:
        connection.connection.dbapi_connection.execute("PRAGMA query_only=ON")
    with pytest.raises(DatabaseError, match="cannot be written"):
        sqlite_store.record(a_poll())


def test_an_unreachable_server_is_reported_without_the_password():
    store = Store("postgresql://monitor:s3cret@127.0.0.1:1/news")
    with pytest.raises(DatabaseError, match="cannot be reached") as caught:
        store.ping()
    assert "s3cret" not in str(caught.value) + store.url
    assert "\n" not in str(caught.value)
    store.close()


def test_a_database_that_the_server_does_not_have_is_reported(postgres_url):
    store = Store(postgres_url.replace("/fresh?", "/absent?"))
    with pytest.raises(DatabaseError, match=r"cannot be reached|no such database"):
        store.ping()
    store.close()


def test_a_connection_that_the_server_closed_is_opened_again(postgres_store):
    postgres_store.ping()
    with postgres_store._engine.connect() as connection:
        pid = connection.execute(sa.text("SELECT pg_backend_pid()")).scalar()
    with psycopg.connect(postgres_store._engine.url.render_as_string(False).replace("+psycopg", "")) as other:
        other.execute("SELECT pg_terminate_backend(%s)", (pid,))
    assert len(postgres_store.record(a_poll(a_find("probe", "inquiries")))) == 1


def test_a_server_that_stops_during_a_query_is_reported(postgres_store):
    url = postgres_store._engine.url.render_as_string(False).replace("+psycopg", "")

    def lose_the_server():
        with postgres_store._writing() as connection:
            pid = connection.execute(sa.text("SELECT pg_backend_pid()")).scalar()
            with psycopg.connect(url) as other:
                other.execute("SELECT pg_terminate_backend(%s)", (pid,))
            connection.execute(sa.text("SELECT 1"))

    with pytest.raises(DatabaseError, match=r"shutting down|cannot be reached"):
        lose_the_server()
    assert postgres_store.hits() == []


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://localhost/news", "mysql is not supported"),
        ("postgresql+asyncpg://localhost/news", "postgresql\\+asyncpg is not supported"),
        ("data/monitor.db", "not an address"),
        ("", "not an address"),
        ("postgresql://h:port/news", "not an address"),
    ],
)
def test_an_address_of_an_unsupported_database_is_refused(url, said):
    with pytest.raises(DatabaseError, match=said):
        Store(url)


@pytest.mark.parametrize(
    "url", ["postgres://u@h/d", "postgresql://u@h/d", "postgresql+psycopg://u@h/d?options=-csearch_path%3Dnews"]
)
def test_every_form_of_a_postgresql_address_uses_psycopg(url):
    store = Store(url)
    assert store.url.startswith("postgresql+psycopg://u@h/d")
    store.close()


def test_a_violated_constraint_is_not_turned_into_a_database_error(any_store):
    with pytest.raises(sa.exc.IntegrityError):
        any_store.record_alert([99], [], NOW)


def test_a_wrong_statement_is_not_turned_into_a_database_error(any_store):
    with pytest.raises(sa.exc.DBAPIError), any_store._reading() as connection:
        connection.execute(sa.text("SELEC 1"))


def test_a_pool_without_a_free_connection_is_reported():
    with pytest.raises(DatabaseError, match="every connection is in use"), translate_errors("x"):
        raise sa.exc.TimeoutError


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (psycopg.errors.DiskFull("could not extend file"), "server's disk is full"),
        (psycopg.errors.TooManyConnections("sorry"), "out of resources"),
        (psycopg.errors.InvalidPassword("no"), "refused the user"),
        (psycopg.errors.AdminShutdown("bye"), "shutting down"),
        (psycopg.errors.DeadlockDetected("met"), "transactions conflicted"),
        (psycopg.errors.InsufficientPrivilege("no"), "lacks a permission"),
        (psycopg.errors.LockNotAvailable("no"), "locked by another program"),
        (psycopg.OperationalError("connection refused\nIs it there?"), "cannot be reached \\(connection refused\\)"),
        (psycopg.OperationalError(""), "no reason given"),
        (psycopg.ProgrammingError('invalid connection option "nosuch"'), "its address is wrong"),
    ],
)
def test_every_refusal_of_a_server_is_one_line(error, said):
    line = explain(error)
    assert line is not None
    assert "\n" not in line
    with pytest.raises(DatabaseError, match=said):
        raise DatabaseError(line)


@pytest.mark.parametrize(
    "error",
    [psycopg.errors.UniqueViolation("twice"), psycopg.ProgrammingError("bug"), sqlite3.ProgrammingError("bug"), None],
)
def test_errors_that_are_bugs_are_raised_as_they_are(error):
    assert explain(error) is None
