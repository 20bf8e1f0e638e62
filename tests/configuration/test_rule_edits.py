"""Edits of single rules: a live rule whose own tests fail keeps its version in force, and all other edits are taken."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from config_samples import minimal

from monitor import settings
from monitor.app import App
from monitor.cli.daemon import _watch
from monitor.cli.session import Session
from monitor.configuration import as_decided, decide, record_accepted
from monitor.core.digests.rule_changes import rule_states
from monitor.core.errors import ConfigurationError, DatabaseError
from monitor.core.matching.expressions import walk_expressions
from monitor.core.matching.terms import Term
from monitor.daemon import page_process
from monitor.daemon.config_reload import ConfigWatcher

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)
RULES = """\
version: 1
topics: {ai: {title: AI}}
lists: {words: [AI Act]}
rules:
  - id: first
    title: First
    topic: ai
    status: live
    any: [$words]
    tests:
      - hit: The AI Act
      - miss: No
  - id: second
    title: Second
    topic: ai
    status: live
    any: [chips]
    tests:
      - hit: New chips
      - miss: No
"""
STAYS = "its version from before stays in force"
RUNS_AS_TEST = "until it passes, it runs with status: test, so its hits are stored and not sent"


@pytest.fixture
def folder(tmp_path):
    folder = minimal(tmp_path / "config")
    edit(folder, RULES)
    return folder


def edit(folder, text):
    (folder / "rules" / "one.yaml").write_text(text, encoding="utf-8")


def take(folder, store):
    """Decide as the daemon does, store what was decided, and return it."""
    decided = decide(settings.load(folder, {}), store, NOW)
    record_accepted(store, decided, NOW)
    return decided


def rules(decided):
    return {rule.id: rule for rule in decided.rules.rules}


def test_a_rule_whose_test_fails_stays_as_it_was_and_other_edits_are_taken(folder, any_store):
    before = rules(take(folder, any_store))
    edit(folder, RULES.replace("any: [$words]", "any: [DSA]").replace("title: Second", "title: Chips"))
    decided = take(folder, any_store)
    assert rules(decided)["first"].hash == before["first"].hash
    assert rules(decided)["second"].title == "Chips"
    (refusal,) = any_store.refusals()
    assert refusal == decided.refusals[0]
    assert str(refusal).startswith(f"{folder}/rules/one.yaml:11:14: E051 live rule 'first' fails its test hit")
    assert str(refusal).endswith(STAYS)

    again = take(folder, any_store)  # a restart, and one more edit of the other rule
    assert rules(again)["first"].hash == before["first"].hash
    edit(folder, RULES.replace("title: Second", "title: Once more"))
    assert take(folder, any_store).refusals == ()
    assert any_store.configuration().held_rules == {}


def test_an_edit_of_a_list_that_breaks_a_test_leaves_the_rule_with_the_list_as_it_was(folder, store):
    before = rules(take(folder, store))
    edit(folder, RULES.replace("words: [AI Act]", "words: [AI Bill]"))
    assert rules(take(folder, store))["first"].hash == before["first"].hash


@pytest.mark.parametrize("fault", ["failing", "none"])
def test_a_rule_that_was_never_in_force_is_run_as_test_until_it_passes(folder, store, fault):
    faulty = RULES.replace("id: second", "id: third").replace("New chips", "Nothing")
    if fault == "none":
        faulty = faulty[: faulty.rindex("    tests:")]
    take(folder, store)
    edit(folder, faulty)
    for _ in range(2):  # another start with the same files changes nothing
        decided = take(folder, store)
        assert {rule.id: rule.status for rule in decided.rules.rules} == {"first": "live", "third": "test"}
        assert str(decided.refusals[0]).endswith(RUNS_AS_TEST)
    edit(folder, RULES.replace("id: second", "id: third"))
    assert rules(take(folder, store))["third"].status == "live"


def test_on_a_first_start_failing_rules_run_as_test_and_those_of_before_as_they_are(folder, store):
    edit(folder, RULES.replace("The AI Act", "Nothing").replace("New chips", "Nothing"))
    loaded = settings.load(folder, {})
    store.note_rules(rule_states([rules(loaded)["second"]]), NOW)
    decided = take(folder, store)
    assert {rule.id: rule.status for rule in decided.rules.rules} == {"first": "test", "second": "live"}
    assert [str(refusal).endswith(end) for refusal, end in zip(decided.refusals, (RUNS_AS_TEST, STAYS), strict=True)]


def read(folder, store):
    """Read as a command that changes nothing, in a shell that has no secrets of channels."""
    loaded = settings.load(folder, {}, needs_channels=False)
    return as_decided(loaded, store.configuration(), store.refusals())


def test_a_command_that_only_reads_shows_refused_edits_also_after_an_edit_of_another_file(folder, store):
    before = rules(take(folder, store))
    edit(folder, RULES.replace("any: [$words]", "any: [DSA]"))
    decided = take(folder, store)
    assert (rules(read(folder, store))["first"].hash, read(folder, store).refusals) == (
        before["first"].hash,
        decided.refusals,
    )
    (folder / "channels.yaml").write_text('channels: {hook: {type: webhook, url: "${HOOK}"}}\n', encoding="utf-8")
    assert (rules(read(folder, store))["first"].hash, read(folder, store).refusals) == (
        before["first"].hash,
        decided.refusals,
    )


def test_files_that_define_several_rules_that_stay_in_force_are_read_once(folder, store):
    both = RULES.replace("any: [chips]", "any: [chips, $words]").replace("hit: New chips", "hit: Another AI Act")
    edit(folder, both)
    take(folder, store)
    edit(folder, both.replace("words: [AI Act]", "words: [DSA]"))
    for decided in (take(folder, store), read(folder, store)):  # decides, and repeats what was decided
        assert list(decided.held_rules) == ["first", "second"]
        terms = [
            {id(each) for each in walk_expressions(rules(decided)[name].expressions) if isinstance(each, Term)}
            for name in ("first", "second")
        ]
        assert terms[0] < terms[1]  # the terms of their list are the same objects


def test_a_command_that_only_reads_shows_what_the_next_poll_will_decide_about_edited_rules(folder, store):
    before = rules(take(folder, store))
    edit(folder, RULES.replace("any: [$words]", "any: [DSA]").replace("title: Second", "title: Chips"))
    seen = read(folder, store)
    assert (rules(seen)["first"].hash, rules(seen)["second"].title) == (before["first"].hash, "Chips")
    assert str(seen.refusals[0]).endswith(STAYS)
    assert store.refusals() == ()  # reading records nothing
    assert take(folder, store).refusals == seen.refusals

    (folder / "monitor.yaml").write_text("rules: {on_failing_tests: warn}\n", encoding="utf-8")
    seen = read(folder, store)
    assert rules(seen)["first"].hash != before["first"].hash
    assert seen.refusals == ()


def test_a_command_that_only_reads_shows_what_a_poll_will_decide_after_an_edit_of_an_article_of_a_test(folder, store):
    (folder / "rules" / ".cases").mkdir()
    (folder / "articles").mkdir()
    (folder / "rules" / ".cases" / "linked").symlink_to((folder / "articles").absolute())
    article = folder / "articles" / "act.json"
    article.write_text('{"title": "The AI Act", "text": ""}', encoding="utf-8")
    edit(folder, RULES.replace("hit: The AI Act", "hit: {article: .cases/linked/act.json}"))
    taken = take(folder, store)
    assert taken.refusals == ()
    assert settings.load_if_unchanged(folder, {}, taken.texts)
    session, app = Session(config=folder), App(settings=taken, store=store, clock=lambda: NOW)
    watched = _watch(session, None, app).fingerprint
    before = watched()
    article.write_text('{"title": "The Digital Markets Act", "text": ""}', encoding="utf-8")
    assert watched() != before
    assert settings.load_if_unchanged(folder, {}, taken.texts) is None
    seen = read(folder, store)
    assert [refusal.rule_id for refusal in seen.refusals] == ["first"]
    assert take(folder, store).refusals == seen.refusals


def test_a_command_that_only_reads_shows_what_a_poll_will_decide_after_an_edit_of_on_failing_tests(folder, store):
    (folder / "monitor.yaml").write_text("rules: {on_failing_tests: warn}\n", encoding="utf-8")
    edit(folder, RULES.replace("any: [$words]", "any: [DSA]"))
    assert take(folder, store).refusals == ()
    (folder / "monitor.yaml").write_text("rules: {on_failing_tests: refuse}\n", encoding="utf-8")
    seen = read(folder, store)
    assert [refusal.rule_id for refusal in seen.refusals] == ["first"]
    assert take(folder, store).refusals == seen.refusals


def test_a_page_process_never_has_an_edit_in_force_that_was_not_decided(folder, store):
    class PageApp(App):
        def __setattr__(self, name, value):
            if name == "settings":
                had.append(value)
            super().__setattr__(name, value)

    had = []
    before = rules(take(folder, store))["first"].hash
    app = PageApp(settings=settings.load(folder, {}), store=store, clock=lambda: NOW)
    edit(folder, RULES.replace("any: [$words]", "any: [DSA]"))
    watcher = ConfigWatcher(load=lambda: settings.load(folder, {}), fingerprint=lambda: 1, requested=True)
    page_process._reload(app, watcher)
    assert [rules(each)["first"].hash for each in had] == [before, before]
    assert [refusal.rule_id for refusal in app.settings.refusals] == ["first"]


def test_a_page_process_reads_an_edit_again_that_could_not_be_compared_with_the_database(folder, store):
    def load():
        raise DatabaseError("gone")

    app = App(settings=take(folder, store), store=store, clock=lambda: NOW)
    before, watcher = app.settings, ConfigWatcher(load=load, fingerprint=lambda: 1, requested=True)
    page_process._reload(app, watcher)
    assert (watcher.requested, app.settings is before) == (True, True)


def test_with_warn_the_edit_is_taken_and_the_failure_is_a_warning(folder, store):
    (folder / "monitor.yaml").write_text("rules: {on_failing_tests: warn}\n")
    take(folder, store)
    edit(folder, RULES.replace("any: [$words]", "any: [DSA]"))
    decided = take(folder, store)
    assert rules(decided)["first"].hash == rules(settings.load(folder, {}))["first"].hash
    assert decided.refusals == ()
    assert any(problem.code == "E051" and problem.level == "warning" for problem in decided.warnings)


def test_a_draft_and_a_todo_test_may_fail(folder, store):
    edit(
        folder,
        RULES.replace("- hit: The AI Act", "- {hit: Nothing, todo: yes}").replace(
            "status: live\n    any: [chips]", "status: draft\n    any: [DSA]"
        ),
    )
    assert take(folder, store).refusals == ()


def test_a_deleted_rule_is_gone_and_a_renamed_file_changes_nothing(folder, store):
    take(folder, store)
    edit(folder, RULES[: RULES.index("  - id: second")].replace("any: [$words]", "any: [DSA]"))
    (folder / "rules" / "one.yaml").rename(folder / "rules" / "two.yaml")
    decided = take(folder, store)
    assert list(rules(decided)) == ["first"]
    assert rules(decided)["first"].condition is not None
    assert "two.yaml" in str(decided.refusals[0])
    (folder / "rules" / "three.yaml").write_text((folder / "rules" / "two.yaml").read_text())
    with pytest.raises(ConfigurationError, match="rule id 'first' is already used"):
        take(folder, store)
