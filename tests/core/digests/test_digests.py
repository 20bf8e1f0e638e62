"""What a digest contains, in which order, and how it counts what it leaves out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_news import (
    CHATBOT,
    CLAUSES,
    CONFIG,
    CONSULTATION,
    COURT,
    COVERAGE,
    COVERED_WELL,
    EVALUATION,
    FEEDS,
    FINE,
    HITS,
    NOW,
    QUESTIONS,
    STORIES,
    TOPICS,
    YESTERDAY,
    a_digest,
    covered,
    evidence_of,
    hit,
)

from monitor.core.digests.digest_stories import safe_link
from monitor.core.digests.filters import select_hits
from monitor.core.digests.limits import MAX_CROSS_REFERENCES, limit_stories
from monitor.core.digests.source_coverage import report_coverage
from monitor.core.matching.passages import plain_text
from monitor.core.model import Coverage, Feed, FeedId, Health, Tier


def titles(stories):
    return [story.title for story in stories]


def by_topic(digest):
    return {section.topic: section for section in digest.sections}


# ---------------------------------------------------------------- order and sections


def test_topics_keep_their_order_and_stories_are_sorted_by_rank():
    digest = a_digest()
    assert [section.topic for section in digest.sections] == ["ai-act", "frontier", "chips", "labour"]
    assert titles(by_topic(digest)["ai-act"].major) == [
        "First fine under the AI Act goes to a recruiter",
        "Consultation opens on the code of practice for general-purpose AI",
    ]


def test_a_topic_without_a_definition_comes_last_under_its_slug():
    digest = a_digest(topics={slug: topic for slug, topic in TOPICS.items() if slug != "ai-act"})
    assert digest.sections[-1].title == "ai-act"


def test_passing_mentions_are_separate_from_major_stories():
    section = by_topic(a_digest())["ai-act"]
    assert titles(section.passing) == [
        "Harbour city budgets for a municipal chatbot",
        "Opinion: what the summit left out",
    ]
    assert not {story.story_id for story in section.passing} & {story.story_id for story in section.major}


def test_a_story_of_two_topics_is_listed_once_and_referred_to_from_the_other():
    digest = a_digest()
    labour = by_topic(digest)["labour"]
    assert (labour.major, labour.passing) == ((), ())
    assert [(reference.title, reference.topic_title) for reference in labour.cross_references] == [
        ("First fine under the AI Act goes to a recruiter", "EU AI Act")
    ]
    assert by_topic(digest)["ai-act"].major[0].also_topic_titles == ("AI at work",)


def test_every_hit_of_a_topic_is_counted_even_if_its_story_is_listed_under_another():
    sections = by_topic(a_digest())
    assert {slug: section.hits for slug, section in sections.items()} == {
        "ai-act": 6, "frontier": 1, "chips": 3, "labour": 1,
    }  # fmt: skip


def test_updates_and_stories_from_the_archive_are_listed_separately():
    digest = a_digest()
    assert titles(digest.updates) == ["Court reserves text and data mining for licence holders"]
    assert digest.updates[0].notified_at == NOW - timedelta(days=4)
    assert titles(digest.backfilled) == ["Five questions on licences for training data"]
    assert digest.new_stories == 7


def test_an_article_that_its_publisher_edited_is_an_update():
    changed = [replace(each, updated=True) if each.story_id == EVALUATION else each for each in HITS]
    assert "Frontier models fail half of an independent evaluation" in titles(a_digest(hits=changed).updates)


def test_topics_without_hits_are_named_if_the_digest_follows_them():
    assert a_digest().quiet_topics == ()
    assert a_digest(hits=HITS[:4]).quiet_topics == (
        "Frontier models and safety", "Chips and export controls", "Training data and copyright", "AI at work",
    )  # fmt: skip
    few = a_digest(hits=HITS[:4], config=replace(CONFIG, topics=("ai-act", "chips")))
    assert few.quiet_topics == ("Chips and export controls",)


def test_the_window_reaches_back_to_the_oldest_hit():
    late = replace(HITS[0], found_at=YESTERDAY - timedelta(days=2))
    assert a_digest(hits=[late]).window.since == YESTERDAY - timedelta(days=2)
    assert a_digest(hits=[]).window.since == YESTERDAY


# ---------------------------------------------------------------- one story


def digest_story(number, **more):
    digest = a_digest(**more)
    return next(story for story in digest.stories if story.story_id == number)


def test_the_source_of_the_best_tier_leads_and_the_others_are_listed_best_first():
    story = digest_story(CONSULTATION)
    assert (story.lead.title, story.lead.tier) == ("Union AI Office", Tier.OFFICIAL)
    assert [outlet.title for outlet in story.others] == [
        "Continental Wire", "Harbour Post", "Le Courrier du Numérique", "The Meridian", "Lantern Institute",
    ]  # fmt: skip


def test_among_sources_of_a_tier_one_with_its_full_text_leads_before_an_earlier_one():
    first, whole = (
        hit(
            number,
            f"From {feed}",
            feed,
            "ai-act",
            "ai-act-gpai",
            evidence_of("An AI Act.", "AI Act"),
            story_id=9,
            partial=part,
        )
        for number, feed, part in ((50, "meridian", True), (51, "harbour", False))
    )
    assert digest_story(9, hits=[first, whole], stories=[]).lead.title == "Harbour Post"


def version_hit(number, *words, **more):
    """Make a hit on one version of an entry; each version is an article of its own, with an address of its own."""
    evidence = evidence_of(f"Version {number} names {' and '.join(words)}.", *words)
    fields = {"article_id": 80 + number, "entry_id": 8, "story_id": 8, "score": 5.0 - number}
    return replace(hit(80 + number, f"Version {number}", "meridian", "ai-act", f"r{number}", evidence), **fields | more)


def test_an_edited_article_is_shown_as_the_version_with_its_most_urgent_hit():
    story = digest_story(8, hits=[version_hit(1, "alpha"), version_hit(2, "beta", priority="urgent")], stories=[])
    assert (story.title, story.lead.url) == ("Version 2", "https://meridian.example/2026/11/82")
    assert plain_text(story.passage) == "Version 2 names beta."
    story = digest_story(8, hits=[version_hit(1, "alpha", priority="urgent"), version_hit(2, "beta")], stories=[])
    assert (story.title, plain_text(story.passage)) == ("Version 1", "Version 1 names alpha.")


def test_an_edited_article_is_shown_as_its_newest_version_if_its_hits_are_equally_urgent():
    story = digest_story(8, hits=[version_hit(2, "beta", partial=True), version_hit(1, "alpha")], stories=[])
    assert (story.title, plain_text(story.passage)) == ("Version 2", "Version 2 names beta.")


def test_among_sources_of_a_tier_the_one_with_the_most_urgent_hit_leads():
    first = version_hit(1, "alpha", feed_id=FeedId("harbour"), entry_id=7, found_at=YESTERDAY)
    assert (
        digest_story(8, hits=[first, version_hit(2, "beta", priority="urgent")], stories=[]).lead.title
        == "The Meridian"
    )


def test_the_quoted_sentence_is_from_the_most_urgent_hit_with_the_terms_of_all_rules_marked():
    long = evidence_of("Alpha, gamma and delta.", "Alpha", "gamma", "delta")
    short = evidence_of("Then beta came, said Alpha.", "beta", start=100)
    also = evidence_of("Then beta came, said Alpha.", "Alpha", start=100)
    hits = [
        version_hit(1, evidence=(*long, *also)),
        version_hit(1, id=90, rule_id="urgent", priority="urgent", evidence=short),
    ]
    passage = digest_story(8, hits=hits, stories=[]).passage
    assert plain_text(passage) == "Then beta came, said Alpha."
    assert [piece.text for piece in passage if piece.marked] == ["beta", "Alpha"]


def test_a_story_names_the_rules_that_matched_it_and_their_terms():
    [by_rule] = digest_story(CONSULTATION).matched_rules
    assert by_rule.title == "General-purpose AI under the AI Act"
    assert by_rule.terms == ("general-purpose AI", "code of practice", "IA à usage général")


def test_the_terms_that_say_why_are_those_of_the_article_that_is_shown():
    assert digest_story(CONSULTATION).why.main_terms == ("code of practice", "general-purpose AI")


def test_a_rule_without_a_title_is_named_by_its_id_and_many_terms_are_counted():
    words = [f"term{number}" for number in range(12)]
    many = hit(60, "T", "gazette", "ai-act", "r", evidence_of(" ".join(words), *words))
    [by_rule] = digest_story(60, hits=[many], rules={}).matched_rules
    assert (by_rule.title, len(by_rule.terms), by_rule.more_terms) == ("r", 8, 4)


def test_terms_that_differ_only_in_case_are_listed_once():
    twice = hit(61, "T", "gazette", "ai-act", "r", evidence_of("AI act and AI Act", "AI act", "AI Act"))
    assert digest_story(61, hits=[twice]).matched_rules[0].terms == ("AI act",)


def test_a_story_is_partial_when_its_leading_article_is():
    assert digest_story(CLAUSES).partial
    assert not digest_story(CONSULTATION).partial


def test_a_hit_in_the_title_alone_marks_the_title():
    story = digest_story(CLAUSES)
    assert story.in_title_only
    assert [piece.text for piece in story.passage if piece.marked] == ["export controls", "AI chips"]


def test_a_story_that_was_alerted_has_the_time_of_its_alert():
    assert digest_story(FINE).alerted_at == NOW - timedelta(hours=10)
    assert digest_story(CONSULTATION).alerted_at is None


def test_a_feed_that_was_removed_is_named_by_its_id_and_comes_after_all_others():
    story = digest_story(
        CONSULTATION, feeds={feed_id: feed for feed_id, feed in FEEDS.items() if feed_id != "union-office"}
    )
    assert story.lead.title == "Continental Wire"
    assert story.others[-1].title == "union-office"


def test_a_story_without_a_title_gets_a_placeholder():
    assert digest_story(70, hits=[hit(70, "\u202e\n", "gazette", "ai-act", "r", ())]).title == "(no title)"


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://a.example/b?c=d&e=f#g", "https://a.example/b?c=d&e=f#g"),
        (" http://a.example/é|<b>\"' ", "http://a.example/%C3%A9%7C%3Cb%3E%22'"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("//a.example/x", ""),
        ("https://", ""),
        ("http://[::1", ""),
        ("https://a.example/" + "x" * 2000, ""),
        ("https://a.example/\ud800", "https://a.example/"),
        ("", ""),
    ],
)
def test_only_web_addresses_become_links_and_they_are_safe_in_any_markup(url, link):
    assert safe_link(url) == link


# ---------------------------------------------------------------- filters


@pytest.mark.parametrize(
    ("choice", "numbers"),
    [
        ({}, set(range(1, 14))),
        ({"topics": ("frontier", "labour")}, {5, 6}),
        ({"rules": ("copyright-training",)}, {12, 13}),
        ({"feeds": ("harbour", "pearl")}, {8, 10}),
        ({"languages": ("fr", "zh")}, {3, 8}),
        ({"tiers": (Tier.AGENCY, Tier.CIVIL_SOCIETY)}, {2, 13}),
        ({"tags": ("eu", "un")}, {1}),
        ({"countries": ("CN",)}, {8}),
        ({"min_priority": "urgent"}, {4}),
        ({"min_priority": "high", "feeds": ("gazette",)}, {4, 7}),
    ],
)
def test_a_digest_includes_only_the_hits_that_pass_its_filters(choice, numbers):
    assert {each.id for each in select_hits(replace(CONFIG, **choice), HITS, FEEDS)} == numbers


def test_a_hit_of_unknown_language_passes_the_filter_for_languages():
    unknown = replace(HITS[0], language="")
    assert select_hits(replace(CONFIG, languages=("fr",)), [unknown, HITS[1]], FEEDS) == [unknown]


def test_a_hit_of_a_removed_feed_passes_the_filter_for_tiers():
    others = {feed_id: feed for feed_id, feed in FEEDS.items() if feed_id != "harbour"}
    assert {each.id for each in select_hits(replace(CONFIG, tiers=(Tier.AGENCY,)), HITS, others)} == {2, 10}


# ---------------------------------------------------------------- limits


def test_a_limit_keeps_the_stories_of_highest_rank_and_counts_the_others_in_their_sections():
    digest = limit_stories(a_digest(), 3)
    sections = by_topic(digest)
    assert titles(digest.stories) == [
        "First fine under the AI Act goes to a recruiter",
        "Consultation opens on the code of practice for general-purpose AI",
        "New export rule covers rented accelerators",
    ]
    assert {slug: section.left_out for slug, section in sections.items()} == {
        "ai-act": 2, "frontier": 1, "chips": 1, "labour": 0,
    }  # fmt: skip
    assert (digest.updates_left_out, digest.backfilled_left_out, digest.left_out) == (1, 1, 6)
    assert digest.new_stories == 7


def test_a_limit_cuts_stories_from_the_archive_first_and_passing_mentions_next():
    assert not limit_stories(a_digest(), 8).backfilled
    assert len(limit_stories(a_digest(), 8).updates) == 1
    assert not by_topic(limit_stories(a_digest(), 6))["ai-act"].passing


def test_a_limit_keeps_urgent_stories_of_every_section_before_all_others():
    last = [replace(each, priority="urgent") if each.story_id in {CHATBOT, COURT} else each for each in HITS]
    assert {story.story_id for story in limit_stories(a_digest(hits=last), 3).stories} == {FINE, CHATBOT, COURT}


def test_a_limit_of_a_rule_is_filled_with_its_urgent_stories_first():
    last = [replace(each, priority="urgent") if each.story_id == CHATBOT else each for each in HITS]
    kept = limit_stories(a_digest(hits=last), 40, {"ai-act-gpai": 1}).stories
    assert {story.story_id for story in kept if story.story_id in {CONSULTATION, CHATBOT}} == {CHATBOT}


def test_an_urgent_story_from_the_archive_does_not_replace_news():
    old = [replace(each, priority="urgent") if each.story_id == QUESTIONS else each for each in HITS]
    assert not limit_stories(a_digest(hits=old), 8).backfilled


def test_urgent_stories_are_counted_before_the_cut():
    urgent = [replace(each, priority="urgent") for each in HITS]
    for most in (0, 1, 5, 40):
        digest = limit_stories(a_digest(hits=urgent), most)
        assert (digest.urgent_stories, digest.urgent_updates) == (7, 1)
    assert limit_stories(limit_stories(a_digest(hits=urgent), 5), 1).urgent_stories == 7


@given(first=st.integers(0, 12), second=st.integers(0, 12))
def test_limits_applied_twice_still_count_every_story(first, second):
    whole = a_digest()
    cut = limit_stories(limit_stories(whole, first), second)
    assert len(cut.stories) == min(first, second, 9)
    assert len(cut.stories) + cut.left_out == 9
    assert (cut.new_stories, cut.hit_ids) == (whole.new_stories, whole.hit_ids)


# ---------------------------------------------------------------- coverage


def test_the_coverage_report_names_feeds_that_fail_are_unusually_quiet_or_may_have_a_gap():
    report = report_coverage(COVERAGE)
    assert (report.feeds, report.polled, report.articles, report.partial) == (10, 10, 279, 3)
    assert [(note.title, note.reason) for note in report.failing] == [("Harbour Post", "http 503: Service Unavailable")]
    assert [note.title for note in report.unusually_quiet] == ["Commons Watch"]
    assert [note.title for note in report.possible_gaps] == ["The Chip Ledger"]
    assert not report.is_complete
    assert report_coverage(COVERED_WELL).is_complete


@pytest.mark.parametrize(
    ("feed", "place"),
    [
        (covered("harbour", Health.FAILING, polls=3, failed=3), "failing"),
        (covered("harbour", Health.OK, polls=3, failed=3), "failing"),
        (covered("harbour", Health.GONE, polls=0), "failing"),
        (covered("harbour", Health.LAYOUT_CHANGED), "layout_changed"),
        (covered("harbour", Health.LAYOUT_CHANGED, polls=3, failed=3), "layout_changed"),
        (covered("harbour", Health.FROZEN), "unusually_quiet"),
        (covered("harbour", Health.NEW, polls=0), "not_polled"),
        (covered("harbour", Health.OK, polls=0), "not_polled"),
    ],
)
def test_a_feed_with_a_problem_is_named_in_one_list(feed, place):
    report = report_coverage(Coverage(since=YESTERDAY, until=NOW, feeds=(feed,)))
    lists = ("failing", "layout_changed", "unusually_quiet", "not_polled", "possible_gaps")
    named = {name for name in lists if getattr(report, name)}
    assert named == {place}
    assert not report.is_complete


LAST_POLL = NOW - timedelta(minutes=10)


@pytest.mark.parametrize(
    ("fields", "is_not_due"),
    [
        ({}, True),
        ({"next_poll_at": NOW}, False),
        ({"next_poll_at": None}, False),
        ({"last_success_at": LAST_POLL - timedelta(hours=1)}, False),
        ({"last_poll_at": NOW + timedelta(minutes=1), "last_success_at": NOW + timedelta(minutes=1)}, False),
        ({"polls": 1}, False),
        ({"health": Health.FAILING}, False),
    ],
)
def test_a_feed_that_was_polled_before_the_window_and_is_due_after_it_counts_as_not_due(fields, is_not_due):
    times = {"last_poll_at": LAST_POLL, "last_success_at": LAST_POLL, "next_poll_at": NOW + timedelta(minutes=20)}
    feed = replace(covered("harbour", polls=0), **{**times, **fields})
    report = report_coverage(Coverage(since=NOW - timedelta(minutes=2), until=NOW, feeds=(feed,)))
    assert [note.feed_id for note in report.not_due] == (["harbour"] if is_not_due else [])
    assert report.polled == fields.get("polls", 0)
    assert report.is_complete == (is_not_due or report.polled == 1)


@pytest.mark.parametrize(
    ("fields", "is_covered"),
    [
        ({}, True),
        ({"polls": 9, "failed": 9}, False),
        ({"health": Health.FAILING}, False),
        ({"polls": 0, "last_poll_at": LAST_POLL, "last_success_at": LAST_POLL}, True),
        ({"polls": 0, "next_poll_at": NOW - timedelta(hours=1)}, False),
        ({"next_poll_at": NOW - timedelta(hours=25)}, False),
    ],
    ids=["polled", "all polls failed", "failing now", "not due", "not polled", "overdue for a day"],
)
def test_a_digest_warns_when_too_few_of_its_sources_are_covered(fields, is_covered):
    feeds = tuple(
        replace(covered(feed_id), **{"next_poll_at": NOW + timedelta(hours=1), **fields}) for feed_id in FEEDS
    )
    digest = a_digest(coverage=Coverage(since=YESTERDAY, until=NOW, feeds=feeds), alert_below=0.5)
    assert digest.has_low_coverage is not is_covered


def test_only_the_sources_of_a_digest_count_for_its_warning():
    (harbour, *others) = FEEDS
    feeds = (covered(harbour, Health.FAILING), *map(covered, others))
    coverage = Coverage(since=YESTERDAY, until=NOW, feeds=feeds)
    assert not a_digest(coverage=coverage, alert_below=0.5).has_low_coverage
    only_harbour = replace(CONFIG, feeds=(harbour,))
    assert a_digest(coverage=coverage, alert_below=0.5, config=only_harbour).has_low_coverage
    assert not a_digest(coverage=coverage, alert_below=0.0, config=only_harbour).has_low_coverage


def test_a_feed_without_a_title_is_named_by_its_id():
    feed = Feed(id=FeedId("bare"), url="https://a.example")
    report = report_coverage(
        Coverage(since=YESTERDAY, until=NOW, feeds=(replace(covered("harbour", polls=0), feed_id=feed.id, title=""),))
    )
    assert report.not_polled[0].title == "bare"


def test_a_digest_without_coverage_has_no_coverage_report():
    assert a_digest(coverage=None).coverage is None


def test_stories_missing_from_the_store_are_summarized_from_their_hits():
    assert set(titles(a_digest(stories=[]).stories)) == set(titles(a_digest(stories=STORIES).stories))


def of_many_topics(number):
    """Stories that each belong to two topics, the better ones first."""
    return [
        hit(10 * story + place, f"Story {story}", "gazette", topic, "ai-act-gpai", (), story_id=story,
            found_at=NOW - timedelta(minutes=story))
        for story in range(number)
        for place, topic in enumerate(("ai-act", "labour"))
    ]  # fmt: skip


def test_a_topic_refers_only_to_stories_that_are_shown_and_counts_the_others():
    labour = limit_stories(a_digest(hits=of_many_topics(5), stories=[]), 3).sections[1]
    assert [reference.title for reference in labour.cross_references] == ["Story 0", "Story 1", "Story 2"]
    assert labour.cross_references_left_out == 2


def test_a_topic_refers_to_a_few_stories_and_counts_the_others():
    digest = limit_stories(a_digest(hits=of_many_topics(30), stories=[]), 40)
    assert (len(digest.sections[1].cross_references), digest.sections[1].cross_references_left_out) == (
        MAX_CROSS_REFERENCES,
        25,
    )
    assert limit_stories(digest, 2).sections[1].cross_references_left_out == 28
    assert digest.left_out == 0


def test_a_title_that_mixes_alphabets_is_followed_by_the_domain_that_its_link_leads_to():
    spoofed = [replace(each, title="\u0410pple settles", url="https://www.gazette.example.co.uk/a") for each in HITS]
    digest = a_digest(hits=spoofed)
    assert {story.title for story in digest.stories} == {"\u0410pple settles [example.co.uk]"}
