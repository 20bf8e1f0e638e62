"""The rank of a story: points with reasons, the top stories, and what may lead."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_news import CONSULTATION, FEEDS, HITS, NOW, TOPICS, Topic, a_digest, evidence_of, hit

from monitor.core.digests.ranking import choose_top, rank_story, sort_by_rank
from monitor.core.model import LabelCounts, Tier


def story(number=1, feed="gazette", **more):
    hits = [hit(number, f"Story {number}", feed, more.pop("topic", "ai-act"), "r", evidence_of("An AI.", "AI"), **more)]
    return a_digest(hits=hits, stories=[], notified_at={}).news[0]


def parts(story):
    return {part.name: part.points for part in story.rank.parts}


def test_every_part_of_the_rank_has_points_and_a_reason():
    consultation = next(each for each in a_digest().stories if each.story_id == CONSULTATION)
    assert [(part.name, part.points, part.reason) for part in consultation.rank.parts] == [
        ("priority", 40, "priority high"),
        ("source", 30, "best source: official"),
        ("outlets", 32, "6 independent outlets"),
        ("novelty", 10, "new"),
        ("terms", 4, "0 different terms in the headline, 2 more in the opening"),
        ("topics", 0, "one topic"),
        ("decision", 0, "the headline names no decision"),
        ("date", 0, "dated by the publisher"),
        ("language", 0, "in the language of the readers, or not known"),
        ("labels", 0, "fewer than 5 labels on hits of its rules"),
    ]
    assert consultation.rank.points == 116


def test_neither_the_occurrences_of_a_term_nor_the_terms_of_one_list_count():
    terms = [f"t{number}" for number in range(40)]
    of_one_list = tuple(replace(each, list_name="acts") for each in evidence_of(" ".join(terms), *terms))
    many = hit(2, "T", "gazette", "ai-act", "r", of_one_list, score=90.0)
    assert a_digest(hits=[many], stories=[]).news[0].rank == story().rank


@pytest.mark.parametrize(
    ("labels", "points"), [((5, 0), 20), ((0, 5), -20), ((5, 5), 0), ((4, 0), 0), ((9, 3), 10), ((0, 0), 0)]
)
def test_labels_of_readers_raise_and_lower_the_stories_of_a_rule(labels, points):
    digest = a_digest(hits=HITS[5:6], stories=[], labels={"frontier-evaluations": LabelCounts(*labels)})
    assert parts(digest.news[0])["labels"] == points


def test_updates_passing_mentions_and_undated_articles_rank_lower():
    assert parts(story(updated=True))["novelty"] < parts(story())["novelty"]
    assert parts(story(prominence="passing"))["terms"] < parts(story())["terms"]
    assert parts(story(published_at=None))["date"] < parts(story())["date"]


def test_different_terms_count_twice_in_the_headline_and_at_most_thirty_points():
    def points(headline: str, opening: str) -> int:
        zones = ((headline, "title"), (opening, "lead"))
        evidence = [replace(each, zone=zone) for text, zone in zones for each in evidence_of(text, *text.split())]
        return parts(a_digest(hits=[hit(1, "T", "gazette", "ai-act", "r", tuple(evidence))], stories=[]).news[0])[
            "terms"
        ]

    assert [points("AI ban", ""), points("", "AI ban"), points("AI ban", "AI ban minister")] == [8, 4, 10]
    assert points("a b c d e f g h", "i j k l") == 30


def test_a_story_of_several_topics_ranks_above_one_of_one():
    of_two = [HITS[5], replace(HITS[5], id=70, topic="labour")]
    assert parts(a_digest(hits=of_two, stories=[]).news[0])["topics"] == 6
    assert parts(a_digest(hits=HITS[5:6], stories=[]).news[0])["topics"] == 0


@pytest.mark.parametrize(
    ("title", "points"),
    [
        ("Italy fines chatbot maker", 20), ("Senate passes the AI bill", 20), ("Garante, multa a un chatbot", 20),
        ("特朗普签署人工智能行政命令", 20), ("Experts discuss AI and the future of work", 0), ("人工智能前沿观察", 0),
        ("Fund backs an AI firm that expands in Asia", 0), ("Law enforcement wants AI tools", 0),
        ("Recruiter signs AI deal with a city", 0), ("Governor signs AI bill", 20), ("He scraped art for AI", 0),
        ("Maker of robots moves after a ban", 0), ("Italy fines recruiter after complaint", 20),
        ("Il Garante detta le sue condizioni sull'AI", 0), ("Quali sono le sanzioni dell'AI Act", 0),
    ],
)  # fmt: skip
def test_a_headline_that_names_a_decision_ranks_above_comments(title, points):
    language = "it" if title.startswith(("Il ", "Quali ")) else "en"
    news = hit(1, title, "gazette", "ai-act", "r", evidence_of("An AI.", "AI"), language=language)
    assert parts(a_digest(hits=[news], stories=[]).news[0])["decision"] == points


def test_two_feeds_of_one_host_are_one_outlet():
    one_host = [replace(each, url="https://www.same.example/1") for each in HITS[:2]]
    digest = a_digest(hits=one_host, stories=[])
    assert parts(digest.news[0])["outlets"] == 0


def test_of_equal_rank_the_latest_comes_first():
    early, late = story(1, found_at=NOW.replace(hour=1)), story(2, found_at=NOW.replace(hour=2))
    assert sort_by_rank([early, late]) == [late, early]


def test_no_other_points_bring_a_story_of_a_high_priority_before_an_urgent_one():
    everywhere = tuple(story(number, feed).lead for number, feed in enumerate(FEEDS, start=2))
    high = replace(
        story(1, "gazette"), priority="high", others=everywhere, title_terms=9, also_topics=tuple("abcd"),
        title="A fine",
    )  # fmt: skip
    urgent = replace(
        story(2, "commons", updated=True, prominence="passing", published_at=None), priority="urgent", language="zh"
    )
    best = replace(high, rank=rank_story(high, [LabelCounts(5, 0)], "en"))
    worst = replace(urgent, rank=rank_story(urgent, [LabelCounts(0, 5)], "en"))
    assert choose_top([best, worst], 2) == (worst, best)
    differences = {name: points - parts(worst)[name] for name, points in parts(best).items()}
    assert [name for name, more in differences.items() if more <= 0] == ["priority"], "not the extremes of each part"


PRIORITIES, TIERS = ("low", "normal", "high", "urgent"), list(FEEDS)
STORIES = st.builds(
    lambda number, priority, feed, topic, dated, prominence: story(
        number, feed, priority=priority, topic=topic, prominence=prominence, published_at=NOW if dated else None
    ),
    st.integers(1, 999), st.sampled_from(PRIORITIES), st.sampled_from(TIERS), st.sampled_from(list(TOPICS)),
    st.booleans(), st.sampled_from(("major", "passing")),
)  # fmt: skip


@given(st.lists(STORIES, max_size=12, unique_by=lambda each: each.story_id), st.integers(0, 6))
def test_an_urgent_story_is_first_and_neither_an_undated_page_nor_civil_society_leads_before_an_official_one(
    many, most
):
    top = choose_top(many, most)
    assert len(top) <= most
    if not top:
        return
    assert (top[0].priority == "urgent") == any(each.priority == "urgent" for each in many)
    if top[0].published_at is None or top[0].lead.tier == Tier.CIVIL_SOCIETY:
        assert not [
            each for each in many
            if each.priority == top[0].priority and each.published_at and each.lead.tier in {Tier.OFFICIAL, Tier.AGENCY}
        ]  # fmt: skip


@given(st.lists(STORIES, max_size=12, unique_by=lambda each: each.story_id))
def test_one_topic_gives_at_most_two_of_the_top_stories_if_there_are_three_topics(many):
    top = [each.topic for each in choose_top(many, 5)]
    if len({each.topic for each in many}) >= 3:
        assert max(map(top.count, top), default=0) <= 2
    else:
        assert len(top) == min(5, len(many))


def test_a_catch_all_topic_comes_last_and_is_named_only_where_no_other_rule_matched():
    topics = TOPICS | {"rest": Topic("Other", 0, catch_all=True)}
    both = [HITS[5], replace(HITS[5], id=70, topic="rest", rule_id="rest", priority="urgent")]
    alone = replace(HITS[11], id=71, topic="rest", rule_id="rest", story_id=300, found_at=NOW)
    digest = a_digest(hits=[*both, alone], stories=[], topics=topics, rules={"rest": "Anything else"})
    assert [section.topic for section in digest.sections] == ["frontier", "rest"]
    first, second = sorted(digest.news, key=lambda each: each.story_id)
    assert (first.topic, first.priority, first.why.title, first.also_topics) == (
        "frontier",
        "urgent",
        "frontier-evaluations",
        (),
    )
    assert second.why.title == "Anything else"


def test_with_the_order_time_the_newest_story_of_a_topic_comes_first():
    from sample_news import CONFIG

    digest = a_digest(config=replace(CONFIG, order="time"))
    times = [each.published_at for section in digest.sections for each in section.major if section.topic == "ai-act"]
    assert times == sorted(times, reverse=True)
