"""Labels and matches in, precision and recall out."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.lab.scoring import (
    ConfusionCounts,
    LabelledDocument,
    as_json,
    read_documents,
    score,
    unknown_topics,
    wilson_interval,
)
from monitor.core.model import Evidence, Match, RuleId

TOPICS = ("chips", "jobs", "summits")


def a_document(name: str = "d", topics: tuple[str, ...] = (), line: int = 1) -> LabelledDocument:
    return LabelledDocument(
        id=name, title=f"Title of {name}", text="", language="en", topics=frozenset(topics), line=line
    )


def a_match(topic: str, score: float = 1.0, words: tuple[str, ...] = ()) -> Match:
    evidence = tuple(Evidence(term=w, as_written=w, zone="title", start=0, end=1, sentence=w) for w in words)
    return Match(
        rule_id=RuleId(f"rule-{topic}"),
        rule_hash="h",
        topic=topic,
        status="live",
        priority="normal",
        branch="any[0]",
        prominence="major",
        score=score,
        evidence=evidence,
    )


def a_line(**changed: object) -> bytes:
    return json.dumps({"id": "a", "title": "T", "text": "x", "lang": "en", "topics": []} | changed).encode()


def test_relevance_counts_a_document_once_however_many_rules_found_it():
    documents = [a_document("a", ("chips",)), a_document("b"), a_document("c", ("jobs",)), a_document("d")]

    scores = score(documents, [[a_match("chips"), a_match("jobs")], [a_match("jobs")], [], []])

    assert scores.relevance == ConfusionCounts(found=1, missed=1, false=1)
    assert scores.documents == 4


def test_a_topic_is_judged_by_its_own_rules_alone():
    scores = score([a_document("a", ("chips",)), a_document("b", ("jobs",))], [[a_match("jobs")], [a_match("jobs")]])

    assert scores.topics["chips"] == ConfusionCounts(found=0, missed=1, false=0)
    assert scores.topics["jobs"] == ConfusionCounts(found=1, missed=0, false=1)


def test_figures_are_the_textbook_ones():
    figure = ConfusionCounts(found=6, missed=2, false=3)

    assert figure.precision == pytest.approx(6 / 9)
    assert figure.recall == pytest.approx(6 / 8)
    assert figure.f1 == pytest.approx(2 * (6 / 9) * (6 / 8) / (6 / 9 + 6 / 8))


def test_a_figure_with_nothing_to_divide_by_is_none_and_not_a_number():
    figure = ConfusionCounts(found=0, missed=0, false=0)

    assert (figure.precision, figure.recall, figure.f1) == (None, None, None)


def test_the_surest_false_alarm_and_the_most_labelled_miss_come_first():
    documents = [
        a_document("weak", line=1),
        a_document("sure", line=2),
        a_document("one", ("jobs",), line=3),
        a_document("two", ("jobs", "chips"), line=4),
    ]

    scores = score(documents, [[a_match("jobs", 1)], [a_match("jobs", 9)], [], []])

    assert [v.document.id for v in scores.false_alarms] == ["sure", "weak"]
    assert [v.document.id for v in scores.misses] == ["two", "one"]


def test_a_document_found_under_another_topic_is_neither_miss_nor_false_alarm_but_confused():
    scores = score([a_document("a", ("chips",)), a_document("b", ("chips",))], [[a_match("jobs")], [a_match("chips")]])

    assert [v.document.id for v in scores.confused] == ["a"]
    assert not scores.misses
    assert not scores.false_alarms


def test_json_says_which_rule_fired_and_on_which_words():
    scores = score([a_document("a")], [[a_match("jobs", words=("job", "AI", "job"))]])

    result = as_json(scores, worst=5)

    assert result["false_alarms"][0]["hits"] == [
        {"rule_id": "rule-jobs", "topic": "jobs", "branch": "any[0]", "because": ["job", "AI"]}
    ]
    assert result["relevance"] == {
        "found": 0, "missed": 0, "false": 1, "precision": 0.0, "recall": None, "f1": None,
        "precision_interval": [pytest.approx(0.0), pytest.approx(0.793, abs=0.001)],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("right", "total", "low", "high"), [(0, 10, 0.0, 0.278), (10, 10, 0.722, 1.0), (81, 100, 0.722, 0.875)]
)
def test_the_interval_is_wilsons(right, total, low, high):
    """The figures are those of Wilson 1927 as published in textbooks and by statsmodels (`proportion_confint`)."""
    assert wilson_interval(right, total) == (pytest.approx(low, abs=0.001), pytest.approx(high, abs=0.001))
    assert wilson_interval(0, 0) is None


def test_documents_without_labels_are_counted_and_neither_right_nor_wrong():
    documents = [a_document("a", ("jobs",)), replace(a_document("b", ("jobs",)), labelled=False)]
    scores = score(documents, [[a_match("jobs")], [a_match("jobs")]])
    assert (scores.documents, scores.unlabelled, scores.relevance.found) == (1, 1, 1)


@pytest.mark.parametrize("chosen", ["by the rules", "by somebody"])
def test_recall_is_not_known_from_hits_alone(chosen):
    by_rules = chosen == "by the rules"
    documents = [replace(a_document(name, ("jobs",)), from_hits=by_rules) for name in "ab"]
    result = as_json(score(documents, [[a_match("jobs")], []]), worst=5)
    assert result["hits_only"] is by_rules
    assert result["relevance"]["recall"] == (None if by_rules else 0.5)
    assert result["topics"]["jobs"]["precision"] == 1.0


def test_only_as_many_of_the_worst_as_requested_are_listed():
    scores = score([a_document(str(n)) for n in range(5)], [[a_match("jobs")]] * 5)

    assert len(as_json(scores, worst=2)["false_alarms"]) == 2
    assert len(scores.false_alarms) == 5


def test_labels_and_matches_must_belong_together():
    with pytest.raises(ValueError, match="zip"):
        score([a_document()], [])


def test_lines_become_documents_that_know_their_line():
    documents, problems = read_documents([a_line(topics=["jobs"]), b"", a_line(id=7, lang=None)], "f.jsonl")

    assert not problems
    assert [(d.id, d.line, d.language, sorted(d.topics)) for d in documents] == [
        ("a", 1, "en", ["jobs"]),
        ("7", 3, "", []),
    ]


def test_a_document_without_an_id_is_known_by_its_line():
    documents, _ = read_documents([a_line(id=None)], "f.jsonl")

    assert documents[0].id == "1"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"{", "not JSON: Expecting property name enclosed in double quotes (column 2)"),
        (b"[" * 100_000, "not JSON that can be read: nested too deep"),
        (b"7" * 5_000, "not JSON that can be read: a number has thousands of digits"),
        ('{"title": "règlement", "topics": []}'.encode("latin-1"), "not UTF-8: byte 13 cannot be read"),
        (b"[1]", "a line is an object"),
        (b'{"id": "a", "title": "T", "text": "x", "lang": "en"}', "'topics' must be a list"),
        (a_line(topics="jobs"), "'topics' must be a list"),
        (a_line(topics=[1]), "'topics' must be a list"),
        (a_line(title=3), "'title' must be text"),
        (a_line(text=["x"]), "'text' must be text"),
        (a_line(title="", text=None), "nothing to match"),
    ],
)
def test_a_bad_line_is_reported_with_its_place_and_the_others_still_count(line, words):
    documents, problems = read_documents([a_line(), line, a_line()], "labels.jsonl")

    assert len(documents) == 2
    assert [str(p).split(" error: ")[0] for p in problems] == ["labels.jsonl:2:1:"]
    assert words in problems[0].message


def test_a_label_that_is_no_topic_is_warned_of_once_with_a_guess():
    documents = [a_document("a", ("job_s",), line=4), a_document("b", ("job_s",), line=9), a_document("c", ("zzz",))]

    problems = unknown_topics(documents, TOPICS, "f.jsonl")

    assert [str(p) for p in problems] == [
        "f.jsonl:4:1: warning: W170 no rule has the topic 'job_s'; did you mean 'jobs'?",
        "f.jsonl:1:1: warning: W170 no rule has the topic 'zzz'",
    ]


@given(st.lists(st.tuples(st.sets(st.sampled_from(TOPICS)), st.sets(st.sampled_from(TOPICS))), max_size=12))
def test_whatever_the_labels_every_document_is_counted_exactly_once_per_question(cases):
    documents = [a_document(str(n), tuple(labels)) for n, (labels, _) in enumerate(cases)]

    scores = score(documents, [[a_match(topic) for topic in sorted(found)] for _, found in cases])

    negative = sum(not labels and not found for labels, found in cases)
    counted = scores.relevance.found + scores.relevance.missed + scores.relevance.false
    assert counted + negative == len(cases)
    for topic, figure in scores.topics.items():
        assert figure.found + figure.missed == sum(topic in labels for labels, _ in cases)
        assert figure.found + figure.false == sum(topic in found for _, found in cases)
