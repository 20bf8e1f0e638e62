"""Reading a configuration in another process: the same result as here, and what happens if that process fails."""

from __future__ import annotations

import gc
import os
import pickle
import time
import weakref
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import pytest
from config_samples import minimal
from structlog.testing import capture_logs

from monitor import configuration, settings
from monitor.app import open_app
from monitor.configuration.deciding import decide_rules
from monitor.core.errors import ConfigurationError, DatabaseUnreachableError
from monitor.core.matching.expressions import Operator
from monitor.core.matching.matcher import Matcher
from monitor.core.model import Article, Source
from monitor.daemon.config_reload import ConfigWatcher

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from monitor.core.matching.rulebook import RuleBook
    from monitor.settings import Settings
    from monitor.store import Store

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
RULES = """\
version: 1
lists: {words: [AI Act, chatbot*]}
rules:
  - id: first
    title: First
    topic: ai
    status: live
    near: 5
    of: [$words, law]
    tests:
      - hit: The AI Act, a law
      - miss: No
"""
FAILING = RULES.replace("hit: The AI Act", "hit: The DSA")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = minimal(tmp_path / "config")
    edit(folder, RULES)
    return folder


def edit(folder: Path, text: str) -> None:
    (folder / "rules" / "one.yaml").write_text(text, encoding="utf-8")


def reading(folder: Path) -> Callable[[], Settings]:
    return partial(settings.load, folder, {})


def test_settings_of_another_process_are_those_read_here_and_match_alike(folder: Path) -> None:
    here, there = reading(folder)(), configuration.read_in_process(reading(folder))

    assert (there.monitor, there.feeds, there.channels) == (here.monitor, here.feeds, here.channels)
    assert (there.digests, there.warnings, there.texts) == (here.digests, here.warnings, here.texts)
    assert [rule.hash for rule in there.rules.rules] == [rule.hash for rule in here.rules.rules]
    article = Article(title="A law for chatbots", text="")
    assert Matcher(there.rules.rules).match(article, Source()) == Matcher(here.rules.rules).match(article, Source())


def test_a_refused_edit_has_the_same_problems_as_if_it_were_read_here(folder: Path) -> None:
    edit(folder, RULES.replace("near: 5", "naer: 5").replace("topic: ai", "topic: A I"))
    with pytest.raises(ConfigurationError) as here:
        reading(folder)()

    with pytest.raises(ConfigurationError) as there:
        configuration.read_edit_in_process(reading(folder), folder)

    assert there.value.problems == here.value.problems
    assert str(there.value) == str(here.value)


def refuse_to_answer() -> Settings:
    raise DatabaseUnreachableError("it does not answer")


def test_another_error_is_raised_as_it_is() -> None:
    with pytest.raises(DatabaseUnreachableError, match="it does not answer"):
        configuration.read_in_process(refuse_to_answer)


def test_rules_whose_tests_fail_are_decided_on_without_running_the_tests_again(folder: Path) -> None:
    edit(folder, FAILING)

    here, there = reading(folder)(), configuration.read_in_process(reading(folder))

    assert list(there.untrusted_rules or ()) == ["first"]
    assert decide_rules(there, None, ()).refusals == decide_rules(here, None, ()).refusals
    assert decide_rules(there, None, ()).rules.rules[0].status == "test"


def without_texts(loaded: Settings) -> bytes:
    """Return settings as bytes, without the files that they were read from and what is said of them."""
    return pickle.dumps(replace(loaded, texts={}, held_rules={}, untrusted_rules=None, refusals=()))


def hashes(book: RuleBook) -> list[str]:
    return [rule.hash for rule in book.rules]


def test_rules_are_kept_without_their_terms_until_they_are_asked_for(folder: Path) -> None:
    here, there = reading(folder)(), configuration.read_in_process(reading(folder))

    assert b"chatbot" in without_texts(here)
    assert b"chatbot" not in without_texts(there)
    assert list(there.rule_summaries) == [rule.summary() for rule in here.rules.rules]
    assert (there.topics, there.fixtures) == (here.topics, here.fixtures)
    assert (there.filter_names(), there.rule_states()) == (here.filter_names(), here.rule_states())
    assert hashes(there.rules) == hashes(there.written_rules()) == hashes(here.rules)


def read_before_and_after_a_failing_edit(folder: Path, store: Store) -> tuple[Settings, Settings]:
    """Put the rules in force, then edit title and tests of one; return both as another process has read them."""
    in_force = configuration.read_in_process(reading(folder))
    configuration.record_accepted(store, configuration.decide(in_force, store, NOW), NOW)
    edit(folder, FAILING.replace("title: First", "title: Second"))
    return in_force, configuration.read_in_process(reading(folder))


def test_an_edit_that_fails_its_tests_is_decided_on_in_the_other_process_too(folder: Path, store: Store) -> None:
    in_force, edited = read_before_and_after_a_failing_edit(folder, store)

    here = configuration.decide(edited, store, NOW)
    there = configuration.decide(edited, store, NOW, configuration.read_in_process_or_here)

    assert [rule.title for rule in there.rule_summaries] == ["First"]
    assert hashes(there.rules) == hashes(here.rules) == hashes(in_force.rules)
    assert (there.refusals, there.held_rules) == (here.refusals, here.held_rules)
    assert b"chatbot" not in without_texts(there)


def test_pages_show_what_was_decided_on_without_terms(folder: Path, store: Store) -> None:
    _, edited = read_before_and_after_a_failing_edit(folder, store)
    decided = configuration.decide(edited, store, NOW)

    for record in (lambda: None, lambda: configuration.record_accepted(store, decided, NOW)):  # before, and after it
        record()
        shown = configuration.as_decided(
            edited, store.configuration(), store.refusals(), configuration.read_in_process_or_here
        )
        assert [rule.title for rule in shown.rule_summaries] == ["First"]
        assert b"chatbot" not in without_texts(shown)


def read_nothing(_read: Callable[[], Settings]) -> Settings:
    raise AssertionError("versions of rules were read")


def test_nothing_is_read_again_where_the_tests_of_all_rules_pass(folder: Path, store: Store) -> None:
    edited = configuration.read_in_process(reading(folder))

    decided = configuration.decide(edited, store, NOW, read_nothing)
    configuration.record_accepted(store, decided, NOW)

    assert configuration.as_decided(edited, store.configuration(), (), read_nothing).packed is not None


def test_nothing_is_read_again_where_failing_tests_are_only_warned_of(folder: Path, store: Store) -> None:
    (folder / "monitor.yaml").write_text("rules: {on_failing_tests: warn}\n", encoding="utf-8")
    edit(folder, FAILING)
    edited = configuration.read_in_process(reading(folder))

    decided = configuration.decide(edited, store, NOW, read_nothing)

    assert decided.packed is not None
    assert [problem.level for problem in decided.warnings if "DSA" in problem.message] == ["warning"]


@pytest.mark.parametrize(
    ("read", "seconds", "reason"),
    [
        (partial(os._exit, 3), 30.0, "the process that reads it died (exit code 3)"),
        (partial(time.sleep, 30), 0.2, "the process that reads it took more than 0.2 s"),
        (partial(bytes, 1 << 42), 30.0, "the process that reads it has no memory left"),
    ],
)
def test_an_edit_is_refused_with_the_reason_if_the_process_fails(
    read: Callable[[], Settings], seconds: float, reason: str, folder: Path
) -> None:
    load = partial(configuration.read_edit_in_process, read, folder, seconds)
    watcher = ConfigWatcher(load=load, fingerprint=lambda: 1)

    assert watcher.read() is None

    assert [str(problem) for problem in watcher.problems] == [
        f"{folder}: error: C026 not read: {reason}; save a file or send SIGHUP to read the edit again"
    ]


def read_only_in(pid: int, folder: Path) -> Settings:
    """Read a configuration; any other process than this one dies."""
    if os.getpid() != pid:
        os._exit(3)
    return settings.load(folder, {})


def test_the_configuration_is_read_here_at_the_start_if_the_process_fails(folder: Path) -> None:
    with capture_logs() as events:
        loaded = configuration.read_in_process_or_here(partial(read_only_in, os.getpid(), folder))

    assert [rule.id for rule in loaded.rules.rules] == ["first"]
    assert [(event["log_level"], event["reason"]) for event in events] == [
        ("warning", "the process that reads it died (exit code 3)")
    ]


def test_a_refused_configuration_is_not_read_again_at_the_start(folder: Path) -> None:
    edit(folder, RULES.replace("near: 5", "naer: 5"))

    with capture_logs() as events, pytest.raises(ConfigurationError, match="naer"):
        configuration.read_in_process_or_here(reading(folder))

    assert events == []


def test_settings_do_not_stay_in_memory_when_an_app_takes_others(folder: Path) -> None:
    with open_app(reading(folder)(), migrate=True) as app:
        condition = app.settings.rules.rules[0].condition
        assert isinstance(condition, Operator)
        before = weakref.ref(condition)
        del condition

        app.settings = reading(folder)()
        gc.collect()

        assert before() is None
