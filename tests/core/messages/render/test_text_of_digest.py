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
    assert subject(a_digest()) == "AI governance, daily brief: 7 stories (1 urgent), 1 update, Tue 24 Nov 2026"
    late = a_digest(window=Window(since=NOW, until=NOW, slot=NOW.replace(hour=23, minute=30)), hits=HITS[-1:])
    assert subject(late) == "AI governance, daily brief: 1 from the archive, Wed 25 Nov 2026"
    assert subject(a_digest(hits=HITS[:4])) == "AI governance, daily brief: 2 stories (1 urgent), Tue 24 Nov 2026"
    assert subject(a_digest(hits=[])) == "AI governance, daily brief: 0 stories, Tue 24 Nov 2026"


def test_every_format_begins_with_a_warning_when_most_sources_could_not_be_polled():
    feeds = tuple(replace(feed, health=Health.FAILING) for feed in COVERED_WELL.feeds[1:])
    coverage = replace(COVERED_WELL, feeds=(COVERED_WELL.feeds[0], *feeds))
    digest = a_digest(coverage=coverage, alert_below=0.5)
    warning = f"Low coverage: 1 of {len(COVERED_WELL.feeds)} sources of this digest could be polled."
    assert subject(digest).startswith("Low coverage: AI governance, daily brief: 7 stories")
    assert text(digest).splitlines()[2].startswith(f"!! {warning}"[:60])
    page = html(digest)
    assert page.index(warning) < page.index("found between", page.index("<h1"))
    assert "background-color: #b3261e" in page[page.rindex("<p", 0, page.index(warning)) : page.index(warning)]
    assert warning in slack(digest)[0]["blocks"][1]["text"]["text"]
    assert json(digest)["coverage"]["low"]
    assert json(digest)["coverage"]["warning"].startswith(warning)
    assert "Low coverage" not in text(a_digest(coverage=coverage))


def test_the_subject_of_an_alert_is_its_first_story():
    assert subject(a_digest(kind="alert", hits=HITS[3:5])) == "Alert: First fine under the AI Act goes to a recruiter"
    assert subject(a_digest(kind="alert", hits=HITS[3:6])).endswith(" (and 1 more)")
    assert subject(a_digest(kind="alert", hits=[])) == "Alert: no stories"


def test_a_digest_can_be_read_in_78_columns():
    lines = text(a_digest()).splitlines()
    assert max(len(line) for line in lines if "https://" not in line) <= 78
    assert lines[0] == "AI governance, daily brief, Tue 24 Nov 2026"


def test_a_story_names_its_source_the_rules_and_the_other_outlets():
    rendered = text(a_digest())
    assert (
        """\
* Consultation opens on the code of practice for general-purpose AI
  Union AI Office · official source · English · 24 Nov, 06:29
    "Providers of *general-purpose AI* models have until 2 February to comment
    on the draft *code of practice*."
  Why: General-purpose AI under the AI Act: general-purpose AI, code of
       practice, IA à usage général
  Also in Continental Wire, Harbour Post, Le Courrier du Numérique, The
  Meridian and 1 more
  https://union-office.example/2026/11/1
"""
        in rendered
    )


def test_a_digest_without_coverage_problems_says_so_in_one_line():
    rendered = " ".join(text(a_digest(coverage=COVERED_WELL)).split())
    assert "All 10 feeds were polled. No problems were found. 310 articles were read." in rendered
    assert "Coverage problems" not in rendered


def test_a_digest_lists_coverage_problems_with_reasons():
    rendered = " ".join(text(a_digest()).split())
    assert "All 10 feeds were polled. 279 articles were read, 3 of them only in part." in rendered
    assert "Problems, listed at the end: 1 failing, 1 unusually quiet, 1 with possibly missed entries." in rendered
    assert "Failing (1): Harbour Post could not be read since 23 Nov, 21:00 (http 503: Service Unavailable)" in rendered
    assert "Unusually quiet (1): Commons Watch (nothing new since Thu 5 Nov 2026)" in rendered
    assert "Possibly missed entries (1): The Chip Ledger" in rendered


def test_of_many_failing_feeds_the_first_are_named_and_the_others_counted():
    from sample_news import FEEDS, covered

    one = covered(next(iter(FEEDS)), Health.FAILING, failed=48, last_success_at=None, reason="")
    rendered = " ".join(text(a_digest(coverage=Coverage(since=NOW, until=NOW, feeds=(one,) * 30))).split())
    assert "0 of 30 feeds were polled." in rendered
    assert "Failing (30): Union AI Office could never be read (reason unknown); " in rendered
    assert "; and 18 more" in rendered


def test_quiet_feeds_and_feeds_that_were_not_polled_are_named_without_a_date():
    from sample_news import covered

    feeds = (covered("harbour", Health.SILENT, last_entry_at=None), covered("meridian", Health.NEW, polls=0))
    rendered = text(a_digest(coverage=Coverage(since=NOW, until=NOW, feeds=feeds)))
    assert "Unusually quiet (1): Harbour Post\n" in rendered
    assert "Not polled (1): The Meridian\n" in rendered


def test_feeds_that_are_not_due_are_counted_but_are_no_problem():
    from sample_news import covered

    looked, due = NOW - timedelta(minutes=9), NOW + timedelta(minutes=9)
    waiting = covered("harbour", polls=0, last_poll_at=looked, last_success_at=looked, next_poll_at=due)
    digest = a_digest(coverage=Coverage(since=NOW, until=NOW, feeds=(covered("gazette"), waiting)))
    rendered = " ".join(text(digest).split())
    assert "1 of 2 feeds was polled; 1 was not due in this period. No problems were found." in rendered
    assert "Coverage problems" not in rendered
    assert "Coverage problems" not in html(digest)
    assert [note["feed_id"] for note in json(digest)["coverage"]["not_due"]] == ["harbour"]
    unheard = covered("meridian", Health.NEW, polls=0)
    digest = a_digest(coverage=Coverage(since=NOW, until=NOW, feeds=(unheard, waiting)))
    rendered = " ".join(text(digest).split())
    assert "0 of 2 feeds were polled; 1 was not due in this period. 62 articles were read." in rendered
    assert "Not polled (1): The Meridian" in rendered


def test_without_feeds_the_digest_says_that_none_are_configured():
    assert "No feeds are configured." in text(a_digest(coverage=Coverage(since=NOW, until=NOW, feeds=())))


def test_stories_that_are_left_out_are_counted_with_a_command_that_lists_them():
    rendered = " ".join(text(limit_stories(a_digest(), 3)).split())
    assert "2 more stories: monitor hits --since 2026-11-23 --topic ai-act" in rendered
    assert "1 more story: monitor hits --since 2026-11-23 --topic frontier" in rendered
    assert "Updates to earlier stories" in rendered
    assert "1 more, among the hits of `monitor hits --since 2026-11-23`" in rendered
    assert "1 more: monitor hits --since 2026-11-23 --backfilled" in rendered


def test_urgent_stories_are_counted_in_every_format_whether_they_are_shown_or_not():
    digest = limit_stories(a_digest(hits=[replace(each, priority="urgent") for each in HITS]), 1)
    counts = "7 stories (7 urgent), 1 update (1 urgent)"
    assert counts in subject(digest)
    for page in (text(digest), html(digest), slack(digest)[0]["fallback"]):
        rendered = " ".join(page.split())
        assert f"{counts}, 1 from the archive, found between" in rendered
        assert "3 more stories (3 urgent): monitor hits --since 2026-11-23 --topic ai-act" in rendered
    assert json(digest)["urgent_stories"] == 7
    assert json(digest)["sections"][0]["urgent_left_out"] == 3


def test_the_subject_counts_an_urgent_update_if_there_are_no_other_stories():
    update = replace(HITS[11], priority="urgent")
    assert subject(a_digest(hits=[update])).startswith("AI governance, daily brief: 1 update (1 urgent), ")


def test_an_urgent_update_below_the_first_story_is_named_at_the_top():
    update = replace(HITS[11], priority="urgent")
    urgent_below = "Urgent below: Court reserves text and data mining for licence holders (Training data and copyright)"
    assert urgent_below in " ".join(text(a_digest(hits=[HITS[5], update])).split())
    assert "Urgent below" not in text(a_digest(hits=[update]))


def test_an_urgent_story_in_passing_is_marked_as_such():
    digest = a_digest(hits=[replace(HITS[9], priority="urgent")])
    assert "  - URGENT: Harbour city budgets for a municipal chatbot (" in text(digest)
    assert ">URGENT</span>" in html(digest)
    assert ":rotating_light: <https://harbour" in slack(digest)[0]["fallback"]


def test_quiet_topics_are_one_line():
    assert "Nothing new on: Frontier models and safety; Chips and export controls;" in text(a_digest(hits=HITS[:4]))


def test_a_story_says_if_it_is_an_update_was_alerted_or_is_partial():
    rendered = " ".join(text(a_digest()).split())
    assert "[update to Friday's story]" in rendered
    assert "[alert sent 23 Nov, 22:00]" in rendered
    assert "[matched on part of the text: the whole article could not be read]" in rendered
    assert "undated, found 23 Nov, 23:53" in rendered


def test_an_update_to_an_older_story_gives_its_date_and_says_that_it_was_edited():
    changed = [replace(each, updated=True) for each in HITS[11:12]]
    rendered = text(a_digest(hits=changed, notified_at={107: NOW - timedelta(days=21)}))
    assert "[update to 3 November's story; edited by the publisher]" in rendered


def test_a_date_in_another_year_includes_the_year():
    old = [replace(HITS[0], published_at=NOW - timedelta(days=365))]
    assert "24 Nov 2025, 08:00" in text(a_digest(hits=old, stories=[]))


def test_dates_at_the_edge_of_the_calendar_are_shown_in_utc():
    from datetime import UTC, datetime

    edge = [replace(HITS[0], published_at=datetime(9999, 12, 31, 23, 59, tzinfo=UTC))]
    assert "31 Dec 9999, 23:59" in text(a_digest(hits=edge, stories=[]))


def test_changed_rules_are_listed_with_their_authors():
    changes = [
        RuleChange(rule_id="chips-export", description="two terms more", author="A. Analyst"),
        RuleChange(rule_id="r2", description="new"),
    ]
    rendered = text(a_digest(rule_changes=changes))
    assert "Changed rules\n-------------\n- chips-export: two terms more (A. Analyst)\n- r2: new\n" in rendered


def test_an_article_without_address_or_language_is_listed():
    bare = [replace(HITS[0], url="javascript:alert(1)", language=""), replace(HITS[9], url="")]
    rendered = text(a_digest(hits=bare, stories=[]))
    assert "Union AI Office · official source · 24 Nov, 06:29" in rendered
    assert "javascript" not in rendered


def test_a_digest_without_a_title_uses_its_id():
    assert text(a_digest(config=replace(CONFIG, title="\n"))).startswith("daily-brief, Tue 24 Nov 2026")


def test_an_alert_has_no_coverage_report():
    rendered = text(a_digest(kind="alert", hits=HITS[3:5], coverage=None))
    assert rendered.startswith("Alert, 24 Nov, 08:00\n")
    assert "polled" not in rendered


def test_urgent_stories_below_the_first_are_named_at_the_top_in_every_format():
    last = replace(HITS[8], priority="urgent")
    digest = a_digest(hits=[*HITS[:8], last])
    urgent_below = "Urgent below: Reading the export controls on AI chips, clause by clause (Chips and export controls)"
    assert urgent_below in " ".join(text(digest).split())
    assert urgent_below in html(digest)
    assert urgent_below in slack(digest)[0]["fallback"]
    many = a_digest(hits=[replace(HITS[0], id=n, story_id=n, title=f"Story {n}", priority="urgent") for n in range(9)])
    assert " and 5 more" in " ".join(text(many).split())
    assert "Urgent below" not in text(a_digest())
    assert "Urgent below" not in text(a_digest(kind="alert", hits=[*HITS[:8], last]))
