from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.core import articles, polls
from monitor.core.feeds import identity
from monitor.core.feeds.failures import failed
from monitor.core.model import (
    Article,
    Changed,
    Entry,
    Feed,
    FeedState,
    FoundArticle,
    Health,
    ItemFields,
    KnownEntry,
    Response,
    Unchanged,
)
from monitor.core.polls import schedule
from monitor.core.polls.rhythm import Rhythm

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
FEED = Feed(id="x", url="http://a.example/feed")
FIRST = FeedState(feed_id="x")
LATER = FeedState(feed_id="x", last_success_at=NOW - timedelta(hours=1), last_entry_at=NOW - DAY)


def entry(number: int, age: timedelta | None = timedelta(hours=1), **more: str) -> Entry:
    usual = {
        "guid": str(number),
        "link": f"https://a.example/{number}",
        "title": f"The long title of entry {number}",
        "summary": "s",
    }
    return identity.with_keys(Entry(key="", published_at=None if age is None else NOW - age, **{**usual, **more}))


def known(*entries: Entry, **more) -> dict[str, KnownEntry]:
    found = {}
    for number, each in enumerate(entries, 1):
        usual = {
            "key": each.key,
            "content_hash": each.content_hash,
            "partial": False,
            "versions": 1,
            "article_id": number,
            "first_seen_at": NOW - DAY,
        }
        value = KnownEntry(entry_id=number, **{**usual, **more})
        found.update(dict.fromkeys((each.key, *each.aliases), value))
    return found


def by_text(entries: list[Entry]) -> dict[tuple[str, str], KnownEntry]:
    return {(each.title, each.summary): known(each)[each.key] for each in entries}


def article_without_page(planned: polls.PlannedEntry) -> Article:
    return polls.article_without_page(planned, articles.from_feed(planned.entry, planned.no_page_reason))


def plan(
    entries: list[Entry],
    stored: dict[str, KnownEntry] | None = None,
    state: FeedState = LATER,
    feed: Feed = FEED,
    titles: tuple[str, ...] = (),
    texts: Mapping[tuple[str, str], KnownEntry] | None = None,
    oldest_at: datetime | None = None,
    **more,
) -> polls.Plan:
    history = polls.FeedHistory(
        known=stored or {}, known_titles=frozenset(titles), known_texts=texts or {}, oldest_at=oldest_at
    )
    return polls.plan(feed, state, Changed(entries=tuple(entries), **more), history, NOW)


# ---------------------------------------------------------------- new, known, edited


def test_a_new_entry_is_planned_with_its_page_and_a_known_one_is_counted():
    made = plan([entry(1), entry(2)], known(entry(2)))
    assert made.entries == (polls.PlannedEntry(entry=entry(1), fetch_page=True),)
    assert made.seen == 1
    assert (made.new, made.possible_gap, made.notes) == (1, False, ())


@pytest.mark.parametrize(("noted", "again"), [(None, True), (NOW - DAY, True), (NOW - DAY + SECOND, False)])
def test_the_last_seen_time_of_an_entry_is_updated_once_a_day_by_its_stored_key(noted, again):
    moved = entry(1, guid="another")
    assert plan([moved], known(entry(1), last_seen_at=noted)).renewed == ((entry(1).key,) if again else ())


def test_an_edited_entry_is_a_new_version_of_the_stored_one():
    edited = entry(1, title="The long title of entry 1, corrected")
    made = plan([edited, entry(2)], known(entry(1), entry(2)))
    assert made.entries == (polls.PlannedEntry(entry=edited, fetch_page=True, updated=True, entry_id=1),)
    assert made.seen == 2
    assert made.notes == ("updated: 1 entry",)
    assert made.new == 0
    assert plan([edited, entry(3)], known(entry(1))).notes == ("updated: 1 entry",)


def test_edits_beyond_the_most_versions_are_left_out_and_noted():
    edited, stored = entry(1, title="The long title of entry 1, corrected"), known(entry(1), versions=24)
    made = plan([edited, entry(2)], stored | known(entry(2)))
    assert made.entries == ()
    assert made.notes == ("unread: 1 entry that changed again after 24 versions",)
    assert plan([entry(1)], stored).notes == ()


def test_an_entry_is_not_edited_once_its_article_is_gone():
    edited = entry(1, title="The long title of entry 1, corrected")
    assert plan([edited], known(entry(1), article_id=None)).entries == ()


def test_an_entry_with_a_reused_guid_gets_a_distinct_key():
    reused = entry(1, link="https://a.example/99", title="Quite another title, of another entry")
    (planned,) = plan([reused], known(entry(1))).entries
    assert planned.entry.key not in known(entry(1))
    assert not planned.updated


# ---------------------------------------------------------------- gaps and floods


def test_no_overlap_with_the_last_poll_is_a_possible_gap():
    made = plan([entry(1), entry(2)])
    assert made.possible_gap
    assert made.notes == ("possible gap: no entry of the last poll was in this one",)


def test_a_first_poll_has_no_gap():
    assert not plan([entry(1)], state=FIRST).possible_gap
    assert not plan([]).possible_gap


AGES = (timedelta(hours=1), 6 * DAY, 40 * DAY, None)


def test_whatever_a_first_poll_finds_is_back_filled():
    made = plan([entry(number, age) for number, age in enumerate(AGES)], state=FIRST)
    assert all(each.backfilled for each in made.entries)


def test_later_no_date_keeps_an_entry_from_being_news():
    made = plan([*(entry(number, age) for number, age in enumerate(AGES)), entry(9)], known(entry(9)))
    assert not any(each.backfilled for each in made.entries)


def test_after_a_redesign_what_the_feed_has_shown_before_is_back_filled():
    """Two hundred entries come back with new guids, links, texts and dates; two have titles that are new."""
    flood = [entry(number, age=None) for number in range(200)] + [entry(200, 40 * DAY), entry(201, None)]
    made = plan(flood, titles=tuple(each.title for each in flood[:200]))
    assert [each.entry.guid for each in made.entries if not each.backfilled] == ["200", "201"]
    assert "flood: 202 new entries and none known, 200 of them back-filled" in made.notes


@pytest.mark.parametrize("link", ["", "https://a.example/"])
def test_entries_without_an_address_that_only_have_another_date_are_known(link):
    redated = [entry(number, guid="", link=link) for number in range(3)]
    texts = by_text(redated)
    made = plan([*redated, entry(9, guid="", link=link)], titles=tuple(title for title, _ in texts), texts=texts)
    assert [each.entry.title for each in made.entries] == ["The long title of entry 9"]
    assert not made.entries[0].backfilled
    assert (made.seen, made.unchanged, made.new, made.possible_gap) == (3, 3, 1, False)


@pytest.mark.parametrize("changed", [{"guid": "9"}, {"link": "https://a.example/9"}, {"summary": "another"}])
def test_an_entry_with_an_address_or_another_summary_is_not_taken_for_a_known_one(changed):
    shown = [entry(number, guid="", link="") for number in range(3)]
    texts = by_text(shown)
    made = plan(
        [*shown[:2], entry(2, **{"guid": "", "link": "", **changed})],
        titles=tuple(title for title, _ in texts),
        texts=texts,
    )
    assert [(each.entry.title, each.backfilled) for each in made.entries] == [(shown[2].title, True)]


def test_a_series_under_one_title_beside_known_entries_is_news():
    old = entry(1, 2 * DAY, guid="", link="", published_raw="Sunday")
    new = entry(1, DAY, guid="", link="", published_raw="Monday")
    assert plan([old, new], known(old), titles=(new.title,), texts=by_text([new])).new == 1


def test_titles_that_many_entries_share_do_not_make_a_flood_of_them_old():
    flood = [entry(number, title="Press release") for number in range(30)]
    assert not any(each.backfilled for each in plan(flood, titles=("Press release",)).entries)


def test_a_site_that_lists_its_whole_past_is_back_filled_as_far_as_it_is_older_than_all_that_was_polled():
    flood = [entry(number, age=number * DAY) for number in range(30)]
    made = plan(flood, oldest_at=NOW - 10 * DAY)
    assert [each.backfilled for each in made.entries] == [False] * 11 + [True] * 19


def test_a_gazette_whose_issues_replace_each_other_is_news_whatever_its_dates():
    issue = [entry(number, age=(30 + number) * DAY) for number in range(60)]
    made = plan(issue, oldest_at=NOW - 100 * DAY)
    assert not any(each.backfilled for each in made.entries)


def test_the_pages_of_the_newest_fifty_are_fetched_and_the_others_are_matched_on_the_feed():
    made = plan([entry(number, timedelta(days=number)) for number in range(60)], state=FIRST)
    assert [each.fetch_page for each in made.entries] == [True] * 50 + [False] * 10
    assert {each.no_page_reason for each in made.entries[50:]} == {"beyond the newest 50"}
    article = article_without_page(made.entries[-1])
    assert (article.partial, article.partial_reason) == (True, "beyond the newest 50")


@pytest.mark.parametrize(
    ("known_too", "age", "later"),
    [(True, DAY, True), (True, 30 * DAY, True), (False, timedelta(minutes=30), True), (False, 30 * DAY, False)],
    ids=["many at once", "many old ones", "after an outage", "a redesign"],
)
def test_pages_beyond_the_newest_fifty_wait_unless_they_are_a_flood_of_old_ones(known_too, age, later):
    stored = known(entry(99)) if known_too else {}
    entries = [*(entry(number, age) for number in range(60)), *([entry(99)] if known_too else [])]
    made = plan(entries, stored, oldest_at=NOW - 10 * DAY)
    beyond = [each for each in made.entries if not each.fetch_page]
    assert len(beyond) == 10
    assert {each.fetch_later for each in beyond} == {later}
    why = "left for later: more than 50 pages at once" if later else "beyond the newest 50"
    assert {article_without_page(each).partial_reason for each in beyond} == {why}


def test_the_newest_entries_are_chosen_in_any_order_and_undated_ones_count_as_new():
    entries = [entry(number, timedelta(days=60 - number)) for number in range(60)] + [entry(60, None)]
    made = plan(entries, state=FIRST)
    assert [each.fetch_page for each in made.entries] == [False] * 11 + [True] * 50


# ---------------------------------------------------------------- pages or not


def test_an_entry_without_a_link_has_no_page():
    (planned,) = plan([entry(1, link="")], state=FIRST).entries
    assert (planned.fetch_page, planned.no_page_reason) == (False, "no link")


@pytest.mark.parametrize(
    ("fulltext", "summary", "page"),
    [("auto", "s", True), ("auto", "s" * 4000, False), ("always", "s" * 4000, True), ("never", "s", False)],
)
def test_a_page_is_fetched_where_the_feed_does_not_carry_the_whole_text(fulltext, summary, page):
    (planned,) = plan([entry(1, summary=summary)], feed=replace(FEED, fulltext=fulltext)).entries
    assert planned.fetch_page is page
    if not page:
        assert not article_without_page(planned).partial


def test_in_a_redesign_earlier_titles_are_back_filled_however_few_they_are():
    state = replace(LATER, fingerprint="html/body/ul/li")
    shown, new = entry(1, link="https://a.example/new/1"), entry(2, link="https://a.example/new/2")
    made = plan([shown, new], state=state, titles=(shown.title,), fingerprint="html/body/main/article")
    assert [each.backfilled for each in made.entries] == [True, False]
    assert "layout changed: the items are found in another place, and hardly one of them was known" in made.notes


def test_faults_of_a_feed_are_noted():
    made = plan([entry(1)], known(entry(1)), malformed="cut short: the document has no end", truncated=200)
    assert made.notes == ("malformed: cut short: the document has no end", "truncated: 200 older entries left out")


# ---------------------------------------------------------------- the poll


def conclude(outcome, state: FeedState = LATER, **more):
    return polls.conclude(
        FEED, state, outcome, started_at=NOW, finished_at=NOW + timedelta(seconds=2), jitter=0.0, **more
    )


def test_a_poll_notes_how_many_articles_were_truncated():
    whole = article_without_page(polls.PlannedEntry(entry=entry(1)))
    found = tuple(
        FoundArticle(entry=entry(number), article=replace(whole, truncated=number > 1)) for number in range(4)
    )
    assert conclude(Changed(entries=()), found=found).notes == ("cut: 2 articles after 200,000 characters",)
    assert conclude(Changed(entries=()), found=found[:2]).notes == ()


def test_the_layout_of_a_source_that_was_never_read_with_its_present_settings_has_not_changed():
    missing = failed("layout changed", "selector finds nothing: `h3`")
    first = conclude(missing, FeedState(feed_id="x"))
    assert first.state.health is Health.FAILING
    assert first.state.reason == "no entries: selector finds nothing: `h3`; these settings have never found anything"
    assert conclude(missing).state.health is Health.LAYOUT_CHANGED

    selected = replace(FEED, kind="page", fields=ItemFields(items="h3"))
    for fingerprint, health in [
        ("h3 = ul/li", Health.LAYOUT_CHANGED),
        ("/li" * 100, Health.LAYOUT_CHANGED),
        ("h2 = ul/li", Health.FAILING),
        ("ul/li", Health.FAILING),
        (None, Health.FAILING),
    ]:
        state = replace(LATER, fingerprint=fingerprint)
        after = polls.conclude(selected, state, missing, started_at=NOW, finished_at=NOW, jitter=0.0).state
        assert after.health is health


def test_a_selector_of_a_field_that_has_never_found_anything_says_so_until_it_does():
    problem = "selector finds nothing: `time` (date) in any of 9 items"
    timed = replace(FEED, kind="page", fields=ItemFields(items="li", date="time"))
    never = f"never found: {problem}; correct it in feeds.yaml"

    def after(*outcomes, state, feed=timed):
        for outcome in outcomes:
            state = polls.conclude(feed, state, outcome, started_at=NOW, finished_at=NOW, jitter=0.0).state
        return state

    items = tuple(map(entry, range(9)))
    few, empty = (Changed(entries=each, layout_problem=problem) for each in (items[:1], items))
    complete, broken = Changed(entries=items), failed("timeout")
    state = FeedState(feed_id="x")
    for outcomes in ((empty,), (empty,), (Unchanged(),), (broken, empty), (Changed(entries=items[:1]), broken, few)):
        state = after(*outcomes, state=state)
        assert state.reason == never
    state = after(complete, state=state)
    assert (state.health, state.reason) == (Health.OK, "")
    assert after(broken, empty, state=state).reason == f"layout changed: {problem}"
    assert after(empty, broken, empty, state=state).reason == f"layout changed: {problem}"

    edited = replace(timed, fields=ItemFields(items="li", date="time.new"))
    assert after(empty, broken, empty, state=state, feed=edited).reason == never
    elsewhere = schedule.state_for_poll(
        replace(timed, url="http://b.example/"), replace(state, configured_url="a"), NOW
    )
    assert after(empty, state=elsewhere).reason == never
    assert after(empty, state=replace(state, fields_found=None)).reason == f"layout changed: {problem}"


def test_after_a_failure_a_source_with_selectors_is_parsed_anew_since_the_reason_of_its_layout_is_gone():
    state = replace(LATER, etag='"1"', body_hash="h", failures=1.0, last_full_fetch_at=NOW)
    asked = schedule.state_for_poll(replace(FEED, fields=ItemFields(date="time")), state, NOW)
    assert (asked.etag, asked.body_hash) == (None, None)
    assert schedule.state_for_poll(FEED, state, NOW).etag == '"1"'


def test_a_poll_has_its_articles_state_and_notes():
    made = plan([entry(1, 2 * DAY), entry(2)], known(entry(2)))
    found = (FoundArticle(entry=entry(1), article=article_without_page(made.entries[0])),)
    response = Response(url="http://a.example/feed", status=200, body=b"<rss/>")
    outcome = Changed(entries=(entry(1), entry(2)), etag='"1"', body_hash="h", response=response)
    poll = conclude(outcome, plan=made, found=found, rhythm=Rhythm(silence=9 * DAY))
    assert (poll.feed_id, poll.started_at, poll.finished_at) == ("x", NOW, NOW + timedelta(seconds=2))
    assert (poll.found, poll.seen, poll.possible_gap) == (found, 1, False)
    assert poll.state.etag == '"1"'
    assert poll.state.expected_silence == 9 * DAY
    assert poll.state.last_entry_at == poll.finished_at
    assert poll.outcome.response == replace(response, body=b"")


@pytest.mark.parametrize("outcome", [Unchanged(), failed("timeout")])
def test_a_poll_without_entries_finds_nothing(outcome):
    poll = conclude(outcome)
    assert (poll.found, poll.seen, poll.notes, poll.possible_gap) == ((), 0, (), False)
    assert poll.outcome == outcome


def test_a_feed_is_frozen_by_its_newest_date():
    outcome = Changed(entries=(entry(1, 500 * DAY), entry(2, 400 * DAY), entry(3, None)))
    assert conclude(outcome).state.health is Health.FROZEN


def test_a_permanent_redirect_is_noted():
    there = "https://b.example/feed"
    state = replace(LATER, moved_to=there, moved_count=2)
    response = Response(url=there, status=200, redirects=((301, there),))
    assert conclude(Changed(entries=(entry(1),), response=response), state).notes == (f"moved: {there}",)
    back = replace(LATER, url=there, failures=2.5)
    assert conclude(failed("timeout"), back).notes == ("moved back: the configured address is used again",)
