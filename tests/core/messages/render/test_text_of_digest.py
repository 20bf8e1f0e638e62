"""A digest on a terminal."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sample_news import CONFIG, COVERED_WELL, HITS, NOW, a_digest

from monitor.core.digests import RuleChange, Window
from monitor.core.digests.limits import limit_stories
from monitor.core.messages.render import html, json, slack, subject, text
from monitor.core.model import Coverage, Health


def test_the_subject_has_the_counts_and_the_day_in_the_digests_time_zone():
    assert subject(a_digest()) == "AI governance, daily brief: 7 stories, 1 urgent, 1 update (Tue 24 Nov 2026)"
    late = a_digest(window=Window(since=NOW, until=NOW, slot=NOW.replace(hour=23, minute=30)), hits=HITS[-1:])
    assert subject(late) == "AI governance, daily brief: 1 from the archive (Wed 25 Nov 2026)"
    assert subject(a_digest(hits=HITS[:4])) == "AI governance, daily brief: 2 stories, 1 urgent (Tue 24 Nov 2026)"
    assert subject(a_digest(hits=[])) == "AI governance, daily brief: 0 stories (Tue 24 Nov 2026)"


def test_an_alert_is_called_after_its_first_story():
    assert subject(a_digest(kind="alert", hits=HITS[3:5])) == "Alert: First fine under the AI Act goes to a recruiter"
    assert subject(a_digest(kind="alert", hits=HITS[3:6])).endswith(" (and 1 more)")
    assert subject(a_digest(kind="alert", hits=[])) == "Alert: nothing"


def test_a_digest_can_be_read_in_78_columns():
    lines = text(a_digest()).splitlines()
    assert max(len(line) for line in lines if "https://" not in line) <= 78
    assert lines[0] == "AI governance, daily brief, Tue 24 Nov 2026"


def test_a_story_says_where_it_is_from_why_and_where_else():
    told = text(a_digest())
    assert (
        """\
* Consultation opens on the code of practice for general-purpose AI
  Union AI Office · official source · English · 24 Nov, 06:29
    "Providers of *general-purpose AI* models have until 2 February to comment
    on the draft *code of practice*."
  why: General-purpose AI under the AI Act: general-purpose AI, code of
       practice, IA à usage général
  also in 5 outlets: Continental Wire, Harbour Post, Le Courrier du Numérique,
  The Meridian and 1 more
  https://union-office.example/2026/11/1
"""
        in told
    )


def test_a_digest_with_nothing_failing_says_so_in_one_line():
    told = text(a_digest(coverage=COVERED_WELL))
    assert "All 10 feeds heard, none failing, none silent beyond its norm, no gaps." in told
    assert "Not covered" not in told


def test_a_digest_says_what_was_not_covered_with_the_reason():
    told = " ".join(text(a_digest()).split())
    assert (
        "10 of 10 feeds heard. 279 articles read, 3 of them only in part. 1 failing; 1 silent beyond the norm;" in told
    )
    assert "1 failing: Harbour Post (http 503: Service Unavailable, last heard 23 Nov, 21:00)" in told
    assert "1 silent beyond the norm: Commons Watch (nothing new since Thu 5 Nov 2026)" in told
    assert "1 with a possible gap: The Chip Ledger" in told


def test_many_failing_feeds_are_named_to_a_bound_and_counted_beyond():
    from sample_news import FEEDS, covered

    one = covered(next(iter(FEEDS)), Health.FAILING, failed=48, last_success_at=None, reason="")
    told = " ".join(text(a_digest(coverage=Coverage(since=NOW, until=NOW, feeds=(one,) * 30))).split())
    assert "0 of 30 feeds heard." in told
    assert "30 failing: Union AI Office (no reason given, never heard); " in told
    assert "; and 18 more" in told


def test_silent_and_unheard_feeds_are_named_without_a_date_where_there_is_none():
    from sample_news import covered

    feeds = (covered("harbour", Health.SILENT, last_entry_at=None), covered("meridian", Health.NEW, polls=0))
    told = text(a_digest(coverage=Coverage(since=NOW, until=NOW, feeds=feeds)))
    assert "1 silent beyond the norm: Harbour Post\n" in told
    assert "1 not looked at yet: The Meridian\n" in told


def test_feeds_that_are_not_due_again_yet_are_counted_and_no_alarm():
    from sample_news import covered

    looked, due = NOW - timedelta(minutes=9), NOW + timedelta(minutes=9)
    waiting = covered("harbour", polls=0, last_poll_at=looked, last_success_at=looked, next_poll_at=due)
    digest = a_digest(coverage=Coverage(since=NOW, until=NOW, feeds=(covered("gazette"), waiting)))
    said = " ".join(text(digest).split())
    assert "1 of 2 feeds heard in this time, 1 heard before it and not due again yet, none failing, none silent" in said
    assert "Not covered" not in said
    assert "Not covered" not in html(digest)
    assert [note["feed_id"] for note in json(digest)["coverage"]["not_due"]] == ["harbour"]
    unheard = covered("meridian", Health.NEW, polls=0)
    digest = a_digest(coverage=Coverage(since=NOW, until=NOW, feeds=(unheard, waiting)))
    said = " ".join(text(digest).split())
    assert "0 of 2 feeds heard in this time, 1 heard before it and not due again yet. 62 articles read." in said
    assert "1 not looked at yet: The Meridian" in said


def test_without_feeds_the_digest_says_that_none_are_configured():
    assert "No feeds are configured." in text(a_digest(coverage=Coverage(since=NOW, until=NOW, feeds=())))


def test_what_is_left_out_is_counted_and_says_where_it_is():
    told = " ".join(text(limit_stories(a_digest(), 3)).split())
    assert "and 2 more stories: monitor hits --since 2026-11-23 --topic ai-act" in told
    assert "and 1 more story: monitor hits --since 2026-11-23 --topic frontier" in told
    assert "Updates to earlier stories" in told
    assert "and 1 more, among all that `monitor hits --since 2026-11-23` lists" in told
    assert "and 1 more: monitor hits --since 2026-11-23 --backfilled" in told


def test_urgent_stories_are_counted_in_every_format_whether_they_are_shown_or_not():
    digest = limit_stories(a_digest(hits=[replace(each, priority="urgent") for each in HITS]), 1)
    counts = "7 stories, 7 urgent, 1 update, 1 urgent"
    assert counts in subject(digest)
    for told in (text(digest), html(digest), slack(digest)[0]["fallback"]):
        said = " ".join(told.split())
        assert f"{counts}, 1 from the archive, found from" in said
        assert "and 3 more stories, 3 of them urgent: monitor hits --since 2026-11-23 --topic ai-act" in said
    assert json(digest)["urgent_stories"] == 7
    assert json(digest)["sections"][0]["urgent_left_out"] == 3


def test_an_urgent_update_is_called_urgent_where_there_are_no_other_stories():
    update = replace(HITS[11], priority="urgent")
    assert subject(a_digest(hits=[update])).startswith("AI governance, daily brief: 1 update, 1 urgent (")


def test_an_urgent_update_below_the_first_story_is_named_at_the_top():
    update = replace(HITS[11], priority="urgent")
    said = "Urgent below: Court reserves text and data mining for licence holders (Training data and copyright)"
    assert said in " ".join(text(a_digest(hits=[HITS[5], update])).split())
    assert "Urgent below" not in text(a_digest(hits=[update]))


def test_an_urgent_story_in_passing_is_marked_as_such():
    digest = a_digest(hits=[replace(HITS[9], priority="urgent")])
    assert "  - URGENT: Harbour city budgets for a municipal chatbot (" in text(digest)
    assert ">URGENT</span>" in html(digest)
    assert ":rotating_light: <https://harbour" in slack(digest)[0]["fallback"]


def test_quiet_topics_are_one_line():
    assert "Nothing new on Frontier models and safety, Chips and export controls, Training" in text(
        a_digest(hits=HITS[:4])
    )


def test_a_story_is_marked_with_what_a_reader_must_know():
    told = " ".join(text(a_digest()).split())
    assert "[update to Friday's story]" in told
    assert "[already alerted 23 Nov, 22:00]" in told
    assert "[partial text: only what the feed carries, or the beginning, could be read and matched]" in told
    assert "undated, found 23 Nov, 23:53" in told


def test_an_older_story_is_named_by_its_date_and_a_changed_article_as_changed():
    changed = [replace(each, updated=True) for each in HITS[11:12]]
    told = text(a_digest(hits=changed, notified_at={107: NOW - timedelta(days=21)}))
    assert "[update to 3 November's story; changed by its publisher]" in told


def test_another_year_is_named():
    old = [replace(HITS[0], published_at=NOW - timedelta(days=365))]
    assert "24 Nov 2025, 08:00" in text(a_digest(hits=old, stories=[]))


def test_dates_at_the_edge_of_the_calendar_are_shown_as_they_are():
    from datetime import UTC, datetime

    edge = [replace(HITS[0], published_at=datetime(9999, 12, 31, 23, 59, tzinfo=UTC))]
    assert "31 Dec 9999, 23:59" in text(a_digest(hits=edge, stories=[]))


def test_rules_that_changed_are_named():
    changes = [
        RuleChange(rule_id="chips-export", description="two terms more", author="A. Analyst"),
        RuleChange(rule_id="r2", description="new"),
    ]
    told = text(a_digest(rule_changes=changes))
    assert "Rules changed\n-------------\n- chips-export: two terms more (A. Analyst)\n- r2: new\n" in told


def test_an_article_without_address_or_language_is_told_all_the_same():
    bare = [replace(HITS[0], url="javascript:alert(1)", language=""), replace(HITS[9], url="")]
    told = text(a_digest(hits=bare, stories=[]))
    assert "Union AI Office · official source · 24 Nov, 06:29" in told
    assert "javascript" not in told


def test_a_digest_without_a_title_is_called_by_its_id():
    assert text(a_digest(config=replace(CONFIG, title="\n"))).startswith("daily-brief, Tue 24 Nov 2026")


def test_an_alert_is_short():
    told = text(a_digest(kind="alert", hits=HITS[3:5], coverage=None))
    assert told.startswith("Alert, 24 Nov, 08:00\n")
    assert "feeds heard" not in told


def test_urgent_stories_below_the_first_are_named_at_the_top_in_every_format():
    last = replace(HITS[8], priority="urgent")
    digest = a_digest(hits=[*HITS[:8], last])
    said = "Urgent below: Reading the export controls on AI chips, clause by clause (Chips and export controls)"
    assert said in " ".join(text(digest).split())
    assert said in html(digest)
    assert said in slack(digest)[0]["fallback"]
    many = a_digest(hits=[replace(HITS[0], id=n, story_id=n, title=f"Story {n}", priority="urgent") for n in range(9)])
    assert " and 5 more" in " ".join(text(many).split())
    assert "Urgent below" not in text(a_digest())
    assert "Urgent below" not in text(a_digest(kind="alert", hits=[*HITS[:8], last]))
