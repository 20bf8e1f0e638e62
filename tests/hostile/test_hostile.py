"""Every hostile case in one run, three rounds of it, with ten healthy feeds beside."""

import asyncio
from collections import defaultdict
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from migrated_file import write_migrated

from monitor.core.model import Failed, Health
from monitor.store import Store
from tests.hostile.cases import CASES, healthy
from tests.hostile.hostile_run import ROUNDS, run
from tests.hostile.source_cases import SOURCE_CASES
from tests.poll.polled_feeds import START

WELL = (Health.OK, Health.SILENT, Health.FROZEN)


@pytest.fixture(scope="module")
def hostile_run(tmp_path_factory):
    store = Store(write_migrated(tmp_path_factory.mktemp("hostile") / "monitor.db"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        patch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
        with closing(store):
            yield asyncio.run(run(store))


@pytest.fixture(scope="module")
def stored(hostile_run):
    """The stored articles of each feed, read once for all cases."""
    articles = defaultdict(list)
    for each in hostile_run.store.articles(since=START - timedelta(days=1)):
        articles[each.feed_id].append(each)
    return articles


@pytest.mark.parametrize("case", [*CASES, *SOURCE_CASES], ids=lambda case: case.id)
def test_each_case_is_recorded_with_its_reason_and_loses_nothing(hostile_run, stored, case):
    state = hostile_run.store.state(case.id)
    assert state.reason.startswith(case.reason) if case.reason else state.reason == ""
    notes = [note for poll in hostile_run.polls[case.id] for note in poll.notes]
    assert not case.note or any(note.startswith(case.note) for note in notes), notes
    articles = stored[case.id]
    if case.entries is not None:
        assert len(articles) == case.entries
    if case.partial:
        assert all(each.article.partial_reason.startswith(case.partial) for each in articles)
        assert articles
    failures = [poll.outcome.reason for poll in hostile_run.polls[case.id] if isinstance(poll.outcome, Failed)]
    assert not any(reason.startswith("internal error") for reason in failures)
    assert state.next_poll_at is not None


@pytest.mark.parametrize("number", range(10))
def test_a_healthy_feed_beside_them_is_polled_each_time_and_whole(hostile_run, stored, number):
    case = healthy(number)
    assert len(hostile_run.polls[case.id]) == ROUNDS
    assert hostile_run.store.state(case.id).health is Health.OK
    articles = stored[case.id]
    assert len(articles) == case.entries
    assert not any(each.article.partial for each in articles)


def test_no_healthy_feed_waits_for_a_slow_one(hostile_run):
    """All ten are done before the first feed that drips: its deadline passes when all others are done."""
    first_round = hostile_run.order[: len(hostile_run.cases)]
    slow = min(first_round.index(case.id) for case in CASES if case.row == "N1")
    assert all(first_round.index(healthy(number).id) < slow for number in range(10))


def test_no_connection_is_opened_to_a_refused_address(hostile_run):
    assert hostile_run.sites["n9-mapped"].connections == 0
    assert hostile_run.sites["n8-rebinding"].connections == 0


def test_a_flood_is_kept_out_of_alerts(hostile_run):
    again = hostile_run.polls["p9-redesign"][1]
    assert len(again.found) == 200
    assert all(found.backfilled for found in again.found)


def test_a_move_is_followed_after_three_equal_answers(hostile_run):
    state = hostile_run.store.state("n15-moved")
    assert state.url == hostile_run.sites["n15-moved"].url("/new")


def test_a_cut_answer_leaves_no_validators_behind_so_that_the_rest_is_fetched(hostile_run):
    asked = hostile_run.sites["n4-cut-xml"].requests
    assert "if-none-match" not in asked[1].headers
    assert hostile_run.polls["n4-cut-xml"][0].state.body_hash is None


def test_a_publisher_that_asks_for_88_hours_is_polled_again_after_a_day(hostile_run):
    state = hostile_run.store.state("n14-too-many-requests")
    assert state.interval_reason == "retry-after"
    assert state.next_poll_at - state.last_poll_at == timedelta(hours=24)


def test_a_publisher_that_names_the_hour_is_polled_then(hostile_run):
    state = hostile_run.polls["n14-unavailable-until"][0].state
    assert state.interval_reason == "retry-after"
    assert state.next_poll_at == datetime(2026, 11, 25, tzinfo=UTC)


def test_one_that_is_gone_is_muted_and_one_that_is_not_found_is_tried_again(hostile_run):
    gone, missing = hostile_run.store.state("n15-gone"), hostile_run.store.state("n15-not-found")
    assert (gone.health, gone.interval_reason) == (Health.GONE, "muted: the publisher says it is gone")
    assert gone.next_poll_at - gone.last_poll_at == timedelta(days=7)
    assert (missing.health, missing.failures, missing.interval_reason) == (
        Health.FAILING,
        1.5,
        "back-off: 1.5 failures",
    )


def test_a_page_that_waiting_may_fix_is_tried_again_and_another_is_not(hostile_run):
    waiting = {"n1-slow-page", "n6-page-that-redirects-for-ever", "n16-empty-page"}
    settled = {"n2-gzip-bomb-of-a-page", "n16-page-to-log-in-at", "n16-forbidden-page", "n16-film"}
    tried_again = {partial.feed_id for partial in hostile_run.store.partial_articles(START + timedelta(days=365), 1000)}
    assert tried_again >= waiting
    assert not tried_again & settled


def test_dates_that_cannot_be_are_kept_as_they_were_written_only(stored):
    assert all(each.article.published_at is None for each in stored["p7-absurd-dates"])


def test_a_page_that_hangs_the_extraction_gives_its_words_nevertheless(stored):
    (stored_article,) = stored["p5-hanging-page"]
    assert len(stored_article.article.text) > 1000
    (deep,) = stored["p4-deep-page"]
    assert "committee" in deep.article.text


def test_nothing_harmful_is_left_in_what_is_stored(hostile_run):
    for each in hostile_run.store.articles(since=START - timedelta(days=1)):
        text = each.article.title + each.article.text
        assert "\x00" not in text
        assert "root:" not in text
        assert "\n" not in each.article.title
        assert each.article.url == "" or each.article.url.startswith(("http://", "https://"))
        text.encode()
