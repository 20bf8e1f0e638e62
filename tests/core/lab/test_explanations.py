"""Passages: the evidence of one sentence together, its terms marked, none within another."""

from __future__ import annotations

from datetime import UTC, datetime

from monitor.core.lab.explanations import HitExplanation
from monitor.core.matching.passages import marked_sentences
from monitor.core.model import Evidence, FeedId, Hit, RuleId

TITLE = "EU AI Act enters into force"
LEAD = "The AI Act binds."


def evidence(term: str, text: str, zone: str, start_of_sentence: int = 0) -> Evidence:
    at = text.index(term)
    return Evidence(
        term=term, as_written=term, zone=zone, start=start_of_sentence + at, end=start_of_sentence + at + len(term),
        sentence=text, sentence_start=start_of_sentence,
    )  # fmt: skip


def test_terms_of_one_sentence_stand_in_one_passage() -> None:
    (passage,) = marked_sentences([evidence("force", TITLE, "title"), evidence("EU", TITLE, "title")])
    assert passage.text == TITLE
    assert passage.marks == ((0, 2), (22, 27))
    assert [each.term for each in passage.evidence] == ["force", "EU"]


def test_a_term_within_another_is_marked_with_it() -> None:
    found = [evidence("EU AI", TITLE, "title"), evidence("AI Act", TITLE, "title"), evidence("AI", TITLE, "title")]
    (passage,) = marked_sentences(found)
    assert passage.marks == ((0, 9),)


def test_each_sentence_is_a_passage_in_the_order_of_the_evidence() -> None:
    found = marked_sentences([evidence("AI Act", TITLE, "title"), evidence("AI Act", LEAD, "lead", 40)])
    assert [(passage.zone, passage.text, passage.marks) for passage in found] == [
        ("title", TITLE, ((3, 9),)),
        ("lead", LEAD, ((4, 10),)),
    ]


def test_no_evidence_is_no_passage() -> None:
    assert marked_sentences([]) == ()


def test_a_text_that_retention_has_removed_is_gone() -> None:
    hit = Hit(
        id=1,
        rule_id=RuleId("r"),
        rule_hash="1",
        topic="t",
        status="live",
        priority="normal",
        branch="",
        prominence="major",
        score=3,
        evidence=(),
        found_at=datetime(2026, 11, 24, tzinfo=UTC),
        partial=False,
        backfilled=False,
        updated=False,
        article_id=1,
        entry_id=1,
        feed_id=FeedId("f"),
        url="",
        title="",
        published_at=None,
        language="en",
        story_id=1,
        text_hash="a",
    )
    result = HitExplanation(
        hit=hit, sentences=(), rule=None, match=None, text_hash="", story=None, removed_after_days=365
    )
    assert result.text_state == "gone"
