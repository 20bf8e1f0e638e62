"""The states of rules over time: what a digest says about changed rules, without a copy of shared lists per rule."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

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
