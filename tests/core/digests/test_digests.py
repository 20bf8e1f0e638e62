"""What a digest tells, in which order, and what it never leaves unsaid."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_news import (
    CONFIG,
    COVERAGE,
    COVERED_WELL,
    FEEDS,
    HITS,
    NOW,
    STORIES,
    TOPICS,
    YESTERDAY,
    a_digest,
    covered,
    found,
    hit,
)

from monitor.core.digests.choices import wanted
from monitor.core.digests.limits import MOST_POINTERS, limit
from monitor.core.digests.proofs import prove
from monitor.core.digests.told import safe_link
from monitor.core.matching.passages import plain
from monitor.core.model import Coverage, Feed, FeedId, Health, Tier


def titles(stories):
    return [told.title for told in stories]


def by_topic(digest):
    return {section.topic: section for section in digest.sections}


# ---------------------------------------------------------------- order and place


def test_topics_stand_in_their_order_and_stories_by_priority_then_score():
    digest = a_digest()
    assert [section.topic for section in digest.sections] == ["ai-act", "frontier", "chips", "labour"]
    assert titles(by_topic(digest)["ai-act"].major) == [
        "First fine under the AI Act goes to a recruiter",
        "Consultation opens on the code of practice for general-purpose AI",
    ]


def test_a_topic_that_the_rules_no_longer_know_is_told_last_under_its_slug():
    digest = a_digest(topics={slug: topic for slug, topic in TOPICS.items() if slug != "ai-act"})
    assert digest.sections[-1].title == "ai-act"


def test_passing_mentions_stand_apart_from_major_ones():
    section = by_topic(a_digest())["ai-act"]
    assert titles(section.passing) == [
        "Opinion: what the summit left out",
        "Harbour city budgets for a municipal chatbot",
    ]
    assert not {told.story_id for told in section.passing} & {told.story_id for told in section.major}


def test_a_story_of_two_topics_is_told_once_and_pointed_to_from_the_other():
    digest = a_digest()
    labour = by_topic(digest)["labour"]
    assert (labour.major, labour.passing) == ((), ())
    assert [(pointer.title, pointer.topic_title) for pointer in labour.pointers] == [
        ("First fine under the AI Act goes to a recruiter", "EU AI Act")
    ]
    assert by_topic(digest)["ai-act"].major[0].also_topic_titles == ("AI at work",)


def test_every_hit_of_a_topic_is_counted_wherever_its_story_stands():
    sections = by_topic(a_digest())
    assert {slug: section.hits for slug, section in sections.items()} == {
        "ai-act": 6, "frontier": 1, "chips": 3, "labour": 1,
    }  # fmt: skip


def test_updates_and_finds_in_the_archive_stand_apart():
    digest = a_digest()
    assert titles(digest.updates) == ["Court reserves text and data mining for licence holders"]
    assert digest.updates[0].earlier == NOW - timedelta(days=4)
    assert titles(digest.backfilled) == ["Five questions on licences for training data"]
    assert digest.new_stories == 7


def test_an_article_that_its_publisher_changed_is_an_update():
    changed = [replace(each, updated=True) if each.story_id == 102 else each for each in HITS]
    assert "Frontier models fail half of an independent evaluation" in titles(a_digest(hits=changed).updates)


def test_topics_without_news_are_named_and_only_those_that_the_digest_follows():
    assert a_digest().quiet == ()
    assert a_digest(hits=HITS[:4]).quiet == (
        "Frontier models and safety", "Chips and export controls", "Training data and copyright", "AI at work",
    )  # fmt: skip
    few = a_digest(hits=HITS[:4], config=replace(CONFIG, topics=("ai-act", "chips")))
    assert few.quiet == ("Chips and export controls",)


def test_the_window_reaches_back_to_the_oldest_hit():
    late = replace(HITS[0], found_at=YESTERDAY - timedelta(days=2))
    assert a_digest(hits=[late]).window.since == YESTERDAY - timedelta(days=2)
    assert a_digest(hits=[]).window.since == YESTERDAY


# ---------------------------------------------------------------- one story


def story(number, **more):
    digest = a_digest(**more)
    return next(told for told in digest.stories if told.story_id == number)


def test_the_best_source_leads_and_the_others_are_named_best_first():
    told = story(100)
    assert (told.lead.title, told.lead.tier) == ("Union AI Office", Tier.OFFICIAL)
    assert [outlet.title for outlet in told.others] == [
        "Continental Wire", "Harbour Post", "Le Courrier du Numérique", "The Meridian", "Lantern Institute",
    ]  # fmt: skip


def test_among_sources_of_a_tier_one_that_was_read_whole_leads_before_the_first():
    first, whole = (
        hit(
            number,
            f"From {feed}",
            feed,
            "ai-act",
            "ai-act-gpai",
            found("An AI Act.", "AI Act"),
            story_id=9,
            partial=part,
        )
        for number, feed, part in ((50, "meridian", True), (51, "harbour", False))
    )
    assert story(9, hits=[first, whole], stories=[]).lead.title == "Harbour Post"


def of_version(number, *words, **more):
    """Make a hit on one version of an entry; each version is an article of its own, with an address of its own."""
    evidence = found(f"Version {number} names {' and '.join(words)}.", *words)
    fields = {"article_id": 80 + number, "entry_id": 8, "story_id": 8, "score": 5.0 - number}
    return replace(hit(80 + number, f"Version {number}", "meridian", "ai-act", f"r{number}", evidence), **fields | more)


def test_an_edited_article_is_shown_as_the_version_with_its_most_urgent_hit():
    told = story(8, hits=[of_version(1, "alpha"), of_version(2, "beta", priority="urgent")], stories=[])
    assert (told.title, told.lead.url) == ("Version 2", "https://meridian.example/2026/11/82")
    assert plain(told.passage) == "Version 2 names beta."
    told = story(8, hits=[of_version(1, "alpha", priority="urgent"), of_version(2, "beta")], stories=[])
    assert (told.title, plain(told.passage)) == ("Version 1", "Version 1 names alpha.")


def test_an_edited_article_is_shown_as_its_newest_version_where_its_hits_are_equals():
    told = story(8, hits=[of_version(2, "beta", partial=True), of_version(1, "alpha")], stories=[])
    assert (told.title, plain(told.passage)) == ("Version 2", "Version 2 names beta.")


def test_among_sources_of_a_tier_the_one_with_the_most_urgent_hit_leads():
    first = of_version(1, "alpha", feed_id=FeedId("harbour"), entry_id=7, found_at=YESTERDAY)
    assert story(8, hits=[first, of_version(2, "beta", priority="urgent")], stories=[]).lead.title == "The Meridian"


def test_the_sentence_shown_is_one_of_the_most_urgent_hit_with_the_words_of_all_rules_marked():
    long = found("Alpha, gamma and delta.", "Alpha", "gamma", "delta")
    short = found("Then beta came, said Alpha.", "beta", start=100)
    also = found("Then beta came, said Alpha.", "Alpha", start=100)
    hits = [
        of_version(1, evidence=(*long, *also)),
        of_version(1, id=90, rule_id="urgent", priority="urgent", evidence=short),
    ]
    passage = story(8, hits=hits, stories=[]).passage
    assert plain(passage) == "Then beta came, said Alpha."
    assert [piece.text for piece in passage if piece.marked] == ["beta", "Alpha"]


def test_a_story_says_by_which_rules_and_words_it_was_found():
    [by_rule] = story(100).found_by
    assert by_rule.title == "General-purpose AI under the AI Act"
    assert by_rule.terms == ("general-purpose AI", "code of practice", "IA à usage général")


def test_a_rule_without_a_title_is_named_by_its_id_and_many_terms_are_counted():
    words = [f"term{number}" for number in range(12)]
    many = hit(60, "T", "gazette", "ai-act", "r", found(" ".join(words), *words))
    [by_rule] = story(60, hits=[many], rules={}).found_by
    assert (by_rule.title, len(by_rule.terms), by_rule.more_terms) == ("r", 8, 4)


def test_the_same_words_in_another_case_are_said_once():
    twice = hit(61, "T", "gazette", "ai-act", "r", found("AI act and AI Act", "AI act", "AI Act"))
    assert story(61, hits=[twice]).found_by[0].terms == ("AI act",)


def test_a_story_is_partial_when_its_leading_article_is():
    assert story(104).partial
    assert not story(100).partial


def test_a_hit_in_the_title_alone_marks_the_title():
    told = story(104)
    assert told.in_title_only
    assert [piece.text for piece in told.passage if piece.marked] == ["export controls", "AI chips"]


def test_a_story_that_was_alerted_says_when():
    assert story(101).alerted_at == NOW - timedelta(hours=10)
    assert story(100).alerted_at is None


def test_a_feed_that_was_removed_is_named_by_its_id_and_comes_after_all_others():
    told = story(100, feeds={feed_id: feed for feed_id, feed in FEEDS.items() if feed_id != "union-office"})
    assert told.lead.title == "Continental Wire"
    assert told.others[-1].title == "union-office"


def test_a_story_without_a_title_has_something_to_show():
    assert story(70, hits=[hit(70, "\u202e\n", "gazette", "ai-act", "r", ())]).title == "(no title)"


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
def test_only_web_addresses_become_links_and_nothing_in_them_can_end_one(url, link):
    assert safe_link(url) == link


# ---------------------------------------------------------------- what is chosen


@pytest.mark.parametrize(
    ("choice", "numbers"),
    [
        ({}, set(range(1, 14))),
        ({"topics": ("frontier", "labour")}, {5, 6}),
        ({"rules": ("copyright-training",)}, {12, 13}),
        ({"feeds": ("harbour", "pearl")}, {8, 10}),
        ({"languages": ("fr", "zh")}, {3, 8}),
        ({"tiers": (Tier.AGENCY, Tier.CIVIL_SOCIETY)}, {2, 13}),
        ({"min_priority": "urgent"}, {4}),
        ({"min_priority": "high", "feeds": ("gazette",)}, {4, 7}),
    ],
)
def test_a_digest_tells_only_what_it_is_configured_to(choice, numbers):
    assert {each.id for each in wanted(replace(CONFIG, **choice), HITS, FEEDS)} == numbers


def test_an_article_whose_language_could_not_be_told_is_never_left_out():
    untold = replace(HITS[0], language="")
    assert wanted(replace(CONFIG, languages=("fr",)), [untold, HITS[1]], FEEDS) == [untold]


def test_a_hit_of_a_feed_that_was_renamed_or_removed_is_not_left_out_for_its_tier():
    others = {feed_id: feed for feed_id, feed in FEEDS.items() if feed_id != "harbour"}
    assert {each.id for each in wanted(replace(CONFIG, tiers=(Tier.AGENCY,)), HITS, others)} == {2, 10}


# ---------------------------------------------------------------- what is cut


def test_a_limit_keeps_the_worthiest_and_counts_the_others_where_they_stood():
    digest = limit(a_digest(), 3)
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


def test_a_limit_cuts_what_was_found_in_the_archive_first_and_passing_mentions_next():
    assert not limit(a_digest(), 8).backfilled
    assert len(limit(a_digest(), 8).updates) == 1
    assert not by_topic(limit(a_digest(), 6))["ai-act"].passing


def test_a_limit_keeps_urgent_stories_before_all_others_wherever_they_stand():
    last = [replace(each, priority="urgent") if each.story_id in {105, 107} else each for each in HITS]
    assert {told.story_id for told in limit(a_digest(hits=last), 3).stories} == {101, 105, 107}


def test_a_limit_of_a_rule_is_filled_with_its_urgent_stories_first():
    last = [replace(each, priority="urgent") if each.story_id == 105 else each for each in HITS]
    kept = limit(a_digest(hits=last), 40, {"ai-act-gpai": 1}).stories
    assert {told.story_id for told in kept if told.story_id in {100, 105}} == {105}


def test_an_urgent_find_in_the_archive_takes_no_place_from_the_news():
    old = [replace(each, priority="urgent") if each.story_id == 108 else each for each in HITS]
    assert not limit(a_digest(hits=old), 8).backfilled


def test_urgent_stories_are_counted_before_the_cut():
    urgent = [replace(each, priority="urgent") for each in HITS]
    for most in (0, 1, 5, 40):
        digest = limit(a_digest(hits=urgent), most)
        assert (digest.urgent_stories, digest.urgent_updates) == (7, 1)
    assert limit(limit(a_digest(hits=urgent), 5), 1).urgent_stories == 7


@given(first=st.integers(0, 12), second=st.integers(0, 12))
def test_no_limit_loses_count_of_a_story(first, second):
    whole = a_digest()
    cut = limit(limit(whole, first), second)
    assert len(cut.stories) == min(first, second, 9)
    assert len(cut.stories) + cut.left_out == 9
    assert (cut.new_stories, cut.hit_ids) == (whole.new_stories, whole.hit_ids)


# ---------------------------------------------------------------- coverage


def test_coverage_says_which_feeds_failed_were_silent_or_may_have_a_gap():
    proof = prove(COVERAGE)
    assert (proof.feeds, proof.heard, proof.articles, proof.partial) == (10, 10, 279, 3)
    assert [(note.title, note.reason) for note in proof.failing] == [("Harbour Post", "http 503: Service Unavailable")]
    assert [note.title for note in proof.silent] == ["Commons Watch"]
    assert [note.title for note in proof.gaps] == ["The Chip Ledger"]
    assert not proof.all_well
    assert prove(COVERED_WELL).all_well


@pytest.mark.parametrize(
    ("feed", "place"),
    [
        (covered("harbour", Health.FAILING, polls=3, failed=3), "failing"),
        (covered("harbour", Health.OK, polls=3, failed=3), "failing"),
        (covered("harbour", Health.GONE, polls=0), "failing"),
        (covered("harbour", Health.FROZEN), "silent"),
        (covered("harbour", Health.NEW, polls=0), "unheard"),
        (covered("harbour", Health.OK, polls=0), "unheard"),
    ],
)
def test_a_feed_that_was_not_covered_is_named_in_one_place(feed, place):
    proof = prove(Coverage(since=YESTERDAY, until=NOW, feeds=(feed,)))
    named = {name for name in ("failing", "silent", "unheard", "gaps") if getattr(proof, name)}
    assert named == {place}
    assert not proof.all_well


LOOKED = NOW - timedelta(minutes=10)


@pytest.mark.parametrize(
    ("fields", "waits"),
    [
        ({}, True),
        ({"next_poll_at": NOW}, False),
        ({"next_poll_at": None}, False),
        ({"last_success_at": LOOKED - timedelta(hours=1)}, False),
        ({"last_poll_at": NOW + timedelta(minutes=1), "last_success_at": NOW + timedelta(minutes=1)}, False),
        ({"polls": 1}, False),
        ({"health": Health.FAILING}, False),
    ],
)
def test_a_feed_that_was_heard_before_the_window_and_is_not_due_within_it_was_not_missed(fields, waits):
    times = {"last_poll_at": LOOKED, "last_success_at": LOOKED, "next_poll_at": NOW + timedelta(minutes=20)}
    feed = replace(covered("harbour", polls=0), **{**times, **fields})
    proof = prove(Coverage(since=NOW - timedelta(minutes=2), until=NOW, feeds=(feed,)))
    assert [note.feed_id for note in proof.not_due] == (["harbour"] if waits else [])
    assert proof.heard == fields.get("polls", 0)
    assert proof.all_well == (waits or proof.heard == 1)


def test_a_feed_without_a_title_is_named_by_its_id():
    feed = Feed(id=FeedId("bare"), url="https://a.example")
    proof = prove(
        Coverage(since=YESTERDAY, until=NOW, feeds=(replace(covered("harbour", polls=0), feed_id=feed.id, title=""),))
    )
    assert proof.unheard[0].title == "bare"


def test_a_digest_without_coverage_has_no_proof():
    assert a_digest(coverage=None).proof is None


def test_stories_that_the_store_does_not_know_are_told_from_their_hits():
    assert titles(a_digest(stories=[]).stories) == titles(a_digest(stories=STORIES).stories)


def of_many_topics(number):
    """Stories that each belong to two topics, the better ones first."""
    return [
        hit(10 * story + place, f"Story {story}", "gazette", topic, "ai-act-gpai", (), story_id=story, score=99 - story)
        for story in range(number)
        for place, topic in enumerate(("ai-act", "labour"))
    ]


def test_a_topic_points_only_to_stories_that_are_shown_and_counts_the_others():
    labour = limit(a_digest(hits=of_many_topics(5), stories=[]), 3).sections[1]
    assert [pointer.title for pointer in labour.pointers] == ["Story 0", "Story 1", "Story 2"]
    assert labour.pointers_left_out == 2


def test_a_topic_points_to_a_few_stories_and_counts_the_others():
    digest = limit(a_digest(hits=of_many_topics(30), stories=[]), 40)
    assert (len(digest.sections[1].pointers), digest.sections[1].pointers_left_out) == (MOST_POINTERS, 25)
    assert limit(digest, 2).sections[1].pointers_left_out == 28
    assert digest.left_out == 0


def test_a_title_that_mixes_alphabets_is_followed_by_the_domain_that_its_link_leads_to():
    spoofed = [replace(each, title="\u0410pple settles", url="https://www.gazette.example.co.uk/a") for each in HITS]
    digest = a_digest(hits=spoofed)
    assert {told.title for told in digest.stories} == {"\u0410pple settles [example.co.uk]"}
