"""The states of rules over time: what a digest says about changed rules, without a copy of shared lists per rule."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from monitor.core.digests.rule_changes import RuleState, compare_rules, rule_states
from monitor.core.rules import SourceFile, load
from monitor.store._outgoing_tables import RuleStateRow

if TYPE_CHECKING:
    from monitor.store import Store

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)
WORDS = [f"word {number}" for number in range(200)]


def states(words: list[str]) -> dict[str, RuleState]:
    """Return the states of ten rules that use the same list."""
    rules = "".join(f"  - {{id: rule-{n}, title: R, topic: t, any: [$words, own {n}]}}\n" for n in range(10))
    text = f"version: 1\ntopics: {{t: {{title: T}}}}\nlists: {{words: [{', '.join(words)}]}}\nrules:\n{rules}"
    book, problems = load([SourceFile("rules/a.yaml", text)], warn=False)
    assert not problems
    return rule_states(book.rules)


def stored_chars(store: Store) -> int:
    with store._reading() as connection:
        return sum(len(json.dumps(state)) for (state,) in connection.execute(select(RuleStateRow.state)))


def test_a_list_that_rules_share_is_stored_once_and_its_edit_is_reported_for_each(any_store: Store) -> None:
    before, after = states(WORDS), states([*WORDS[1:], "novelty"])
    any_store.note_rules(before, NOW)
    assert stored_chars(any_store) < 2 * len(json.dumps({"terms": {word: word for word in WORDS}}))
    any_store.note_rules(after, NOW + timedelta(hours=1))
    chars = stored_chars(any_store)
    any_store.note_rules(after, NOW + timedelta(hours=2))
    assert stored_chars(any_store) == chars  # nothing has changed

    assert (any_store.rules_at(NOW), any_store.rules_at(NOW + timedelta(hours=3))) == (before, after)
    changes = compare_rules(before, after)
    assert [change.description for change in changes] == ["added “novelty”; removed “word 0”"] * 10


def test_a_program_that_normalizes_text_in_another_way_is_no_edit_of_a_rule(any_store: Store) -> None:
    any_store.note_rules(states(WORDS), NOW)
    with any_store._writing() as connection:
        for name, state in states(WORDS).items():
            terms = {f"other {key}": text for key, text in state.all_terms().items()}
            earlier = {**asdict(replace(state, terms=terms, lists={})), "hash": name}
            del earlier["norm"]
            connection.execute(update(RuleStateRow).where(RuleStateRow.rule_id == name).values(state=earlier))
    before = any_store.rules_at(NOW)
    assert before is not None
    assert compare_rules(before, states(WORDS)) == ()
    edited = compare_rules(before, states([*WORDS[1:], "novelty"]))
    assert {change.description for change in edited} == {"added “novelty”; removed “word 0”"}


def test_states_that_an_older_program_stored_with_copies_of_lists_are_stored_without_and_say_the_same(
    any_store: Store,
) -> None:
    any_store.note_rules(states(WORDS[:1]), NOW)
    with any_store._writing() as connection:
        for name, state in states(WORDS).items():
            copied = {**asdict(replace(state, terms=state.all_terms())), "hash": name}
            del copied["lists"]
            connection.execute(update(RuleStateRow).where(RuleStateRow.rule_id == name).values(state=copied))
    before, chars = any_store.rules_at(NOW), stored_chars(any_store)
    assert any_store.share_terms_of_states(NOW) == 10
    assert stored_chars(any_store) < chars / 4
    after = any_store.rules_at(NOW)
    assert {name: state.all_terms() for name, state in after.items()} == {
        name: dict(state.terms) for name, state in before.items()
    }
    assert all(after[name].hash == name for name in before)
    assert any_store.share_terms_of_states(NOW) == 0
