"""A digest as plain text."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from html_pages import Page
from sample_news import CONFIG, COVERED_WELL, FEEDS, HITS, NOW, TOPICS, a_digest, covered, evidence_of, hit

from monitor.core.digests.composing import with_openings
from monitor.core.digests.digest import DigestWindow, ExtraPart, PartLine, RuleChange
from monitor.core.digests.limits import limit_stories
from monitor.core.digests.web_links import WebLinks
from monitor.core.matching.passages import plain_text
from monitor.core.messages.render import html, json, slack, slack_webhook, subject, text
from monitor.core.model import Coverage, Health, Opening


def test_the_subject_is_the_headline_of_the_first_story_and_the_number_of_the_others():
    assert subject(a_digest()) == "First fine under the AI Act goes to a recruiter, and 7 more stories"
    assert subject(a_digest(hits=HITS[:4])) == "First fine under the AI Act goes to a recruiter, and 1 more story"
    assert subject(a_digest(hits=HITS[3:4])) == "First fine under the AI Act goes to a recruiter"
    long = replace(HITS[3], title=f"{'监管 of the ' * 20}")
    assert re.fullmatch(r"监管 of the .{60,84} [^ ]+…", subject(a_digest(hits=[long])))


def test_the_subject_without_news_has_the_title_and_the_day_in_the_digests_time_zone():
    late = a_digest(window=DigestWindow(since=NOW, until=NOW, slot=NOW.replace(hour=23, minute=30)), hits=HITS[-1:])
    assert subject(late) == "AI governance, daily brief: 1 story from the archive, Wed 25 Nov 2026"
    assert subject(a_digest(hits=[])) == "AI governance, daily brief: no new stories, Tue 24 Nov 2026"


def test_every_format_begins_with_a_warning_when_most_sources_could_not_be_polled():
    feeds = tuple(replace(feed, health=Health.FAILING) for feed in COVERED_WELL.feeds[1:])
    coverage = replace(COVERED_WELL, feeds=(COVERED_WELL.feeds[0], *feeds))
    digest = a_digest(coverage=coverage, alert_below=0.5)
    warning = "Low coverage: nothing could be read from 9 of 10 sources since 23 Nov, 08:00."
    assert subject(digest).startswith("Low coverage: First fine under the AI Act")
    assert text(digest).splitlines()[2].startswith(f"!! {warning}"[:60])
    page = html(digest)
    assert page.index(warning) < page.index("8 stories", page.index("<h1"))
    assert "background-color: #b3261e" in page[page.rindex("<p", 0, page.index(warning)) : page.index(warning)]
    assert warning in slack(digest)[0]["blocks"][1]["text"]["text"]
    assert json(digest)["coverage"]["low"]
    assert json(digest)["coverage"]["warning"].startswith(warning)
    assert "Low coverage" not in text(a_digest(coverage=coverage))


def test_a_digest_before_the_first_poll_says_that_nothing_was_polled_and_not_that_it_failed():
    feeds = tuple(replace(feed, polls=0, failed=0) for feed in COVERED_WELL.feeds)
    digest = a_digest(coverage=replace(COVERED_WELL, feeds=feeds), alert_below=0.5)
    assert subject(digest).startswith("No polls yet: First fine")
    warning = json(digest)["coverage"]["warning"]
    assert warning.startswith("No polls are recorded since 23 Nov, 08:00: what 10 sources published since then is not")
    assert json(digest)["coverage"]["low"]


def test_the_subject_of_an_alert_is_its_first_story():
    assert subject(a_digest(kind="alert", hits=HITS[3:5])) == "Alert: First fine under the AI Act goes to a recruiter"
    assert subject(a_digest(kind="alert", hits=HITS[3:6])).endswith(", and 1 more story")
    assert subject(a_digest(kind="alert", hits=[])) == "Alert: no stories"


def test_a_digest_can_be_read_in_78_columns():
    lines = text(a_digest()).splitlines()
    assert max(len(line) for line in lines if "https://" not in line) <= 78
    assert lines[0] == "AI governance, daily brief, Tue 24 Nov 2026"


OPENINGS = {
    1: Opening(
        title="Consultation opens",
        text="BRUSSELS, 24 November (CW) - The Union AI Office opened a consultation on its code of practice. "
        "Providers of general-purpose AI models have until 2 February to comment on the draft code of practice.",
    ),
    4: Opening(
        title="First fine", text="The authority fined a recruiter 14 million euros. It did so on Monday in Berlin."
    ),
    7: Opening(title="New export rule", text="", quality="title"),
}


def test_a_top_story_says_what_happened_quotes_the_sentence_that_matched_and_says_why():
    rendered = text(with_openings(a_digest(), OPENINGS))
    assert (
        """\
1. URGENT: First fine under the AI Act goes to a recruiter
   Government Gazette · 24 Nov, 03:29 · [alert of 23 Nov, 22:00]
   The authority fined a recruiter 14 million euros. It did so on Monday in
   Berlin.
     "It is the first *fine* under the *AI Act*: 14 million euros for a
     deployer that scored *job*…"
   Why: Enforcement of the AI Act (“fine under the AI Act”, “job applicants”);
   also: AI at work
   https://gazette.example/2026/11/4

2. Consultation opens on the code of practice for general-purpose AI
   Union AI Office · 24 Nov, 06:29 · Also in Continental Wire, Harbour Post,
   Le Courrier du Numérique and 2 more
   The Union AI Office opened a consultation on its *code of practice*.
   Providers of *general-purpose AI* models have until 2 February to comment
   on the draft *code of practice*.
   Why: General-purpose AI under the AI Act (“code of practice”,
   “general-purpose AI”)
   https://union-office.example/2026/11/1

3. New export rule covers rented accelerators
   Government Gazette · undated, found 23 Nov, 23:53 · Also in 珠江科技报
   Headline only.
"""
        in rendered
    )


def test_each_story_stands_in_one_place_and_its_topic_counts_those_above():
    rendered = text(a_digest(hits=HITS[:12]))
    for story in a_digest(hits=HITS[:12]).stories:
        assert " ".join(rendered.replace("*", "").split()).count(story.title) == 1
    assert "EU AI Act (4, 2 of them above)" in rendered
    assert "Frontier models and safety: at the top." in rendered


def test_one_line_at_the_top_has_all_numbers_and_says_what_needs_attention():
    line = "8 stories (1 urgent) in 4 topics from 279 articles, and 1 from the archive; 3 feeds need attention"
    digest = a_digest()
    for page in (text(digest), Page(html(digest)).text, slack(digest)[0]["fallback"]):
        assert line in " ".join(page.split())
    assert 'href="#coverage"' in html(digest)


def test_the_first_digest_introduces_itself_and_says_what_the_archive_holds():
    digest = replace(a_digest(), is_first=True)
    said = "First brief. It covers the last 24 hours; 1 older story was found in the first polls"
    for page in (text(digest), html(digest), slack(digest)[0]["fallback"]):
        assert said in " ".join(page.split())
    assert "First brief" not in text(a_digest())
    short = replace(digest, window=DigestWindow(since=NOW - timedelta(minutes=2), until=NOW, slot=NOW))
    assert "It covers the last 2 minutes;" in text(short)


def test_more_than_five_stories_from_the_archive_are_one_line():
    old = [replace(HITS[-1], id=n, story_id=n, title=f"Old story {n}") for n in range(200, 206)]
    rendered = text(a_digest(hits=[*HITS[:2], *old]))
    assert "6 stories from the archive: monitor hits --since" in " ".join(rendered.split())
    assert "Old story" not in rendered
    assert "Old story 204" in text(a_digest(hits=[*HITS[:2], *old[:5]]))


def test_a_story_in_another_language_than_the_readers_names_it():
    digest = a_digest(hits=[HITS[2]], stories=[])
    for page in (text(digest), html(digest), slack(digest)[0]["fallback"]):
        assert "French" in page
    assert "French" not in text(a_digest(hits=[HITS[2]], stories=[], config=replace(CONFIG, language="fr")))


def test_extra_parts_come_after_the_topics_in_every_format():
    part = ExtraPart(title="Possibly missed", note="Near misses.", stories=a_digest().backfilled,
                     lines=(PartLine("One of 20 was missed", "https://m.example/q"),))  # fmt: skip
    digest = replace(a_digest(), extra_parts=(part,), coverage_notes=("Recall is 0.9.",))
    for page in (text(digest), Page(html(digest)).text, slack(digest)[1]["fallback"], str(json(digest))):
        rendered = " ".join(page.split())
        for words in ("Possibly missed", "Near misses.", "One of 20 was missed", "Recall is 0.9."):
            assert words in rendered, words


def test_possible_misses_and_recall_link_to_the_page_review_where_readers_can_open_it():
    part = ExtraPart(title="Possibly missed", note="Near misses.", lines=(PartLine("Quays", "https://a.example", 7),))
    digest = replace(a_digest(), extra_parts=(part,), coverage_notes=("Recall is 0.9.",), has_recall=True)
    linked = replace(digest, links=WebLinks("https://m.example", b"key"))
    for page in (text(linked), html(linked), str(slack(linked))):
        assert "https://m.example/review?article=7" in page
        assert re.search(r"m\.example/review[^?]", page)
    (body,) = slack_webhook(linked)
    assert "<https://m.example/review|1 article possibly missed>" in str(body)
    assert json(linked)["extra_parts"][0]["lines"][0]["article_id"] == 7
    for page in (text(digest), html(digest), str(slack(digest))):
        assert "/review" not in page
    with_command = replace(digest, see_more="command")
    assert "To judge one: monitor audit judge ARTICLE relevant" in " ".join(text(with_command).split())


def test_a_digest_without_coverage_problems_says_so_in_one_line():
    rendered = " ".join(text(a_digest(coverage=COVERED_WELL)).split())
    assert "All 10 feeds were polled. No problems were found. 310 articles were read." in rendered
    assert "Coverage problems" not in rendered


def test_a_digest_lists_coverage_problems_with_reasons():
    rendered = " ".join(text(a_digest()).split())
    assert "All 10 feeds were polled. 279 articles were read, 3 of them perhaps only in part." in rendered
    assert "Problems: 1 failing, 1 unusually quiet, 1 with possibly missed entries." in rendered
    assert "Failing (1): Harbour Post could not be read since 23 Nov, 21:00 (http 503: Service Unavailable)" in rendered
    assert "Unusually quiet (1): Commons Watch (nothing new since Thu 5 Nov 2026)" in rendered
    assert "Possibly missed entries (1): The Chip Ledger (no entry of one poll was in the next, so" in " ".join(
        rendered.split()
    )


def test_a_feed_whose_pages_could_not_be_read_is_named_with_the_reason():
    feed = covered("harbour", articles=31, partial=31, unread_pages=31, unread_reason="robots: harbour.example")
    rendered = " ".join(text(a_digest(coverage=Coverage(since=NOW, until=NOW, feeds=(feed,)))).split())
    assert "Problems: 1 with pages that could not be read." in rendered
    assert "Pages that could not be read (1): Harbour Post (31 pages; robots: harbour.example)" in rendered
    assert "1 feed needs attention" in rendered
    assert "No problems were found" not in rendered


def test_of_many_failing_feeds_the_first_are_named_and_the_others_counted():
    one = covered(next(iter(FEEDS)), Health.FAILING, failed=48, last_success_at=None, reason="")
    rendered = " ".join(text(a_digest(coverage=Coverage(since=NOW, until=NOW, feeds=(one,) * 30))).split())
    assert "0 of 30 feeds were polled." in rendered
    assert "Failing (30): Union AI Office could never be read (reason unknown); " in rendered
    assert "; and 18 more" in rendered


def test_quiet_feeds_are_named_with_the_reason_and_feeds_that_were_not_polled_without():
    old = "frozen: the newest entry is of 2023-02-17"  # found today, by the first poll
    feeds = (
        covered("harbour", Health.SILENT, last_entry_at=None),
        covered("commons", Health.FROZEN, reason=old, last_entry_at=NOW),
        covered("meridian", Health.NEW, polls=0),
    )
    rendered = text(a_digest(coverage=Coverage(since=NOW, until=NOW, feeds=feeds)))
    assert "Unusually quiet (2): Harbour Post; Commons Watch (the newest entry is of\n  2023-02-17)\n" in rendered
    assert "Not polled (1): The Meridian\n" in rendered


def test_feeds_that_are_not_due_are_counted_but_are_no_problem():
    looked, due = NOW - timedelta(minutes=9), NOW + timedelta(minutes=9)
    waiting = covered("harbour", polls=0, last_poll_at=looked, last_success_at=looked, next_poll_at=due)
    digest = a_digest(coverage=Coverage(since=NOW, until=NOW, feeds=(covered("gazette"), waiting)))
    rendered = " ".join(text(digest).split())
    assert "1 of 2 feeds was polled; 1 was not due in this period. No problems were found." in rendered
    assert "Coverage problems" not in rendered
    assert "Coverage problems" not in html(digest)
    assert [note["feed_id"] for note in json(digest)["coverage"]["not_due"]] == ["harbour"]
    assert json(digest)["coverage"]["polled"] == 1
    unpolled = covered("meridian", Health.NEW, polls=0)
    digest = a_digest(coverage=Coverage(since=NOW, until=NOW, feeds=(unpolled, waiting)))
    assert [note["feed_id"] for note in json(digest)["coverage"]["not_polled"]] == ["meridian"]
    rendered = " ".join(text(digest).split())
    assert "0 of 2 feeds were polled; 1 was not due in this period. 62 articles were read." in rendered
    assert "Not polled (1): The Meridian" in rendered


def test_json_keeps_the_earlier_names_of_what_was_polled():
    unpolled = covered("meridian", Health.NEW, polls=0)
    coverage = json(a_digest(coverage=Coverage(since=NOW, until=NOW, feeds=(covered("gazette"), unpolled))))["coverage"]
    assert coverage["heard"] == coverage["polled"] == 1
    assert coverage["unheard"] == coverage["not_polled"] != []


def test_without_feeds_the_digest_says_that_none_are_configured():
    assert "No feeds are configured." in text(a_digest(coverage=Coverage(since=NOW, until=NOW, feeds=())))


def test_stories_that_are_left_out_are_counted_with_a_command_that_lists_them():
    rendered = " ".join(text(limit_stories(a_digest(), 3)).split())
    assert "2 more stories: monitor hits --since 2026-11-23 --topic ai-act" in rendered
    assert "1 more story: monitor hits --since 2026-11-23 --topic frontier" in rendered
    assert "Updates to earlier stories" in rendered
    assert "1 more: monitor hits --since 2026-11-23 From the archive" in rendered
    assert "1 story from the archive: monitor hits --since 2026-11-23 --backfilled" in rendered


def test_stories_that_are_left_out_are_only_counted_if_readers_have_no_command():
    rendered = text(limit_stories(a_digest(config=replace(CONFIG, see_more="none")), 3))
    assert "2 more stories\n" in rendered
    assert "monitor hits" not in rendered


def test_urgent_stories_are_counted_in_every_format_whether_they_are_shown_or_not():
    digest = limit_stories(a_digest(hits=[replace(each, priority="urgent") for each in HITS]), 1)
    assert subject(digest).endswith(", and 7 more stories")
    for page in (text(digest), html(digest), "".join(body["fallback"] for body in slack(digest))):
        rendered = " ".join(page.split())
        assert "8 stories (8 urgent) in 4 topics" in rendered
        assert "3 more stories (3 urgent): monitor hits --since 2026-11-23 --topic ai-act" in rendered
    assert json(digest)["urgent_stories"] == 7
    assert json(digest)["sections"][0]["urgent_left_out"] == 3


def test_an_urgent_update_is_counted_as_a_story():
    update = replace(HITS[11], priority="urgent")
    assert "1 story (1 urgent) in 1 topic" in text(a_digest(hits=[update]))


def test_an_urgent_story_in_passing_is_marked_as_such():
    digest = a_digest(hits=[replace(HITS[9], priority="urgent")])
    assert "1. URGENT: Harbour city budgets for a municipal chatbot\n" in text(digest)
    assert ">URGENT</span>" in html(digest)
    assert ":rotating_light: <https://harbour" in slack(digest)[0]["fallback"]


def test_quiet_topics_are_a_paragraph_above_the_coverage():
    rendered = text(a_digest(hits=HITS[:4]))
    assert "Nothing new on: Frontier models and safety; Chips and export controls;" in rendered
    assert "\n\nCoverage\n--------\n" in rendered


def test_a_story_says_if_it_is_an_update_was_alerted_or_is_partial():
    rendered = " ".join(text(a_digest()).split())
    assert "[update to Friday's story]" in rendered
    assert "[alert of 23 Nov, 22:00]" in rendered
    assert "perhaps only part of the article was read" in rendered
    assert "undated, found 23 Nov, 23:53" in rendered


def test_an_update_to_an_older_story_gives_its_date_and_says_that_it_was_edited():
    changed = [replace(each, updated=True) for each in HITS[11:12]]
    rendered = " ".join(text(a_digest(hits=changed, notified_at={107: NOW - timedelta(days=21)})).split())
    assert "[update to 3 November's story; edited by the publisher]" in rendered


def test_a_publisher_that_states_no_time_of_day_has_the_stated_day_in_every_zone():
    acts = [replace(HITS[0], published_at=NOW.replace(month=11, day=20, hour=0, minute=0))]
    config = replace(CONFIG, timezone="America/New_York")
    for rendered in (
        text(a_digest(hits=acts, stories=[], config=config)),
        html(a_digest(hits=acts, stories=[], config=config)),
    ):
        assert re.search(r"· 20 Nov(?!,)\b", rendered)


def test_a_number_after_a_name_from_right_to_left_stays_behind_it():
    feeds = {key: replace(feed, title="الجريدة") for key, feed in FEEDS.items()}
    topics = {slug: replace(topic, title="الرقائق") for slug, topic in TOPICS.items()}
    digest = a_digest(feeds=feeds, topics=topics, config=replace(CONFIG, charts=True))
    digest = replace(digest, quiet_topics=("القمة",) * 30)
    for rendered in (text(digest), html(digest), *(message["fallback"] for message in slack(digest))):
        assert not re.search(r"(الجريدة|الرقائق|القمة)[^\w\u200e]*(<[^>]*>[^\w\u200e]*)*[\d▁-█]", rendered)
        assert "\u200e" in rendered


def test_a_date_in_another_year_includes_the_year():
    old = [replace(HITS[0], published_at=NOW - timedelta(days=365))]
    assert "24 Nov 2025, 08:00" in text(a_digest(hits=old, stories=[]))


def test_dates_at_the_edge_of_the_calendar_are_shown_in_utc():
    from datetime import UTC, datetime

    edge = [replace(HITS[0], published_at=datetime(9999, 12, 31, 23, 59, tzinfo=UTC))]
    assert "31 Dec 9999, 23:59" in text(a_digest(hits=edge, stories=[]))


def test_changed_rules_are_listed_by_their_titles_with_their_authors():
    changes = [
        RuleChange(rule_id="chips-export", title="Chip exports", description="two terms more", author="A. Analyst"),
        RuleChange(rule_id="r2", description="new"),
    ]
    rendered = text(a_digest(rule_changes=changes))
    assert "Changed rules\n-------------\n- Chip exports: two terms more (A. Analyst)\n- r2: new\n" in rendered


def test_an_article_without_address_or_language_is_listed():
    bare = [replace(HITS[0], url="javascript:alert(1)", language=""), replace(HITS[9], url="")]
    rendered = text(a_digest(hits=bare, stories=[]))
    assert "Union AI Office · 24 Nov, 06:29" in rendered
    assert "javascript" not in rendered


def test_a_digest_without_a_title_uses_its_id():
    assert text(a_digest(config=replace(CONFIG, title="\n"))).startswith("daily-brief, Tue 24 Nov 2026")


def test_an_alert_has_no_coverage_report():
    rendered = text(a_digest(kind="alert", hits=HITS[3:5], coverage=None))
    assert rendered.startswith("Alert, 24 Nov, 08:00\n")
    assert "polled" not in rendered


def test_urgent_stories_that_are_not_among_the_top_stories_are_named_at_the_top_in_every_format():
    urgent = [replace(each, priority="urgent") for each in HITS[:4]]
    digest = a_digest(hits=[*urgent, *HITS[5:]], config=replace(CONFIG, top=1))
    urgent_below = "Urgent below: First fine under the AI Act goes to a recruiter (EU AI Act)"
    assert urgent_below in " ".join(text(digest).split())
    assert urgent_below in html(digest)
    assert urgent_below in slack(digest)[0]["fallback"]
    many = a_digest(hits=[replace(HITS[0], id=n, story_id=n, title=f"Story {n}", priority="urgent") for n in range(9)])
    assert " and 1 more" in " ".join(text(many).split())
    assert "Urgent below" not in text(a_digest())
    assert "Urgent below" not in text(a_digest(kind="alert", hits=urgent))


def test_urgent_stories_of_a_first_digest_are_marked_wherever_they_were_found_but_not_those_from_the_archive():
    found = [replace(each, priority="urgent", backfilled=True) for each in HITS[4:6]]
    old = replace(HITS[-1], priority="urgent", backfilled=True, published_at=NOW - timedelta(days=30))
    digest = a_digest(hits=[*found, old], stories=[], is_first=True)
    assert (digest.urgent_stories, len(digest.backfilled)) == (2, 1)
    assert text(digest).count("URGENT: ") == 2
    assert html(digest).count(">URGENT<") == 2
    assert "".join(part["fallback"] for part in slack(digest)).count(":rotating_light:") == 2


@pytest.mark.parametrize(
    ("sentence", "term", "marked"),
    [
        ("Peers on training data want firms to name the works they train on.", "train", "they *train* on"),
        ("Peers restrain all firms that train on the works of others.", "train", "that *train* on"),
        ("商务部周二公布使用AI芯片的出口管制新规。", "AI芯片", "使用*AI芯片*的"),
    ],
)
def test_terms_are_marked_in_what_happened_as_whole_words(sentence, term, marked):
    digest = a_digest(hits=[hit(1, "Peers vote", "gazette", "ai-act", "r", evidence_of(sentence, term))], stories=[])
    rendered = text(with_openings(digest, {1: Opening(title="Peers vote", text=sentence)}))
    assert marked in " ".join(rendered.split())


def test_a_sentence_that_only_repeats_the_headline_is_no_evidence():
    headline = "Rule 12: peers vote on training data"
    digest = a_digest(hits=[hit(1, headline, "gazette", "ai-act", "r", evidence_of(headline, "training"))], stories=[])
    opening = Opening(title=headline, text="The peers met on Monday and agreed to name the works.")
    assert plain_text(digest.news[0].evidence) == headline
    assert with_openings(digest, {1: opening}).news[0].evidence == ()
