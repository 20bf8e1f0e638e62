"""From an archive to an estimate: ranking, sampling, judging; each step on both databases."""

from __future__ import annotations

import codecs
from contextlib import closing
from dataclasses import asdict, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sample_polls import NOW, a_find, a_match, a_poll

from monitor.audit.auditor import Auditor
from monitor.audit.suggesting import Suggester
from monitor.audit.training import train
from monitor.audit.training_process import train_in_process
from monitor.core import rules
from monitor.core.errors import ConfigurationError, UsageError
from monitor.core.model import RuleId
from monitor.core.progress import no_progress
from monitor.core.rules import SourceFile
from monitor.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DAY = timedelta(days=1)
LATER = NOW + DAY
RULES = """
version: 1
topics: {{port: {{title: Ports, order: 1}}}}
rules:
  - id: dredging
    title: Dredging
    topic: port
    status: live
    any: [{terms}]
    tests: [{{hit: New dredging licence}}, {{miss: Ports meet}}]
"""
_PORTS = ("dredging of the harbour basin", "quay of the harbour", "wall of the harbour", "pilots of the harbour")
_OTHERS = ("football cup final", "opera season opens", "bakery wins a prize", "club buys a stadium")


def book(terms: str = "dredging"):
    loaded, problems = rules.load([SourceFile("ports.yaml", RULES.format(terms=terms))])
    assert [problem for problem in problems if problem.level == "error"] == []
    return loaded


def fill(store: Store, number: int = 240) -> None:
    """Store articles; every fourth is about ports, and every eighth is hit: it has the word of the rule."""
    found = []
    for place in range(number):
        about_ports = place % 4 == 0
        subject = (_PORTS[0] if place % 8 == 0 else _PORTS[1 + place % 3]) if about_ports else _OTHERS[place % 4]
        matches = [a_match("dredging", topic="port")] if place % 8 == 0 else []
        article = a_find(f"article {place}")
        text = f"On day {place} the council of town{place % 13} reported of the {subject}, as it said in town{place}."
        article = replace(article, article=replace(article.article, title=f"Number {place}", text=text))
        found.append(replace(article, matches=tuple(matches)))
    store.record(a_poll(*found))


def auditor(store: Store, terms: str = "dredging", weekly: int = 60) -> Auditor:
    rules = book(terms).rules
    return Auditor(store=store, rules=rules, read_rules=lambda: rules, feeds=(), window=28 * DAY, weekly=weekly)


def is_about_ports(store: Store, article_id: int) -> bool:
    return int(store.article(article_id).article.title.removeprefix("Number ")) % 4 == 0


def is_miss(store: Store, article_id: int) -> bool:
    return is_about_ports(store, article_id) and not store.is_hit(article_id)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def trained_template(request: pytest.FixtureRequest, spare_urls: list[str]) -> str:
    """The address of a database of each kind with a ranking, from which those of the tests are copied."""
    url = spare_urls[request.param == "postgresql"]
    with closing(Store(url)) as store:
        fill(store)
        auditor(store).train(LATER, no_progress)
    return url


in_sqlite = pytest.mark.parametrize("trained_template", ["sqlite"], indirect=True)
"""For tests that read and write only what others of this file do on both databases."""


@pytest.fixture
def trained(trained_template: str, copied_store: Callable[[str], Store]) -> Store:
    return copied_store(trained_template)


def test_what_looks_like_the_hits_is_listed_first(trained: Store) -> None:
    misses = trained.possible_misses(NOW, LATER, 30)
    assert all(is_about_ports(trained, each.article_id) for each in misses)
    assert len(misses) == 30
    assert "harbour" in set(misses[0].terms)


def test_a_sample_holds_hits_and_every_stratum_in_a_mixed_order(trained: Store) -> None:
    queue = trained.audit_queue(60)
    assert {each.stratum for each in queue} == {"hits", "head", "next", "middle", "rest"}
    (sample,) = trained.audit_samples(NOW)
    assert sample.sizes["hits"] == 30
    assert sum(sample.sizes.values()) == 240
    assert {each.stratum for each in queue[:12]} >= {"hits", "head", "rest"}


def test_judging_all_that_was_drawn_gives_the_true_recall(trained: Store) -> None:
    audit = auditor(trained)
    assert not audit.report(LATER).sufficient
    for drawn in trained.audit_queue(1000):
        audit.judge(drawn.article_id, LATER, relevant=is_about_ports(trained, drawn.article_id))
    report = audit.report(LATER)
    assert report.estimate.low <= 0.5 <= report.estimate.high
    assert report.estimate.recall == pytest.approx(0.5, abs=0.1)
    assert report.estimate.precision == 1.0


@pytest.mark.parametrize(
    ("is_relevant", "said"),
    [
        (is_about_ports, "Recall 50 % (every article was judged since 28 Oct: 40)"),
        (lambda _store, _article: False, "not known: none of 40 judged articles is relevant"),
    ],
)
def test_a_small_archive_that_was_judged_whole_leaves_no_doubt(sqlite_store, is_relevant, said) -> None:
    fill(sqlite_store, 40)
    audit = auditor(sqlite_store)
    audit.train(LATER, no_progress)
    assert audit.report(LATER).sentence == "not enough judged yet: 0 of about 40"
    for drawn in sqlite_store.audit_queue(1000):
        audit.judge(drawn.article_id, LATER, relevant=is_relevant(sqlite_store, drawn.article_id))
    assert audit.report(LATER).sentence == said


@in_sqlite
def test_an_edited_rule_that_finds_judged_misses_raises_the_recall(trained: Store) -> None:
    audit = auditor(trained)
    for drawn in trained.audit_queue(1000):
        audit.judge(drawn.article_id, LATER, relevant=is_about_ports(trained, drawn.article_id))
    before = audit.report(LATER).estimate
    edited = auditor(trained, terms="dredging, quay, wall, pilots")
    edited.train(LATER + DAY, no_progress, sample=False)
    after = edited.report(LATER + DAY).estimate
    assert after.recall > before.recall + 0.2
    assert after.judged == before.judged


def test_an_article_that_a_reader_chose_counts_for_itself_alone(trained: Store) -> None:
    audit = auditor(trained)
    drawn = trained.audit_queue(40)
    for each in drawn:
        audit.judge(each.article_id, LATER, relevant=is_about_ports(trained, each.article_id))
    before = audit.report(LATER).estimate
    (miss, *_) = trained.possible_misses(NOW, LATER, 1)
    judgement = audit.judge(miss.article_id, LATER, relevant=True, chosen=True)
    assert (judgement.stratum, judgement.weight) == ("chosen", None)
    assert audit.report(LATER).estimate.relevant == before.relevant + 1


def test_chosen_articles_are_taken_out_of_the_strata_only_if_they_are_in_one(sqlite_store: Store) -> None:
    """An article that was judged before its sample was drawn is in none, and counts as soon as it is drawn."""
    fill(sqlite_store)
    audit = auditor(sqlite_store)
    audit.train(LATER, no_progress, sample=False)
    listed = [each.article_id for each in sqlite_store.possible_misses(NOW, LATER, 25)]
    for when, some, judged in ((LATER, listed[:20], 20), (LATER + 2 * DAY, listed[20:], 25)):
        for article_id in some:
            audit.judge(article_id, when, relevant=True, chosen=True)
        if when == LATER:
            assert audit.report(when).estimate.judged == 0
            audit.train(LATER + DAY, no_progress, sample=True)
        estimate = audit.report(when).estimate
        assert (estimate.judged, estimate.articles) == (judged, 240)


@in_sqlite
def test_an_article_that_is_judged_after_an_edit_of_the_rules_is_matched_with_the_edited_rules(trained: Store) -> None:
    edited = auditor(trained, terms="dredging, quay, wall, pilots")
    missed = next(each for each in trained.audit_queue(60) if is_miss(trained, each.article_id))
    edited.judge(missed.article_id, LATER + DAY, relevant=True)
    edited.train(LATER + 2 * DAY, no_progress, sample=False)
    assert [each.matched for each in trained.judgements(NOW)] == [True]


@in_sqlite
def test_training_is_due_once_a_day_and_after_an_edit_of_the_rules(trained: Store) -> None:
    hour = timedelta(hours=1)
    assert not auditor(trained).is_due(LATER + 23 * hour)
    assert auditor(trained).is_due(LATER + DAY)
    assert auditor(trained, terms="quay").is_due(LATER + hour)
    assert not auditor(trained, weekly=0).is_due(LATER + 9 * DAY)


@in_sqlite
def test_a_sample_is_drawn_once_a_week_from_what_is_new(trained: Store) -> None:
    audit = auditor(trained)
    assert audit.request(LATER + DAY).judgements_wanted == 0
    request = audit.request(LATER + 7 * DAY)
    assert (request.judgements_wanted, request.sampled_until) == (60, LATER)


def test_too_few_hits_give_a_random_sample_and_no_list(any_store: Store) -> None:
    fill(any_store, 60)
    result = auditor(any_store).train(LATER, no_progress)
    assert "9 of the 30 relevant examples" in result.reason
    assert any_store.possible_misses(NOW, LATER, 5) == []
    assert len(any_store.audit_queue(100)) == 60


def test_an_archive_in_which_every_article_has_a_hit_gives_a_sample_of_hits_and_no_list(any_store: Store) -> None:
    found = (replace(a_find(f"article {number}"), matches=(a_match("dredging", topic="port"),)) for number in range(40))
    any_store.record(a_poll(*found))
    result = auditor(any_store).train(LATER, no_progress)
    assert (result.reason, result.ranking.relevant, result.ranking.ranked) == ("", 40, 0)
    assert {each.stratum for each in any_store.audit_queue(100)} == {"hits"}


@in_sqlite
def test_unknown_articles_and_topics_are_refused(trained: Store) -> None:
    with pytest.raises(UsageError, match="there is no article 4711"):
        auditor(trained).judge(4711, LATER, relevant=True)
    with pytest.raises(UsageError, match="no rule has the topic 'quays'; there are port"):
        auditor(trained).judge(trained.audit_queue(1)[0].article_id, LATER, relevant=True, topic="quays")
    with pytest.raises(UsageError, match="not relevant has no topic"):
        auditor(trained).judge(trained.audit_queue(1)[0].article_id, LATER, relevant=False, topic="port")


def test_training_in_a_process_of_its_own_gives_the_same(sqlite_store: Store) -> None:
    fill(sqlite_store)
    request = auditor(sqlite_store).request(LATER)
    result = train_in_process(sqlite_store, request)
    auditor(sqlite_store).train(LATER, no_progress)
    assert [each.article_id for each in result.ranking.articles[:5]] == [
        each.article_id for each in sqlite_store.possible_misses(NOW, LATER, 5)
    ]
    assert result.sample.articles[:60] == tuple(sqlite_store.audit_queue(60))


def test_a_suggested_edit_is_applied_once_and_keeps_the_comments_of_the_file(trained: Store, tmp_path: Path) -> None:
    file = tmp_path / "ports.yaml"
    file.write_text("# Ports of the north\n" + RULES.format(terms="dredging"), encoding="utf-8")
    audit = auditor(trained)
    for drawn in trained.audit_queue(1000):
        audit.judge(drawn.article_id, LATER, relevant=is_about_ports(trained, drawn.article_id))
    suggester = Suggester(auditor=audit, folder=tmp_path)
    before = file.read_text()
    number, suggestion = next(iter(suggester.suggest("dredging", LATER).items()))
    assert file.read_text() == before
    assert suggestion.misses_gained > 5
    diff = suggester.apply(number, LATER)
    text = file.read_text()
    assert text.startswith("# Ports of the north\n")
    assert f"any: [{suggestion.edit.entry}, dredging]" in text
    assert suggestion.edit.entry in diff
    with pytest.raises(UsageError, match="was applied on"):
        suggester.apply(number, LATER)
    with pytest.raises(UsageError, match="there is no suggestion 4711; no suggestion is open"):
        suggester.apply(4711, LATER)
    (later,) = trained.record_suggestions([("dredging", asdict(suggestion))], LATER)
    assert (later > number, suggester.open_suggestions("dredging")) == (True, {later: suggestion})
    with pytest.raises(UsageError, match="there is no rule 'dredgin'; did you mean 'dredging'"):
        suggester.open_suggestions("dredgin")
    trained.record_suggestions([], LATER)
    replaced = rf"suggestion {later} \(rule 'dredging': .+ to any\) was replaced on 20[0-9: -]+ UTC by a later list; no"
    with pytest.raises(UsageError, match=replaced):
        suggester.apply(later, LATER)


def test_misses_of_a_topic_with_one_rule_are_that_rules_even_before_it_has_hits(
    sqlite_store: Store, tmp_path: Path
) -> None:
    fill(sqlite_store)
    (tmp_path / "ports.yaml").write_text(RULES.format(terms="dredging").replace("id: dredging", "id: quays"), "utf-8")
    audit = auditor(sqlite_store)
    audit = replace(audit, rules=[replace(rule, id=RuleId("quays")) for rule in audit.rules])
    misses = [each.id for each in sqlite_store.articles(NOW - 28 * DAY) if is_miss(sqlite_store, each.id)]
    for article_id in misses[:12]:
        audit.judge(article_id, LATER, relevant=True, topic=audit.rules[0].topic)
    suggested = Suggester(auditor=audit, folder=tmp_path).suggest(None, LATER)
    assert {each.edit.rule_id for each in suggested.values()} == {"quays"}


@in_sqlite
def test_rules_of_judged_misses_to_which_no_term_can_be_added_are_named(trained: Store, tmp_path: Path) -> None:
    file, written = tmp_path / "ports.yaml", RULES.format(terms="dredging")
    audit = auditor(trained)
    suggester = Suggester(auditor=audit, folder=tmp_path)
    file.write_text(written.replace("any: [dredging]", "query: dredging"), encoding="utf-8")
    assert suggester.rules_that_take_no_terms(LATER) == []
    (miss, *_) = (each.id for each in trained.articles(NOW - 28 * DAY) if is_miss(trained, each.id))
    audit.judge(miss, LATER, relevant=True, topic=audit.rules[0].topic)
    assert suggester.rules_that_take_no_terms(LATER) == ["dredging"]
    assert suggester.rules_that_take_no_terms(LATER, "dredging") == ["dredging"]
    file.write_text(written, encoding="utf-8")
    assert suggester.rules_that_take_no_terms(LATER) == []


@in_sqlite
def test_a_suggestion_that_breaks_a_test_by_now_is_refused_and_nothing_is_written(
    trained: Store, tmp_path: Path
) -> None:
    file = tmp_path / "ports.yaml"
    text = codecs.BOM_UTF8 + RULES.format(terms="dredging").replace("\n", "\r\n").encode()
    file.write_bytes(text)
    audit = auditor(trained)
    for drawn in trained.audit_queue(1000):
        audit.judge(drawn.article_id, LATER, relevant=is_about_ports(trained, drawn.article_id))
    suggester = Suggester(auditor=audit, folder=tmp_path)
    number, suggestion = next(iter(suggester.suggest("dredging", LATER).items()))
    term = suggestion.edit.entry
    contradicted = text.replace(b"tests: [", f"tests: [{{miss: 'About {term}'}}, ".encode())
    assert contradicted != text
    file.write_bytes(contradicted)
    with pytest.raises(ConfigurationError, match="with this suggestion, the test must not match, but did"):
        suggester.apply(number, LATER)
    assert file.read_bytes() == contradicted
    file.write_bytes(text)
    suggester.apply(number, LATER)
    written = file.read_bytes()
    assert written.startswith(codecs.BOM_UTF8)
    assert written.count(b"\n") == written.count(b"\r\n")


@in_sqlite
def test_a_ranking_says_what_it_learned_from_and_the_same_gives_the_same(trained: Store) -> None:
    ranking = trained.audit_ranking()
    assert ranking is not None
    assert ranking.learned_from == "30 relevant examples: 30 hits"
    assert ranking.versions.startswith("ranker ")
    assert "scikit-learn" in ranking.versions
    again = train(trained, auditor(trained).request(LATER)).ranking
    assert (again.training_hash, again.versions) == (ranking.training_hash, ranking.versions)
    judged = trained.possible_misses(NOW - DAY, LATER + DAY, 1)[0].article_id
    auditor(trained).judge(judged, LATER, relevant=True)
    changed = train(trained, auditor(trained).request(LATER)).ranking
    assert changed.training_hash != ranking.training_hash
    assert changed.learned_from == "31 relevant examples: 30 hits, 1 judged article"
