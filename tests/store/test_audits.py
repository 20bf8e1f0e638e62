"""Rankings, samples and judgements, as the database keeps them."""

from __future__ import annotations

from dataclasses import replace

from sample_polls import DAY, HOUR, NOW, a_find, a_poll, a_ranking

from monitor.core.model import AuditSample, Judgement, SampledArticle
from monitor.store import RetentionCutoffs

LONG_AGO = NOW - 365 * DAY


def archive(store, *names: str) -> dict[str, int]:
    """Store unmatched articles, and one that is hit; return their ids by name."""
    store.record(a_poll(a_find("hit", "inquiries"), *(a_find(name) for name in names)))
    return {article.article.title.removeprefix("Title of "): article.id for article in store.articles(LONG_AGO)}


def a_judgement(article_id: int, *, relevant: bool = True, **changes) -> Judgement:
    return replace(Judgement(article_id=article_id, relevant=relevant, judged_at=NOW), **changes)


def a_sample(*article_ids: int, **changes) -> AuditSample:
    articles = tuple(
        SampledArticle(article_id=each, stratum="head", position=place, score=1.0, terms=("quay",))
        for place, each in enumerate(article_ids)
    )
    sample = AuditSample(
        drawn_at=NOW,
        since=NOW - DAY,
        until=NOW,
        rules_hash="r",
        sizes={"head": 9, "hits": 1},
        planned=2,
        articles=articles,
    )
    return replace(sample, **changes)


def test_whole_articles_are_read_in_batches_with_whether_a_live_rule_hit_them(any_store):
    ids = archive(any_store, "one", "two")
    first = any_store.audit_articles(LONG_AGO, 0, 2)
    rest = any_store.audit_articles(LONG_AGO, first[-1].id, 2)
    assert [article.id for article in (*first, *rest)] == sorted(ids.values())
    assert {article.id: article.matched for article in (*first, *rest)} == {
        ids["hit"]: True, ids["one"]: False, ids["two"]: False,
    }  # fmt: skip
    assert any_store.audit_texts([ids["one"]])[ids["one"]][0] == "Title of one"


def test_the_last_judgement_counts_and_can_be_withdrawn(any_store):
    ids = archive(any_store, "one")
    assert any_store.judge(a_judgement(ids["one"], note="quays", topic="ports", weight=2.5, score=0.5))
    assert any_store.judge(a_judgement(ids["one"], relevant=False, judged_at=NOW + HOUR))
    (judgement,) = any_store.judgements(LONG_AGO)
    assert (judgement.relevant, judgement.note) == (False, "")
    assert any_store.judgement(ids["one"]) == judgement
    assert any_store.withdraw_judgement(ids["one"])
    assert not any_store.withdraw_judgement(ids["one"])
    assert any_store.judgements(LONG_AGO) == []
    assert any_store.judgement(ids["one"]) is None


def test_an_unknown_article_cannot_be_judged(any_store):
    assert not any_store.judge(a_judgement(4711))


def test_what_edited_rules_match_is_stored_with_the_judgement(any_store):
    ids = archive(any_store, "one", "two")
    for name in ("one", "two"):
        any_store.judge(a_judgement(ids[name]))
    any_store.record_rematched({ids["one"]: True}, "r2")
    assert [(each.matched, each.rules_hash) for each in any_store.judgements(LONG_AGO)] == [(True, "r2"), (False, "")]


def test_possible_misses_are_listed_from_when_they_were_first_ranked(any_store):
    ids = archive(any_store, "one", "two")
    any_store.record_ranking(a_ranking(ids["one"]))
    any_store.record_ranking(a_ranking(ids["one"], ids["two"], trained_at=NOW + DAY))
    everything = any_store.possible_misses(LONG_AGO, NOW + DAY, 5)
    assert [each.article_id for each in everything] == [ids["one"], ids["two"]]
    assert everything[0].terms == ("quay",)
    assert [each.article_id for each in any_store.possible_misses(NOW, NOW + DAY, 5)] == [ids["two"]]
    assert any_store.possible_misses(LONG_AGO, NOW + DAY, 5, threshold=2.5) == []
    assert any_store.audit_ranking().trained_at == NOW + DAY


def test_judged_and_matched_articles_are_no_possible_misses(any_store):
    ids = archive(any_store, "one", "two")
    any_store.record_ranking(a_ranking(ids["hit"], ids["one"], ids["two"]))
    any_store.judge(a_judgement(ids["one"]))
    assert [each.article_id for each in any_store.possible_misses(LONG_AGO, NOW, 5)] == [ids["two"]]


def test_a_sample_is_judged_in_its_order_and_what_is_skipped_comes_last(any_store):
    ids = archive(any_store, "one", "two", "three")
    names = ("two", "one", "three")
    any_store.record_ranking(a_ranking(), a_sample(*(ids[name] for name in names)))
    any_store.postpone_sampled(ids["two"])
    any_store.judge(a_judgement(ids["one"]))
    assert [each.article_id for each in any_store.audit_queue(9)] == [ids["three"], ids["two"]]
    (sample,) = any_store.audit_samples(LONG_AGO)
    assert (sample.sizes, sample.planned) == ({"head": 9, "hits": 1}, 2)
    drawn, number = any_store.sampled_article(ids["one"])
    assert (drawn.stratum, number) == ("head", sample.id)
    assert any_store.sampled_article(ids["hit"]) is None


def test_a_number_of_a_suggestion_never_stands_for_another_one(any_store):
    quay, pilot = {"edit": {"entry": "quay"}}, {"edit": {"entry": "pilot"}}
    first = any_store.record_suggestions([("one", quay), ("two", quay)], NOW)
    assert any_store.record_suggestions([("one", pilot), ("one", quay)], NOW + HOUR, "one") == [
        max(first) + 1,
        first[0],
    ]
    later = any_store.record_suggestions([("three", quay), ("two", quay | {"misses_gained": 3})], NOW + DAY)
    assert (later[1], any_store.suggestion(first[1])["edit"]["misses_gained"]) == (first[1], 3)
    assert any_store.suggestion(first[0])["replaced_at"] == NOW + DAY
    assert [row["id"] for row in any_store.suggestions()] == sorted(later)
    assert any_store.record_suggestions([], NOW + DAY) == []
    assert any_store.suggestions() == []
    assert any_store.record_suggestions([("three", quay)], NOW + DAY)[0] > max(first + later)


def test_suggestions_replaced_long_ago_are_removed_and_their_numbers_are_not_given_again(any_store):
    edits = [("one", {"edit": {"entry": entry}}) for entry in ("quay", "pilot", "tug")]
    first, second = any_store.record_suggestions(edits[:2], NOW)
    any_store.record_suggestions([], NOW + HOUR)
    for cutoff, removed in ((NOW + HOUR, 0), (NOW + DAY, 1)):
        before = RetentionCutoffs(articles=cutoff, hits=NOW, polls=NOW)
        assert any_store.prune(before=before, now=NOW + DAY)["suggestions"] == removed
    assert any_store.suggestion(first) is None
    assert any_store.record_suggestions(edits[2:], NOW + DAY)[0] > second


def test_a_label_of_a_hit_counts_before_the_judgement_of_its_article(any_store):
    any_store.record(a_poll(a_find("one", "inquiries", "fines"), a_find("two", "inquiries"), a_find("three", "fines")))
    hits = {(hit.title.removeprefix("Title of "), hit.rule_id): hit for hit in any_store.hits()}
    any_store.judge(a_judgement(hits["one", "fines"].article_id))
    any_store.judge(a_judgement(hits["two", "inquiries"].article_id, relevant=False))
    any_store.label(hits["three", "fines"].id, NOW, relevant=False)
    any_store.label(hits["one", "inquiries"].id, NOW, relevant=True)
    found = {
        (each.article_id, each.rule_id): (each.relevant, each.labelled) for each in any_store.judged_hits(LONG_AGO)
    }
    assert found == {
        (hits["one", "inquiries"].article_id, "inquiries"): (True, True),
        (hits["two", "inquiries"].article_id, "inquiries"): (False, False),
        (hits["three", "fines"].article_id, "fines"): (False, True),
    }


def test_what_was_judged_is_removed_with_its_article(any_store):
    ids = archive(any_store, "one")
    any_store.record_ranking(a_ranking(ids["one"]), a_sample(ids["one"]))
    any_store.judge(a_judgement(ids["one"]))
    before = RetentionCutoffs(articles=NOW + DAY, hits=NOW + DAY, polls=NOW)
    removed = any_store.prune(before=before, now=NOW + DAY)
    assert (removed["judgements"], removed["sampled_articles"], removed["possible_misses"]) == (1, 1, 1)
    assert any_store.audit_queue(5) == []
