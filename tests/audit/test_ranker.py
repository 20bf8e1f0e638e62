"""The ranker, on invented articles."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from monitor.audit.ranker import TooFewExamplesError, rank
from monitor.audit.simulation import simulate
from monitor.core import rules
from monitor.core.audit.corpus import AuditDocument
from monitor.core.audit.explanatory_terms import explanatory_terms
from monitor.core.audit.features import beginning, features
from monitor.core.rules import SourceFile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.core.matching.rulebook import Rule

_PORTS = (
    "dredging licence for the harbour",
    "tide gauge of the harbour",
    "pilots of the port",
    "quay wall of the port",
)
_OTHERS = ("football cup final", "opera season opens", "bakery wins prize", "new stadium for the club")


TEXTS: dict[str, str] = {}


def texts(ids: Sequence[str]) -> list[str]:
    return [TEXTS[each] for each in ids]


def a_document(identity: str, text: str, **fields: bool) -> AuditDocument:
    TEXTS[identity] = text
    return AuditDocument(id=identity, language="en", **fields)


def corpus(size: int = 400) -> list[AuditDocument]:
    """Every fourth article is about ports; rules match every second one of those."""
    documents = []
    for number in range(size):
        about_ports = number % 4 == 0
        subject = (_PORTS if about_ports else _OTHERS)[number // 4 % 4]
        text = f"Report {number % 17}: {subject} said the council of town{number % 23} on day{number % 7}"
        matched = about_ports and number % 8 == 0
        documents.append(a_document(f"a{number}", text, matched=matched, prominent=matched))
    return documents


def is_miss(identity: str) -> bool:
    number = int(identity[1:])
    return number % 4 == 0 and number % 8 != 0


def test_a_term_that_no_example_has_is_known_by_the_list_that_it_is_in() -> None:
    text = """{version: 1, topics: {port: Ports}, lists: {port: [harbour, port, wharf]},
        rules: [{id: ports, title: Ports, topic: port, status: test, any: [dredging, {all: [$port, sand]}]}]}"""
    (rule,) = rules.load([SourceFile("a.yaml", text)])[0].rules
    foreign = [a_document(f"de-{place}", f"Der Rat baut {place} neu") for place in ("kiosk", "wharf")]

    def foreign_scores(**changes: list[Rule]) -> dict[str, float]:
        return {
            each.id: each.score
            for each in rank([*corpus(), *foreign], texts, **changes)
            if each.id in {"de-kiosk", "de-wharf"}
        }

    unknown, known = foreign_scores(), foreign_scores(rules=[rule])
    assert unknown["de-kiosk"] == unknown["de-wharf"]
    assert known["de-wharf"] > known["de-kiosk"]


def test_articles_like_the_hits_are_ranked_first_with_their_explanatory_terms() -> None:
    ranked = rank(corpus(), texts)
    assert len(ranked) == 350
    assert all(is_miss(each.id) for each in ranked[:50])
    assert {"harbour", "port"} & set(ranked[0].terms)


def test_order_of_the_input_changes_nothing_and_the_seed_decides() -> None:
    documents = corpus()
    assert rank(documents, texts, 3) == rank(documents[::-1], texts, 3)


def test_a_judgement_outweighs_the_assumption_that_an_unmatched_article_is_irrelevant() -> None:
    documents = [replace(d, judged=True) if is_miss(d.id) and int(d.id[1:]) < 200 else d for d in corpus()]
    ranked = rank(documents, texts)
    assert {each.id for each in ranked}.isdisjoint(d.id for d in documents if d.judged)
    assert all(is_miss(each.id) for each in ranked[:25])


def test_below_thirty_relevant_examples_nothing_is_ranked() -> None:
    with pytest.raises(TooFewExamplesError, match="25 of the 30 relevant examples"):
        rank(corpus(200), texts)


@pytest.mark.parametrize("said", ["harbour and port", "", "..."])
@pytest.mark.parametrize(("unmatched", "irrelevant"), [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (40, 0)])
def test_all_unmatched_articles_are_ranked_however_few_they_and_the_words_are(
    said: str, unmatched: int, irrelevant: int
) -> None:
    hits = [a_document(f"h{number}", said, matched=True, prominent=True) for number in range(30)]
    judged = [a_document(f"j{number}", said, judged=False) for number in range(irrelevant)]
    others = [a_document(f"o{number}", said) for number in range(unmatched)]
    ranked = rank([*hits, *judged, *others], texts)
    assert {each.id for each in ranked} == {each.id for each in others}
    assert all(math.isfinite(each.score) for each in ranked)


def test_hostile_articles_change_nothing_for_the_others() -> None:
    hostile = [
        a_document("b-huge", beginning("x", "word " * 2_000_000)),
        a_document("b-one-word", beginning("", "a" * 10_000_000)),
        a_document("b-no-letters", beginning("...", "123 --- ??? " * 10_000)),
        a_document("b-empty", ""),
        a_document("b-surrogates", "\ud800 \udfff \x00"),
    ]
    ranked = rank([*corpus(), *hostile], texts)
    assert all(is_miss(each.id) for each in ranked[:50])
    assert {each.id for each in hostile} <= {each.id for each in ranked}


def test_an_unmatched_article_stuffed_with_explanatory_terms_moves_itself_alone() -> None:
    stuffed = a_document("b-stuffed", "harbour port dredging licence tide gauge " * 50)
    plain = [each.id for each in rank(corpus(), texts)[:40]]
    ranked = [each.id for each in rank([*corpus(), stuffed], texts) if each.id != "b-stuffed"]
    assert all(is_miss(identity) for identity in ranked[:50])
    assert len(set(plain) & set(ranked[:50])) >= 35


def test_words_without_spaces_become_pairs_of_characters() -> None:
    assert features("AI 治理框架 news") == ["ai", "治理", "理框", "框架", "news"]
    assert features("Export controls widen") == ["export", "controls", "widen", "export controls", "controls widen"]


def test_half_as_many_characters_are_read_of_a_text_without_spaces() -> None:
    assert len(beginning("Harbours", "The 港口 of " * 500)) == 3_001
    assert len(beginning("Harbours", "港口的 AI 治理" * 500)) == 1_501


def test_a_simulation_is_repeated_exactly_with_its_seed_and_covers_the_true_recall() -> None:
    documents = [replace(each, judged=int(each.id[1:]) % 4 == 0) for each in corpus(600)]
    done = simulate(documents, texts, labels=320, runs=100, seed=5)
    assert done.true_recall == 0.5
    assert done.coverage >= 0.93
    assert done == simulate(documents, texts, labels=320, runs=100, seed=5)


def test_scores_mean_the_same_in_small_and_large_archives() -> None:
    for size in (300, 1_200):
        others = [each for each in corpus(size) if each.matched or not is_miss(each.id)]
        misses = [each for each in corpus(size) if is_miss(each.id)][:6]
        scores = {each.id: each.score for each in rank([*others, *misses], texts)}
        highest = max(score for identity, score in scores.items() if not is_miss(identity))
        assert -1 < highest < min(scores[each.id] for each in misses) - 0.5


def test_an_article_with_one_known_word_is_not_ranked_first() -> None:
    lone = [a_document("b-lone", "town7 zyx"), a_document("b-unknown", "zyx"), a_document("b-none", "")]
    ranked = [each.id for each in rank([*corpus(), *lone], texts)]
    assert "b-lone" not in ranked[:50]
    assert ranked[-1] == "b-none"


def test_terms_are_content_words_as_the_article_writes_them() -> None:
    text = "On the Harbour's Quay-Wall: 2026 plans.\nThe pilots of the Port met. Walls fell. 人工智能治理"
    best = ["of the", "the", "2026", "quay wall", "quay", "port", "met walls", "wall", "智能", "pilots", "gone"]
    assert explanatory_terms(best, text) == ("Quay-Wall", "Port", "智能", "pilots")


def test_few_examples_give_no_function_words_as_terms() -> None:
    ranked = rank(corpus(260), texts)
    assert all(each.terms for each in ranked[:10])
    shown = {term.lower() for each in ranked for term in each.terms}
    assert shown.isdisjoint({"of the", "the", "of", "said the", "report", "council", "said"})
