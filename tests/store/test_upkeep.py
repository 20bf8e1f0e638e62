"""Retention, backup, checks, heartbeats and the lock."""

from __future__ import annotations

import resource
import subprocess
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from program import Program
from sample_polls import DAY, FEED, HOUR, NOW, a_find, a_message, a_poll, an_entry, known_entries

from monitor.core.errors import DatabaseError, UsageError
from monitor.core.model import ReportedCondition
from monitor.store import RetentionCutoffs, Store, _retention, open_store
from monitor.store._process_locks import lock_file

LATER = NOW + 400 * DAY
HOLDER = Path(__file__).with_name("lock_holder.py")


@contextmanager
def no_room(but=0):
    """Let this process write no more bytes into a file than these, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (but, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def aged(any_store):
    """An old hit and an old article, an old article that a young hit needs, and young ones."""
    any_store.record(a_poll(a_find("old hit", "inquiries"), a_find("old"), a_find("old, hit lately")))
    ids = {each.article.title: each.id for each in any_store.articles(NOW - DAY)}
    any_store.record(a_poll(a_find("young", "inquiries"), a_find("young, no hit"), at=LATER))
    match = a_find("x", "fines").matches[0]
    any_store.add_hits([(ids["Title of old, hit lately"], match)], LATER)
    any_store.record_alert([any_store.hits()[-1].id], [a_message("old")], NOW)
    any_store.enqueue(a_message("old, waiting"), NOW)
    for delivery, _ in any_store.claim_deliveries(NOW, 4):
        any_store.sent(delivery.id, NOW) if delivery.message_key == "old" else any_store.retry_later(
            delivery.id, LATER, "451"
        )
    return any_store


def prune(store, **options):
    before = RetentionCutoffs(articles=NOW + DAY, hits=NOW + DAY, polls=NOW + DAY)
    return store.prune(before=before, now=LATER, **options)


def test_a_hit_outlives_the_text_of_its_article(aged):
    (old,) = [hit for hit in aged.hits() if hit.title == "Title of old hit"]
    aged.label(old.id, NOW, relevant=True)
    before = RetentionCutoffs(articles=NOW + DAY, hits=NOW - DAY, polls=NOW - DAY)
    counted = aged.prune(before=before, now=LATER, dry_run=True)
    assert counted == aged.prune(before=before, now=LATER)
    assert (counted["texts of articles"], counted["articles"], counted["hits"], counted["labels"]) == (2, 1, 0, 0)
    assert aged.hit(old.id) == replace(old, text_removed_at=LATER)
    assert aged.labels([old.id]) == {old.id: True}
    assert [story.articles[0].title for story in aged.stories_of([old.story_id])] == ["Title of old hit"]
    stored = aged.article(old.article_id)
    assert (stored.article.title, stored.article.text, stored.days_until_removal) == ("Title of old hit", "", 400)
    assert old.title not in {each.article.title for each in aged.articles(NOW - DAY)}  # no rule is tried on it again
    assert aged.entry_versions(old.entry_id) is None
    assert known_entries(aged, FEED, [an_entry("old hit").key])[an_entry("old hit").key].article_id is None
    assert aged.partial_articles(LATER + DAY) == []
    assert not any(aged.prune(before=before, now=LATER).values())
    assert aged.check() == []


def test_retention_removes_old_hits_and_keeps_the_articles_of_young_ones(aged):
    removed = prune(aged)
    assert removed["polls"] == 1
    assert removed["hits"] == removed["claims"] == 1
    assert removed["articles"] == 2
    assert removed["texts of articles"] == 1
    assert removed["messages"] == 1
    assert removed["deliveries"] == 2
    assert removed["stories"] == 1
    left = [each.article.title.removeprefix("Title of ") for each in aged.articles(NOW - DAY)]
    assert sorted(left) == ["young", "young, no hit"]
    assert [hit.title.removeprefix("Title of ") for hit in aged.hits()] == ["old, hit lately", "young"]
    assert {delivery.message_key for delivery in aged.deliveries()} == {"old, waiting"}
    assert aged.check() == []


def test_a_notice_is_kept_while_a_condition_lasts_that_it_may_report(any_store):
    condition = ReportedCondition(key="disk", title="the disk is full", since=NOW, reported_at=NOW)
    notices = [replace(a_message(name), key=name, kind=name.split()[0]) for name in ("notice", "digest")]
    any_store.save_conditions([condition], notices, NOW)
    for delivery, _ in any_store.claim_deliveries(NOW, 4):
        any_store.sent(delivery.id, NOW)
    assert prune(any_store)["messages"] == 1
    assert {delivery.message_key for delivery in any_store.deliveries()} == {"notice"}
    any_store.save_conditions([], [], NOW)
    assert prune(any_store)["messages"] == 1


def test_an_entry_is_not_new_again_after_its_text_was_removed(aged):
    prune(aged)
    key = an_entry("old").key
    known = known_entries(aged, FEED, [key, "alias of old"])
    assert known[key].article_id is None
    assert known["alias of old"] == known[key]
    assert aged.record(a_poll(a_find("old", "inquiries"), at=LATER + HOUR)) == []


def test_a_dry_run_counts_the_same_and_removes_nothing(aged):
    before = (aged.hits(), list(aged.articles(NOW - DAY)), aged.deliveries(), aged.stories())
    counted = prune(aged, dry_run=True)
    assert (aged.hits(), list(aged.articles(NOW - DAY)), aged.deliveries(), aged.stories()) == before
    assert prune(aged) == counted
    assert not any(prune(aged).values())


def test_retention_of_an_empty_database_removes_nothing(any_store):
    assert not any(prune(any_store).values())


def test_a_backup_is_a_whole_database(sqlite_store, tmp_path):
    sqlite_store.record(a_poll(a_find("probe", "inquiries")))
    sqlite_store.backup(tmp_path / "copies" / "monitor's.db")
    copy = open_store(f"sqlite:///{tmp_path}/copies/monitor's.db", migrate=False)
    assert copy.hits() == sqlite_store.hits()
    assert copy.check() == []
    copy.close()
    assert [file.name for file in (tmp_path / "copies").glob("*.part")] == []


def test_a_backup_overwrites_nothing(sqlite_store, tmp_path):
    (tmp_path / "precious").write_text("mine")
    with pytest.raises(UsageError, match="exists already"):
        sqlite_store.backup(tmp_path / "precious")
    assert (tmp_path / "precious").read_text() == "mine"


def test_a_backup_that_cannot_be_written_says_so(sqlite_store, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(DatabaseError, match="cannot be written"):
        sqlite_store.backup(tmp_path / "file" / "copy.db")


def test_a_backup_without_enough_disk_space_leaves_nothing_behind(sqlite_store, tmp_path):
    with no_room(but=50_000), pytest.raises(DatabaseError):
        sqlite_store.backup(tmp_path / "copies" / "copy.db")
    assert list((tmp_path / "copies").iterdir()) == []


def test_a_lock_that_cannot_be_created_for_lack_of_space_is_reported(tmp_path):
    with no_room(), pytest.raises(DatabaseError, match="cannot be written"), lock_file(tmp_path / "monitor.db"):
        pass
    with lock_file(tmp_path / "monitor.db"):  # and is not held
        pass


def test_heartbeats_are_the_latest_of_each_part(any_store):
    assert any_store.heartbeats() == {}
    any_store.record_heartbeat("poller", NOW)
    any_store.record_heartbeat("sender", NOW)
    any_store.record_heartbeat("poller", NOW + HOUR)
    assert any_store.heartbeats() == {"poller": NOW + HOUR, "sender": NOW}


def test_a_database_that_answers_says_nothing(any_store):
    any_store.ping()


def test_only_one_daemon_holds_a_database(any_store):
    with any_store.lock(), pytest.raises(DatabaseError, match="another monitor is running"), any_store.lock():
        pass
    with any_store.lock():
        any_store.ping()


def test_the_lock_goes_with_the_process_that_held_it(sqlite_store, tmp_path):
    holder = Program([sqlite_store._address], folder=tmp_path, script=HOLDER, stdout=subprocess.PIPE)
    try:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(DatabaseError, match=f"process {holder.pid}"), sqlite_store.lock():
            pass
    finally:
        holder.kill()
        holder.communicate()
    with sqlite_store.lock():
        pass


def test_a_lock_that_cannot_be_written_says_so(tmp_path):
    with pytest.raises(DatabaseError, match="lock"), Store(f"sqlite:///{tmp_path}/none/monitor.db").lock():
        pass


def test_a_database_in_memory_needs_no_lock():
    store = open_store("sqlite://", migrate=True)
    with store.lock(), store.lock():
        store.record(a_poll(a_find("probe", "inquiries")))
    assert len(store.hits()) == 1
    store.close()


def test_others_write_while_retention_removes_many_rows(sqlite_store, monkeypatch):
    monkeypatch.setattr(_retention, "_KEYS_AT_ONCE", 12)
    monkeypatch.setattr(_retention, "_PAUSE_SECONDS", 0)
    monkeypatch.setattr(_retention, "_FIRST_BATCH_ROWS", 7)
    monkeypatch.setattr(_retention, "_MAX_BATCH_ROWS", 7)
    sqlite_store.record(a_poll(*(a_find(f"news {number}", "inquiries") for number in range(30))))
    transactions = []

    def with_another_writer(remove):
        removed = remove()
        transactions.append(removed["articles"])
        sqlite_store.record_heartbeat(f"beat {len(transactions)}", NOW)
        return removed

    removed = prune(sqlite_store, run=with_another_writer)
    assert removed["articles"] == removed["hits"] == sum(transactions) == 30
    assert max(transactions) == 7
    assert len(sqlite_store.heartbeats()) == len(transactions)
    assert sqlite_store.check() == []


def test_a_row_that_is_needed_again_since_retention_chose_it_stays(sqlite_store):
    sqlite_store.record(a_poll(a_find("old")))
    (article,) = sqlite_store.articles(NOW - DAY)
    match = a_find("x", "fines").matches[0]

    def after_a_backfill(remove):
        sqlite_store.add_hits([(article.id, match)], LATER)
        return remove()

    assert prune(sqlite_store, run=after_a_backfill)["articles"] == 0
    assert [hit.article_id for hit in sqlite_store.hits()] == [article.id]
