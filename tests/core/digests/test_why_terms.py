"""Which terms of a rule a digest names as the reason."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sample_news import evidence_of, hit

from monitor.core.digests.why_terms import choose_why_terms, term_hashes
from monitor.core.stories.frequencies import TOTAL, frequency_buckets
from monitor.core.stories.weighted_terms import stem, term_hash


def counts_of(**articles):
    """Return the counts of words in an archive of 1,000 articles."""
    return {TOTAL: 1000} | {
        bucket: number for word, number in articles.items() for bucket in frequency_buckets([term_hash(stem(word))])
    }


@pytest.mark.parametrize(
    ("sentence", "terms", "chosen"),
    [
        ("A law on AI: it passed, after a moratorium, the Senate.", ("law", "AI", "Senate"), ("Senate",)),
        (
            "New rules: the AI Act, and deepfake labelling.",
            ("rules", "AI Act", "deepfake labelling"),
            ("deepfake labelling",),
        ),
        (
            "A vote on the law, then on the code of practice.",
            ("vote", "law", "code of practice"),
            ("code of practice",),
        ),
        ("在巴黎的人工智能行动峰会讨论治理。", ("治理", "人工智能行动峰会"), ("人工智能行动峰会讨论治理",)),
        ("人工智能行动峰会今天在巴黎讨论治理。", ("治理", "人工智能行动峰会"), ("人工智能行动峰会", "治理")),
    ],
)
def test_names_and_terms_of_several_words_are_named_before_general_words(sentence, terms, chosen):
    counts = counts_of(ai=900, law=300, act=300, rule=300, vote=300)
    assert choose_why_terms(evidence_of(sentence, *terms), "", counts) == chosen


@pytest.mark.parametrize(
    ("sentence", "terms", "chosen"),
    [
        ("Peers again demand that AI firms name the copyright works.", ("Peers", "AI", "copyright", "works"),
         "AI firms name the copyright works"),
        ("The EU's new rules for AI.", ("EU", "rules", "AI"), "EU's new rules for AI"),
        ("The EU met. It set no rules.", ("EU", "rules"), "EU"),
        ("The EU (and others) set rules.", ("EU", "rules"), "EU"),
        ("The EU will now also set stricter rules.", ("EU", "rules"), "EU"),
        ("The EU set " + "rules against unfair, " * 4, ("EU", "rules", "unfair"), "EU set rules against unfair"),
        ("The rules for EU Act, code on AI.", ("rules", "EU", "code", "AI"), "code on AI"),  # the first may go on
        ("New export controls, and voluntary standards.", ("export controls", "controls", "voluntary standards"),
         "voluntary standards"),
    ],
)  # fmt: skip
def test_terms_that_stand_close_together_are_one_phrase(sentence, terms, chosen):
    assert choose_why_terms(evidence_of(sentence, *terms), "", {})[0] == chosen


def test_terms_that_few_articles_have_are_named_first():
    evidence = evidence_of("Both Anthropic, and OpenAI, object.", "Anthropic", "OpenAI")
    assert choose_why_terms(evidence, "", counts_of(anthropic=300, openai=100)) == ("OpenAI", "Anthropic")
    assert choose_why_terms(evidence, "", counts_of(anthropic=100, openai=300)) == ("Anthropic", "OpenAI")


def test_a_term_that_the_title_of_the_rule_contains_is_named_last():
    evidence = evidence_of(
        "Taiwan adds Huawei, SMIC, and others to its list of export controls.", "export controls", "Huawei", "SMIC"
    )
    assert choose_why_terms(evidence, "Export controls on chips", {}) == ("Huawei", "SMIC")
    assert choose_why_terms(evidence[:1], "Export controls on chips", {}) == ("export controls",)


def test_a_term_of_the_title_is_named_before_one_of_the_text_alone():
    evidence = (*evidence_of("Huawei sues.", "Huawei", zone="lead"), *evidence_of("SMIC sues", "SMIC", zone="title"))
    assert choose_why_terms(evidence, "", {}) == ("SMIC", "Huawei")


def test_no_term_repeats_a_word_of_another():
    evidence = evidence_of(
        "The AI Action Summit, an AI Summit, ends in Paris.", "AI Action Summit", "AI Summit", "Paris"
    )
    assert choose_why_terms(evidence, "", {}) == ("AI Action Summit", "Paris")


def test_a_name_is_written_as_in_the_text_and_not_as_in_the_headline():
    evidence = (
        *evidence_of("RED TAPE GROWS", "RED TAPE", zone="title"),
        *evidence_of("There is more red tape.", "red tape"),
    )
    assert choose_why_terms(evidence, "", {}) == ("red tape",)


def test_evidence_outside_of_its_sentence_is_named_without_the_words_around_it():
    evidence = [replace(each, sentence_start=99) for each in evidence_of("Rules for the AI Act.", "Rules", "AI Act")]
    assert choose_why_terms(evidence, "", {}) == ("AI Act", "Rules")
    assert choose_why_terms([replace(each, sentence="") for each in evidence], "", {}) == ("AI Act", "Rules")


def test_without_evidence_there_is_nothing_to_name():
    assert choose_why_terms((), "", {}) == ()


def test_the_words_of_all_terms_are_looked_up_in_the_archive():
    hits = [hit(1, "T", "gazette", "ai-act", "r", evidence_of("The AI Acts.", "AI Acts"))]
    assert term_hashes(hits) == {term_hash("ai"), term_hash("act")}
