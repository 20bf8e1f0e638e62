"""Decides, by the tests of the rules, which edits of single rules come into force, and records what is in force."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from monitor.core import rules
from monitor.core.errors import Problem
from monitor.core.matching.rulebook import Rule
from monitor.core.model import ConfigTexts, Refusal, StoredConfiguration
from monitor.core.rules.edits import keep_versions_in_force, untrusted_rules
from monitor.runtime.garbage_collection import collection_paused
from monitor.settings import Settings
from monitor.settings.config_files import fixture_texts, rule_texts, stored_files, tested_texts
from monitor.store import Store

_MONITOR = "monitor.yaml"

Run = Callable[[Callable[[], Settings]], Settings]
"""Calls a function that reads earlier versions of rule files, which takes much memory, and returns its result: in this
process (`run_here`) or in another one (`reading_process`)."""


def run_here(read: Callable[[], Settings]) -> Settings:
    """Call `read` in this process."""
    return read()


def decide(loaded: Settings, store: Store, now: datetime, run: Run = run_here) -> Settings:
    """Return these settings with the versions of rules that are in force, and the edits that are refused."""
    if _keeps_no_earlier_version(loaded):
        return decide_rules(loaded, None, ())
    stored = store.configuration()
    states = (store.rules_at(now) if stored is None else None) or {}
    was_live = {rule_id for rule_id, state in states.items() if state.status == "live"}
    return run(partial(decide_rules, loaded, stored, was_live))


def _keeps_no_earlier_version(loaded: Settings) -> bool:
    """Return True if the tests of the rules were run, and no edit is refused because of them."""
    only_warns = loaded.monitor.rules.on_failing_tests == "warn"
    return loaded.untrusted_rules is not None and (only_warns or not loaded.untrusted_rules)


def decide_rules(loaded: Settings, stored: StoredConfiguration | None, was_live: Collection[str]) -> Settings:
    """Decide against the configuration in force; None if there is none yet.

    `was_live` are the rules that were live before configurations were stored: they stay in force as they are.
    """
    untrusted = find_untrusted(loaded) if loaded.untrusted_rules is None else loaded.untrusted_rules
    if loaded.monitor.rules.on_failing_tests == "warn":
        warnings = (replace(problem, level="warning") for problem in untrusted.values())
        return replace(loaded, warnings=(*loaded.warnings, *warnings), refusals=(), held_rules={})
    if not untrusted:
        return replace(loaded, refusals=(), held_rules={})
    texts = {rule_id: _texts_in_force(rule_id, loaded, stored, was_live) for rule_id in untrusted}
    earlier = _stored_rules(loaded.folder, texts)
    book, refusals = keep_versions_in_force(loaded.rules, untrusted, earlier)
    were_held = untrusted.keys() if stored is None else stored.held_rules.keys()
    known = earlier.keys() | were_held  # any other rule is new: the files in force do not have it
    held = {rule_id: files if rule_id in known else {} for rule_id, files in texts.items()}
    return replace(loaded.with_rules_in_force(book), refusals=refusals, held_rules=held)


def find_untrusted(loaded: Settings) -> dict[str, Problem]:
    """Run the tests of the rules of the files; return why edits of live rules must not come into force, by rule id."""
    with collection_paused():
        return untrusted_rules(loaded.written_rules().rules, fixture_texts(loaded.fixtures))


def _texts_in_force(
    rule_id: str, loaded: Settings, stored: StoredConfiguration | None, was_live: Collection[str]
) -> ConfigTexts:
    """Return the rule files that define the version in force of a rule, if it was ever in force."""
    if stored is None:
        return rule_texts(loaded.texts) if rule_id in was_live else {}
    return stored.held_rules[rule_id] if rule_id in stored.held_rules else rule_texts(stored.texts)


def record_accepted(store: Store, loaded: Settings, now: datetime) -> None:
    """Store a configuration that is in force from now on, and the edits of single rules that it leaves out."""
    stored = StoredConfiguration(texts=loaded.texts, saved_at=now, held_rules=loaded.held_rules)
    store.save_configuration(stored, loaded.refusals)


def as_decided(
    loaded: Settings, stored: StoredConfiguration | None, refusals: Sequence[Refusal], run: Run = run_here
) -> Settings:
    """Return these settings as they are in force, for a command or page that only reads; nothing is recorded.

    What was decided about the same rule files, articles of tests and monitor.yaml, which has on_failing_tests, holds
    with these `refusals` whatever other file was edited since. About others the daemon, which has not read them yet, or
    the next poll will decide: it is decided here likewise. Where no configuration was ever stored, none is in force,
    and the files are returned as they are.
    """
    if stored is None or loaded.monitor.rules.on_failing_tests == "warn":
        return loaded
    if _texts_decided_on(loaded.texts) != _texts_decided_on(stored.texts):
        decision = partial(decide_rules, loaded, stored, was_live=())
        return decision() if _keeps_no_earlier_version(loaded) else run(decision)
    decided = replace(loaded, refusals=tuple(refusal for refusal in refusals if refusal.rule_id))
    return run(partial(with_held_rules, decided, stored.held_rules)) if stored.held_rules else decided


def _texts_decided_on(texts: ConfigTexts) -> ConfigTexts:
    return {**tested_texts(texts), _MONITOR: texts.get(_MONITOR, "")}


def with_held_rules(loaded: Settings, held: Mapping[str, ConfigTexts]) -> Settings:
    """Replace rules by their versions in force; the others, topics and lists are those of the files."""
    if not held:
        return loaded
    book, earlier = loaded.rules, _stored_rules(loaded.folder, held)
    kept = (
        rule if rule.id not in held else earlier.get(rule.id) or replace(rule, status="test") for rule in book.rules
    )
    return replace(loaded.with_rules_in_force(replace(book, rules=tuple(kept))), held_rules=held)


def _stored_rules(folder: Path, texts: Mapping[str, ConfigTexts]) -> dict[str, Rule]:
    """Return the rules, by id, of rule files that were stored for each; a rule that its files lack is left out.

    Files that are stored for many rules, such as those before the edit of a shared list, are read once.
    """
    found: dict[str, Rule] = {}
    remaining = {rule_id: files for rule_id, files in texts.items() if files}
    while remaining:
        files = next(iter(remaining.values()))
        of_files = {rule_id for rule_id, others in remaining.items() if others == files}
        book, _ = rules.load(stored_files(folder, files).rules(), warn=False)
        found |= {str(rule.id): rule for rule in book.rules if rule.id in of_files}
        remaining = {rule_id: others for rule_id, others in remaining.items() if rule_id not in of_files}
    return found
